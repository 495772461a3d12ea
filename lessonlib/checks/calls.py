"""Let a student's function or class do the cases of a table, and bring back only what came out, as plain data."""

import contextlib
import copy
import inspect
import io
import linecache
import traceback
import warnings
from dataclasses import dataclass

import numpy as np

from lessonlib.checks import training
from lessonlib.checks.cases import Budget, Run, Use
from lessonlib.checks.values import encode, show


@dataclass(frozen=True)
class Outcome:
    """What one case did: it gave `value`, or `raised` an exception (its type's name, "" for none).

    The value of a call is what it returned; of a Use, what was seen ({label: value}, see `used`); of a Run,
    its predictions and the numbers it reports; of a Budget, the plan.

    `message` and `line` belong to the exception: its text, and the line of the student's code it came from.
    `warned` holds warnings and whatever was written to stderr; `changed` names the arguments that the
    function changed in place.
    """

    value: object = None
    raised: str = ""
    message: str = ""
    line: str = ""
    warned: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Unusable(Exception):
    """What was handed to the check cannot be tried at all; the message tells the student why."""


def answer(table, thing):
    """Try what a student handed to the check of `table`, and return the list of Outcomes.

    This is all of a check that runs the student's code; `judge.judge` takes it from here.

    Raises Unusable, with a sentence, when `thing` is not of the kind that the exercise asks for.
    """
    if table.lines:
        thing = _assembled(table, thing)
    elif not callable(thing):
        asked = "a class" if isinstance(table.givens[0], Use) else "a function"
        raise Unusable(
            f"`{table.name}` is {show(thing)}, and {asked} was expected. Something gave the name a new value: "
            f"run the cell that defines {asked.replace('a ', 'the ')}, then run this one again."
        )
    return outcomes(thing, table.givens)


def _assembled(table, order):
    """The function that the lines make in the student's order."""
    if not isinstance(order, str):
        raise Unusable(f'`{table.name}` is {show(order)}; write the letters of the lines as a text, as in "CAB"')
    order = "".join(order.upper().replace(",", " ").split())
    if problem := table.lines.problem(order):
        raise Unusable(f"In `{table.name} = {show(order)}`: {problem}.")
    if not order:
        return lambda *args: None
    source, file, names = table.lines.source(order), f"<{table.name}>", {}
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)  # so that errors can show their line
    try:
        exec(compile(source, file, "exec"), names)
    except SyntaxError as error:
        raise Unusable(
            f"In this order the lines are no Python: {error.msg} in `{(error.text or '').strip()}`. "
            "What has to stand directly above that line?"
        ) from None
    return names[table.lines.function]


def outcomes(thing, givens):
    """Let `thing`, a function or a class, do each case of `givens` and return the list of Outcomes.

    A case is an argument tuple, a Use, a Run or a Budget. Each gets its own deep copy of what is given.
    Nothing reaches stderr; stdout is left alone, except that of trainings.

    >>> outcomes(lambda a, b: a / b, [(1, 2), (1, 0)])[1].raised
    'ZeroDivisionError'
    """
    return [_outcome(thing, copy.deepcopy(given)) for given in givens]


def used(cls, use, seen):
    """Make an object, use it, and put into the dict `seen` what there is to see: {label: value}.

    >>> from lessonlib.checks.cases import Use
    >>> seen = {}
    >>> used(list, Use(([3, 1],), [("append", 2), ("pop",)]), seen)
    >>> seen
    {'call 1 returned': None, 'call 2 returned': 2}
    """
    thing = cls(*use.args)
    for number, (method, *args) in enumerate(use.calls, 1):
        seen[f"call {number} returned"] = _snapshot(getattr(thing, method)(*args))
        for place, arg in enumerate(args):
            if isinstance(arg, (np.ndarray, list, dict)):
                seen[f"call {number} left {argument(use, method, place)}"] = _snapshot(arg)
    for name in use.attributes:
        if hasattr(thing, name):
            seen[f"attribute {name}"] = _snapshot(getattr(thing, name))


def argument(use, method, place):
    """The name of an argument of a method, as the solution calls it."""
    names = use.names.get(method, ())
    return names[place] if place < len(names) else f"argument {place + 1}"


def _outcome(thing, given):
    before = [encode(arg) for arg in given] if isinstance(given, tuple) else []
    value, error = None, None
    stderr = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stderr(stderr):
        warnings.simplefilter("always")
        try:
            if isinstance(given, Use):
                value = {}
                used(thing, given, value)
            elif isinstance(given, Budget):
                value = training.plan(thing)
            elif isinstance(given, Run):
                value = training.train(thing, given)
            else:
                value = _snapshot(thing(*given))
        except (Exception, SystemExit) as raised:  # `exit()` in a function must not end the notebook
            error = raised
    said = [f"{warning.category.__name__}: {warning.message}" for warning in caught]
    said += [line for line in stderr.getvalue().splitlines() if line.strip()]
    return Outcome(
        value=value,
        raised=type(error).__name__ if error else "",
        message=str(error) if error else "",
        line=_line_of(error, _files(thing)) if error else "",
        warned=tuple(dict.fromkeys(said)),
        changed=_changed(thing, given, before) if before else (),
    )


def _snapshot(value):
    """Copy what came back: a function may return the same list again and change it in the next call."""
    try:
        return copy.deepcopy(value)
    except Exception:  # a generator, a lock, a module: nothing a table could expect
        return value


def _line_of(error, files):
    """The text of the last line of the student's own files on the way to the exception."""
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    return (lines[-1] or "") if lines else ""


def _files(thing):
    """The files a function, or the methods of a class, stand in."""
    members = vars(thing).values() if isinstance(thing, type) else [thing]
    return {member.__code__.co_filename for member in members if hasattr(member, "__code__")}


def _changed(function, args, before):
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = []
    names += [f"argument {position + 1}" for position in range(len(names), len(args))]
    return tuple(name for name, arg, old in zip(names, args, before, strict=False) if not _still(arg, old))


def _still(arg, old):
    try:
        return encode(arg) == old
    except TypeError:  # something that no table holds was put into it
        return False
