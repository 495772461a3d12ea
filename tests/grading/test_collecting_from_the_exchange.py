"""`nbgrader collect`: what somebody else put into the exchange under a student's name is held."""

import datetime
import os
import pwd

import pytest
from nbgrader.utils import parse_utc

from tests.classroom import course_in
from tests.grading.course import LESSON

pytestmark = pytest.mark.filterwarnings("ignore")
ME = pwd.getpwuid(os.geteuid()).pw_name  # the only student whose files this test can own


@pytest.fixture
def course(tmp_path):
    with course_in(tmp_path) as course:
        course.inbound = course.exchange / "training" / "inbound"
        course.inbound.mkdir(parents=True)
        yield course


def put(course, student, hour, content, day="2030-01-01"):
    place = course.inbound / f"{student}+{LESSON}+{day} {hour}:00:00 UTC+secret"
    place.mkdir()
    (place / f"{LESSON}.ipynb").write_bytes(content)
    (place / "timestamp.txt").write_text(f"{day} {hour}:00:00 UTC")
    return place


def collected(course, *arguments):
    """(what was said, {student: bytes of the notebook})"""
    said = "\n".join(course.run("collect", LESSON, *arguments))
    submitted = course.folder / "grading" / "submitted"
    return said, {path.parts[-3]: path.read_bytes() for path in submitted.glob(f"*/{LESSON}/*.ipynb")}


def test_submission_that_its_student_does_not_own_is_held(course):
    put(course, ME, 10, b"mine")
    put(course, "somebody", 11, b"forged")
    said, found = collected(course)
    assert found == {ME: b"mine"}
    assert f"is held: it claims to be of 'somebody' and belongs to '{ME}'" in said


def test_newer_copy_with_a_link_or_of_another_owner_does_not_replace_the_own_one(course):
    put(course, ME, 10, b"mine")
    (put(course, ME, 12, b"forged") / "data.txt").symlink_to("/etc/passwd")
    if os.geteuid() == 0:
        os.chown(put(course, ME, 13, b"forged"), 65534, 65534)
    for arguments in ((), ("--update",)):
        assert collected(course, *arguments)[1] == {ME: b"mine"}
    assert not list((course.folder / "grading").rglob("data.txt"))


def test_time_that_a_student_set_back_does_not_count(course):
    when = datetime.datetime.now(datetime.UTC)
    put(course, ME, 10, b"late", day="2020-01-01")
    said, found = collected(course)
    assert found == {ME: b"late"} and "was last changed at" in said
    place = course.folder / "grading" / "submitted" / ME / LESSON / "timestamp.txt"
    assert abs(parse_utc(place.read_text("ascii")) - when.replace(tzinfo=None)) < datetime.timedelta(minutes=10)
    put(course, ME, 11, b"in time")
    assert collected(course, "--update")[1] == {ME: b"in time"}
    assert place.read_text("ascii") == "2030-01-01 11:00:00.000000 UTC"


def test_submission_without_a_time_counts_when_it_arrived(course):
    (put(course, ME, 10, b"mine") / "timestamp.txt").write_text("noon")
    said, found = collected(course)
    assert found == {ME: b"mine"} and "was handed in at no time" in said


@pytest.mark.parametrize(
    "name", ["{me}+{lesson}+noon+x", "{me}+{lesson}+", "{me}+{lesson}+a+b+c+d", ".. +{lesson}+x+y"]
)
def test_folder_with_a_name_of_nonsense_stops_nobody(course, name):
    put(course, ME, 10, b"mine")
    (course.inbound / name.format(me=ME, lesson=LESSON)).mkdir()
    said, found = collected(course)
    assert found == {ME: b"mine"}


def test_newer_one_of_the_student_replaces_and_the_earlier_one_is_kept(course):
    put(course, ME, 10, b"first")
    collected(course)
    put(course, ME, 11, b"second")
    assert collected(course, "--update")[1] == {ME: b"second"}
    (earlier,) = (course.folder / "grading" / "earlier").rglob("*.ipynb")
    assert earlier.read_bytes() == b"first"
