"""nbgrader's gradebook, opened once, written by nobody else while a lesson is graded, a submission at a time."""

import contextlib
import json
import os
import sys
from pathlib import Path

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy.exc import SQLAlchemyError

from lessonlib.grading import late
from lessonlib.grading.released import NoLesson


class NoGradebook(Exception):
    """The gradebook cannot be opened or written; the message says why."""


class Book:
    """The gradebook at `url`, for one lesson, as a context. `penalties` say what is taken off for lateness.

    Raises NoGradebook when the database is not there, and NoLesson when the lesson it knows is another one.
    """

    def __init__(self, url, course_id, released, penalties=None):
        self.url = url
        self.penalties = penalties
        self.released = released
        with _explained(url), _with_alembic():
            self.gradebook = Gradebook(url, course_id)
            self.db = self.gradebook.db
            self._prepare()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.gradebook.close()

    def save(self, record, timestamp):
        """Write all scores of a record in one transaction; returns the late penalty. What a person gave stays."""
        with _explained(self.url, self.db):
            submitted = self._submitted(record.student)
            if late.when(timestamp):
                submitted.assignment.timestamp = late.when(timestamp)
            scores = {item.id: item.score for item in record.items}
            for grade in submitted.grades:
                grade.auto_score = scores.get(grade.cell.name)
                grade.needs_manual_grade = grade.auto_score is None and grade.manual_score is None
            self.db.flush()
            penalty = submitted.late_submission_penalty = self._penalty(submitted)
            self.db.commit()
            self.db.expunge_all()
        return penalty or 0.0

    def _penalty(self, submitted):
        """What is to be taken off, of the points that there are now."""
        if self.penalties is None or submitted.assignment.assignment.duedate is None:
            return None  # nbgrader cannot add an extension to no due date
        seconds = submitted.assignment.total_seconds_late
        if not seconds:
            return None
        self.db.refresh(submitted, ["score"])
        return self.penalties.of(submitted.assignment.student_id, submitted.score, seconds)

    def has(self, record):
        """Tell whether the gradebook holds exactly the scores of a record, and the late penalty as it is now."""
        with _explained(self.url, self.db):
            rows = (
                self.db.query(GradeCell.name, Grade.auto_score)
                .join(Grade, Grade.cell_id == GradeCell.id)
                .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
                .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .filter(SubmittedAssignment.student_id == record.student)
                .filter(SubmittedNotebook.notebook_id == self.notebook_id)
                .all()
            )
            submitted = (
                self.db.query(SubmittedNotebook)
                .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .filter(SubmittedAssignment.student_id == record.student)
                .filter(SubmittedNotebook.notebook_id == self.notebook_id)
                .one_or_none()
            )
            penalty = submitted and submitted.late_submission_penalty
            settled = submitted and penalty == self._penalty(submitted) and record.penalty == (penalty or 0.0)
            self.db.rollback()
            self.db.expunge_all()
        known = {item.id: item.score for item in record.items}
        found = {row[0]: row[1] for row in rows}
        return bool(rows) and bool(settled) and found == {name: known.get(name) for name in found}

    def _submitted(self, student):
        person = self.db.get(Student, student)
        if person is None:
            self.db.add(Student(id=student))
            self.db.flush()
        submission = (
            self.db.query(SubmittedAssignment)
            .filter(SubmittedAssignment.student_id == student, SubmittedAssignment.assignment_id == self.assignment_id)
            .one_or_none()
        )
        if submission is None:
            submission = SubmittedAssignment(assignment_id=self.assignment_id, student_id=student)
            self.db.add(submission)
            self.db.flush()
        submitted = (
            self.db.query(SubmittedNotebook)
            .filter(SubmittedNotebook.assignment_id == submission.id)
            .filter(SubmittedNotebook.notebook_id == self.notebook_id)
            .one_or_none()
        )
        if submitted is None:
            submitted = SubmittedNotebook(notebook_id=self.notebook_id, assignment_id=submission.id)
            self.db.add(submitted)
            self.db.flush()
        have = {grade.cell_id for grade in submitted.grades}
        self.db.add_all(Grade(cell_id=cell, notebook_id=submitted.id) for cell in self.graded - have)
        have = {comment.cell_id for comment in submitted.comments}
        self.db.add_all(Comment(cell_id=cell, notebook_id=submitted.id) for cell in self.commented - have)
        self.db.flush()
        self.db.refresh(submitted)
        return submitted

    def _prepare(self):
        """Find the lesson in the gradebook; the first time, tell it what counts."""
        name = self.released.name
        assignment = self.db.query(Assignment).filter(Assignment.name == name).one_or_none()
        if assignment is None:
            assignment = self.gradebook.add_assignment(name)
        notebook = (
            self.db.query(Notebook)
            .filter(Notebook.assignment_id == assignment.id, Notebook.name == name)
            .one_or_none()
        )  # fmt: skip
        if notebook is None:
            notebook = self._introduce(assignment)
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        expected = {item.id: item.points for item in self.released.graded}
        if points != expected:
            raise NoLesson(
                f"the gradebook knows {name} with other graded cells than notebooks/ has "
                f"({_differing(points, expected)}); run `nbgrader generate_assignment {name} --force`, or, when it was "
                "graded before, keep the lesson that was handed out and give the new one a new name"
            )
        self.assignment_id, self.notebook_id = assignment.id, notebook.id
        self.graded = {cell.id for cell in notebook.grade_cells}
        self.commented = {cell.id for cell in notebook.solution_cells}
        self.db.commit()

    def _introduce(self, assignment):
        kernelspec = json.dumps(self.released.notebook["metadata"].get("kernelspec", {}))
        notebook = Notebook(name=self.released.name, assignment=assignment, kernelspec=kernelspec)
        self.db.add(notebook)
        self.db.flush()
        for cell in self.released.cells:
            if not cell.grade_id:
                continue
            about, of = self.released.metadata[cell.grade_id], {"name": cell.grade_id, "notebook_id": notebook.id}
            if about["grade"]:
                self.db.add(GradeCell(max_score=float(about["points"]), cell_type=cell.type, **of))
            if about["solution"]:
                self.db.add(SolutionCell(**of))
            checksum = about.get("checksum")
            self.db.add(
                SourceCell(
                    cell_type=cell.type, source=cell.source, checksum=checksum, locked=about["locked"], **of
                )
            )  # fmt: skip
        self.db.commit()
        return notebook


def _differing(some, others):
    names = sorted(name for name in some.keys() | others.keys() if some.get(name) != others.get(name))
    return ", ".join(names[:5])


@contextlib.contextmanager
def _with_alembic():
    """nbgrader makes a gradebook with the command `alembic`, which stands beside this Python."""
    before = os.environ["PATH"]
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextlib.contextmanager
def _explained(url, db=None):
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:
        if db is not None:
            db.remove()
        said = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
        raise NoGradebook(f"the gradebook {_without_password(url)}: {said}") from error


def _without_password(url):
    """An address that may stand in a log.

    >>> _without_password("postgresql://ann:secret@host/grades")
    'postgresql://ann:…@host/grades'
    """
    head, at, host = url.rpartition("@")
    scheme, _, who = head.partition("://")
    return f"{scheme}://{who.partition(':')[0]}:…@{host}" if at and ":" in who else url
