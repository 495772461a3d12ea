"""The near side of the fork server: jobs go in as plain data, and bytes that nobody trusts come out."""

import contextlib
import dataclasses
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from lessonlib.grading import sandbox
from lessonlib.grading.inside import frames
from lessonlib.grading.limits import Limits

START = 120  # seconds the server has to import everything, on a busy machine
END = 2  # seconds it has to end by itself when nobody needs it any more


class NotRun(Exception):
    """The machine failed, not the submission: it is to be run again."""


class Pool:
    """One fork server, for as many submissions at a time as `run` is called by threads.

    `sandboxed=False` runs submissions as the caller, with all of the caller's rights.

    Raises sandbox.NoSandbox on the first use when there is no sandbox to be had.
    """

    def __init__(self, limits=None, sandboxed=True):
        self.limits = limits or Limits()
        self.sandboxed = sandboxed
        self._lock = threading.Lock()
        self._server = None
        self._turns = Turns()

    def start(self):
        """Start the server if it does not run."""
        with self._lock:
            if self._server is None:
                self._server = _Server(self.limits, self.sandboxed)
            return self._server

    def run(self, job, hidden):
        """Run one submission; returns (bytes about its cells, bytes about its exercises, how it was cut short).

        `job` holds the code cells of the submission ("cells"), how many of the first are those of the lesson
        ("same"), files, and which of these are the lesson's ("lesson"); `hidden` the cases, which go in when the
        cells are done. Where the machine fails, it is run once more, and no other beside it.

        Raises NotRun when the machine fails again.
        """
        try:
            with self._turns.together():
                return self._run(job, hidden)
        except NotRun:
            with self._turns.alone():
                return self._run(job, hidden)

    def _run(self, job, hidden):
        server = None
        try:
            server = self.start()
            files = {name: job["files"][name] for name in job["lesson"]}
            begin = server.walk([cell["source"] for cell in job["cells"][: job["same"]]], files)
            mine = begin.hand_over(b"run")
        except (OSError, frames.Broken) as error:
            said = self._drop(server)
            raise NotRun(f"the sandbox does not start: {said or error}") from error
        cells = job["cells"][len(begin.outputs) :]
        with mine:
            wall = time.monotonic() + self.limits.wall
            end = wall + 10  # by then it has been ended, even on a busy machine
            try:
                message = json.dumps({"cells": cells, "files": job["files"]}).encode()
                frames.send(mine.fileno(), message, end)
                frames.receive(mine.fileno(), end, 16)  # shut away, and nothing of the submission has run yet
                first = frames.receive(mine.fileno(), end, 2 * self.limits.result)
                if first == frames.TOO_LARGE:
                    return [], b'{"ended": "", "cells": 0}', b"{}", "it used too much memory"
                frames.send(mine.fileno(), json.dumps(hidden).encode(), end)
                second = frames.receive(mine.fileno(), end, 2 * self.limits.result)
                if second == frames.TOO_LARGE:
                    return begin.outputs, first, b"{}", "its exercises used too much memory"
            except (OSError, frames.Broken) as error:
                if time.monotonic() >= wall:
                    raise NotRun(
                        f"in {self.limits.wall:.0f} seconds it hardly got a processor; "
                        "let the machine do less beside the grading"
                    ) from error
                said = self._drop(server) if server.ended(END) else server.said()
                raise NotRun(f"the sandbox failed: {said or error}") from error
        return begin.outputs, first, second, ""

    def _drop(self, server):
        """Have a new server started for the next submission; returns what the old one said."""
        if server is None:
            return ""
        said = server.said()
        with self._lock:
            if self._server is server:
                server.close()
                self._server = None
        return said

    def close(self):
        """End the server and everything in it."""
        with self._lock:
            if self._server is not None:
                self._server.close()
            self._server = None


class Turns:
    """Many may go together, until one wants to go alone: it waits for those who go, and the others for it."""

    def __init__(self):
        self._changed = threading.Condition()
        self._going = 0
        self._alone = 0  # how many go alone, or wait for it

    @contextlib.contextmanager
    def together(self):
        """Go beside others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            self._going += 1
        try:
            yield
        finally:
            self._leave()

    @contextlib.contextmanager
    def alone(self):
        """Go with nobody else."""
        with self._changed:
            self._alone += 1
            self._changed.wait_for(lambda: not self._going)
            self._going += 1
        try:
            yield
        finally:
            with self._changed:
                self._alone -= 1
            self._leave()

    def _leave(self):
        with self._changed:
            self._going -= 1
            self._changed.notify_all()


class _Server:
    """The process, and the forks of it that wait behind the first cells of a lesson."""

    def __init__(self, limits, sandboxed):
        self.limits = limits
        self.home = None
        if sandboxed:
            line, environment = sandbox.command(limits.disk), {}
            line += ["sandboxed", str(sandbox.user())]
        else:
            self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            line = [sys.executable, "-m", sandbox.SERVER, "open", "0"]
            package = str(Path(__file__).resolve().parents[2])
            environment = {**os.environ, **sandbox.environment(self.home.name), "PYTHONPATH": package}
        self.errors, self.reading = tempfile.TemporaryFile(), threading.Lock()
        mine, theirs = socket.socketpair()
        started = threading.Event()
        # bwrap dies with the thread that started it: one that lives as long as the server.
        threading.Thread(target=self._hold, args=(line, environment, theirs, started), daemon=True).start()
        started.wait()
        theirs.close()
        self.root = _Waiting(mine, [])
        self.lessons = {}  # what the cells up to there are -> the fork that waits behind them
        self.spoilt = set()  # those behind which none can wait
        self.lock = threading.Lock()
        try:
            settings = json.dumps(dataclasses.asdict(limits)).encode()
            frames.send(mine.fileno(), settings, time.monotonic() + START)
            mine.settimeout(START)
            ready = mine.recv(1)
        except (OSError, frames.Broken):
            ready = b""
        if ready != b"R":
            problem = self.said() or f"it gives no sign within {START} seconds; is the machine very busy?"
            self.close()
            if sandboxed:
                raise sandbox.NoSandbox(problem)
            raise OSError(problem)

    def _hold(self, line, environment, theirs, started):
        folder = self.home.name if self.home else None
        try:
            self.process = subprocess.Popen(
                line, stdin=theirs, stdout=subprocess.DEVNULL, stderr=self.errors, env=environment, cwd=folder
            )
        finally:
            started.set()
        self.process.wait()

    def ended(self, within):
        """Whether it ends within so many seconds: its forks may do so before it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(within)
        return self.process.poll() is not None

    def said(self):
        """The last lines that the server wrote about itself."""
        with self.reading:  # others may ask, too, or close it
            if self.errors.closed:
                return ""
            number = self.errors.fileno()
            text = os.pread(number, 2000, max(0, os.fstat(number).st_size - 2000))  # it stays where the server writes
        return " ".join(text.decode(errors="replace").split())[-400:]

    def walk(self, sources, files):
        """Return where a submission begins whose first cells have these sources, beside the lesson's files.

        The way there leads on from the furthest place where a fork waits already.
        """
        with self.lock:
            names, key = [], hashlib.sha256(json.dumps(files).encode())
            for source in sources:
                key.update(f"{source}\0".encode())
                names.append(key.hexdigest())
            while True:
                usable = next((number for number, name in enumerate(names) if name in self.spoilt), len(names))
                reached = max((n + 1 for n, name in enumerate(names[:usable]) if name in self.lessons), default=0)
                place = self.lessons[names[reached - 1]] if reached else self.root
                if reached == usable:
                    return place
                further, cells = place.walk(sources[reached:usable], files, self.limits)
                if further is None:
                    self.spoilt.add(names[reached + cells])
                else:
                    self.lessons[names[usable - 1]] = further

    def close(self):
        for place in [self.root, *self.lessons.values()]:
            place.socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END)
        self.process.kill()
        self.process.wait()
        with self.reading:
            self.errors.close()
        if self.home:
            self.home.cleanup()


class _Waiting:
    """A fork that waits behind some cells, and what these showed."""

    def __init__(self, commands, outputs):
        self.socket = commands
        self.outputs = outputs
        self.lock = threading.Lock()

    def hand_over(self, word):
        """Send a command with one end of a new connection, and return the other end."""
        mine, theirs = socket.socketpair()
        try:
            with theirs, self.lock:
                self.socket.setblocking(True)
                socket.send_fds(self.socket, [word], [theirs.fileno()])
        except OSError:
            mine.close()
            raise
        return mine

    def walk(self, sources, files, limits):
        """Let a fork run the next cells and stay: (where it waits, how many it ran).

        It does not wait, and None stands for it, where that would not be the same as running them later.
        """
        mine = self.hand_over(b"walk")
        try:
            end = time.monotonic() + 2 * limits.cell * len(sources)
            frames.send(mine.fileno(), json.dumps([sources, files]).encode(), end)
            told = json.loads(frames.receive(mine.fileno(), end, 4 * limits.result))
        except (OSError, frames.Broken):
            mine.close()
            raise
        if len(told) < len(sources):
            mine.close()
            return None, len(told)
        return _Waiting(mine, [*self.outputs, *told]), len(told)
