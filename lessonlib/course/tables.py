"""Exercises and their solution cells -> the tables of checks.json."""

import ast
import dataclasses
import zlib

import numpy as np

from lessonlib.checks import calls, judge
from lessonlib.checks.table import Case, KnownMistake, Table
from lessonlib.checks.values import decode, difference, encode, show
from lessonlib.course.errors import BuildError
from lessonlib.course.lesson import line_in_exercises


def tables(lesson):
    """Return the tables of a lesson: the reference and every mistake, run over every case.

    Raises BuildError for a reference that fails, changes its arguments or returns nothing; for a mistake
    that cannot be made, scores full or looks like another one; and for another right solution that does
    not score full.
    """
    result = []
    for name, exercise in lesson.exercises.items():
        try:
            result.append(table(name, exercise, lesson.solution(name), setting(lesson, name)))
        except BuildError as error:
            raise BuildError(f"{lesson.name}, exercise {name!r}: {error}") from error
    return result


def setting(lesson, name):
    """Return the source of what the solution cell of the exercise `name` may use.

    That is what the notebook imports above it, and the solution cells of earlier exercises.
    """
    parts = []
    for cell in lesson.notebook.cells:
        if cell.metadata.get("exercise") == name:
            break
        if "exercise" in cell.metadata:
            parts.append(cell.source)
        elif cell.cell_type == "code":
            parts += _imports(cell.source)
    return "".join(f"{part}\n" for part in parts)


def table(name, exercise, solution, before=""):
    """Return the table of one exercise, whose solution cell has the source `solution`.

    `before` is run above it: see `setting`.

    >>> from lessonlib.checks import Exercise
    >>> table("double", Exercise(points=1, cases=[(2,), (3,)]), "def double(x): return 2 * x").cases
    (Case(args=(2,), expected=4), Case(args=(3,), expected=6))
    """
    cases = _cases(name, exercise)
    right = calls.outcomes(define(name, solution, before), cases)
    _check_reference(cases, right, exercise.tolerance)
    result = Table(
        name=name,
        points=float(exercise.points),
        tolerance=float(exercise.tolerance),
        cases=tuple(Case(args, decode(encode(one.value))) for args, one in zip(cases, right, strict=True)),
        hints=tuple(exercise.hints),
    )
    for number, other in enumerate(exercise.also_right, 1):
        what = f"also_right number {number}"
        _check_also_right(what, result, calls.outcomes(define(name, other, before, what), cases))
    mistakes = []
    for mistake in exercise.mistakes:
        made = calls.outcomes(define(name, edited(solution, mistake), before, _edit(mistake)), cases)
        _check_mistake(mistake, result, made, mistakes)
        mistakes.append(KnownMistake(mistake.says, tuple(made)))
    return dataclasses.replace(result, mistakes=tuple(mistakes))


def edited(solution, mistake):
    """Return the solution cell with the mistake made in it.

    Raises BuildError when the text to replace does not stand there exactly once.
    """
    count = solution.count(mistake.old)
    if count != 1:
        remedy = "copy it from the cell as it is now" if count == 0 else "give more of the text around it"
        raise BuildError(
            f"the mistake replaces {mistake.old!r}, which stands {count} times in the solution cell; {remedy}"
        )
    return solution.replace(mistake.old, mistake.new)


def define(name, cell_source, before="", what="the solution cell"):
    """Run a solution cell below the source `before`, and return the function `name` that it defines.

    Raises BuildError when the cell, called `what` in the message, fails or defines no such function.
    """
    namespace = {}
    try:
        exec(compile(before + cell_source, f"<exercise {name}>", "exec"), namespace)
    except SyntaxError as error:
        raise BuildError(f"{what} fails with SyntaxError: {error.msg} in `{(error.text or '').strip()}`") from error
    except (Exception, SystemExit) as error:
        raise BuildError(
            f"{what} fails with {type(error).__name__}: {error}; it may use what the notebook imports above it "
            "and earlier exercises"
        ) from error
    if not callable(namespace.get(name)):
        raise BuildError(f"{what} defines no function {name!r}; rename the function or the exercise")
    return namespace[name]


def _cases(name, exercise):
    cases = exercise.cases
    if callable(cases):
        # The seed comes from the name: the same cases on every build, other cases for every exercise.
        try:
            cases = cases(np.random.default_rng(zlib.crc32(name.encode())))
        except (Exception, SystemExit) as error:
            raise BuildError(
                f"exercises.py, line {line_in_exercises(error)}: the function that makes the cases fails with "
                f"{type(error).__name__}: {error}; correct it there"
            ) from error
    if not isinstance(cases, list) or not cases or not all(isinstance(args, tuple) for args in cases):
        raise BuildError(
            "cases must be a list of argument tuples with at least one in it, "
            f"or a function that returns one; it is {show(cases)}"
        )
    try:
        return [tuple(decode(encode(list(args)))) for args in cases]
    except TypeError as error:
        raise BuildError(f"an argument of a case: {error}") from error


def _check_reference(cases, right, tolerance):
    for args, one in zip(cases, right, strict=True):
        if one.raised:
            raise BuildError(
                f"the solution fails for {show(args)} with {one.raised}: {one.message}; change the solution or the case"
            )
        if one.warned:
            raise BuildError(f"the solution warns for {show(args)}: {one.warned[0]}; change the solution or the case")
        if one.changed:
            raise BuildError(f"the solution changes its argument {one.changed[0]!r} in place; work on a copy")
        try:
            kept = decode(encode(one.value))
        except TypeError as error:
            raise BuildError(f"the solution returns, for {show(args)}, what no table can hold: {error}") from error
        if difference(one.value, kept, tolerance):
            raise BuildError(
                f"the solution returns {show(one.value)} for {show(args)}, and a table keeps 12 digits "
                "of it; give a tolerance of 1e-9 or more"
            )
    if all(one.value is None for one in right):
        raise BuildError("the solution returns None for every case, which is what a blank cell does; return a value")


def _check_also_right(what, table, made):
    verdict = judge.judge(table, made)
    if verdict.score != table.points:
        wrong = next((result for result in verdict.results if result.wrong), None)
        found = f"{wrong.call} came back as {wrong.came_back}: {wrong.wrong}" if wrong else verdict.remark
        raise BuildError(f"{what} scores {verdict.score:g} of {table.points:g}: {found}")


def _check_mistake(mistake, table, made, others):
    edit = _edit(mistake)
    verdict = judge.judge(table, made)
    if verdict.score == table.points:
        raise BuildError(f"{edit} still scores full; add a case in which it shows")
    if not verdict.results:
        raise BuildError(f"{edit} returns None for every case, which the report calls not attempted; remove it")
    for other in others:
        if judge.same_outcomes(made, other.outcomes, table.tolerance):
            raise BuildError(
                f"{edit} comes out like the mistake that says {other.says!r}; remove one of them "
                "or add a case that tells them apart"
            )
    try:
        for one in made:
            encode(one.value)
    except TypeError as error:
        raise BuildError(f"{edit} returns a value that cannot be kept: {error}") from error


def _edit(mistake):
    return f"the mistake {mistake.old!r} -> {mistake.new!r}"


def _imports(cell_source):
    try:
        statements = ast.parse(cell_source).body
    except SyntaxError:  # a cell with a %magic; the run of the notebook decides whether it is right
        return []
    return [ast.unparse(node) for node in statements if isinstance(node, (ast.Import, ast.ImportFrom))]
