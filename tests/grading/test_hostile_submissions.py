"""A class of attackers and four honest students, graded in one run: nobody gains, nobody loses, nothing leaks."""

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from lessonlib.grading import grade
from lessonlib.grading.gradebook import Book
from lessonlib.grading.limits import Limits
from lessonlib.grading.local import Local
from lessonlib.quiz import bank
from tests.grading.attacks import ATTACKS, EXERCISES
from tests.grading.course import LESSON, ROOT, Course

pytestmark = pytest.mark.filterwarnings("ignore")

BANK = bank.read(ROOT / "solutions" / LESSON / "quiz.yaml")
KEY, QUIZ = BANK.key, float(BANK.points)
MARKERS = ("MARKER-SOLUTION", "MARKER-NEIGHBOUR", "MARKER-HOST", "MARKER-ENVIRONMENT")
BAD_WORDS = (
    "FOUND",
    "CONNECTED",
    "WRITTEN ",
    "ALLOWED",
    "POISONED",
    "SHADOWED",
    "root:x:0",
    "<script",
    "onerror",
)
LIMITS = Limits(cell=6, notebook=20, call=2, calls=6)  # of computing: three times as much may pass
NEIGHBOURS = {f"neighbour{number}": full for number, full in enumerate((1.0, 0.5, 1.0, 0.5))}


def processes():
    """How many sandboxes this process still has."""
    command = ["pgrep", "-c", "-P", str(os.getpid()), "bwrap"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def everything(folder):
    """{path: hash} of all files outside of the folders that grading writes."""
    written = {"autograded", "records", "gradebook.db", "secret"}
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and not written & set(path.relative_to(folder).parts)
        and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"))
    (course.folder / "marker.txt").write_text("MARKER-HOST")
    with open(course.folder / "solutions" / LESSON / "exercises.py", "a", encoding="utf-8") as file:
        file.write("\n# MARKER-SOLUTION\n")
    for name, part in NEIGHBOURS.items():
        notebook = course.solved() if part == 1.0 else course.solved("split_rows")
        notebook["cells"][0]["source"] = "MARKER-NEIGHBOUR"
        course.hand_in(name, notebook, KEY)
    for name, (hand_in, *_) in ATTACKS.items():
        hand_in(course, name)
    course.before = everything(course.folder)
    os.environ["MARKER"] = "MARKER-ENVIRONMENT"
    lesson = grade.Lesson(course.folder, LESSON)
    start = time.monotonic()
    try:
        with (
            Book(f"sqlite:///{course.folder}/grading/gradebook.db", "training", lesson.released) as book,
            Local(3, limits=LIMITS) as executor,
        ):
            for _ in grade.grade(lesson, lesson.students(), book, executor):
                pass
    finally:
        del os.environ["MARKER"]
    course.seconds = time.monotonic() - start
    course.hidden = lesson.tables["epoch_loss"]
    return course


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attacker_gets_what_the_code_earns(course, name):
    _, state, scores = ATTACKS[name]
    record = course.record(name)
    assert course.scores(name) == scores, record.instructor
    assert course.gradebook(name) == scores
    assert record.state in state if isinstance(state, tuple) else record.state == state, record.instructor


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_neighbour_keeps_every_point(course, name):
    part = dict(EXERCISES) if NEIGHBOURS[name] == 1.0 else {**dict.fromkeys(EXERCISES, 0.0), "check_split_rows": 2.0}
    assert course.scores(name) == course.gradebook(name) == {**part, "quiz_score": QUIZ}
    assert course.record(name).state == "graded"


def test_no_output_tells_what_is_not_to_be_told(course):
    pairs = [str(case.given[0][:2])[1:-1] for case in course.hidden.cases]
    for file in [
        *(course.folder / "grading" / "autograded").rglob("*"),
        *(course.folder / "grading" / "records").rglob("*"),
    ]:
        if not file.is_file():
            continue
        text = file.read_text("utf-8")
        for marker in MARKERS:
            if marker != "MARKER-NEIGHBOUR" or "neighbour" not in str(file):
                assert marker not in text, file
        shown = outputs(file) if file.suffix == ".ipynb" else text
        for word in BAD_WORDS:
            assert word not in shown, file
        assert str(course.folder) not in shown and str(ROOT) not in shown, file
        for pair in pairs:
            assert pair not in shown, file


def outputs(file):
    """All that the cells of a notebook showed, and its text cells."""
    notebook = json.loads(file.read_bytes())
    shown = [one["outputs"] if one["cell_type"] == "code" else [one["source"]] for one in notebook["cells"]]
    return json.dumps(shown, ensure_ascii=False)


def test_every_graded_notebook_is_one(course):
    import nbformat

    for file in (course.folder / "grading" / "autograded").rglob("*.ipynb"):
        nbformat.validate(nbformat.read(file, 4))
        assert file.stat().st_size < 12 << 20


def test_nothing_else_is_changed_and_nothing_is_left(course):
    assert everything(course.folder) == course.before
    assert not Path("/tmp/owned").exists()
    assert processes() == "0"


def test_what_the_instructor_reads_is_short_and_of_letters(course):
    for name in ATTACKS:
        lines = course.record(name).instructor
        assert sum(map(len, lines)) < 2000 and all(map(str.isprintable, lines)), name


def test_it_ends_within_its_limits(course):
    assert course.seconds < len(ATTACKS) * LIMITS.wall / 3
