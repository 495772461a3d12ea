"""A lesson on its way through real nbgrader: generated, released, fetched, handed in, graded, exported."""

import contextlib
import csv
import html
import logging
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_core.application import NoStart

from lessonlib.course import lesson as lessons
from lessonlib.course.lesson import solution_region
from lessonlib.quiz.store import AnswerFile, Record

ROOT = Path(__file__).resolve().parents[1]
NAME = "02-model-fit"
AT = "2030-01-01T10:00:00Z"

# nbgrader and what it is made of warn about each other; that is not what is tested here.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(sys.platform == "win32", reason="nbgrader hands notebooks in and out on Unix only"),
]


class Student:
    """A student's folder, and what can be done to the notebook in it."""

    def __init__(self, folder, lesson):
        self.folder = folder
        self.lesson = lesson
        self.path = folder / NAME / f"{NAME}.ipynb"

    @property
    def notebook(self):
        return nbformat.read(self.path, 4)

    def save(self, notebook):
        nbformat.write(notebook, self.path)

    def solve(self, *exercises):
        notebook = self.notebook
        for name in exercises:
            _cell(notebook, name).source = self.lesson.solution(name)
        self.save(notebook)

    def click(self, *questions):
        records = {question: Record(self.lesson.bank.key[question], at=AT) for question in questions}
        AnswerFile(self.path.parent, NAME).update(records)

    def type(self, question):
        notebook = self.notebook
        cell = next(cell for cell in notebook.cells if cell.metadata.get("quiz") == "typed")
        cell.source = cell.source.replace(f'{question}=""', f'{question}="{self.lesson.bank.key[question]}"')
        self.save(notebook)

    def solve_everything(self):
        self.solve(*self.lesson.exercises)
        self.click(*self.lesson.bank.key)


class Course:
    """A copy of the course, and nbgrader's own commands run in it."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder / "course"
        shutil.copytree(ROOT / "solutions", self.folder / "solutions")
        shutil.copy(ROOT / "nbgrader_config.py", self.folder)
        self.monkeypatch = monkeypatch
        self.exchange = folder / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)

    def run(self, *arguments, folder=None):
        """Run `nbgrader ARGUMENTS` in the course folder, or a student's, and return the lines it logged.

        In this process: a command of its own needs three seconds to start.
        """
        from nbgrader.apps.nbgraderapp import NbGraderApp

        self.monkeypatch.chdir(folder or self.folder)
        lines = []
        handler = logging.Handler(logging.INFO)
        handler.emit = lambda record: lines.append(f"{record.levelname} {record.getMessage()}")
        app = NbGraderApp.instance()
        try:
            app.initialize([*arguments, f"--Exchange.root={self.exchange}"])
            app.subapp.log.addHandler(handler)
            with contextlib.suppress(NoStart):  # how a Jupyter command says that it is done
                app.start()
        except SystemExit as stopped:
            assert not stopped.code, f"nbgrader {' '.join(arguments)} failed:\n" + "\n".join(lines)
        finally:
            app.subapp.log.removeHandler(handler)
            app.reset()
        return lines

    def fetch(self, name, lesson):
        folder = self.folder.parent / name
        folder.mkdir()
        self.run("fetch_assignment", NAME, "--course=training", folder=folder)
        return Student(folder, lesson)

    def submit(self, name):
        self.run(
            "submit", NAME, "--course=training", f"--CourseDirectory.student_id={name}",
            folder=self.folder.parent / name,
        )  # fmt: skip

    def scores(self, name):
        """{grade_id: score} of a student, from the gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder}/grading/gradebook.db") as gradebook:
            notebook = gradebook.find_submission_notebook(NAME, NAME, name)
            assert not any(grade.needs_manual_grade for grade in notebook.grades)
            return {grade.name: grade.auto_score for grade in notebook.grades}


@pytest.fixture(scope="module")
def lesson():
    return lessons.load(ROOT / "solutions" / NAME)


@pytest.fixture(scope="module")
def full(lesson):
    """The marks of somebody who gets everything right."""
    exercises = {f"check_{name}": float(exercise.points) for name, exercise in lesson.exercises.items()}
    return {**exercises, "quiz_score": lesson.bank.points}


@pytest.fixture(scope="module")
def course(tmp_path_factory, lesson):
    """The course taught once to five students; `course.log` is what autograde said."""
    folder = tmp_path_factory.mktemp("round-trip")
    with pytest.MonkeyPatch.context() as monkeypatch:
        home = folder / "home"
        for variable in (
            "HOME",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "IPYTHONDIR",
        ):
            monkeypatch.setenv(variable, str(home))
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("PATH", os.environ["PATH"])  # nbgrader_config.py puts something in front of it
        monkeypatch.setattr(sys, "path", list(sys.path))  # nbgrader adds to it at every command
        course = Course(folder, monkeypatch)
        course.run("generate_assignment", NAME)
        course.run("release_assignment", NAME)
        for name, work in STUDENTS.items():
            work(course.fetch(name, lesson))
            course.submit(name)
        course.run("collect", NAME)
        course.log = course.run("autograde", NAME)
        course.run("generate_feedback", NAME)
        course.run("release_feedback", NAME)
        course.run("export", "--to", str(folder / "marks.csv"))
        with open(folder / "marks.csv", encoding="utf-8", newline="") as file:
            course.marks = {row["student_id"]: row for row in csv.DictReader(file)}
        yield course


def half_right(student):
    student.solve(next(iter(student.lesson.exercises)))
    first, *_, last = student.lesson.bank.key
    student.click(first)
    student.type(last)


def muddled(student):
    """Everything is right, but one check cell was pasted a second time and another one deleted."""
    student.solve_everything()
    notebook = student.notebook
    first, second, *_ = [cell for cell in notebook.cells if "check" in cell.metadata]
    notebook.cells.remove(second)
    notebook.cells.insert(0, nbformat.from_dict({**first, "id": "pasted"}))
    student.save(notebook)


def stripped(student):
    """Everything is right, but the notebook went through a program that knows no metadata and no cell ids."""
    student.solve_everything()
    notebook = student.notebook
    notebook.cells.remove(_cell(notebook, "quiz_score"))
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.metadata.clear()
        del cell["id"]
    student.save(notebook)


STUDENTS = {
    "solution": Student.solve_everything,
    "blank": lambda student: None,
    "half": half_right,
    "muddled": muddled,
    "stripped": stripped,
}


def test_released_files_are_those_of_the_notebooks_folder(course):
    released = course.exchange / "training" / "outbound" / NAME
    committed = ROOT / "notebooks" / NAME
    assert sorted(path.name for path in released.iterdir()) == sorted(path.name for path in committed.iterdir())
    for path in committed.iterdir():
        assert (released / path.name).read_bytes() == path.read_bytes()


def test_solution_gets_every_point(course, full):
    assert course.scores("solution") == full


def test_blank_notebook_gets_nothing(course, full):
    assert course.scores("blank") == dict.fromkeys(full, 0.0)


def test_half_right_gets_exactly_its_part(course, lesson, full):
    first_exercise = next(iter(lesson.exercises))
    points = {question.id: float(question.points) for question in lesson.bank.questions}
    first, *_, last = points
    expected = {
        **dict.fromkeys(full, 0.0),
        f"check_{first_exercise}": float(lesson.exercises[first_exercise].points),
        "quiz_score": points[first] + points[last],
    }
    assert 0 < sum(expected.values()) < sum(full.values())
    assert course.scores("half") == expected


@pytest.mark.parametrize(
    "name, said",
    [
        ("muddled", "stands twice; the last one counts"),
        ("muddled", "is missing; it is added at the end"),
        ("stripped", "was saved without its metadata"),
    ],
)
def test_damaged_notebook_is_graded_and_named(course, full, name, said):
    assert course.scores(name) == full
    assert [line for line in course.log if line.startswith(f"WARNING {name}, {NAME}.ipynb") and said in line]


def test_intact_notebooks_are_left_in_peace(course):
    assert not [line for line in course.log if line.startswith(("WARNING solution", "WARNING half", "WARNING blank"))]


def test_exported_marks_are_the_gradebooks(course, full):
    assert set(course.marks) == set(STUDENTS)
    for name, row in course.marks.items():
        assert float(row["score"]) == pytest.approx(sum(course.scores(name).values()))
        assert float(row["max_score"]) == sum(full.values())


def test_feedback_shows_the_score_and_no_solution(course, lesson):
    page = (course.folder / "grading" / "feedback" / "half" / NAME / f"{NAME}.html").read_text("utf-8")
    score = sum(course.scores("half").values())
    assert f"Score: {score}" in page
    text = "".join(html.unescape(page).split())
    for name in list(lesson.exercises)[1:]:
        for line in solution_region(lesson.solution(name)):
            assert len("".join(line.split())) < 12 or "".join(line.split()) not in text


def _cell(notebook, grade_id):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
