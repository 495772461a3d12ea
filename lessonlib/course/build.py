"""`python -m lessonlib build [lesson…]`: the notebooks of the course, from their text sources.

For each lesson it reads solutions/NN-name/{NN-name.py, quiz.yaml, exercises.py} and makes, beside them,
the executed solution notebook, quiz.json and checks.json; and in notebooks/NN-name/ the student's
notebook with the same two files. What would come out the same is not written again, and nothing is
written of a lesson that has an error.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import nbformat

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring import outputs, run, student, tables
from lessonlib.authoring.errors import BuildError
from lessonlib.authoring.leaks import leaks
from lessonlib.checks import table
from lessonlib.files import write_if_changed
from lessonlib.quiz.seal import sealed

ROOT = Path(__file__).resolve().parents[2]


def main(argv):
    """Build the lessons named in `argv`, or all; return 0, or 1 when one of them has an error."""
    parser = argparse.ArgumentParser(
        prog="python -m lessonlib build", description="Make the notebooks of the course from their text sources."
    )
    parser.add_argument("lessons", nargs="*", metavar="lesson", help="a folder of solutions/; all when none is named")
    names = parser.parse_args(argv).lessons
    try:
        folders = lessons.find(ROOT, names)
    except BuildError as error:
        print(f"build: {error}", file=sys.stderr)
        return 1
    failed = 0
    for folder in folders:
        started = time.perf_counter()
        print(f"{folder.name}: building …", flush=True)
        try:
            written = build(folder, ROOT)
        except BuildError as error:
            failed = 1
            print(f"build: {error}", file=sys.stderr)
            continue
        for path in written:
            print(f"  wrote {path.relative_to(ROOT)}")
        print(f"  {'done' if written else 'nothing changed'} ({time.perf_counter() - started:.1f} s)")
    return failed


def build(folder, root):
    """Build the lesson in `folder` of the course at `root`; return the paths of the files that changed.

    Raises BuildError, with one sentence that names the place and the remedy, before anything is written.
    """
    lesson = lessons.load(folder)
    data = data_files(lesson)
    notebook = run.execute(lesson, data)
    outputs.keep_equal(notebook.cells, _committed_cells(folder))
    solution = {f"{lesson.name}.ipynb": as_bytes(notebook), **data}
    released = student.generate(lesson, solution, root)
    if found := leaks(lesson, released):
        raise BuildError(f"{lesson.name}: the student copy gives something away: {'; '.join(found)}")
    run.try_blank(lesson.name, released)
    targets = [(folder / name, content) for name, content in solution.items()]
    targets += [(root / "notebooks" / lesson.name / name, content) for name, content in released.items()]
    return [path for path, content in targets if write_if_changed(path, content)]


def data_files(lesson):
    """Return the lesson's quiz.json and checks.json ({name: bytes}), each only if the lesson has such."""
    files = {}
    if lesson.bank:
        text = json.dumps(sealed(lesson.bank, lesson.name), indent=1, ensure_ascii=False)
        files["quiz.json"] = f"{text}\n".encode()
    if lesson.exercises:
        files["checks.json"] = table.dumps(tables.tables(lesson)).encode()
    return files


def as_bytes(notebook):
    """Return a notebook as nbformat writes it to a file."""
    return f"{nbformat.writes(notebook)}\n".encode()


def _committed_cells(folder):
    path = folder / f"{folder.name}.ipynb"
    try:
        return nbformat.read(path, 4).cells
    except (OSError, ValueError):  # not there yet, or damaged: then it is simply made anew
        return []
