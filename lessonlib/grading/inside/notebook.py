"""One submission, run inside: its cells first, and only when they are done, its functions on the hidden cases.

Three kinds of processes. The *watcher* runs no line of the student's; it keeps the time. The *runner* runs the
cells. Behind each exercise the runner forks a *witness*, which holds the student's function as it was there and
waits. The hidden cases come in when the runner is gone, so no output that anybody sees can contain them; and
what stands behind an exercise, were it a crash, takes nothing away from it.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time

from lessonlib.grading.inside import frames, namespaces, shell, witness

GRACE = 2.0  # seconds an interrupted cell has to end


def watch(commands, job, limits, here):
    """Run the submission `job` for whoever is at the other end of the socket `commands`.

    Sends the outputs of the cells, receives the hidden cases, and sends what the functions made of them.
    """
    start = time.monotonic()
    names = [name for cell in job["cells"] for name in cell["exercises"]]
    pipes = {name: (os.pipe(), os.pipe()) for name in names}
    outputs, to_me = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(outputs)
            os.close(commands)
            for (_, cases_in), (results_out, _) in pipes.values():
                os.close(cases_in)
                os.close(results_out)
            _run_cells(job["cells"], to_me, pipes, limits, here)
        finally:
            os._exit(0)
    os.close(to_me)
    too_large = []
    signal.signal(signal.SIGUSR1, lambda *_: too_large.append(_end(child)))  # it holds too much memory
    for (cases_out, _), (_, results_in) in pipes.values():
        os.close(cases_out)
        os.close(results_in)
    cells, ended = _follow(child, outputs, start + limits.notebook, limits)
    ended = "too much memory" if too_large else ended
    seconds = time.monotonic() - start
    head = json.dumps({"ended": ended, "seconds": round(seconds, 3), "cells": len(cells)}).encode()
    frames.send(commands, b"\n".join([head, *cells]), time.monotonic() + 30)

    hidden = json.loads(frames.receive(commands, time.monotonic() + 60, limits.result))
    told = {}
    for name, ((_, cases_in), (results_out, _)) in pipes.items():
        told[name] = witness.ask(cases_in, results_out, hidden.get(name, "").encode(), limits)
        with contextlib.suppress(OSError):
            os.close(cases_in)
        os.close(results_out)
    frames.send(commands, json.dumps(told).encode(), time.monotonic() + 30)


def _run_cells(cells, to_watcher, pipes, limits, here):
    """The runner: everything from here on is the student's, and may do what it likes in this process."""
    os.dup2(0, 2)  # what goes there goes nowhere
    if sys.platform == "linux":
        namespaces.hide(False)  # its memory is counted from outside
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, cell in enumerate(cells):
        frames.send(to_watcher, b'{"begins": %d}' % number, time.monotonic() + 30)
        outputs, count = shell.run(here, cell["source"])
        done = {"cell": cell["place"], "outputs": outputs, "count": count}
        frames.send(to_watcher, json.dumps(done).encode(), time.monotonic() + 30)
        for name in cell["exercises"]:
            (cases_out, _), (_, results_in) = pipes.pop(name)
            if os.fork() == 0:
                try:
                    os.setpgid(0, 0)
                    os.close(to_watcher)
                    for (other_out, _), (_, other_in) in pipes.values():
                        os.close(other_out)
                        os.close(other_in)
                    witness.testify(name, here.user_ns, cases_out, results_in, limits)
                finally:
                    os._exit(0)
            os.close(cases_out)
            os.close(results_in)


def _follow(child, outputs, end, limits):
    """Collect what the runner sends, and keep its time: (messages about cells, how it ended).

    A cell that takes too long is interrupted, and the next one gets its turn; a runner that does not obey is
    ended. The messages are bytes of a stranger: here they are counted, not read.
    """
    cells, size = [], 0
    cell_ends = time.monotonic() + limits.cell
    interrupted = False
    ended = ""
    while True:
        now = time.monotonic()
        if now >= end or (interrupted and now >= cell_ends):
            ended = "notebook too slow" if now >= end else "cell does not stop"
            break
        if now >= cell_ends:
            cells.append(b'{"interrupted": true}')
            interrupted, cell_ends = True, now + GRACE
            os.kill(child, signal.SIGINT)
        if not select.select([outputs], [], [], max(0, min(end, cell_ends) - now))[0]:
            continue
        try:
            message = frames.receive(outputs, min(end, now + 10), limits.result)
        except frames.Broken as problem:
            ended = {"ended": "", "too much": "too much output"}.get(str(problem), "stopped answering")
            break
        if message.startswith(b'{"begins"'):
            interrupted, cell_ends = False, time.monotonic() + limits.cell
        size += len(message)
        if size > limits.result:
            ended = "too much output"
            break
        cells.append(message.replace(b"\n", b" "))
    _end(child)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    os.close(outputs)
    return cells, ended


def _end(child):
    """End the runner and what it started, but no witness: each of these has a group of its own."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)


def prepare(limits):
    """Return a shell for the cells of a lesson, and be as quiet as a grader should be."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for file in (0, 1):
        os.dup2(nothing, file)
    sys.stdin = open(os.devnull, encoding="utf-8")
    return shell.make(shell.Recorder(limits.cell_output, limits.output))
