"""Open the course: bring the lessons to `work/`, and show them in JupyterLab."""

import argparse
import errno
import os
import secrets
import shutil
import signal
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START = "00-start/00-start.ipynb"
PORT = 8888


def main(argv: list[str]) -> int:
    """Run `python -m lessonlib [--no-browser] [--port N]`; returns the exit code."""
    options = _parser().parse_args(argv)
    work = ROOT / "work"
    try:
        if options.port:
            check_port(options.port)
        new = copy_missing(ROOT / "notebooks", work)
    except OSError as error:
        print(f"The course cannot be opened: {error}.", file=sys.stderr)
        return 1
    if new:
        print(f"Copied to the folder work: {', '.join(new)}. Files that were there are untouched.")
    if not (work / START).exists():
        print("There is no start page in notebooks/: `python -m lessonlib build` makes it.", file=sys.stderr)
        return 1
    serve(work, options.port, open_browser=not options.no_browser)
    print("The course is closed. Your work is saved in the folder work/; the same command opens it again.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lessonlib", description="Open the course in JupyterLab.")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    help_port = f"use this port (otherwise {PORT}, or the next free one)"
    parser.add_argument("--port", type=_port_number, metavar="N", help=help_port)
    return parser


def copy_missing(source: Path, target: Path) -> list[str]:
    """Copy each file of the folder `source` that `target` does not have, and name the lessons it came to.

    A file that is there is a student's work: it is never written over, whatever it holds. A copy appears
    whole or not at all, so a start that is stopped in the middle leaves no half a notebook behind.
    """
    lessons = []
    for file in sorted(source.rglob("*")):
        place = target / file.relative_to(source)
        if file.is_dir() or ".ipynb_checkpoints" in file.parts or os.path.lexists(place):
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        _copy_new(file, place)
        lesson = file.relative_to(source).parts[0]
        if lesson not in lessons:
            lessons.append(lesson)
    return lessons


def _copy_new(file: Path, place: Path) -> None:
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(file, part)
        os.replace(part, place)
    finally:
        part.unlink(missing_ok=True)


def check_port(port: int) -> None:
    """Raise OSError, with a sentence, when `port` cannot be used."""
    with socket.socket() as probe:
        if os.name == "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # as the server does it: a port that was closed a moment ago is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise OSError(f"port {port} is reserved for the system, give one from 1024 to 65535") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise OSError(f"port {port} is in use, give another with --port or none at all") from None


def _port_number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 1024 to 65535")
    return int(text)


def serve(work: Path, port: int | None, open_browser: bool) -> None:
    """Run JupyterLab in the folder `work` until Ctrl-C, on `port` or on the first free one from 8888 on."""
    # The settings that never change are in jupyter/: quiet, no news, of nbgrader only the Validate button.
    settings = Path(__file__).with_name("jupyter")
    os.environ["JUPYTER_CONFIG_PATH"] = str(settings)
    from jupyterlab.labapp import LabApp

    token = secrets.token_hex(16)
    server = LabApp.initialize_server(
        [
            f"--ServerApp.root_dir={work}",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port or PORT}",
            f"--ServerApp.port_retries={0 if port else 100}",
            f"--ServerApp.open_browser={open_browser}",
            f"--IdentityProvider.token={token}",
            f"--LabApp.app_settings_dir={settings / 'settings'}",
            f"--LabApp.default_url=/lab/tree/{START}",
            f"--LabApp.workspaces_dir={work / '.layout'}",  # open tabs: the course's own, with its files
        ]
    )
    # A copy of a lesson is "not trusted" until it has been run: nothing to warn anybody of.
    server.log.addFilter(lambda record: "is not trusted" not in record.msg)

    def stop(*_: object) -> None:
        print("\nClosing ...", flush=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C waits for nothing
        server.stop(from_signal=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)

    def announce() -> None:
        print(f"\nThe course is open at\n\n    http://127.0.0.1:{server.port}/lab/tree/{START}?token={token}\n")
        print("Leave this window open while you work. Ctrl-C in it closes the course.\n", flush=True)

    server.io_loop.add_callback(announce)  # after the server's own callback, which begins to listen
    server.start()
