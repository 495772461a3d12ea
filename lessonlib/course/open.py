"""Open the course: bring the lessons to `work/`, and show them in JupyterLab."""

import argparse
import contextlib
import errno
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lessonlib.course import copies

ROOT = Path(__file__).resolve().parents[2]
START = "00-start/00-start.ipynb"
PORT = 8888


def main(argv: list[str]) -> int:
    """Run `python -m lessonlib [--no-browser] [--port N]`; returns the exit code."""
    options = _parser().parse_args(argv)
    notebooks, work = ROOT / "notebooks", ROOT / "work"
    try:
        if options.port:
            check_port(options.port)
        check_writable(work)
        new = copies.copy_missing(notebooks, work)
        newer = copies.newer_lessons(notebooks, work)
    except OSError as error:
        print(f"The course cannot be opened: {_reason(error)}.", file=sys.stderr)
        return 1
    if new:
        print(f"Copied to the folder work: {', '.join(new)}. Your own files are untouched.")
    for lesson, names in newer.items():
        print(
            f"The course has a newer {lesson} (another {' and '.join(names)} than yours): yours stays as it is; "
            f"to get the new one, move the folder {lesson} out of work, then start again."
        )
    if not (work / START).exists():
        print("There is no start page in notebooks/: `python -m lessonlib build` makes it.", file=sys.stderr)
        return 1
    with everything_inside(work / ".jupyter"):
        serve(work, options.port, open_browser=not options.no_browser)
    print("The course is closed. Your work is saved in the folder work/; the same command opens it again.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lessonlib", description="Open the course in JupyterLab.")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    help_port = f"use this port (otherwise {PORT}, or the next free one)"
    parser.add_argument("--port", type=_port_number, metavar="N", help=help_port)
    return parser


def _reason(error: OSError) -> str:
    """Why the course cannot be opened, and what to do."""
    if error.filename is None:  # a sentence of our own
        return str(error)
    place = Path(error.filename)
    folder = place if place.is_dir() else place.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of {folder} is full: make room, then start again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = "allow yourself to write there, or copy the course to a folder of your own"
        return f"nothing can be written to {folder}: {remedy}, then start again"
    return str(error)


def check_writable(folder: Path) -> None:
    """Raise OSError, with a sentence, when nothing can be written to `folder`."""
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


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


@contextlib.contextmanager
def everything_inside(folder: Path) -> Iterator[None]:
    """Let Jupyter, IPython and matplotlib keep their files in `folder` instead of the user's home.

    The keys of running kernels and the like go to a temporary folder: they need a file system that knows
    permissions and locks, and nobody needs them later.
    """
    with tempfile.TemporaryDirectory(prefix="lessonlib-", ignore_cleanup_errors=True) as scratch:
        os.environ.update(
            JUPYTER_CONFIG_DIR=str(folder / "config"),  # settings, such as the theme, and open tabs
            JUPYTER_DATA_DIR=str(folder / "data"),  # which notebooks are trusted
            MPLCONFIGDIR=str(folder / "matplotlib"),
            JUPYTER_RUNTIME_DIR=str(Path(scratch) / "jupyter"),
            IPYTHONDIR=str(Path(scratch) / "ipython"),
        )
        yield


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
        ]
    )
    # A copy of a lesson is "not trusted" until it has been run: nothing to warn anybody of. And where there is no
    # browser to open, the address that is printed below says what to do.
    needless = ("is not trusted", "No web browser found")
    server.log.addFilter(lambda record: not any(words in record.msg for words in needless))

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
