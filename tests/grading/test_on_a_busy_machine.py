"""Where others have the processors, nobody loses points: what is waited does not count, and too much is no zero."""

import contextlib
import os
import re
import subprocess
import sys

import pytest

from lessonlib.grading import grade, notebook
from lessonlib.grading.gradebook import Book
from lessonlib.grading.inside import namespaces
from lessonlib.grading.limits import Limits
from lessonlib.grading.local import Local
from tests.grading.attacks import FIRST, SOLVED
from tests.grading.course import LESSON, Course, insert

pytestmark = pytest.mark.filterwarnings("ignore")
LIMITS = Limits(cell=1, notebook=2, call=1, calls=1)
COMPUTES = "import time\nbegin = time.process_time()\nwhile time.process_time() < begin + 0.5: pass\nprint('computed')"
LONG = """import time
begin = time.process_time()
try:
    while True: sum(range(99))
except KeyboardInterrupt:
    print("computed for", time.process_time() - begin)
    raise"""
SLEEPS = "import time\nfor _ in range(600):\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass"


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path)
    course.hand_in("first", course.solved())
    return course


def run(course, executor, student):
    """Grade one submission; returns (its state, what the instructor reads)."""
    lesson = grade.Lesson(course.folder, LESSON)
    with Book(f"sqlite:///{course.folder}/grading/gradebook.db", "training", lesson.released) as book:
        ((made, _),) = grade.grade(lesson, [student], book, executor)
    return made.state, made.instructor


@contextlib.contextmanager
def busy(executor, others):
    """The executor's sandbox has one processor, on which so many others compute all the time."""
    cpu = {min(os.sched_getaffinity(0))}
    for process in {process for process, _ in namespaces.tasks(executor.pool._server.process.pid)}:
        os.sched_setaffinity(process, cpu)
    line = [sys.executable, "-c", f"import os\nos.sched_setaffinity(0, {cpu})\nwhile True: pass"]
    started = [subprocess.Popen(line, start_new_session=True) for _ in range(others)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def test_a_cell_computes_no_longer_than_it_may(course):
    course.hand_in("computes", insert(course.solved(), LONG, "epoch_loss"))
    with Local(1, limits=LIMITS) as executor:
        state, said = run(course, executor, "computes")
        assert state == "needs review"
    shown = notebook.place(grade.Lesson(course.folder, LESSON), "computes").read_text("utf-8")
    assert 0.5 < float(re.search(r"computed for (\d+\.\d+)", shown)[1]) < 2
    assert course.scores("computes") == SOLVED


def test_what_is_waited_does_not_count_and_what_is_slept_does(course):
    course.hand_in("works", insert(course.solved(), COMPUTES, "epoch_loss"))
    course.hand_in("sleeps", insert(course.solved(), SLEEPS, "epoch_loss"))
    with Local(1, limits=LIMITS) as executor:
        assert run(course, executor, "first") == ("graded", [])
        with busy(executor, 8):
            assert run(course, executor, "works") == ("graded", [])
            state, said = run(course, executor, "sleeps")
    assert course.scores("works") == SOLVED
    assert (state, course.scores("sleeps")) == ("needs review", FIRST), said


def test_who_gets_no_processor_at_all_is_not_graded_and_is_when_it_is_quiet(course):
    solved = course.solved()
    for above in ("steps_per_epoch", "epoch_loss", "split_rows"):
        insert(solved, COMPUTES, above)
    course.hand_in("works", solved)
    with Local(1, limits=LIMITS) as executor:
        assert run(course, executor, "first") == ("graded", [])
        with busy(executor, 48):
            state, (said,) = run(course, executor, "works")
    assert state == "not graded"
    assert "will be retried" in said and "hardly got a processor" in said
    assert course.record("works") is None
    with Local(1) as executor:
        assert run(course, executor, "works") == ("graded", [])
    assert course.scores("works") == SOLVED
