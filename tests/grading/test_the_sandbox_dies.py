"""A sandbox, or a job in it, that is killed from outside costs nobody a point: what it ran is run again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lessonlib.grading import sandbox
from lessonlib.grading.inside import namespaces
from lessonlib.grading.pool import NotRun, Pool
from tests.grading.course import ROOT

CELLS = [
    {"source": "import time\ntime.sleep(0.3)\nprint(6 * 7)\nf = abs", "place": 0, "witnesses": [], "apart": False},
    {"source": "time.sleep(0.3)", "place": 1, "witnesses": ["f"], "apart": True},
]
JOB = {"cells": CELLS, "same": 0, "files": {}, "lesson": []}


@pytest.fixture
def pool():
    made = Pool()
    made.start()
    yield made
    made.close()


def processes(first):
    """A process and all that come from it, the outermost first, and how each is known again."""
    family = dict.fromkeys(process for process, _ in namespaces.tasks(first))
    return {process: start for process in family if (start := begun(process))}


def begun(process):
    """When a process began, None when it is gone."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            state, *rest = file.read().rsplit(")", 1)[1].split()
        return None if state == "Z" else rest[18]
    except OSError:
        return None


def left(seen):
    """Those of the processes that do not end within 30 seconds."""
    deadline = time.monotonic() + 30
    while (still := [one for one, start in seen.items() if begun(one) == start]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return still


@pytest.mark.parametrize("which", [0, 1, -1, -2], ids=["bwrap", "its first process", "youngest", "next to youngest"])
def test_what_a_killed_process_did_is_done_again(pool, which):
    seen = {}

    def kill():
        time.sleep(0.4)  # all three run
        seen.update(processes(pool.start().process.pid))
        os.kill(list(seen)[which], signal.SIGKILL)

    with ThreadPoolExecutor(3) as threads:
        killer = threading.Thread(target=kill)
        killer.start()
        answers = list(threads.map(lambda _: pool.run(JOB, {"f": "[]"}), range(6)))
        killer.join()
    spoilt = [answer for answer in answers if answer[3] or b"42" not in answer[1] or answer[2] != b'{"f": []}']
    assert len(spoilt) <= (which < 0)  # inside a job the killed one may have been a process of the student's
    pool.close()
    assert not left(seen)


def test_many_may_ask_what_a_server_said_while_it_is_closed(pool):
    server, asks = pool.start(), threading.Barrier(5)

    def ask():
        asks.wait()
        return {server.said() for _ in range(20_000)}

    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(ask) for _ in range(4)]
        asks.wait()
        pool.close()
    assert [answer.result() for answer in answers] == [{""}] * 4


def test_what_fails_twice_is_not_run(pool):
    ends = {"source": "import os\nos._exit(1)", "place": 0, "witnesses": [], "apart": False}
    with pytest.raises(NotRun, match="the sandbox does not start"):
        pool.run({**JOB, "cells": [ends], "same": 1}, {})  # a cell of the lesson itself
    assert pool.run(JOB, {"f": "[]"})[3] == ""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_goes_on_without_the_grader(how):
    grader = """
import sys
from lessonlib.grading.pool import Pool

cell = {"source": "import time\\nwhile True: time.sleep(60)", "place": 0, "witnesses": ["f"], "apart": False}
more = {"source": "1", "place": 1, "witnesses": [], "apart": False}
Pool().run({"cells": [cell, more], "same": 0, "files": {}, "lesson": []}, {})
"""
    process = subprocess.Popen([sys.executable, "-c", grader], cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while len(seen := processes(process.pid)) < 7 and time.monotonic() < deadline:
            time.sleep(0.1)  # the grader, bwrap, the server, three of the submission and a witness
    finally:
        process.send_signal(how)
        process.wait()
    still = left(seen)
    for one in still:
        os.kill(one, signal.SIGKILL)
    assert len(seen) == 7 and not still


def test_who_runs_lines_of_a_student_can_be_seen_and_who_keeps_the_time_is_hidden(pool):
    sleeps = {"source": "import time\ntime.sleep(3)", "place": 0, "witnesses": ["f"], "apart": False}
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(pool.run, {**JOB, "cells": [sleeps]}, {"f": "[]"})
        while len(seen := list(processes(pool.start().process.pid))) < 6 and not answer.done():
            time.sleep(0.02)  # bwrap, the server, three of the submission; and a witness, so that the cell runs by now
        owners = [os.stat(f"/proc/{one}/maps").st_uid for one in seen[3:5]]  # root has what is hidden
        answer.result()
    assert owners == [0, sandbox.user()]


LATE = """
import os, time
_fork = os.fork
def _late():
    child = _fork()
    if child == 0:
        time.sleep(1)  # another one has the processor
    return child
os.fork = _late
"""


def test_a_process_that_gets_no_processor_at_its_birth_is_no_offence(tmp_path, monkeypatch):
    package = shutil.copytree(ROOT / "lessonlib", tmp_path / "lessonlib", ignore=shutil.ignore_patterns("__pycache__"))
    with open(package / "grading" / "inside" / "notebook.py", "a", encoding="utf-8") as file:
        file.write(LATE)
    monkeypatch.setattr(sandbox, "__file__", str(package / "grading" / "sandbox.py"))
    pool = Pool()
    try:
        _, cells, told, problem = pool.run(JOB, {"f": "[]"})
    finally:
        pool.close()
    assert (b"42" in cells, told, problem) == (True, b'{"f": []}', "")
    assert json.loads(cells.split(b"\n")[0])["ended"] == ""
