"""The formgrader's buttons: submissions run in the sandbox, and students get the course's own feedback page."""

import os
import subprocess
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("only on Linux is there a sandbox to grade in", allow_module_level=True)

from lessonlib.quiz import bank
from tests.browser.lab import Lab
from tests.grading.course import LESSON, ROOT, Course, insert

pytestmark = pytest.mark.filterwarnings("ignore")
EXERCISES = 6.0
TOTAL = EXERCISES + bank.read(ROOT / "solutions" / LESSON / "quiz.yaml").points
# What a program with the rights of the instructor could do here.
HOSTILE = """
import os, pathlib
course = pathlib.Path({course!r})
print("SEES", sorted(str(path) for path in course.glob("*")), os.environ.get("MARKER"))
try:
    (course / "grading" / "gradebook.db").write_bytes(b"mine")
    print("WRITTEN")
except OSError as error:
    print("KEPT OUT", type(error).__name__)
print("INTERFACES", open("/proc/net/dev").read().count(":")) if os.path.exists("/proc/net/dev") else None
"""
SECRET, TIME, DUE, LATE = "word", *(f"2030-01-01 {hour}:00:00.000000 UTC" for hour in (10, 12, 14))


class Formgrader:
    """The formgrader's page of a lesson's submissions, in a JupyterLab that was started in the course's folder."""

    def __init__(self, page, lab):
        self.page = page
        self.errors = []
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{lab.url}/formgrader/manage_submissions/{LESSON}")

    def row(self, student):
        return self.page.locator(f"tbody tr:has(.student-id[data-order={student}])")

    def press(self, button, student):
        """Press a student's button; returns (the dialog's title, its text) and closes it."""
        self.row(student).locator(f".{button} a").click()
        dialog = self.page.locator(".modal.in")
        dialog.wait_for()
        said = dialog.locator(".modal-title").inner_text(), dialog.locator(".modal-body").inner_text()
        dialog.get_by_role("button", name="OK").click()
        dialog.wait_for(state="detached")
        self.row(student).locator(f".{button} a").wait_for()  # the row is drawn anew
        return said

    def shown(self, student):
        """(status, score) as the row says them."""
        row = self.row(student)
        return row.locator(".status").inner_text(), row.locator(".score").inner_text()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("formgrader") / "course")
    exchange = course.folder.parent / "exchange"
    exchange.mkdir()
    with open(course.folder / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write(f"\nc.Exchange.root = {str(exchange)!r}\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    course.exchange = exchange
    command = [sys.executable, "-m", "nbgrader", "db", "assignment", "add", LESSON, f"--duedate={DUE}"]
    subprocess.run(command, cwd=course.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    course.hand_in("honest", course.solved())
    course.hand_in("half", course.solved("split_rows"))
    hostile = insert(course.solved(), HOSTILE.format(course=str(course.folder)), above="steps_per_epoch")
    course.hand_in("hostile", hostile)
    course.hand_in("broken", b"no notebook")
    course.hand_in("late", course.solved())
    for student, time in (("honest", TIME), ("half", TIME), ("late", LATE)):  # as nbgrader's exchange leaves them
        (course.place(student) / "timestamp.txt").write_text(time)
        (course.place(student) / "submission_secret.txt").write_text(SECRET + student)
    return course


@pytest.fixture(scope="module")
def formgrader(course, browser):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARKER", "MARKER-ENVIRONMENT")
        lab = Lab(course.folder, cwd=course.folder)
        with lab:
            page = browser.page()
            opened = Formgrader(page, lab)
            yield opened
            page.close()
    assert not opened.errors


def test_autograde_runs_in_the_sandbox_and_shows_the_points(course, formgrader):
    assert formgrader.shown("honest") == ("needs autograding", "")
    for student, score in (("honest", EXERCISES), ("half", 2), ("hostile", EXERCISES)):
        title, said = formgrader.press("autograde", student)
        assert title == "Success", said
        assert formgrader.shown(student) == ("graded", f"{score:g} / {TOTAL:g}")
        assert course.record(student).state == "graded"
        assert course.gradebook(student) == course.scores(student)


def test_late_penalty_is_taken_off(course, formgrader):
    title, said = formgrader.press("autograde", "late")
    assert title == "Success", said
    assert formgrader.shown("late") == ("graded", f"{EXERCISES:g} / {TOTAL:g}")  # nbgrader's list leaves lateness out
    assert course.record("late").penalty == EXERCISES
    formgrader.press("generate-feedback", "late")
    page = (course.folder / "grading" / "feedback" / "late" / LESSON / f"{LESSON}.html").read_text("utf-8")
    assert f"<b>0 of {TOTAL:g} points</b>" in page and f"{EXERCISES:g} points are taken off" in page


def test_what_cannot_be_graded_is_told_in_the_log(course, formgrader):
    title, said = formgrader.press("autograde", "broken")
    assert f"broken: refused: {LESSON}.ipynb is damaged" in said
    assert formgrader.shown("broken") == ("needs autograding", "")


def test_feedback_is_the_pages_of_the_course_and_is_released(course, formgrader):
    title, said = formgrader.press("generate-feedback", "half")
    assert title == "Success", said
    page = (course.folder / "grading" / "feedback" / "half" / LESSON / f"{LESSON}.html").read_text("utf-8")
    assert f"<b>2 of {TOTAL:g} points</b>" in page and str(course.folder) not in page
    title, said = formgrader.press("release-feedback", "half")
    assert title == "Success", said
    (released,) = (course.exchange / "training" / "feedback").glob("*.html")
    assert released.read_text("utf-8") == page


def test_hostile_one_saw_and_wrote_nothing(course, formgrader):
    text = (course.folder / "grading" / "autograded" / "hostile" / LESSON / f"{LESSON}.ipynb").read_text("utf-8")
    assert "SEES [] None" in text and "KEPT OUT" in text
    assert "WRITTEN\\n" not in text and "MARKER" not in text.replace('os.environ.get(\\"MARKER\\")', "")
    assert course.gradebook("honest")["quiz_score"] == 0.0
