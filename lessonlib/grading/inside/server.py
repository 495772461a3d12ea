"""The fork server: one process in the sandbox that has everything imported, and forks for each submission.

It also walks ahead through the lesson: behind the cells that the lesson itself brings, a fork of it stays and
waits, so that a submission begins at its own first line and not at the first line of the lesson. It does not stay
behind each cell: what a fork costs grows with the number of its ancestors.

    python -m lessonlib.grading.inside.server SANDBOXED USER    # the socket for commands is file descriptor 0

A command is one message with file descriptors: "run" hands over the socket of a submission, "walk" the socket
of the fork that is to run the next cells and stay. Neither the server nor its waiting forks ever read a byte
that a student wrote.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

from lessonlib.grading.inside import frames, namespaces, notebook, seccomp, shell
from lessonlib.grading.inside.waited import Waited
from lessonlib.grading.limits import Limits

PRELOADED = (
    "numpy", "matplotlib.pyplot", "matplotlib_inline.backend_inline", "ipywidgets", "anywidget",
    "lessonlib.checks", "lessonlib.quiz.plain", "lessonlib.models", "lessonlib.optimizers",
)  # fmt: skip
END = 2  # seconds what still runs has to end by itself when the grader is gone


def main():
    """Import, say that the server is ready, and serve."""
    sandboxed, user = sys.argv[1] == "sandboxed", int(sys.argv[2])
    commands = socket.socket(fileno=os.dup(0))
    if sandboxed and user != os.getuid():
        namespaces.become(user)
    if sandboxed:
        try:
            seccomp.try_out()
        except seccomp.NoFilter as problem:
            sys.exit(str(problem))
    for module in PRELOADED:
        __import__(module)
    limits = Limits(**json.loads(frames.receive(commands.fileno(), time.monotonic() + 60, 1 << 20)))
    here = notebook.prepare(limits)
    _freeze()
    commands.setblocking(True)
    commands.send(b"R")
    _serve(commands, here, limits, sandboxed)


def _serve(commands, here, limits, sandboxed):
    """Carry out commands until the other side closes the socket."""
    while True:
        commands.setblocking(True)
        message, files, *_ = socket.recv_fds(commands, 16, 1)
        _reap()
        if not message:
            _end()
        if os.fork() == 0:
            commands.close()
            commands = socket.socket(fileno=files[0])
            if message == b"walk":
                _walk(commands, here, limits)
                continue
            try:
                _submission(files[0], here, limits, sandboxed)
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.__stderr__, flush=True)
                os._exit(70)
        for file in files:
            os.close(file)


def _reap():
    """Take note of forks that ended. Whoever waits for this process then learns how long all of them computed.

    Returns whether there are others.
    """
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def _end():
    """Nobody is at the other side any more: end, and all that runs with it, as this is the first process in here.

    The system does that only where the grader is not root: a process that becomes another user outlives its parent.
    """
    end = time.monotonic() + END
    while _reap() and time.monotonic() < end:
        time.sleep(0.02)
    os._exit(0)


def _walk(commands, here, limits):
    """Run the next cells of the lesson, tell their outputs, and stay.

    The lesson's own files stand beside it, but no answers of a student: what the cells say of these, they do not say.
    At a cell that fails or writes a file it ends: whoever runs that one again must not begin behind it.
    """
    sources, files = json.loads(frames.receive(commands.fileno(), time.monotonic() + 60, 4 * limits.result))
    _put(Path(), files)
    told = []
    for source in sources:
        before = _files()
        outputs, count = shell.run(here, source)
        if _files() != before or any(output["output_type"] == "error" for output in outputs):
            break
        told.append({"outputs": outputs, "count": count})
    _freeze()
    frames.send(commands.fileno(), json.dumps(told).encode(), time.monotonic() + 60)
    if len(told) < len(sources):
        os._exit(0)


def _submission(commands, here, limits, sandboxed):
    """Shut a fork away and let it run the submission that is handed over."""
    signal.setitimer(signal.ITIMER_REAL, limits.wall)  # the default of SIGALRM ends this process, and all below it
    waited = Waited()
    os.setsid()  # where the system shares time out fairly, it does so among sessions
    if sandboxed:
        namespaces.die_with_parent()
        namespaces.separate(limits, waited, commands)
        namespaces.hide()
        namespaces.limit(limits)
        seccomp.install()
    job = json.loads(frames.receive(commands, time.monotonic() + 60, 10 * limits.result))
    frames.send(commands, b"begins", time.monotonic() + 60)  # what goes wrong from here on is the submission's
    work = Path("/work") if sandboxed else Path(os.environ["LESSONLIB_WORK"])
    if not sandboxed:
        work = work / str(os.getpid())
        work.mkdir()
    _put(work, job["files"])
    os.chdir(work)
    here.recorder.left = limits.output
    try:
        notebook.watch(commands, job, limits, here, waited)
    finally:
        if not sandboxed:
            shutil.rmtree(work, ignore_errors=True)
    os._exit(0)


def _put(folder, files):
    """Write files, {path: text}, into a folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("latin-1"))


def _files():
    """What stands in the current folder, in which the lesson's own cells run."""
    return sorted(os.listdir())


def _freeze():
    """Put everything that is there out of the garbage collector's reach: its marks would copy the memory."""
    import gc

    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
