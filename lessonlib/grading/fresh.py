"""The hidden cases of a lesson: drawn anew, never written down, and solved by the author's own solution cell."""

import dataclasses
import hashlib
import hmac
import json
import os
import runpy
import secrets
from types import SimpleNamespace

import nbformat
import numpy as np

from lessonlib.authoring import tables as authors
from lessonlib.authoring.errors import BuildError
from lessonlib.checks import Exercise
from lessonlib.checks import table as tables_file
from lessonlib.checks.cases import Drawn
from lessonlib.checks.table import Case
from lessonlib.grading.released import NoLesson


def secret(folder):
    """The bytes that the hidden cases of a course are drawn from, the same in every run. Made when missing."""
    file = folder / "secret"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(handle, "wb") as opened:
        opened.write(secrets.token_hex(32).encode())
    return file.read_bytes()


def digest(key):
    """A word for a key that does not tell it, to see whether results were made with the same cases."""
    return hashlib.sha256(b"cases " + key).hexdigest()[:16]


def tables(root, released, key):
    """Return {exercise: Table} with cases drawn from `key` (bytes), for a lesson of the course at `root`.

    Plans whose cases are a list keep it: they are carried out here, and nobody is told what to return.
    Raises NoLesson when solutions/ does not fit what was released.
    """
    folder = root / "solutions" / released.name
    result = {}
    try:
        lesson = SimpleNamespace(notebook=nbformat.read(folder / f"{released.name}.ipynb", 4))
        names = runpy.run_path(str(folder / "exercises.py")) if released.exercises else {}
        built = tables_file.read(folder / "checks.json") if released.exercises else {}
        solutions = {cell.metadata.get("exercise"): cell.source for cell in lesson.notebook.cells}
        exercises = {name: value for name, value in names.items() if isinstance(value, Exercise)}
        for name in released.exercises:
            seed = hmac.digest(key, f"{released.name}/{name}".encode(), "sha256")
            before = authors.setting(lesson, name)
            generator = np.random.default_rng(list(seed))
            drawn = authors.fresh(name, exercises[name], solutions[name], before, generator, built[name])
            result[name] = drawn or built[name]
    except (Exception, SystemExit) as error:  # whatever stands in exercises.py
        what = str(error) if isinstance(error, BuildError) else f"{type(error).__name__}: {error}"
        raise NoLesson(
            f"solutions/{released.name} cannot be used for grading: {what}. Was it changed after the lesson was "
            f"handed out? Run `python -m lessonlib build {released.name}`, or bring back what was handed out"
        ) from error
    return result


def givens(table):
    """Each case of a table as a text for the sandbox: what is given, and nothing of what must come out."""
    bare = dataclasses.replace(table, mistakes=(), hints=(), goals=())
    return json.dumps(
        [
            tables_file.dumps([dataclasses.replace(bare, cases=(Case(_shown(case.given), None),))])
            for case in table.cases
        ]
    )


def _shown(given):
    return given.without_answers() if isinstance(given, Drawn) else given
