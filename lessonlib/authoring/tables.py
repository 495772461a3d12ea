"""Exercises and their solution cells -> the tables of checks.json."""

import ast
import dataclasses
import inspect
import zlib

import numpy as np

from lessonlib.authoring import twins
from lessonlib.authoring.errors import BuildError
from lessonlib.checks import calls, judge
from lessonlib.checks.cases import Budget, Run, Use, as_data, from_data
from lessonlib.checks.table import Case, KnownMistake, Table
from lessonlib.checks.values import decode, difference, encode, show

MISTAKES, WAYS, HINTS = 6, 2, 3  # what every exercise has at least: mistakes, other right solutions, hints
MARGIN = 0.1  # by how much of itself a goal may move before a solution misses it, or a mistake reaches it


def tables(lesson):
    """Return the tables of a lesson: the reference and every mistake, run over every case.

    Raises BuildError for a reference that fails, changes its arguments or returns nothing; for a mistake
    that cannot be made, scores full or looks like another one; for another right solution that does
    not score full; for an exercise with too few of these; and for cases of which grading cannot draw new ones.
    """
    result = []
    for name, exercise in lesson.exercises.items():
        try:
            _check_enough(exercise, lesson.solution(name))
            made = table(name, exercise, lesson.solution(name), setting(lesson, name))
            _check_fresh(name, exercise, lesson.solution(name), setting(lesson, name), made)
            result.append(made)
        except BuildError as error:
            raise BuildError(f"{lesson.name}, exercise {name!r}: {error}") from error
    return result


def setting(lesson, name):
    """Return the source of what the solution cell of the exercise `name` may use.

    That is what the notebook imports above it, the functions and classes it defines there, and the solution
    cells of earlier exercises.
    """
    parts = []
    for cell in lesson.notebook.cells:
        if cell.metadata.get("exercise") == name:
            break
        if cell.cell_type == "code" and "exercise" in cell.metadata:
            parts.append(cell.source)
        elif cell.cell_type == "code":
            parts += _definitions(cell.source)
    return "".join(f"{part}\n" for part in parts)


def table(name, exercise, solution, before=""):
    """Return the table of one exercise, whose solution cell has the source `solution`.

    `before` is run above it: see `setting`.

    >>> from lessonlib.checks import Exercise
    >>> table("double", Exercise(points=1, cases=[(2,), (3,)]), "def double(x): return 2 * x").cases
    (Case(given=(2,), expected=4), Case(given=(3,), expected=6))
    """
    given = _cases(name, exercise)
    solved = define(name, solution, before, exercise)
    result, right = _without_mistakes(name, exercise, solved, [_with_names(case, solved) for case in given])
    _check_full("the solution", result, right)
    for number, other in enumerate(exercise.also_right, 1):
        what = f"also_right number {number}"
        _check_full(what, result, _answer(result, define(name, other, before, exercise, what), what))
    mistakes = []
    for mistake in exercise.mistakes:
        edit = _edit(mistake)
        made = _answer(result, define(name, edited(solution, mistake), before, exercise, edit), edit)
        kept = tuple(map(_kept, result.cases, made))
        _check_mistake(mistake, result, made, kept, mistakes)
        mistakes.append(KnownMistake(mistake.says, kept))
    return dataclasses.replace(result, mistakes=tuple(mistakes))


def fresh(name, exercise, solution, before, generator, known):
    """Return the table of one exercise with cases drawn from `generator`.

    Cases that the table `known` has as well are left out: a student holds their right values. Trainings get data
    whose answers nobody can look up (twins.py). A mistake that does not show on the cases is left out. The table of
    plans is None where their cases are a list, or the solution itself misses a goal on the new ones. Raises
    BuildError when a draw holds nothing new.
    """
    if not callable(exercise.cases) and isinstance(exercise.cases[0], Budget):
        return None
    solved = define(name, solution, before, exercise)
    told = [as_data(case) for case in known.givens]
    trains = isinstance(known.givens[0], Run) and not isinstance(known.givens[0], Budget)
    ways = [solved, *(define(name, other, before, exercise) for other in exercise.also_right)] if trains else []
    harder = dataclasses.replace(known, mistakes=(), goals=tuple(goal.moved(MARGIN) for goal in known.goals))
    for _ in range(twins.DRAWS if trains else 1):
        given = [_with_names(case, solved) for case in _cases(name, exercise, generator)]
        given = [twins.unseen(case, harder, ways, generator) for case in given] if trains else given
        given = [case for case in given if as_data(case) not in told]
        if not given:
            raise BuildError(
                "cases gives the same cases again and again, and checks.json tells students their right values; make "
                "it a function of a numpy Generator, def cases(rng), and draw from rng, so that grading tries new ones"
            )
        result = _solved(name, exercise, solution, before, given)
        if result is None or len(result.mistakes) == len(exercise.mistakes):
            return result
    return result


def _solved(name, exercise, solution, before, given):
    """The table of these cases, None for trainings whose goals the solution misses."""
    result, right = _without_mistakes(name, exercise, define(name, solution, before, exercise), given)
    if judge.judge(result, right).score != result.points:
        return None
    mistakes = []
    for mistake in exercise.mistakes:
        made = _answer(result, define(name, edited(solution, mistake), before, exercise, _edit(mistake)), "")
        if judge.judge(result, made).score != result.points:
            mistakes.append(KnownMistake(mistake.says, tuple(map(_kept, result.cases, made))))
    return dataclasses.replace(result, mistakes=tuple(mistakes))


def _without_mistakes(name, exercise, solved, given):
    """The table of these cases as the solution answers them, its mistakes still to come, and those outcomes."""
    empty = Table(name, float(exercise.points), float(exercise.tolerance), tuple(Case(case, None) for case in given),
                  hints=tuple(exercise.hints), goals=tuple(exercise.goals), lines=exercise.lines)  # fmt: skip
    right = _answer(empty, solved, "the solution cell")
    _check_reference(given, right, exercise.tolerance)
    cases = tuple(Case(case, _expected(case, one.value)) for case, one in zip(given, right, strict=True))
    return dataclasses.replace(empty, cases=cases), right


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


def define(name, cell_source, before="", exercise=None, what="the solution cell"):
    """Run a solution cell below the source `before`, and return the function or class `name` that it defines.

    Of lines to order it is their letters. Raises BuildError when the cell, called `what` in the message, fails or
    defines no such thing.
    """
    namespace = {}
    try:
        exec(compile(before + cell_source, f"<exercise {name}>", "exec"), namespace)
    except SyntaxError as error:
        raise BuildError(f"{what} fails with SyntaxError: {error.msg} in `{(error.text or '').strip()}`") from error
    except (Exception, SystemExit) as error:
        raise BuildError(
            f"{what} fails with {type(error).__name__}: {error}; it may use what the notebook imports and "
            "defines above it, and earlier exercises"
        ) from error
    thing = namespace.get(name)
    if exercise is not None and exercise.lines:
        if not isinstance(thing, str) or not thing:
            raise BuildError(f'{what} does not say {name} = "…", with the letters of the lines')
    elif not callable(thing):
        raise BuildError(f"{what} defines no function {name!r}; rename the function or the exercise")
    return thing


def _answer(table, thing, what):
    try:
        return calls.answer(table, thing)
    except calls.Unusable as problem:
        raise BuildError(f"{what}: {problem}") from problem


def _with_names(case, cls):
    """The use of an object with the names that the arguments of its methods have in the solution."""
    if not isinstance(case, Use):
        return case
    names = {}
    for method in dict.fromkeys(method for method, *_ in case.calls):
        if callable(getattr(cls, method, None)):
            names[method] = list(inspect.signature(getattr(cls, method)).parameters)[1:]
    return dataclasses.replace(case, names=names)


def _expected(case, value):
    """What a case must come to: of an object, what the solution really returns, changes or holds."""
    if isinstance(case, Run):
        return None
    if not isinstance(case, Use):
        return decode(encode(value))
    returns = {
        method for number, (method, *_) in enumerate(case.calls, 1) if value[f"call {number} returned"] is not None
    }
    expected = {}
    changes = _changes(case, value)
    for label, seen in value.items():
        if label.startswith("call"):
            method = case.calls[int(label.split()[1]) - 1][0]
            what = label.split(" ", 2)[2]
            if method not in returns if what == "returned" else (method, what) not in changes:
                continue
        expected[label] = decode(encode(seen))
    return expected


def _changes(case, value):
    """{(method, "left w")}: the arguments that a method of the solution changes in at least one call."""
    before = {id(arg): encode(arg) for _, *args in case.calls for arg in args}
    changes = set()
    for number, (method, *args) in enumerate(case.calls, 1):
        for place, arg in enumerate(args):
            what = f"left {calls.argument(case, method, place)}"
            after = value.get(f"call {number} {what}")
            if after is not None and encode(after) != before[id(arg)]:
                changes.add((method, what))
                before[id(arg)] = encode(after)
    return changes


def _kept(case, outcome):
    """The outcome of a mistake as the table keeps it: of an object only what counts, of a plan what it led to."""
    if isinstance(case.given, Run):
        outcome = judge.settled(case.given, outcome)
        if outcome.value is None:
            return outcome
        return calls.Outcome({key: outcome.value[key] for key in ("predictions", "told")})
    if isinstance(case.given, Use) and not outcome.raised:
        return calls.Outcome({label: outcome.value[label] for label in case.expected if label in outcome.value})
    return outcome


def _cases(name, exercise, generator=None):
    cases = exercise.cases
    if callable(cases):
        # The seed comes from the name: the same cases on every build, other cases for every exercise.
        try:
            cases = cases(generator or np.random.default_rng(zlib.crc32(name.encode())))
        except (Exception, SystemExit) as error:
            from lessonlib.authoring.lesson import line_in_exercises  # grading has no need of what lesson.py imports

            raise BuildError(
                f"exercises.py, line {line_in_exercises(error)}: the function that makes the cases fails with "
                f"{type(error).__name__}: {error}; correct it there"
            ) from error
    if not isinstance(cases, list) or not cases or not all(isinstance(case, (tuple, Use, Run)) for case in cases):
        raise BuildError(
            "cases must be a list of argument tuples (or of Use, Run or Budget) with at least one in it, "
            f"or a function that returns one; it is {show(cases)}"
        )
    if len({type(case) for case in cases}) > 1:
        raise BuildError("cases holds different kinds of case; give all of one kind, and other kinds an exercise each")
    if bool(exercise.goals) != isinstance(cases[0], Run):
        raise BuildError("goals are for cases that are a Run or a Budget, and these need some; add or remove goals")
    if any(goal.told for goal in exercise.goals) and any(len(case.parts) < 3 for case in cases):
        raise BuildError("a goal with told= is measured on validation rows; give the runs three parts")
    try:
        return [from_data(as_data(case)) for case in cases]
    except TypeError as error:
        raise BuildError(f"an argument of a case: {error}") from error


def _check_reference(cases, right, tolerance):
    for case, one in zip(cases, right, strict=True):
        if one.raised:
            raise BuildError(
                f"the solution fails for {_named(case)} with {one.raised}: {one.message}; "
                "change the solution or the case"
            )
        if one.warned:
            raise BuildError(f"the solution warns for {_named(case)}: {one.warned[0]}; change the solution or the case")
        if one.changed:
            raise BuildError(f"the solution changes its argument {one.changed[0]!r} in place; work on a copy")
        try:
            kept = decode(encode(one.value))
        except TypeError as error:
            raise BuildError(f"the solution returns, for {_named(case)}, what no table can hold: {error}") from error
        if difference(one.value, kept, tolerance):
            raise BuildError(
                f"the solution returns {show(one.value)} for {_named(case)}, and a table keeps 12 digits "
                "of it; give a tolerance of 1e-9 or more"
            )
        if isinstance(case, Use):
            for name in case.attributes:
                if f"attribute {name}" not in one.value:
                    raise BuildError(f"the solution's object has no attribute {name!r}; correct attributes in the case")
    if all(one.value is None for one in right):
        raise BuildError("the solution returns None for every case, which is what a blank cell does; return a value")


def _named(case):
    return show(case) if isinstance(case, tuple) else f"a {type(case).__name__}"


def _check_full(what, table, made):
    harder = dataclasses.replace(table, goals=tuple(goal.moved(MARGIN) for goal in table.goals))
    verdict = judge.judge(harder, made)
    if verdict.score != table.points:
        wrong = next((result for result in verdict.results if result.wrong), None)
        found = f"{wrong.call} came back as {wrong.came_back}: {wrong.wrong}" if wrong else verdict.remark
        margin = " with a margin of a tenth" if table.goals else ""
        raise BuildError(f"{what} scores {verdict.score:g} of {table.points:g}{margin}: {' '.join(found.split())}")


def _check_mistake(mistake, table, made, kept, others):
    edit = _edit(mistake)
    easier = dataclasses.replace(table, goals=tuple(goal.moved(-MARGIN) for goal in table.goals))
    verdict = judge.judge(easier, made)
    if verdict.score == table.points:
        raise BuildError(f"{edit} still scores full; add a case in which it shows")
    if not verdict.results and not isinstance(table.givens[0], Use):
        raise BuildError(f"{edit} returns None for every case, which the report calls not attempted; remove it")
    for other in others:
        if judge.same_outcomes(kept, other.outcomes, table):
            raise BuildError(
                f"{edit} comes out like the mistake that says {other.says!r}; remove one of them "
                "or add a case that tells them apart"
            )
    try:
        for one in kept:
            encode(one.value)
    except TypeError as error:
        raise BuildError(f"{edit} returns a value that cannot be kept: {error}") from error


def _check_enough(exercise, solution):
    """An exercise that knows few mistakes helps few people; one that knows one way of writing forbids the others."""
    ways = 0 if exercise.lines else WAYS
    for found, least, what in (
        (exercise.mistakes, MISTAKES, "mistakes"),
        (exercise.hints, HINTS, "hints"),
        (exercise.also_right, ways, "also_right"),
    ):
        if len(found) < least:
            raise BuildError(f"{what} has {len(found)} of at least {least} entries; add {least - len(found)} more")
    says = [mistake.says for mistake in exercise.mistakes]
    if twice := [text for text in says if says.count(text) > 1]:
        raise BuildError(f"two mistakes say {twice[0]!r}; give each its own sentence")
    seen = [("the solution", _shape(solution))]
    for number, other in enumerate(exercise.also_right, 1):
        shape = _shape(other)
        for what, known in seen:
            if shape == known:
                raise BuildError(
                    f"also_right number {number} is written like {what}; write it differently, or remove it"
                )
        seen.append((f"also_right number {number}", shape))


def _check_fresh(name, exercise, solution, before, built):
    """Cases that grading draws show every mistake too: students who learn the public ones by heart earn nothing."""
    if isinstance(built.givens[0], Budget):  # nobody's code sees its cases
        return
    drawn = fresh(name, exercise, solution, before, np.random.default_rng(zlib.crc32(b"fresh" + name.encode())), built)
    shown = {mistake.says for mistake in drawn.mistakes}
    for mistake in exercise.mistakes:
        if mistake.says not in shown:
            raise BuildError(
                f"{_edit(mistake)} scores full on cases that students have not seen; let the cases that show it "
                "differ from draw to draw"
            )


def _shape(cell_source):
    """A cell as a syntax tree without comments, docstrings and spaces; as text where it is no Python."""
    try:
        tree = ast.parse(cell_source)
    except SyntaxError:  # `define` says so with more words
        return cell_source
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def _edit(mistake):
    return f"the mistake {mistake.old!r} -> {mistake.new!r}"


def _definitions(cell_source):
    try:
        statements = ast.parse(cell_source).body
    except SyntaxError:  # a cell with a %magic; the run of the notebook decides whether it is right
        return []
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return [ast.unparse(node) for node in statements if isinstance(node, kinds)]
