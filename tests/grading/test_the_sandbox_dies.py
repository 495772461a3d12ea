"""A sandbox, or a job in it, that is killed from outside costs nobody a point: what it ran is run again."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lessonlib.grading.inside import namespaces
from lessonlib.grading.pool import NotRun, Pool

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


def processes(pool):
    """All processes of the sandbox, the outermost first, and how each is known again."""
    family = dict.fromkeys(process for process, _ in namespaces.tasks(pool.start().process.pid))
    return {process: start for process in family if (start := begun(process))}


def begun(process):
    """When a process began, None when it is gone."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            state, *rest = file.read().rsplit(")", 1)[1].split()
        return None if state == "Z" else rest[18]
    except OSError:
        return None


@pytest.mark.parametrize("which", [0, 1, -1, -2], ids=["bwrap", "its first process", "youngest", "next to youngest"])
def test_what_a_killed_process_did_is_done_again(pool, which):
    seen = {}

    def kill():
        time.sleep(0.4)  # all three run
        seen.update(processes(pool))
        os.kill(list(seen)[which], signal.SIGKILL)

    with ThreadPoolExecutor(3) as threads:
        killer = threading.Thread(target=kill)
        killer.start()
        answers = list(threads.map(lambda _: pool.run(JOB, {"f": "[]"}), range(6)))
        killer.join()
    spoilt = [answer for answer in answers if answer[3] or b"42" not in answer[1] or answer[2] != b'{"f": []}']
    assert len(spoilt) <= (which < 0)  # inside a job the killed one may have been a process of the student's
    pool.close()
    deadline = time.monotonic() + 30
    while any(begun(process) == start for process, start in seen.items()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [process for process, start in seen.items() if begun(process) == start]


def test_what_fails_twice_is_not_run(pool):
    ends = {"source": "import os\nos._exit(1)", "place": 0, "witnesses": [], "apart": False}
    with pytest.raises(NotRun, match="the sandbox does not start"):
        pool.run({**JOB, "cells": [ends], "same": 1}, {})  # a cell of the lesson itself
    assert pool.run(JOB, {"f": "[]"})[3] == ""
