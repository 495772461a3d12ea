"""What the grader itself cannot cope with is not graded, and takes nothing from the others."""

from concurrent.futures import Future

import pytest

from lessonlib.grading import grade
from lessonlib.grading.gradebook import Book
from lessonlib.grading.local import Local
from tests.grading.course import LESSON, Course

pytestmark = pytest.mark.filterwarnings("ignore")


class Broken(Local):
    """An executor whose answer about the first submission is none."""

    first = True

    def submit(self, job, hidden):
        if self.first:
            self.first = False
            answer = Future()
            answer.set_result((None, None, None, None))
            return answer
        return super().submit(job, hidden)


def test_one_that_cannot_be_judged_is_not_graded_and_the_next_is(tmp_path):
    course = Course(tmp_path / "course")
    for name in ("ann", "bob"):
        course.hand_in(name, course.solved())
    lesson = grade.Lesson(course.folder, LESSON)
    url = f"sqlite:///{course.folder}/grading/gradebook.db"
    with Book(url, "training", lesson.released) as book, Broken(1) as executor:
        made = {one.student: one for one, _ in grade.grade(lesson, lesson.students(), book, executor)}
    assert made["ann"].state == "not graded"
    assert made["ann"].instructor[0].startswith("not graded: the grader stumbled over it (")
    assert course.record("ann") is None, "the next run tries again"
    assert course.gradebook("bob")["check_epoch_loss"] == 2.0
    course.grade()
    assert course.gradebook("ann") == course.gradebook("bob")


def test_folders_that_are_no_names_are_refused_and_the_next_is_graded(tmp_path):
    course = Course(tmp_path / "course")
    for name in ("\udcff", "a\n\x1b[31mb", "\u202egpj.exe", "x" * 250, "zoe"):
        course.hand_in(name, course.solved())
    code, said = course.grade()
    assert code == 3 and said.count("refused: nobody can be called like this folder") == 4
    assert all(line.isprintable() for line in said.splitlines())
    assert course.gradebook("zoe")["check_epoch_loss"] == 2.0


def test_folder_that_a_broken_off_collecting_left_is_no_lesson(tmp_path):
    course = Course(tmp_path / "course")
    course.hand_in("ann", course.blank())
    (course.folder / "grading" / "submitted" / "bob" / f".{LESSON}.new").mkdir(parents=True)
    from lessonlib.course import grade as command

    assert command.main([], course.folder) == 0
