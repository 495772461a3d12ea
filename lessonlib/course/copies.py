"""The student's copies of the lessons: brought to `work/`, never written over."""

import os
import shutil
from pathlib import Path

from lessonlib.quiz.store import free_name

# What belongs to the notebook and not to the student: a notebook works with its own version of these.
COMPANIONS = ("quiz.json", "checks.json")


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
    """The lessons in `target` that `source` has in a newer version: their quiz.json or checks.json, which differ."""
    found = {lesson.name: _differing(lesson, target / lesson.name) for lesson in _lessons(source)}
    return {lesson: names for lesson, names in found.items() if names}


def _lessons(source: Path) -> list[Path]:
    return sorted(path for path in source.glob("*") if path.is_dir() and not path.name.startswith("."))


def _differing(lesson: Path, mine: Path) -> list[str]:
    """The companions in the folder `mine` that are not those of `lesson`."""
    return [
        name
        for name in COMPANIONS
        if os.path.lexists(mine / name) and (lesson / name).exists() and not _same(lesson / name, mine / name)
    ]


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
