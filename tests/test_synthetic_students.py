"""Five students hand in every lesson of the course, and real nbgrader gives each exactly the marks due."""

import functools
import sys

import nbformat
import pytest

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring import tables
from lessonlib.checks import calls, check, judge
from lessonlib.grading import notebook, released, structure, submission
from lessonlib.grading.grade import Lesson
from lessonlib.quiz.store import AnswerFile, Record
from tests.classroom import ROOT, cell_of, course_in

AT = "2030-01-01T10:00:00Z"
load = functools.cache(lessons.load)
FOLDERS = [folder for folder in lessons.find(ROOT) if (folder / "exercises.py").exists()]

# nbgrader and what it is made of warn about each other; that is not what is tested here.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(sys.platform == "win32", reason="only on systems with what nbgrader's exchange needs"),
]


class Work:
    """One lesson as one student fills it in, and the marks that are due for it."""

    def __init__(self, lesson, released, folder):
        self.lesson = lesson
        self.released = released
        self.folder = folder
        self.notebook = nbformat.read(released / f"{lesson.name}.ipynb", 4)
        self.due = {f"check_{name}": 0.0 for name in lesson.exercises}
        self.due |= {"quiz_score": 0.0} if lesson.bank else {}
        self.answers = {}

    def write(self, name, source, score=None):
        """Put `source` into an exercise; it is due `score`, by default all points."""
        cell_of(self.notebook, name).source = source
        self.due[f"check_{name}"] = float(self.lesson.exercises[name].points) if score is None else score

    def answer(self, questions):
        """Click the right answers."""
        points = {question.id: float(question.points) for question in self.lesson.bank.questions}
        self.answers |= {name: Record(self.lesson.bank.key[name], at=AT) for name in questions}
        self.due["quiz_score"] += sum(points[name] for name in questions)

    def type(self, questions):
        """Type the right answers."""
        cell = next(cell for cell in self.notebook.cells if cell.metadata.get("quiz") == "typed")
        for name in questions:
            assert f'{name}=""' in cell.source
            cell.source = cell.source.replace(f'{name}=""', f"{name}={self.lesson.bank.key[name]!r}")
        points = {question.id: float(question.points) for question in self.lesson.bank.questions}
        self.due["quiz_score"] += sum(points[name] for name in questions)

    def explain(self):
        for name in self.lesson.explanations:
            cell_of(self.notebook, name).source = f"An explanation of {name}."

    def save(self):
        self.folder.mkdir(parents=True)
        for name in ("quiz.json", "checks.json"):
            if (self.released / name).exists():
                (self.folder / name).write_bytes((self.released / name).read_bytes())
        nbformat.write(self.notebook, self.folder / f"{self.lesson.name}.ipynb")
        if self.answers:
            AnswerFile(self.folder, self.lesson.name).update(self.answers)


def questions(work):
    return list(work.lesson.bank.key) if work.lesson.bank else []


def perfect(work):
    for name in work.lesson.exercises:
        work.write(name, work.lesson.solution(name))
    work.answer(questions(work))
    work.explain()


def differently_perfect(work):
    """Written in another way; every second answer typed, the others clicked."""
    for name, exercise in work.lesson.exercises.items():
        work.write(name, exercise.also_right[-1] if exercise.also_right else work.lesson.solution(name))
    work.type(questions(work)[::2])
    work.answer(questions(work)[1::2])
    work.explain()


def half(work):
    """Every second exercise and question; no prose."""
    for name in list(work.lesson.exercises)[::2]:
        work.write(name, work.lesson.solution(name))
    work.answer(questions(work)[::2])


def mistaken(work):
    """One misconception in each exercise, another one in each."""
    for place, name in enumerate(work.lesson.exercises):
        mistakes = work.lesson.exercises[name].mistakes
        mistake = mistakes[place % len(mistakes)]
        work.write(name, tables.edited(work.lesson.solution(name), mistake))
    work.answer(questions(work))
    work.explain()


def damaged(work):
    """Everything right; then a check pasted twice, one deleted, all cell ids lost, a solution cell deleted."""
    perfect(work)
    cells = work.notebook.cells
    checks = [cell for cell in cells if "check" in cell.metadata]
    cells.remove(checks[-1])
    cells.insert(0, nbformat.from_dict(checks[0]))
    gone = next(name for name in reversed(work.lesson.exercises) if work.due[f"check_{name}"])
    cells.remove(cell_of(work.notebook, gone))
    work.due[f"check_{gone}"] = 0.0
    work.notebook.nbformat_minor = 4
    for cell in cells:
        del cell["id"]


STUDENTS = {work.__name__: work for work in (perfect, differently_perfect, half, mistaken, damaged)}


def due_for_mistakes(course, work):
    """{check: points} of the mistakes, judged here with the cases that grading has drawn."""
    lesson, hidden = work.lesson, Lesson(course.folder, work.lesson.name).tables
    due = {}
    for name, exercise in lesson.exercises.items():
        source = cell_of(work.notebook, name).source
        thing = tables.define(name, source, tables.setting(lesson, name), exercise)
        due[f"check_{name}"] = judge.judge(hidden[name], calls.answer(hidden[name], thing)).score
        assert due[f"check_{name}"] < exercise.points
    return due


@pytest.fixture(scope="module", params=FOLDERS, ids=[folder.name for folder in FOLDERS])
def graded(request, tmp_path_factory):
    """(course, lesson, {student: Work}): a lesson handed in by all students and graded once."""
    lesson = load(request.param)
    with course_in(tmp_path_factory.mktemp("students")) as course:
        course.run("generate_assignment", lesson.name)
        handed_in = {}
        for name, do in STUDENTS.items():
            folder = course.folder / "grading" / "submitted" / name / lesson.name
            handed_in[name] = Work(lesson, course.folder / "notebooks" / lesson.name, folder)
            do(handed_in[name])
            handed_in[name].save()
        course.run("autograde", lesson.name)
        course.run("generate_feedback", lesson.name)
        handed_in["mistaken"].due |= due_for_mistakes(course, handed_in["mistaken"])
        yield course, lesson, handed_in


@pytest.mark.parametrize("student", STUDENTS)
def test_marks_are_exactly_those_due(graded, student):
    course, lesson, handed_in = graded
    grades = course.grades(lesson.name, student)
    assert {name: score for name, (score, _) in grades.items() if name not in lesson.explanations} == (
        handed_in[student].due
    )
    for name in lesson.explanations:
        assert grades[name] == ((0.0, False) if student == "half" else (None, True))


def test_mistakes_are_told_in_the_graded_notebook(graded):
    course, lesson, _ = graded
    path = course.folder / "grading" / "autograded" / "mistaken" / lesson.name / f"{lesson.name}.ipynb"
    notebook = nbformat.read(path, 4)
    for place, (name, exercise) in enumerate(lesson.exercises.items()):
        shown = [output for output in cell_of(notebook, f"check_{name}").outputs if "data" in output]
        text = "\n".join(output.data["text/plain"] for output in shown)
        assert exercise.mistakes[place % len(exercise.mistakes)].says in text


def test_sample_answers_are_for_the_formgrader_alone(graded):
    course, lesson, _ = graded
    for name, explanation in lesson.explanations.items():
        assert explanation.half[:40] in marked(course, lesson, "perfect", name)
        assert lesson.solution(name).split("\n")[0][:40] in marked(course, lesson, "perfect", name)
        feedback = course.folder / "grading" / "feedback" / "perfect" / lesson.name / f"{lesson.name}.html"
        for secret in (explanation.half, explanation.none, explanation.looks_for[0]):
            assert secret[:40] not in feedback.read_text("utf-8")


def marked(course, lesson, student, name):
    """The text of the cell below an explanation in the notebook that the formgrader shows."""
    path = course.folder / "grading" / "autograded" / student / lesson.name / f"{lesson.name}.ipynb"
    notebook = nbformat.read(path, 4)
    return notebook.cells[notebook.cells.index(cell_of(notebook, name)) + 1].source


MISTAKES = [
    pytest.param(folder, name, number, id=f"{folder.name}-{name}-{number}")
    for folder in FOLDERS
    for name, exercise in load(folder).exercises.items()
    for number in range(len(exercise.mistakes))
]


@pytest.mark.parametrize("folder, name, number", MISTAKES)
def test_every_mistake_loses_points_and_is_told_by_its_own_sentence(folder, name, number, monkeypatch, capsys):
    lesson = load(folder)
    exercise = lesson.exercises[name]
    mistake = exercise.mistakes[number]
    source = tables.edited(lesson.solution(name), mistake)
    thing = tables.define(name, source, tables.setting(lesson, name), exercise)
    monkeypatch.chdir(ROOT / "notebooks" / folder.name)
    assert check(name, thing) < exercise.points
    out, err = capsys.readouterr()
    assert out.splitlines()[1] == mistake.says and err == ""


PROSE = [folder for folder in FOLDERS if load(folder).explanations]


@pytest.mark.parametrize("folder", PROSE, ids=[folder.name for folder in PROSE])
def test_notebook_graded_in_the_sandbox_shows_the_sample_answers_too(folder, tmp_path):
    blank = submission.read(ROOT / "notebooks" / folder.name, folder.name)
    original = released.read(ROOT, folder.name)
    notebook.write(tmp_path / "graded.ipynb", original, structure.arrange(blank.cells, original), {}, {})
    graded = nbformat.read(tmp_path / "graded.ipynb", 4)
    nbformat.validate(graded)
    for name, explanation in load(folder).explanations.items():
        below = graded.cells[graded.cells.index(cell_of(graded, name)) + 1]
        assert explanation.half[:40] in below.source
