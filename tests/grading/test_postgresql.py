"""The same command on PostgreSQL: exit statuses, one student alone, and a run that was killed at any moment."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
from nbgrader.api import Gradebook

from tests.grading.course import LESSON, ROOT, Course
from tests.grading.test_elsewhere import ONE, SOLVED, postgres

pytestmark = pytest.mark.filterwarnings("ignore")
# What is about to be done when the grader is killed, at the second submission.
MOMENTS = (
    "lessonlib.grading.notebook.write",
    "lessonlib.grading.gradebook.Book.save",
    "lessonlib.grading.record.write",
)
KILLED = """
import os, pathlib, pkgutil, signal, sys
from lessonlib.course import grade
owner, _, name = sys.argv[1].rpartition(".")
owner, calls = pkgutil.resolve_name(owner), []
function = getattr(owner, name)
def killed(*given):
    calls.append(given)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return function(*given)
setattr(owner, name, killed)
grade.main(sys.argv[2:], pathlib.Path.cwd())
"""


@pytest.fixture(scope="module")
def server():
    with postgres() as url:
        yield url


@pytest.fixture
def database(server, request):
    """The address of a new and empty database."""
    name = f"course{abs(hash(request.node.name))}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return server.rpartition("/")[0] + f"/{name}"


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path / "course")
    for student in ("ann", "bob", "cas"):
        course.hand_in(student, course.solved(*(() if student == "bob" else ("split_rows",))))
    return course


def marks(url):
    """{student: {graded cell: score}} of all that the gradebook knows."""
    with Gradebook(url, "training") as gradebook:
        return {
            submission.student.id: {grade.name: grade.auto_score for grade in submission.notebooks[0].grades}
            for submission in gradebook.assignment_submissions(LESSON)
        }


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_the_next_run_makes_the_gradebook_of_an_undisturbed_one(course, database, moment):
    command = [sys.executable, "-c", KILLED, moment, LESSON, "--db", database]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=course.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    code, said = course.grade("--db", database)
    assert code == 0, (said, [course.record(name) for name in ("ann", "bob", "cas")])
    assert "3 submissions, 2 of them run now" in said
    assert marks(database) == {"ann": ONE, "bob": SOLVED, "cas": ONE}
    assert {name: course.scores(name) for name in marks(database)} == marks(database)


def test_exit_status_and_one_student_alone(course, database):
    course.hand_in("dan", b"no notebook")
    code, said = course.grade("--db", database, "--student", "bob")
    assert (code, marks(database)) == (0, {"bob": SOLVED})
    code, said = course.grade("--db", database, "--student", "nobody")
    assert code == 1 and "there is no submission of 02-model-fit by 'nobody'" in said
    code, said = course.grade("--db", database)
    assert code == 3 and "4 submissions, 2 of them run now" in said
    assert marks(database) == {"ann": ONE, "bob": SOLVED, "cas": ONE, "dan": dict.fromkeys(SOLVED)}
    code, said = course.grade("--db", database.replace("grader@", "grader:secret@").rpartition(":")[0] + ":1/none")
    assert code == 1 and "the gradebook postgresql://grader:…@127.0.0.1:1/none" in said and "secret" not in said


def test_feedback_is_made_from_this_gradebook(course, database):
    assert course.grade("--db", database, "--student", "bob")[0] == 0
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", LESSON, f"--db={database}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=course.folder, env=environment, check=True, capture_output=True)
    page = course.folder / "grading" / "feedback" / "bob" / LESSON / f"{LESSON}.html"
    assert "<b>6 of " in page.read_text("utf-8")
