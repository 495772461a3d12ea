"""The hidden cases of a lesson: drawn anew, never written down, and solved by the author's own solution cell."""

import ast
import dataclasses
import hashlib
import hmac
import json
import os
import runpy
import secrets

import numpy as np

from lessonlib.checks import Exercise, calls, judge
from lessonlib.checks.table import Case, KnownMistake, Table, dumps
from lessonlib.checks.values import decode, encode
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


def tables(root, released, key):
    """Return {exercise: Table} with cases drawn from `key` (bytes), for a lesson of the course at `root`.

    An exercise whose cases are a list keeps that list: only cases that a function draws are new to a student.
    Raises NoLesson when solutions/ does not fit what was released.
    """
    folder = root / "solutions" / released.name
    try:
        notebook = json.loads((folder / f"{released.name}.ipynb").read_bytes())
        names = runpy.run_path(str(folder / "exercises.py")) if released.exercises else {}
    except Exception as error:  # whatever stands in exercises.py
        raise NoLesson(
            f"solutions/{released.name} cannot be used for grading ({type(error).__name__}: {error}); "
            f"run `python -m lessonlib build {released.name}`"
        ) from error
    exercises = {name: value for name, value in names.items() if isinstance(value, Exercise)}
    solutions = {
        cell["metadata"]["exercise"]: "".join(cell["source"])
        for cell in notebook["cells"]
        if "exercise" in cell["metadata"]
    }
    result = {}
    for name in released.exercises:
        if name not in exercises or name not in solutions:
            raise NoLesson(
                f"the exercise {name!r} of {released.name} was released and is not in solutions/ any more; "
                f"run `python -m lessonlib build {released.name}`, and hand out the lesson under a new name"
            )
        generator = np.random.default_rng(list(hmac.digest(key, f"{released.name}/{name}".encode(), "sha256")))
        before = _setting(notebook, name)
        result[name] = _table(name, exercises[name], solutions[name], before, generator)
    return result


def givens(table):
    """Each case of a table as a text for the sandbox: what is given, and nothing of what must come out."""
    bare = dataclasses.replace(table, mistakes=(), hints=())
    return json.dumps(
        [dumps([dataclasses.replace(bare, cases=(dataclasses.replace(case, expected=None),))]) for case in table.cases]
    )


def _table(name, exercise, solution, before, generator):
    drawn = exercise.cases(generator) if callable(exercise.cases) else exercise.cases
    cases = [tuple(decode(encode(list(args)))) for args in drawn]
    right = calls.outcomes(_define(name, before + solution), cases)
    table = Table(
        name=name,
        points=float(exercise.points),
        tolerance=float(exercise.tolerance),
        cases=tuple(Case(args, decode(encode(one.value))) for args, one in zip(cases, right, strict=True)),
    )
    mistakes = []
    for mistake in exercise.mistakes:
        made = calls.outcomes(_define(name, before + solution.replace(mistake.old, mistake.new)), cases)
        if judge.judge(table, made).score < table.points:  # on other cases a mistake may not show
            mistakes.append(KnownMistake(mistake.says, tuple(made)))
    return dataclasses.replace(table, mistakes=tuple(mistakes))


def _define(name, source):
    """What the author's cell defines. It is the course's own code, as in a build."""
    names = {}
    exec(compile(source, f"<exercise {name}>", "exec"), names)
    return names[name]


def _setting(notebook, name):
    """What the solution cell of an exercise may use: imports above it, and earlier solution cells."""
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["metadata"].get("exercise") == name:
            break
        if "exercise" in cell["metadata"]:
            parts.append(source)
        elif cell["cell_type"] == "code":
            parts += _imports(source)
    return "".join(f"{part}\n" for part in parts)


def _imports(source):
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a cell with a %magic
        return []
    return [ast.unparse(node) for node in statements if isinstance(node, (ast.Import, ast.ImportFrom))]


def digest(key):
    """A word for a key that does not tell it, to see whether results were made with the same cases."""
    return hashlib.sha256(b"cases " + key).hexdigest()[:16]
