"""`nbgrader autograde`, the formgrader's button and `nbgrader zip_collect`, taken the safe way.

The same as `python -m lessonlib grade` and `collect`. nbgrader_config.py calls `take_over`. nbgrader has no setting for
how submissions are run: what grades is its class Autograde, which copies the files of strangers, follows their links,
and runs their code as its user. Its ZipCollectApp unpacks whatever it finds, for whomever the file is named.
"""

import sys
from pathlib import Path

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.converters import NbGraderException
from nbgrader.converters.autograde import Autograde


def take_over():
    """Let nbgrader collect and grade through this package, in this process."""
    Autograde.start = _start
    ZipCollectApp.start = _collect


def _collect(self):
    """What ZipCollectApp does instead of its own."""
    from lessonlib.course import collect

    lesson = self.extra_args[0] if self.extra_args else self.coursedir.assignment_id
    if code := collect.main([lesson], Path(self.coursedir.root)):
        sys.exit(code)


def _start(self):
    """What Autograde does instead of its own: the submissions it was asked for, in the sandbox."""
    from lessonlib.grading import grade  # every nbgrader command reads nbgrader_config.py, and few of them grade
    from lessonlib.grading.gradebook import Book, NoGradebook
    from lessonlib.grading.late import NoPenalty, Penalties
    from lessonlib.grading.local import Local
    from lessonlib.grading.record import GRADED, NOT_GRADED
    from lessonlib.grading.released import NoLesson
    from lessonlib.grading.sandbox import NoSandbox

    course = self.coursedir
    students = () if course.student_id == "*" else (course.student_id,)
    failed = False
    try:
        lesson = grade.Lesson(Path(course.root), course.assignment_id)
        penalties = Penalties(course.root, self.config)
        with Book(course.db_url, course.course_id, lesson.released, penalties) as book, Local() as executor:
            for made, run in grade.grade(lesson, lesson.students(students), book, executor, self.force):
                failed |= made.state == NOT_GRADED
                said = f": {'; '.join(made.instructor)}" if made.instructor else ""
                log = self.log.info if made.state == GRADED or not run and not said else self.log.warning
                log(f"{made.student}: {made.state}{said}")
    except (NoLesson, NoGradebook, NoPenalty, NoSandbox) as error:
        self.log.error(str(error))
        raise NbGraderException(str(error)) from error
    if failed:
        raise NbGraderException("some submissions were not graded, because the machine failed; try again")
