"""What a class costs grows with its size and no faster: one gradebook, a transaction each, memory that stays."""

import gc
import tracemalloc
from concurrent.futures import Future

import pytest
import sqlalchemy

from lessonlib.grading import grade, structure, submission
from lessonlib.grading.gradebook import Book
from lessonlib.grading.local import Local
from tests.grading.course import LESSON, Course

pytestmark = pytest.mark.filterwarnings("ignore")
FEW, MANY = 10, 40


class Replayed:
    """An executor that gives back what the sandbox once said."""

    workers = 2

    def __init__(self, answer):
        self.answer = answer

    def submit(self, job, hidden):
        future = Future()
        future.set_result(self.answer)
        return future


class Class:
    """A course with solved submissions, and what the sandbox makes of one of them."""

    def __init__(self, folder):
        self.course = Course(folder)
        for number in range(MANY + FEW):
            self.course.hand_in(f"s{number:02d}", self.course.solved(), None)
        self.lesson = grade.Lesson(folder, LESSON)
        handed_in = submission.read(self.lesson.place("s00"), LESSON)
        job = structure.arrange(handed_in.cells, self.lesson.released).job(self.lesson.released, {})
        with Local(1) as executor:
            self.executor = Replayed(executor.submit(job, self.lesson.givens).result())

    def grade(self, numbers):
        """Grade these students in a gradebook of the course; returns the sum of their points."""
        url = f"sqlite:///{self.course.folder}/grading/gradebook.db"
        with Book(url, "training", self.lesson.released) as book:
            students = [f"s{number:02d}" for number in numbers]
            return sum(made.score for made, _ in grade.grade(self.lesson, students, book, self.executor))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    made = Class(tmp_path_factory.mktemp("class"))
    assert made.grade(range(MANY, MANY + FEW)) == 6.0 * FEW  # what is made once is made now
    return made


@pytest.fixture
def counted():
    """{event: how often it happened to any database}"""
    counts = dict.fromkeys(("connect", "commit", "before_cursor_execute"), 0)

    def count(event):
        def listen(*_):
            counts[event] += 1

        return listen

    listeners = [(event, count(event)) for event in counts]
    for listener in listeners:
        sqlalchemy.event.listen(sqlalchemy.Engine, *listener)
    yield counts
    for listener in listeners:
        sqlalchemy.event.remove(sqlalchemy.Engine, *listener)


def test_the_gradebook_is_opened_once_and_each_submission_is_one_transaction(many, counted):
    found = []
    for numbers in (range(0), range(FEW), range(FEW, MANY)):
        before = dict(counted)
        assert many.grade(numbers) == 6.0 * len(numbers)
        found.append({event: counted[event] - before[event] for event in counted})
    opened, few, rest = found
    assert few["connect"] == rest["connect"] == opened["connect"]
    assert few["commit"] - opened["commit"] == FEW
    assert rest["commit"] - opened["commit"] == MANY - FEW
    statements = [one["before_cursor_execute"] - opened["before_cursor_execute"] for one in (few, rest)]
    assert statements[0] * (MANY - FEW) == statements[1] * FEW


def test_the_memory_of_the_grader_does_not_grow_with_the_class(many):
    def most(numbers):
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        many.grade(numbers)
        peak = tracemalloc.get_traced_memory()[1] - before
        gc.collect()
        return peak, tracemalloc.get_traced_memory()[0] - before

    for path in (many.course.folder / "grading" / "records").rglob("*.json"):
        path.unlink()
    tracemalloc.start()
    try:
        many.grade(range(MANY, MANY + FEW))
        few, _ = most(range(FEW))
        all_of_them, kept = most(range(FEW, FEW + MANY))
    finally:
        tracemalloc.stop()
    assert all_of_them < 1.2 * few
    assert kept < 100_000
