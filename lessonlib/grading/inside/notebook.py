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

BEGINS = b'{"begins": '
GRACE = 2.0  # seconds an interrupted cell has to end
LATE = 600  # seconds the watcher may need to take a message, on a busy machine


def watch(commands, job, limits, here, waited):
    """Run the submission `job` for whoever is at the other end of the socket `commands`.

    Sends the outputs of the cells, receives the hidden cases, and sends what the functions made of them.
    `waited` knows how long all of them wait for a processor.
    """
    start = time.monotonic()
    patient = start + 2 * limits.wall  # with processes of the grader: whoever started this one ends it before that
    names = [name for cell in job["cells"] for name in cell["witnesses"]]
    pipes = {name: (_pipe(), _pipe()) for name in names}
    outputs, to_me = _pipe()
    hidden, hides = os.pipe()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # those inside may send it
    namespaces.hide(False)  # the runner has to be born so: its memory is counted from outside
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            waited.close()
            os.close(outputs)
            os.close(commands)
            os.close(hides)
            os.read(hidden, 1)  # the end of it comes when no line of a student's can look into the watcher any more
            os.close(hidden)
            for (_, cases_in), (results_out, _) in pipes.values():
                os.close(cases_in)
                os.close(results_out)
            _run_cells(job["cells"], to_me, pipes, limits, here)
            frames.send(to_me, b'{"done": true}', patient)  # what the student started may go on
        finally:
            os._exit(0)
    namespaces.hide()
    os.close(hidden)
    os.close(hides)
    os.close(to_me)
    running, too_large = [child], []  # the last one that runs is the one to be ended first
    signal.signal(signal.SIGUSR1, lambda *_: too_large.extend(map(_end, running[-1:])))  # it holds too much memory
    for (cases_out, _), (_, results_in) in pipes.values():
        os.close(cases_out)
        os.close(results_in)
    cells, ended = _follow(running, outputs, limits, waited)
    ended = "too much memory" if too_large else ended
    seconds = time.monotonic() - start
    head = json.dumps({"ended": ended, "seconds": round(seconds, 3), "cells": len(cells)}).encode()
    frames.send(commands, b"\n".join([head, *cells]), patient)

    hidden = json.loads(frames.receive(commands, patient, limits.result))
    told, end = {}, waited.clock() + 5 * limits.calls
    for name, ((_, cases_in), (results_out, _)) in pipes.items():
        running.clear()
        cases = hidden.get(name, "").encode()
        told[name] = witness.ask(cases_in, results_out, cases, limits, waited.clock, end, running)
        with contextlib.suppress(OSError):
            os.close(cases_in)
        os.close(results_out)
    frames.send(commands, json.dumps(told).encode(), patient)


def _pipe():
    """A pipe on which nobody waits, so that one who floods all that is open is soon stopped for it."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


def _run_cells(cells, to_watcher, pipes, limits, here):
    """The runner: everything from here on is the student's, and may do what it likes in this process."""
    os.dup2(0, 2)  # what goes there goes nowhere
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for cell in cells:
        for name in cell["witnesses"]:
            _leave_witness(name, to_watcher, pipes, limits, here)
        if "source" not in cell:
            break
        if cell["apart"]:
            _apart(lambda cell=cell: _run_cell(cell, to_watcher, here))
            here.execution_count += 1
        else:
            _run_cell(cell, to_watcher, here)


def _run_cell(cell, to_watcher, here):
    frames.send(to_watcher, BEGINS + b"%d}" % os.getpid(), time.monotonic() + LATE)
    outputs, count = shell.run(here, cell["source"])
    done = {"cell": cell["place"], "outputs": outputs, "count": count}
    frames.send(to_watcher, json.dumps(done).encode(), time.monotonic() + LATE)


def _apart(action):
    """Do it in a fork with a group of its own, so that nothing that happens in there ends this process."""
    child = os.fork()
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    if child == 0:
        try:
            action()
        finally:
            os._exit(0)
    while True:
        try:
            os.waitpid(child, 0)
            return
        except KeyboardInterrupt:  # the fork was interrupted as well; it has a moment to obey
            time.sleep(GRACE / 2)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def _leave_witness(name, to_watcher, pipes, limits, here):
    (cases_out, _), (_, results_in) = pipes.pop(name)
    child = os.fork()
    # Both give it a group of its own: whoever comes first, it is out of the runner's before that one is ended.
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    if child == 0:
        try:
            os.close(to_watcher)
            for (other_out, _), (_, other_in) in pipes.values():
                os.close(other_out)
                os.close(other_in)
            witness.testify(name, here.user_ns, cases_out, results_in, limits)
        finally:
            os._exit(0)
    os.close(cases_out)
    os.close(results_in)


def _follow(running, outputs, limits, waited):
    """Collect what the runner sends, and keep its time: (messages about cells, how it ended).

    `running` holds the runner, and behind it the fork that runs a cell apart, while there is one.

    A cell that takes too long is interrupted, and the next one gets its turn; a runner that does not obey is
    ended. The messages are bytes of a stranger: here they are counted, not read.
    """
    cells, size = [], 0
    clock = _Clock(running[0], waited)
    whole, cell = clock.limit(limits.notebook), clock.limit(limits.cell)
    grace = None
    ended = ""
    while True:
        if whole.over() or (grace and grace.over()):
            ended = "notebook too slow" if whole.over() else "cell does not stop"
            break
        if not grace and cell.over():
            cells.append(b'{"interrupted": true}')
            grace = clock.limit(GRACE)
            for process in running:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process, signal.SIGINT)
        pause = min(whole.left(), (grace or cell).left())
        if not select.select([outputs], [], [], max(0.01, pause))[0]:
            continue
        try:
            message = frames.receive(outputs, waited.clock() + 10, limits.result, waited.clock)
        except frames.Broken as problem:
            ended = {"ended": "", "too much": "too much output"}.get(str(problem), "stopped answering")
            break
        if message == b'{"done": true}':
            break
        if message.startswith(BEGINS):
            number = message.removeprefix(BEGINS).removesuffix(b"}")
            begins = int(number) if number.isdigit() and len(number) < 8 else 0
            running[1:] = {begins} - {running[0], 0}
            grace, cell = None, _Clock(begins, waited).limit(limits.cell)
        size += len(message)
        if size > limits.result:
            ended = "too much output"
            break
        cells.append(message.replace(b"\n", b" "))
    for process in running:
        _end(process)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(running[0], 0)
    os.close(outputs)
    return cells, ended


class _Clock:
    """The seconds that a process has computed, and those that passed while it need not wait for a processor."""

    PATIENCE = 3  # so many times a limit may pass for one who computes less

    def __init__(self, child, waited):
        self.passed = waited.clock
        self.computed = (~child << 3) | 2  # as the kernel numbers the clocks of other processes

    def limit(self, seconds):
        """A limit that begins now."""
        return _Limit(self, seconds)

    def read(self):
        """(seconds computed, seconds passed)"""
        try:
            return time.clock_gettime(self.computed), self.passed()
        except OSError:  # it is gone, or this system numbers them otherwise
            return 0.0, self.passed()


class _Limit:
    def __init__(self, clock, seconds):
        self.clock = clock
        self.seconds = seconds
        self.computed, self.passed = clock.read()

    def left(self):
        """The seconds that must pass at least until it is over."""
        computed, passed = self.clock.read()
        waited = _Clock.PATIENCE * self.seconds - (passed - self.passed)
        return max(0.0, min(self.seconds - (computed - self.computed), waited))

    def over(self):
        return self.left() <= 0


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
    here = shell.make(shell.Recorder(limits.cell_output, limits.output))
    shell.run(here, "1 / 0")  # what it takes to show an exception is imported at the first one
    here.execution_count = 1
    here.recorder.left = limits.output
    return here
