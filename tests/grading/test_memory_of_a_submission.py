"""All processes of a submission together may hold so much memory; who takes more keeps what was earned elsewhere."""

import pytest

from lessonlib.grading import grade
from lessonlib.grading.gradebook import Book
from lessonlib.grading.limits import MEGABYTE, Limits
from lessonlib.grading.local import Local
from tests.grading.attacks import FIRST, SOLVED
from tests.grading.course import LESSON, Course, cell, insert

pytestmark = pytest.mark.filterwarnings("ignore")
LIMITS = Limits(resident=600 * MEGABYTE)
FILLED = "bytearray(bytes([1]) * (120 << 20))"
MANY = (
    f"import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        b = {FILLED}; time.sleep(60)\ntime.sleep(60)"
)

SOCKETS = """
import os, socket, time
for _ in range(16):
    if os.fork() == 0:
        kept = [one for _ in range(100) for one in socket.socketpair()]
        for one in kept:
            one.setblocking(False)
            try:
                while True: one.send(bytes(32768))
            except BlockingIOError:
                pass
        time.sleep(60)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"))
    course.hand_in("many_in_a_cell", insert(course.solved(), MANY, "epoch_loss"))
    course.hand_in("many_in_sockets", insert(course.solved(), SOCKETS, "epoch_loss"))
    notebook = course.solved()
    cell(notebook, "epoch_loss")["source"] = "def epoch_loss(*_):\n" + "\n".join(f"    {x}" for x in MANY.splitlines())
    course.hand_in("many_in_a_function", notebook)
    course.hand_in(
        "a_lot_but_not_too_much", insert(course.solved(), f"import time\nb = {FILLED}; time.sleep(1)", "epoch_loss")
    )
    lesson = grade.Lesson(course.folder, LESSON)
    with Book(f"sqlite:///{course.folder}/grading/gradebook.db", "training", lesson.released) as book:
        with Local(1, limits=LIMITS) as executor:
            for _ in grade.grade(lesson, lesson.students(), book, executor):
                pass
    return course


@pytest.mark.parametrize("name", ["many_in_a_cell", "many_in_sockets"])
def test_a_cell_that_takes_too_much_is_ended_for_it(course, name):
    record = course.record(name)
    assert (record.state, course.scores(name)) == ("needs review", FIRST)
    assert "it used more memory than it may" in record.instructor[0]


def test_a_function_that_takes_too_much_loses_its_own_points_only(course):
    assert course.scores("many_in_a_function") == {**SOLVED, "check_epoch_loss": 0.0}


def test_memory_within_the_limit_is_no_offence(course):
    assert (course.record("a_lot_but_not_too_much").state, course.scores("a_lot_but_not_too_much")) == (
        "graded",
        SOLVED,
    )
