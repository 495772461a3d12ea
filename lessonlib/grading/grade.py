"""Grade the submissions of one lesson: read them here, run them elsewhere, judge and write them here."""

import hashlib
import traceback
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from pathlib import Path

from lessonlib.files import write_if_changed
from lessonlib.grading import fresh, late, marking, notebook, outcome, record, released, structure, submission
from lessonlib.grading.pool import NotRun
from lessonlib.grading.record import NOT_GRADED, REFUSED, REMARKS, Item, Record

VERSION = "2"  # of the rules by which points are given: results of another version are made again
LONGEST = 200  # bytes of a student's name, which becomes the name of files
WAITING = 2  # submissions that are read ahead for each that runs


@dataclass
class _Open:
    """A submission between reading and judging."""

    record: Record
    submission: submission.Submission
    arranged: structure.Arranged


class Lesson:
    """One lesson of the course at `root`, ready to be graded.

    Raises NoLesson when there is no such lesson, or its two copies do not fit together.
    """

    def __init__(self, root, name):
        self.root = Path(root)
        self.folder = self.root / "grading"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.released = released.read(self.root, name)
        self.name = name
        self.key = fresh.secret(self.folder)
        whole = f"{VERSION} {released.fingerprint(self.root, self.released)} {fresh.digest(self.key)}"
        self.course = hashlib.sha256(whole.encode()).hexdigest()
        self._tables = None

    @property
    def tables(self):
        """{exercise: Table} of hidden cases."""
        if self._tables is None:
            self._tables = fresh.tables(self.root, self.released, self.key)
            self._givens = {name: fresh.givens(table) for name, table in self._tables.items()}
        return self._tables

    @property
    def givens(self):
        """{exercise: its hidden cases for the sandbox, as a text}."""
        return self._givens if self.tables is not None else {}

    def students(self, names=()):
        """The students called `names`, or all who handed in this lesson; raises NoLesson for an unknown one."""
        here = sorted(
            path.parent.name
            for path in (self.folder / "submitted").glob(f"*/{self.name}")
            if not path.parent.name.startswith(".")
        )
        for name in names:
            if name not in here:
                raise released.NoLesson(
                    f"there is no submission of {self.name} by {name!r}; "
                    f"it would stand in {self.folder / 'submitted' / name / self.name}"
                )
        return sorted(set(names)) if names else here

    def place(self, student):
        """The folder of a submission."""
        return self.folder / "submitted" / student / self.name


def grade(lesson, students, book, executor, again=False):
    """Grade submissions one by one as they are done, and yield (Record, whether it was run now).

    `executor.submit(job, hidden)` returns a Future of what pool.Pool.run returns; `executor.workers` says how
    many run at a time. What is graded and unchanged is not run, unless `again`.
    """
    waiting, running = iter(students), {}
    while True:
        while len(running) < WAITING * executor.workers and (student := next(waiting, None)) is not None:
            opened = _open(lesson, student, book, again)
            if isinstance(opened, Record):
                yield opened, False
                continue
            files = {name: content.decode("latin-1") for name, content in opened.submission.files.items()}
            job = opened.arranged.job(lesson.released, {**files, **_answers(opened)})
            running[executor.submit(job, lesson.givens)] = opened
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            yield _close(lesson, running.pop(future), future, book), True


def _answers(opened):
    content = opened.submission.answers
    return {} if content is None else {submission.ANSWERS: content.decode("latin-1")}


def _open(lesson, student, book, again):
    """Read a submission: an _Open, or its Record when there is nothing to be run."""
    if not student.isprintable() or len(student.encode()) > LONGEST:
        made = Record(repr(student[:40]), lesson.name)
        made.note(REFUSED, f"nobody can be called like this folder; give it a name of up to {LONGEST} letters", "")
        return made
    made = Record(student, lesson.name)
    try:
        handed_in = submission.read(lesson.place(student), lesson.name)
    except submission.Refused as refused:
        made.note(REFUSED, refused.instructor, refused.student)
        made.items = [Item(item.id, item.kind, item.name, item.points, None) for item in lesson.released.graded]
        return _keep(lesson, made, book, "")
    except Exception as error:
        return _stopped(made, error)
    made.fingerprint = hashlib.sha256(f"{lesson.course} {handed_in.digest}".encode()).hexdigest()
    before = record.read(record.path(lesson.folder, lesson.name, student))
    if not again and before and before.fingerprint == made.fingerprint and before.state != NOT_GRADED:
        if not book.has(before):
            _keep(lesson, before, book, handed_in.timestamp)
        if notebook.place(lesson, student).exists():
            return before
    try:
        arranged = structure.arrange(handed_in.cells, lesson.released)
    except Exception as error:
        return _stopped(made, error)
    if handed_in.timestamp and late.when(handed_in.timestamp) is None:
        made.note(REMARKS, "timestamp.txt says no time; it counts as handed in in time", "")
    for to_instructor, to_student in [*handed_in.remarks, *arranged.remarks]:
        made.note(REMARKS, to_instructor, to_student)
    return _Open(made, handed_in, arranged)


def _close(lesson, opened, future, book):
    """Judge what came out of the sandbox, and keep it."""
    try:
        answer = future.result()
    except NotRun as failure:
        return _failed(opened.record, failure)
    try:
        _judge(lesson, opened, answer)
    except NotRun as failure:  # what is carried out on this side of the sandbox
        return _failed(opened.record, failure)
    except OSError:  # a full disk is not the submission's fault, and the next one would meet it too
        raise
    except Exception as error:
        return _stopped(opened.record, error)
    return _keep(lesson, opened.record, book, opened.submission.timestamp)


def _judge(lesson, opened, answer):
    """Give the points, and write the graded notebook."""
    made, remarks = opened.record, []
    graded = {item.id for item in lesson.released.graded}
    result = outcome.read(answer, opened.arranged, lesson.givens, graded, made)
    for item in lesson.released.graded:
        if item.kind == "exercise":
            told = result.told.get(item.name)
            made.items.append(marking.exercise(item, lesson.tables[item.name], told))
        elif item.kind == "quiz":
            path = lesson.released.folder / "quiz.json"
            answers, cells = opened.submission.answers, opened.arranged.cells
            quiz, made.answers = marking.quiz(item, path, answers, cells, remarks)
            made.items.append(quiz)
        else:
            cells = {cell.grade_id: cell.source for cell in opened.arranged.cells}
            blank = cells.get(item.id) == next(
                cell.source for cell in lesson.released.cells if cell.grade_id == item.id
            )
            made.items.append(Item(item.id, item.kind, item.name, item.points, 0.0 if blank else None))
    for to_instructor, to_student in remarks:
        made.note(REMARKS, to_instructor, to_student)
    items = {item.id: item for item in made.items}
    place = notebook.place(lesson, made.student)
    notebook.write(place, lesson.released, opened.arranged, result.shown, items)
    for name, content in opened.submission.exchange.items():
        write_if_changed(place.with_name(name), content)


def _failed(made, failure):
    """The Record of a submission for which the machine failed."""
    made.items.clear()
    made.note(NOT_GRADED, f"not graded, will be retried: {failure}", "")
    return made


def _stopped(made, error):
    """The Record of a submission that this package itself stumbled over: that ends nothing but its own grading."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {place.name}, line {place.lineno}"
    made.note(NOT_GRADED, f"not graded: the grader stumbled over it ({where}); the others are graded. Report it", "")
    return made


def _keep(lesson, made, book, timestamp):
    """Into the gradebook first, then the record: a run that is stopped in between does both again."""
    made.penalty = book.save(made, timestamp)
    record.write(record.path(lesson.folder, lesson.name, made.student), made)
    return made
