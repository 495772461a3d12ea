"""`python -m lessonlib collect`: real zips, honest and forged; nothing is followed, nothing honest is replaced."""

import os
import stat
import zipfile

import pytest

from lessonlib.course import collect, submit
from tests.grading.course import LESSON, Course

pytestmark = pytest.mark.filterwarnings("ignore")
NOTEBOOK = f"{LESSON}/{LESSON}.ipynb"


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path / "course")
    course.archive = course.folder / "grading" / "downloaded" / LESSON / "archive"
    course.archive.mkdir(parents=True)
    return course


def taken(course, capsys, *arguments):
    """(exit code, what was said, {student: bytes of the notebook}) of a run."""
    code = collect.main([LESSON, *arguments], course.folder)
    said = "".join(capsys.readouterr())
    notebooks = (course.folder / "grading" / "submitted").glob("*/*/*.ipynb")
    return code, said, {path.parts[-3]: path.read_bytes() for path in notebooks}


def send(course, name, members, comment=b""):
    """Put a zip into the archive; `members` are {name or ZipInfo: bytes}."""
    with zipfile.ZipFile(course.archive / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for member, content in members.items():
            archive.writestr(member, content)


def test_zips_folders_and_single_files_are_taken_and_a_second_run_changes_nothing(course, capsys):
    send(
        course, "ann", {NOTEBOOK: b"ann", f"{LESSON}/answers.json": b"{}", "__MACOSX/._x.json": b"", "notes.txt": b"x"}
    )
    (course.archive / "bob" / "deep").mkdir(parents=True)
    (course.archive / "bob" / "deep" / f"{LESSON}.ipynb").write_bytes(b"bob")
    (course.archive / f"cas_van_dam_{LESSON}.ipynb").write_bytes(b"cas")
    (course.archive / "cas_van_dam_answers.json").write_bytes(b"{}")
    (course.archive / "dan.ipynb").write_bytes(b"dan")
    code, said, found = taken(course, capsys, "--names-are-sure")
    assert (code, found) == (0, {"ann": b"ann", "bob": b"bob", "cas_van_dam": b"cas", "dan": b"dan"}), said
    assert {path.name for path in course.place("ann").iterdir()} == {f"{LESSON}.ipynb", "answers.json"}
    assert {path.name for path in course.place("cas_van_dam").iterdir()} == {f"{LESSON}.ipynb", "answers.json"}
    assert "0 new, 0 newer than before" in taken(course, capsys)[1]


def test_newer_one_of_the_same_student_is_taken_and_the_earlier_one_kept(course, capsys):
    send(course, "ann", {NOTEBOOK: b"first"}, submit.owner("ann", "t1"))
    taken(course, capsys)
    send(course, "ann", {NOTEBOOK: b"second"}, submit.owner("ann", "t1"))
    code, said, found = taken(course, capsys)
    assert (code, found) == (0, {"ann": b"second"}), said
    (earlier,) = (course.folder / "grading" / "earlier").rglob("*.ipynb")
    assert earlier.read_bytes() == b"first"


def test_what_submit_did_not_pack_is_held_until_the_teacher_says_that_the_name_is_right(course, capsys):
    send(course, "ann", {NOTEBOOK: b"ann"})
    (course.archive / "bob").mkdir()
    (course.archive / "bob" / f"{LESSON}.ipynb").write_bytes(b"bob")
    (course.archive / f"cas_{LESSON}.ipynb").write_bytes(b"cas")
    send(course, "dan", {NOTEBOOK: b"dan"}, submit.owner("dan", "td"))
    code, said, found = taken(course, capsys)
    assert (code, found) == (3, {"dan": b"dan"})
    assert "'ann': held: nothing in ann.zip says whose it is" in said and "--accept ann" in said
    assert said.count("--names-are-sure") == 3
    code, said, found = taken(course, capsys, "--accept", "ann", "--accept", "cas")
    assert (code, set(found)) == (3, {"ann", "cas", "dan"})
    assert "'ann': held" not in taken(course, capsys)[1]  # what was accepted stays so
    send(course, "ann", {NOTEBOOK: b"another"})
    code, said, found = taken(course, capsys)
    assert found["ann"] == b"ann" and "'ann': held" in said
    code, said, found = taken(course, capsys, "--names-are-sure")
    assert (code, found) == (0, {"ann": b"another", "bob": b"bob", "cas": b"cas", "dan": b"dan"})


def test_sure_names_do_not_speak_against_a_token(course, capsys):
    send(course, "ann", {NOTEBOOK: b"honest"}, submit.owner("ann", "ta"))
    taken(course, capsys)
    send(course, "ann", {NOTEBOOK: b"forged"})
    send(course, "eve", {NOTEBOOK: b"honest"}, submit.owner("eve", "ta"))
    code, said, found = taken(course, capsys, "--names-are-sure")
    assert (code, found) == (3, {"ann": b"honest"})


def test_two_students_with_one_token_are_both_held_whoever_comes_first(course, capsys):
    for student in ("ann", "zoe"):
        send(course, student, {NOTEBOOK: student.encode()}, submit.owner(student, "shared"))
    send(course, "bob", {NOTEBOOK: b"bob"}, submit.owner("bob", "tb"))
    code, said, found = taken(course, capsys)
    assert (code, found) == (3, {"bob": b"bob"})
    assert "'ann': held: ann.zip was packed where 'zoe' packed" in said
    assert "'zoe': held: zoe.zip was packed where 'ann' packed" in said
    code, said, found = taken(course, capsys, "--accept", "ann", "--accept", "zoe")
    assert (code, set(found)) == (0, {"ann", "bob", "zoe"}), said
    send(course, "ann", {NOTEBOOK: b"newer"}, submit.owner("ann", "shared"))
    assert taken(course, capsys)[::2] == (0, {"ann": b"newer", "bob": b"bob", "zoe": b"zoe"})


def test_names_of_moodle_are_understood(course, capsys):
    folder = course.archive / "Ann Lee_4711_assignsubmission_file"
    folder.mkdir()
    with zipfile.ZipFile(folder / "ann-lee.zip", "w") as archive:
        archive.comment = submit.owner("ann-lee", "ta")
        archive.writestr(NOTEBOOK, b"ann")
    send(course, "Bob_4712_assignsubmission_file_work", {NOTEBOOK: b"bob"}, submit.owner("bob", "tb"))
    (course.archive / f"Cas van Dam_4713_assignsubmission_file_{LESSON}.ipynb").write_bytes(b"cas")
    (course.archive / "Cas van Dam_4713_assignsubmission_file_answers.json").write_bytes(b"{}")
    send(course, "Eve_4714_assignsubmission_file_bob", {NOTEBOOK: b"bob"}, submit.owner("bob", "tb"))
    code, said, found = taken(course, capsys, "--names-are-sure")
    assert (code, found) == (3, {"Ann-Lee": b"ann", "Bob": b"bob", "Cas-van-Dam": b"cas"})
    assert "'Eve': held: Eve_4714_assignsubmission_file_bob.zip says that 'bob' packed it" in said
    assert {path.name for path in course.place("Cas-van-Dam").iterdir()} == {f"{LESSON}.ipynb", "answers.json"}


@pytest.mark.parametrize("step", [1, 2])
def test_interrupted_it_goes_on_and_no_other_comes_in_between(course, capsys, monkeypatch, step):
    send(course, "ann", {NOTEBOOK: b"first"})
    taken(course, capsys, "--names-are-sure")
    send(course, "ann", {NOTEBOOK: b"second"}, submit.owner("ann", "ta"))
    real, steps = os.rename, []

    def interrupted(source, target):
        steps.append(target)
        if len(steps) == step:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", interrupted)
        with pytest.raises(KeyboardInterrupt):
            taken(course, capsys)
    send(course, "ann", {NOTEBOOK: b"forged"}, submit.owner("ann", "te"))
    code, said, found = taken(course, capsys)
    assert code == 3 and found.get("ann") != b"forged"
    send(course, "ann", {NOTEBOOK: b"second"}, submit.owner("ann", "ta"))
    assert taken(course, capsys)[::2] == (0, {"ann": b"second"})
    (earlier,) = (course.folder / "grading" / "earlier").rglob("*.ipynb")
    assert earlier.read_bytes() == b"first"


FORGED = {
    "another name in it": (submit.owner("eve", "t2"), "says that 'eve' packed it"),
    "the name forged": (submit.owner("ann", "t2"), "was not packed where 'ann' packed before; what was collected"),
    "no name at all": (b"", "was not packed where 'ann' packed before"),
    "a comment of nonsense": (b'{"format": "lessonlib-handed-in/1", "name": 1}', "was not packed where 'ann'"),
    "no characters": (
        b'{"format": "lessonlib-handed-in/1", "name": "ann", "token": "\\ud800"}',
        "was not packed where 'ann'",
    ),
    "deep nonsense": (b"[" * 60000, "was not packed where 'ann'"),
    "packed by a neighbour": (submit.owner("ann", "tb"), "was packed where the submissions of 'bob' are packed"),
}


@pytest.mark.parametrize("comment, said", FORGED.values(), ids=FORGED)
def test_later_forged_copy_never_replaces_an_honest_one(course, capsys, comment, said):
    send(course, "ann", {NOTEBOOK: b"honest"}, submit.owner("ann", "ta"))
    send(course, "bob", {NOTEBOOK: b"bob"}, submit.owner("bob", "tb"))
    assert taken(course, capsys)[0] == 0
    send(course, "ann", {NOTEBOOK: b"forged"}, comment)
    code, heard, found = taken(course, capsys)
    assert (code, found) == (3, {"ann": b"honest", "bob": b"bob"})
    assert "'ann': held: ann.zip " + said in heard and "--accept ann" in heard
    code, heard, found = taken(course, capsys, "--accept", "ann")
    assert (code, found) == (0, {"ann": b"forged", "bob": b"bob"}), heard


def test_what_submit_packs_is_collected_under_the_name_it_was_packed_for(course, capsys, monkeypatch):
    monkeypatch.setattr(submit, "ROOT", course.folder)
    work = course.folder / "work" / LESSON
    work.mkdir(parents=True)
    (work / f"{LESSON}.ipynb").write_bytes((course.folder / "notebooks" / NOTEBOOK).read_bytes())
    submit.main([LESSON, "--name", "ann", "--without-running"])
    content = (course.folder / "work" / "to-hand-in" / LESSON / "ann.zip").read_bytes()
    (course.archive / "ann.zip").write_bytes(content)
    (course.archive / "eve.zip").write_bytes(content)
    code, said, found = taken(course, capsys)
    assert (code, set(found)) == (3, {"ann"})
    assert "'eve': held: eve.zip says that 'ann' packed it" in said


def link(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


def device(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFCHR | 0o666) << 16
    return member


BAD_ZIPS = {
    "link": ({link(NOTEBOOK): b"/etc/passwd"}, "a link or device and no file"),
    "device": ({device(NOTEBOOK): b""}, "a link or device and no file"),
    "path upwards": ({"../../../../evil.ipynb": b"x"}, "wants to write outside of its folder"),
    "path upwards on Windows": ({"..\\..\\evil.ipynb": b"x"}, "wants to write outside of its folder"),
    "absolute path": ({"/tmp/evil.ipynb": b"x"}, "wants to write outside of its folder"),
    "bomb": ({NOTEBOOK: bytes(200 << 20)}, "unpacks to more than a submission may hold"),
    "many files": ({f"{number}.ipynb": b"" for number in range(1500)}, "holds more than 1000 files"),
    "long name": ({NOTEBOOK: b"x", f"{'a' * 300}.json": b""}, "holds a file with too long a name, 'aaa"),
    "nothing": ({"readme.txt": b"x"}, "holds no notebook"),
}


@pytest.mark.parametrize("members, said", BAD_ZIPS.values(), ids=BAD_ZIPS)
def test_bad_zip_is_refused_whole_and_takes_nothing_from_the_others(course, capsys, members, said):
    send(course, "eve", members)
    send(course, "zoe", {NOTEBOOK: b"zoe"}, submit.owner("zoe", "tz"))
    code, heard, found = taken(course, capsys)
    assert (code, found) == (3, {"zoe": b"zoe"})
    assert "'eve': refused: eve.zip " in heard and said in heard
    assert not [path for path in course.folder.rglob("evil*")]


def test_what_is_no_zip_and_links_and_pipes_in_the_archive_are_refused(course, capsys):
    (course.archive / "ann.zip").write_bytes(b"PK\x03\x04 and nothing")
    (course.archive / "bob.zip").symlink_to("/etc/passwd")
    (course.archive / "cas").mkdir()
    (course.archive / "cas" / f"{LESSON}.ipynb").symlink_to(course.folder / "solutions" / NOTEBOOK)
    os.mkfifo(course.archive / "dan.zip")
    (course.archive / "fay").symlink_to(course.folder / "solutions" / LESSON)
    code, said, found = taken(course, capsys)
    assert (code, found) == (3, {})
    assert said.count(": refused: ") == 5


def test_name_that_leads_elsewhere_and_a_student_twice_are_held(course, capsys):
    send(course, "a b", {NOTEBOOK: b"x"})
    send(course, "ann", {NOTEBOOK: b"one"})
    (course.archive / "ann").mkdir()
    (course.archive / "ann" / f"{LESSON}.ipynb").write_bytes(b"two")
    code, said, found = taken(course, capsys)
    assert (code, found) == (3, {})
    assert "are all for ann; leave the one that counts" in said
