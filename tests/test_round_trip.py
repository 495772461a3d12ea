"""A lesson on its way through real nbgrader: generated, released, fetched, handed in, graded, exported."""

import csv
import html
import subprocess
import sys
import zipfile

import nbformat
import pytest

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring.lesson import solution_region
from lessonlib.course import collect
from lessonlib.course import submit as packed
from lessonlib.quiz.store import AnswerFile, Record
from tests.classroom import ROOT, cell_of, course_in

NAME = "02-model-fit"
AT = "2030-01-01T10:00:00Z"

# nbgrader and what it is made of warn about each other; that is not what is tested here.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(sys.platform != "linux", reason="only on Linux is there a sandbox to grade in"),
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
            cell_of(notebook, name).source = self.lesson.solution(name)
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


def fetch(course, name, lesson):
    """Let a student fetch the lesson."""
    folder = course.folder.parent / name
    folder.mkdir()
    course.run("fetch_assignment", NAME, "--course=training", folder=folder)
    return Student(folder, lesson)


def submit(course, name):
    """Let a student hand the lesson in."""
    course.run(
        "submit", NAME, "--course=training", f"--CourseDirectory.student_id={name}",
        folder=course.folder.parent / name,
    )  # fmt: skip


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
    """The course taught once to all STUDENTS; `course.log` is what autograde said."""
    folder = tmp_path_factory.mktemp("round-trip")
    with course_in(folder) as course:
        course.run("generate_assignment", NAME)
        course.run("release_assignment", NAME)
        for name, work in (STUDENTS | UNREADABLE).items():
            work(fetch(course, name, lesson))
            submit(course, name)
        course.run("collect", NAME, "--ExchangeCollect.check_owner=False")  # here one person plays all students
        course.log = course.run("autograde", NAME, fails=True)  # of those with a file that cannot be read
        course.run("generate_feedback", NAME)
        course.run("release_feedback", NAME)
        course.run("export")
        with open(course.folder / "grading" / "grades.csv", encoding="utf-8", newline="") as file:
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
    notebook.cells.remove(cell_of(notebook, "quiz_score"))
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        cell.metadata.clear()
        del cell["id"]
    student.save(notebook)


def unsolved(student):
    """The first solution cell was deleted, and answers.json was cut off."""
    student.solve_everything()
    notebook = student.notebook
    notebook.cells.remove(cell_of(notebook, next(iter(student.lesson.exercises))))
    student.save(notebook)
    student.path.with_name("answers.json").write_text('{"format": ', "utf-8")


def tampered(student):
    """`check` has another meaning, and answers.json is not there."""
    student.solve(*student.lesson.exercises)
    first, second, *_ = student.lesson.exercises
    _insert_above(student, f"check_{first}", f"check = lambda name, function: {{'{second}': 99.0}}.get(name)")


def fatal(student):
    """A cell above the last check ends the kernel."""
    student.solve_everything()
    *_, last = student.lesson.exercises
    _insert_above(student, f"check_{last}", "import os\nos._exit(1)")


def renamed(student):
    student.solve_everything()
    student.path.rename(student.path.with_name("mine.ipynb"))


STUDENTS = {
    "solution": Student.solve_everything,
    "blank": Student.click,
    "half": half_right,
    "muddled": muddled,
    "stripped": stripped,
    "unsolved": unsolved,
    "tampered": tampered,
    "fatal": fatal,
}
UNREADABLE = {
    "renamed": renamed,
    "notjson": lambda student: student.path.write_text("PK", "utf-8"),
    "empty": lambda student: student.path.write_text("", "utf-8"),
}


def test_released_files_are_those_of_the_notebooks_folder(course):
    released = course.exchange / "training" / "outbound" / NAME
    committed = ROOT / "notebooks" / NAME
    assert sorted(path.name for path in released.iterdir()) == sorted(path.name for path in committed.iterdir())
    for path in committed.iterdir():
        assert (released / path.name).read_bytes() == path.read_bytes()


def test_solution_gets_every_point(course, full):
    assert course.scores(NAME, "solution") == full


def test_blank_notebook_gets_nothing(course, full):
    assert course.scores(NAME, "blank") == dict.fromkeys(full, 0.0)


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
    assert course.scores(NAME, "half") == expected


@pytest.mark.parametrize(
    "name, said",
    [
        ("muddled", "stands twice; the last one counts"),
        ("muddled", "is missing; it is added at the end"),
        ("stripped", "was saved without its metadata"),
    ],
)
def test_damaged_notebook_is_graded_and_named(course, full, name, said):
    assert course.scores(NAME, name) == full
    assert [line for line in course.log if line.startswith(f"WARNING {name}: ") and said in line]


@pytest.mark.parametrize(
    "name, lost, sentences",
    [
        (
            "unsolved",
            ["check_{first}", "quiz_score"],
            [
                "the solution cell '{first}' is missing; what it defined",
                "answers.json is damaged, so only typed answers of the quiz count",
            ],
        ),
        ("tampered", ["quiz_score"], ["answers.json is missing, so only typed answers of the quiz count"]),
        ("fatal", ["check_{last}"], [" ends the program; it and those below have no result"]),
    ],
)
def test_trouble_is_named_and_costs_only_its_own_points(course, lesson, full, name, lost, sentences):
    first, *_, last = lesson.exercises
    words = {"first": first, "last": last}
    assert course.scores(NAME, name) == {**full, **{grade_id.format(**words): 0.0 for grade_id in lost}}
    said = [line for line in course.log if line.startswith(f"WARNING {name}")]
    for sentence in sentences:
        assert [line for line in said if sentence.format(**words) in line], said


@pytest.mark.parametrize(
    "name, said",
    [
        ("renamed", f"the notebook is called 'mine.ipynb'; put it back under the name {NAME}.ipynb"),
        ("notjson", f"{NAME}.ipynb is damaged or not saved to its end; ask the student for the file again"),
        ("empty", f"{NAME}.ipynb is empty; ask the student for the file again"),
    ],
)
def test_unreadable_submission_is_named(course, name, said):
    (line,) = [line for line in course.log if line.startswith(f"WARNING {name}: refused: ") and said in line]
    assert len(line.splitlines()) == 1


def test_intact_notebooks_are_left_in_peace(course):
    assert not [line for line in course.log if line.startswith(("WARNING solution", "WARNING half", "WARNING blank"))]


def test_exported_marks_are_the_gradebooks(course, full):
    assert set(course.marks) == {*STUDENTS, *UNREADABLE}
    for name, row in course.marks.items():
        score = 0 if name in UNREADABLE else sum(course.scores(NAME, name).values())
        assert float(row["score"]) == pytest.approx(score)
        assert float(row["max_score"]) == sum(full.values())


def test_feedback_shows_the_score_and_no_solution(course, lesson):
    page = (course.folder / "grading" / "feedback" / "half" / NAME / f"{NAME}.html").read_text("utf-8")
    score = sum(course.scores(NAME, "half").values())
    assert f"Score: {score}" in page and f"{score:g} of " in page
    assert str(course.folder) not in page, "a path of the instructor's machine"
    text = "".join(html.unescape(page).split())
    for name in list(lesson.exercises)[1:]:
        for line in solution_region(lesson.solution(name)):
            assert len("".join(line.split())) < 12 or "".join(line.split()) not in text


def test_nothing_about_students_stands_outside_the_folder_grading(course):
    assert {path.name for path in course.folder.iterdir()} == {
        "solutions", "notebooks", "grading", "nbgrader_config.py",
    }  # fmt: skip


def test_renamed_notebook_is_graded_when_it_has_its_name_again(course, full):
    folder = course.folder / "grading" / "submitted" / "renamed" / NAME
    (folder / "mine.ipynb").rename(folder / f"{NAME}.ipynb")
    course.run("autograde", NAME, "--student=renamed")
    assert course.scores(NAME, "renamed") == full


def test_zip_collect_is_guarded_and_takes_zips_folders_and_single_files(course):
    handed_in = course.folder / "grading" / "submitted" / "solution" / NAME
    files = {name: (handed_in / name).read_bytes() for name in (f"{NAME}.ipynb", "answers.json")}
    archive = course.folder / "grading" / "downloaded" / NAME / "archive"
    (archive / "dan").mkdir(parents=True)
    with zipfile.ZipFile(archive / "ann.zip", "w") as inside_a_folder:
        for name, content in files.items():
            inside_a_folder.writestr(f"{NAME}/{name}", content)
            inside_a_folder.writestr(f"__MACOSX/{NAME}/._{name}", b"not for us")
        inside_a_folder.writestr(f"{NAME}/.ipynb_checkpoints/{NAME}-checkpoint.ipynb", b"{}")
    with zipfile.ZipFile(archive / "bob.zip", "w") as at_top_level:
        for name, content in files.items():
            at_top_level.writestr(name, content)
    for name, content in files.items():
        (archive / f"cas_van_damme_{name}").write_bytes(content)
        (archive / "dan" / name).write_bytes(content)
    owner = packed.owner("eve.van-dyck", "word")
    packed.pack(handed_in, archive / "eve.van-dyck.zip", owner)  # as `python -m lessonlib submit` does
    course.run("zip_collect", NAME, fails=True)  # of the others, nothing says whose they are
    assert {path.name for path in (course.folder / "grading" / "submitted").iterdir()} == {
        *STUDENTS, *UNREADABLE, "eve.van-dyck",
    }  # fmt: skip
    assert collect.main([NAME, "--names-are-sure"], course.folder) == 0
    for student in ("ann", "bob", "cas_van_damme", "dan", "eve.van-dyck"):
        folder = course.folder / "grading" / "submitted" / student / NAME
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert {path.name for path in (course.folder / "grading" / "submitted").iterdir()} == {
        *STUDENTS, *UNREADABLE, "ann", "bob", "cas_van_damme", "dan", "eve.van-dyck",
    }  # fmt: skip
    test_nothing_about_students_stands_outside_the_folder_grading(course)


def test_grading_needs_only_what_students_have_installed():
    code = (
        "import sys; sys.modules['jupytext'] = None\n"
        "import lessonlib.course.feedback, lessonlib.course.nbgrader_commands\n"
        "import lessonlib.grading.grade, lessonlib.grading.gradebook"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def _insert_above(student, grade_id, code):
    notebook = student.notebook
    place = notebook.cells.index(cell_of(notebook, grade_id))
    notebook.cells.insert(place, nbformat.v4.new_code_cell(code))
    student.save(notebook)
