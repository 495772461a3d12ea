"""Exam questions on their way through real nbgrader: the key stays with the instructor, and the marks are exact."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from lessonlib.course import build
from lessonlib.grading import marking
from lessonlib.grading.released import Graded
from lessonlib.grading.submission import Cell
from lessonlib.quiz import typed_cell
from lessonlib.quiz.store import AnswerFile, Record

ROOT = Path(__file__).resolve().parents[1]
NAME = "03-exam"
AT = "2026-01-02T03:04:05Z"

# nbgrader and what it is made of warn about each other; that is not what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore")

SOURCE = """\
# ---
# jupyter:
#   lessonlib:
#     title: An exam
#     minutes: 5
#     about: Questions that only the instructor can mark.
# ---

# %% [markdown]
# # An exam

# %%
from lessonlib import quiz

# %% quiz="show"
quiz.show("guess", "several")

# %%
quiz.measured("guess", 0.25)

# %% quiz="show"
quiz.show()

# %% quiz="typed"
quiz.typed(guess="", several="", amount="", line="")

# %% quiz="score"
quiz.score()
"""
QUIZ = """\
title: An exam
mode: exam
questions:
  - {id: guess, kind: predict, ask: The loss, close: 0.1, why: The first epoch does most.}
  - id: several
    kind: multiple
    points: 2
    ask: Which ones?
    shuffle: false
    choices:
      - {text: one, right: true, why: because of one}
      - {text: two, why: two is not one of them}
      - {text: three, right: true, why: because of three}
  - {id: amount, kind: number, mode: practice, ask: How many, answer: 20, why: Count them., otherwise: Again.}
  - id: line
    kind: blank
    ask: What is missing?
    code: optimizer.____
    accept: [zero_grad()]
    why: Gradients add up.
    otherwise: What must be empty?
"""


def everything(student):
    student.click(guess="0.3", several="AC", amount="20", line="zero_grad( )")


def half(student):
    student.click(several="A", amount="20", line="step()")


def typed(student):
    student.type('quiz.typed(several=["A", "C"], line=" zero_grad()", amount="20", guess="", **{})')


def typed_among_other_code(student):
    """The lines before and after are read over."""
    student.type('import math\nquiz.typed(several="B", line="step()")\nquiz.typed(several="AC", line="zero_grad()")')


def typed_by_code(student):
    """What is not on lines of its own is not read, and that is said."""
    student.type('for _ in range(1):\n    quiz.typed(several="AC")')


def typed_before_and_clicked_after(student):
    student.type('quiz.typed(several="AC", line="zero_grad()", amount="", guess="")')
    AnswerFile(student.folder, NAME).update({"several": Record("B", AT, typed_seen="AC")})


def forged(student):
    """What the kernel returns counts nothing."""
    student.type("from lessonlib import quiz\nquiz.score = lambda: 5.0")


def peeking(student):
    """The key is nowhere near the kernel, so that trying every answer there finds nothing."""
    student.type(
        "from fractions import Fraction\n"
        "for answer in ('A', 'B', 'C', 'AB', 'AC', 'BC', 'ABC'):\n"
        "    if quiz._session().mark('several', answer).fraction == 1:\n"
        "        quiz.typed(several=answer)"
    )


def broken(student):
    """The kernel dies; what was clicked counts all the same."""
    student.click(several="AC", line="zero_grad()")
    student.type("import os\nos._exit(1)")


STUDENTS = {  # the work, and the points: 1 for the guess, 2 for several, 1 for the amount, 1 for the line
    everything: 5,
    half: 2,
    typed: 4,
    typed_among_other_code: 3,
    typed_by_code: 0,
    typed_before_and_clicked_after: 1,
    forged: 0,
    peeking: 0,
    broken: 3,
    lambda student: None: 0,
}


class Student:
    def __init__(self, course, name):
        self.folder = course / "grading" / "submitted" / name / NAME
        shutil.copytree(course / "notebooks" / NAME, self.folder)

    def click(self, **answers):
        records = {question: Record(value, AT, checked=value) for question, value in answers.items()}
        AnswerFile(self.folder, NAME).update(records)

    def type(self, source):
        path = self.folder / f"{NAME}.ipynb"
        notebook = nbformat.read(path, 4)
        next(cell for cell in notebook.cells if cell.metadata.get("quiz") == "typed").source = source
        nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one exam, handed in by all STUDENTS and graded."""
    root = tmp_path_factory.mktemp("exam")
    folder = root / "solutions" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.py").write_text(SOURCE)
    (folder / "quiz.yaml").write_text(QUIZ)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    build.build(folder, root)
    for number, work in enumerate(STUDENTS):
        work(Student(root, f"student{number}"))
    nbgrader(root, "generate_assignment", NAME, "--force")
    nbgrader(root, "autograde", NAME)
    return root


def nbgrader(root, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(root)}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_marks_are_exact(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/grading/gradebook.db") as gradebook:
        marks = [
            gradebook.find_submission_notebook(NAME, NAME, f"student{number}").score for number in range(len(STUDENTS))
        ]
    assert marks == list(STUDENTS.values())


def test_the_solution_scores_full_and_the_student_reads_the_marks(course):
    solution = nbformat.read(course / "solutions" / NAME / f"{NAME}.ipynb", 4)
    assert solution.cells[-1].outputs[-1].data["text/plain"] == "5.0"
    graded = nbformat.read(
        course / "grading" / "autograded" / f"student{list(STUDENTS).index(half)}" / NAME / f"{NAME}.ipynb", 4
    )
    said = "".join(output.get("text", "") for output in graded.cells[-1].outputs)
    assert "Marked by your instructor:\nseveral: answer A, 1 of 2 points" in said
    assert "Marked by your instructor:\nseveral: answer A, 1 of 2 points\nline: answer step(), 0 of 1 point\n" in said


def test_no_student_file_and_no_graded_file_holds_the_key(course):
    for folder in (course / "notebooks", course / "grading" / "autograded" / f"student{len(STUDENTS) - 1}"):
        data = json.loads(next(folder.rglob("quiz.json")).read_bytes())
        sealed = {question["id"]: question["sealed"] for question in data["questions"]}
        assert [name for name, value in sealed.items() if value == {}] == ["several", "line"]
        text = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
        assert not re.search(r"zero_grad|because of|Gradients add up|must be empty", text)


def test_grading_in_the_sandbox_marks_them_too(course):
    for work, points in ((everything, 5.0), (half, 2.0), (broken, 3.0)):
        folder = course / "grading" / "submitted" / f"student{list(STUDENTS).index(work)}" / NAME
        graded = Graded("quiz_score", "quiz", "quiz", 5.0)
        answers = (folder / "answers.json").read_bytes()
        item, given = marking.quiz(graded, course / "notebooks" / NAME / "quiz.json", answers, [], [])
        assert item.score == points
        assert list(given) == ["guess", "several", "amount", "line"]


def test_what_is_typed_among_other_code_counts_and_what_cannot_be_read_is_said(course):
    graded = Graded("quiz_score", "quiz", "quiz", 5.0)
    for work, said in ((typed, False), (typed_among_other_code, False), (typed_by_code, True)):
        name = f"student{list(STUDENTS).index(work)}"
        notebook = nbformat.read(course / "grading" / "submitted" / name / NAME / f"{NAME}.ipynb", 4)
        cells = [Cell(cell.cell_type, cell.source) for cell in notebook.cells]
        remarks = []
        item, _ = marking.quiz(graded, course / "notebooks" / NAME / "quiz.json", None, cells, remarks)
        assert item.score == STUDENTS[work]
        assert any(to_student == typed_cell.UNREAD for _, to_student in remarks) == said
