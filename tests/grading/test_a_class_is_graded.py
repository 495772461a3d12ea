"""A class graded by the command: points, remarks, exit status, and what a second run does."""

import sys

import pytest

from lessonlib.quiz import bank
from tests.grading.course import LESSON, ROOT, Course, cell

pytestmark = pytest.mark.filterwarnings("ignore")

BANK = bank.read(ROOT / "solutions" / LESSON / "quiz.yaml")
KEY = BANK.key
FULL = {"check_steps_per_epoch": 2.0, "check_epoch_loss": 2.0, "check_split_rows": 2.0}
FULL["quiz_score"] = float(BANK.points)
MEAN_OF_BATCHES = "def epoch_loss(batch_losses, batch_rows):\n    return float(np.mean(batch_losses))"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"))
    course.hand_in("full", course.solved(), KEY)
    course.hand_in("blank", course.blank())
    course.hand_in("one", course.solved("split_rows"), {"updates": KEY["updates"]})
    mistaken = course.solved()
    cell(mistaken, "epoch_loss")["source"] = MEAN_OF_BATCHES
    course.hand_in("mistaken", mistaken, KEY)
    typed = course.solved()
    typed_cell = next(one for one in typed["cells"] if one["metadata"].get("quiz") == "typed")
    typed_cell["source"] = f"import math\nquiz.typed(updates='{KEY['updates']}', leakage=open('x'))"
    course.hand_in("typed", typed, None)
    course.hand_in("notjson", b"PK")
    course.first = course.grade()
    return course


def test_the_solution_gets_every_point(course):
    assert course.scores("full") == course.gradebook("full") == FULL
    assert course.record("full").state == "graded"


def test_a_blank_notebook_gets_nothing(course):
    assert course.scores("blank") == course.gradebook("blank") == dict.fromkeys(FULL, 0.0)


def test_parts_get_exactly_their_points(course):
    assert course.scores("one") == {**dict.fromkeys(FULL, 0.0), "check_split_rows": 2.0, "quiz_score": 1.0}


def test_a_known_mistake_is_named(course):
    (item,) = [item for item in course.record("mistaken").items if item.name == "epoch_loss"]
    assert item.score < item.points
    assert item.mistake.startswith("This is the mean over batches.")
    assert course.scores("mistaken") == {**FULL, "check_epoch_loss": item.score}


def test_typed_answers_are_read_and_never_run(course):
    record = course.record("typed")
    assert record.answers["updates"]["score"] == 1.0
    assert course.scores("typed") == {**FULL, "quiz_score": 1.0}
    for said in (record.instructor, record.for_student):
        assert any("'leakage' is no plain text or number" in line for line in said)


def test_what_is_no_notebook_is_refused_and_stops_nobody(course):
    code, said = course.first
    assert code == 3
    assert f"notjson: refused: {LESSON}.ipynb is damaged" in said
    assert course.record("notjson").state == "refused"
    assert course.gradebook("notjson") == dict.fromkeys(FULL)


def test_what_is_graded_is_not_run_again(course):
    before = course.record("full")
    code, said = course.grade()
    assert (code, course.record("full")) == (3, before)
    assert "6 submissions, 0 of them run now" in said
    course.hand_in("blank", course.solved("epoch_loss"))
    _, said = course.grade()
    assert "6 submissions, 1 of them run now" in said
    assert course.gradebook("blank")["check_epoch_loss"] == 2.0


def test_no_output_holds_a_path_of_this_machine(course):
    for path in (course.folder / "grading" / "autograded").rglob("*.ipynb"):
        text = path.read_text("utf-8")
        assert sys.prefix not in text and str(ROOT) not in text and str(course.folder) not in text
