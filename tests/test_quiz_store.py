"""answers.json survives writers at the same time, damage and a full disk; killed kernels have a file of their own."""

import errno
import json
import os
import subprocess
import sys
import textwrap
import time

import pytest

from lessonlib.quiz import store
from lessonlib.quiz.store import AnswerFile, DamagedFile, Record, now, why_not_saved

AT = "2026-01-02T03:04:05Z"


@pytest.fixture
def folder(tmp_path):
    """A lesson's folder. Locking needs only that there is a quiz.json."""
    (tmp_path / "quiz.json").write_text("{}")
    return tmp_path


def start(folder, program, *arguments):
    """Run a Python program in another process."""
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(program), str(folder), *map(str, arguments)])


def test_what_is_saved_is_read(folder):
    file = AnswerFile(folder, "02-model-fit")
    assert file.read() == {}
    record = Record("AC", AT, attempts=2, checked="A", typed_seen="B")
    assert file.update({"one": record}) is None
    assert file.update({"two": Record("20", AT)}) is None
    assert file.read() == {"one": record, "two": Record("20", AT)}
    data = json.loads(file.path.read_text("utf-8"))
    assert (data["format"], data["lesson"]) == ("lessonlib-answers/1", "02-model-fit")
    assert sorted(path.name for path in folder.iterdir()) == ["answers.json", "quiz.json"]


WRITER = """
    import sys
    from lessonlib.quiz.store import AnswerFile, Record, now
    folder, name, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    for i in range(times):
        AnswerFile(folder, "lesson").update({f"{name}_{i % 5}": Record(str(i), now())})
"""


@pytest.mark.skipif(
    os.name == "nt", reason="only on systems other than Windows: there, waiting for a lock takes seconds"
)
def test_writers_at_the_same_time_lose_nothing(folder):
    times, names = 40, "abc"
    writers = [start(folder, WRITER, name, times) for name in names]
    file, reads = AnswerFile(folder, "lesson"), 0
    while any(writer.poll() is None for writer in writers):
        file.read()  # never damaged, not even for a moment
        reads += 1
    assert [writer.returncode for writer in writers] == [0] * len(names)
    assert reads > 20
    last = {f"{name}_{i}": str(times - 5 + i) for name in names for i in range(5)}
    assert {question: record.value for question, record in file.read().items()} == last


def test_leftovers_of_killed_writers_are_swept(folder):
    old, young = folder / ".answers.json.1-aa.new", folder / ".answers.json.2-bb.new"
    for path in (old, young):
        path.write_text("{")
    os.utime(old, (time.time() - 3600,) * 2)
    AnswerFile(folder, "lesson").update({"one": Record("A", AT)})
    assert not old.exists()
    assert young.exists()  # perhaps somebody is writing it just now


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b'{"format": "something else", "answers": {}}',
        b'{"format": "lessonlib-answers/1"}',
        b'{"format": "lessonlib-answers/1", "answers": {"one": "A"}}',
        b'{"format": "lessonlib-answers/1", "answers": {"one": {"value": 3, "at": "2026-01-02T03:04:05Z"}}}',
        b'{"format": "lessonlib-answers/1", "answers": {"one": {"value": "A", "at": "yesterday"}}}',
        b"[" * 100_000,
    ],
    ids=range(11),
)
def test_a_damaged_file_is_set_aside_and_never_overwritten(folder, content):
    file = AnswerFile(folder, "lesson")
    kept = []
    for _ in range(2):  # twice within a second: the first one set aside must survive the second
        file.path.write_bytes(content)
        with pytest.raises(DamagedFile, match="answers.json is damaged"):
            file.read()
        kept.append(file.update({"one": Record("A", AT)}))
    assert kept[0] != kept[1]
    assert [path.read_bytes() for path in kept] == [content, content]
    assert all(path.name.startswith("answers.json.damaged-2") for path in kept)
    assert file.read() == {"one": Record("A", AT)}


BAD_RECORDS = {"text": "A", "number": {"value": 3, "at": AT}, "more": {"value": "A", "at": AT, "new": 1}, "none": None}


def test_one_bad_record_costs_only_itself(folder):
    file = AnswerFile(folder, "lesson")
    good = {"good": Record("A", AT), "fine": Record("B", AT, attempts=2)}
    file.update(good)
    data = json.loads(file.path.read_text("utf-8"))
    data["answers"].update(BAD_RECORDS)
    file.path.write_text(json.dumps(data))
    content = file.path.read_bytes()
    with pytest.raises(DamagedFile, match="the answer to text, number, more, none cannot be read") as damage:
        file.read()
    assert damage.value.readable == good
    kept = file.update({"text": Record("C", AT)})
    assert kept.read_bytes() == content
    assert file.read() == {**good, "text": Record("C", AT)}


def test_known_answers_stand_in_for_what_is_not_in_the_file_any_more(folder):
    file = AnswerFile(folder, "lesson")
    known, new = {"one": Record("A", AT), "two": Record("B", AT)}, {"two": Record("C", AT)}
    file.update({"two": Record("D", AT)})
    file.update({}, known)
    assert file.read() == {"two": Record("D", AT)}  # another notebook may have changed the file: it is right
    file.path.unlink()
    file.update(new, known)
    assert file.read() == {**known, **new}
    file.path.write_text("{")
    file.update(new, known)
    assert file.read() == {**known, **new}


def test_a_damaged_file_stays_when_it_cannot_be_set_aside(folder, monkeypatch):
    file = AnswerFile(folder, "lesson")
    file.path.write_text("{")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        file.update({"one": Record("A", AT)})
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"answers.json": "{", "quiz.json": "{}"}


def test_a_full_disk_is_an_error_and_loses_nothing(folder, monkeypatch):
    file = AnswerFile(folder, "lesson")
    file.update({"one": Record("A", AT)})

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        file.update({"two": Record("B", AT)})
    monkeypatch.undo()
    assert file.read() == {"one": Record("A", AT)}
    assert sorted(path.name for path in folder.iterdir()) == ["answers.json", "quiz.json"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only on systems with a device that is always full")
def test_a_disk_that_is_really_full(folder, monkeypatch):
    """The write itself fails, not a stand-in for it."""
    file = AnswerFile(folder, "lesson")
    file.update({"one": Record("A", AT)})
    monkeypatch.setattr(store, "open", lambda path, *rest, **more: open(_full(path), *rest, **more), raising=False)
    with pytest.raises(OSError, match="No space left"):
        file.update({"two": Record("B", AT)})
    assert file.read() == {"one": Record("A", AT)}


def _full(path):
    return "/dev/full" if str(path).endswith(".new") else path


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0,
    reason="only on systems and for users that a read-only folder stops: not for root",
)
def test_a_read_only_folder(folder):
    folder.chmod(0o555)
    try:
        with pytest.raises(PermissionError):
            AnswerFile(folder, "lesson").update({"one": Record("A", AT)})
    finally:
        folder.chmod(0o755)


def test_a_folder_that_is_gone(folder):
    with pytest.raises(FileNotFoundError):
        AnswerFile(folder / "gone", "lesson").update({"one": Record("A", AT)})


def test_a_file_that_cannot_be_read_is_not_taken_for_damaged(folder):
    (folder / "answers.json").mkdir()
    with pytest.raises(OSError):
        AnswerFile(folder, "lesson").update({"one": Record("A", AT)})
    assert (folder / "answers.json").is_dir()


# ------------------------------------------------------------------------------------- where not to write


@pytest.mark.parametrize("name", ["autograde", "validate"])
def test_nothing_is_written_while_grading(folder, monkeypatch, name):
    assert why_not_saved(folder) is None
    monkeypatch.setenv("NBGRADER_EXECUTION", name)
    assert "graded" in why_not_saved(folder)


@pytest.mark.parametrize("name", ["solutions", "notebooks"])
def test_nothing_is_written_into_the_course(tmp_path, name):
    lesson = tmp_path / name / "02-model-fit"
    lesson.mkdir(parents=True)
    assert why_not_saved(lesson) is None  # a student's folder may be called so
    (tmp_path / "nbgrader_config.py").write_text("")
    assert "course's own copy" in why_not_saved(lesson)
    assert "course's own copy" in why_not_saved(tmp_path / name)
    assert why_not_saved(tmp_path / "work" / "02-model-fit") is None
    assert why_not_saved(tmp_path) is None


def test_now_is_a_time_that_records_take():
    assert Record("A", now()).at.endswith("Z")
