"""The student's copies of the lessons: brought to `work/`, never written over."""

import json
import os
import re
import shutil
from pathlib import Path

from lessonlib.quiz.store import free_name

# What belongs to the notebook and not to the student: a notebook works with its own version of these.
COMPANIONS = ("quiz.json", "checks.json")
# The id that the build gives a cell is a hash of what the course wrote there, whatever the student makes of it. The ids
# of cells that a student adds look different.
HASH = re.compile(r"[0-9a-f]{12}(-\d+)?")


def copy_missing(source: Path, target: Path) -> list[str]:
    """Copy each file of the folder `source` that `target` does not have, and name the lessons it came to.

    A file that is there is a student's work: it is never written over, whatever it holds. A notebook that is
    copied brings its quiz.json and checks.json along; others that stand there are set aside first. Raises
    OSError, with a sentence, when something else stands where a folder is needed.
    """
    _make_folder(target)
    copied = []
    for lesson in _lessons(source):
        mine = target / lesson.name
        if not os.path.lexists(mine / f"{lesson.name}.ipynb"):
            for name in _differing(lesson, mine):
                os.rename(mine / name, free_name(mine / name, "old"))
        if _copy_lesson(lesson, mine):
            copied.append(lesson.name)
    return copied


def newer_lessons(source: Path, target: Path) -> dict[str, list[str]]:
    """The lessons in `target` that `source` has in a newer version, each with its files that are not the same.

    What a student has written, added or deleted in a notebook is no difference: another notebook is one that the
    student's was not copied from, because a cell that the course had once written there has changed or is gone.
    """
    found = {}
    for lesson in _lessons(source):
        mine, notebook = target / lesson.name, f"{lesson.name}.ipynb"
        names = _differing(lesson, mine)
        now = _hashes(lesson / notebook)
        if now and not _hashes(mine / notebook) <= now:
            names.insert(0, notebook)
        if names:
            found[lesson.name] = names
    return found


def _lessons(source: Path) -> list[Path]:
    return sorted(path for path in source.glob("*") if path.is_dir() and not path.name.startswith("."))


def _differing(lesson: Path, mine: Path) -> list[str]:
    """The companions in the folder `mine` that are not those of `lesson`."""
    return [
        name
        for name in COMPANIONS
        if os.path.lexists(mine / name) and (lesson / name).exists() and not _same(lesson / name, mine / name)
    ]


def _hashes(notebook: Path) -> set[str]:
    """The ids of the cells that the course has written; none where the file cannot be read."""
    try:
        ids = [cell["id"] for cell in json.loads(notebook.read_bytes())["cells"]]
        return {name for name in ids if HASH.fullmatch(name)}
    except (OSError, ValueError, KeyError, TypeError):  # no notebook, a damaged one, or one in an old format
        return set()


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and other.read_bytes() == one.read_bytes()


def _copy_lesson(lesson: Path, mine: Path) -> bool:
    """Copy the files that are missing; says whether there were any."""
    copied = False
    for file in sorted(lesson.rglob("*")):
        place = mine / file.relative_to(lesson)
        if file.is_dir() or ".ipynb_checkpoints" in file.parts or os.path.lexists(place):
            continue
        _make_folder(mine)
        _make_folder(place.parent)
        _copy_whole(file, place)
        copied = True
    return copied


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise OSError(f"{folder} is not a folder: move or rename it, then start again") from None


def _copy_whole(file: Path, place: Path) -> None:
    """Copy a file whole or not at all, so that a start that is stopped leaves no half a notebook behind."""
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(file, part)
        os.replace(part, place)
    finally:
        part.unlink(missing_ok=True)
