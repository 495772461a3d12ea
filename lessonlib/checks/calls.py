"""Call a student's function on the cases of a table and bring back only what came out."""

import contextlib
import copy
import inspect
import io
import traceback
import warnings
from dataclasses import dataclass

from lessonlib.checks.values import encode


@dataclass(frozen=True)
class Outcome:
    """What one call did: it returned `value`, or `raised` an exception (its type's name, "" for none).

    `message` and `line` belong to the exception: its text, and the line of the function it came from.
    `warned` holds warnings and whatever was written to stderr; `changed` names the arguments that the
    function changed in place.
    """

    value: object = None
    raised: str = ""
    message: str = ""
    line: str = ""
    warned: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def outcomes(function, cases):
    """Call `function` once for each argument tuple of `cases` and return the list of Outcomes.

    Each call gets its own deep copy of the arguments. Nothing reaches stderr; stdout is left alone.

    >>> outcomes(lambda a, b: a / b, [(1, 2), (1, 0)])[1].raised
    'ZeroDivisionError'
    """
    return [_outcome(function, copy.deepcopy(args)) for args in cases]


def _outcome(function, args):
    before = [encode(arg) for arg in args]
    value, error = None, None
    stderr = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stderr(stderr):
        warnings.simplefilter("always")
        try:
            value = _snapshot(function(*args))
        except (Exception, SystemExit) as raised:  # `exit()` in a function must not end the notebook
            error = raised
    said = [f"{warning.category.__name__}: {warning.message}" for warning in caught]
    said += [line for line in stderr.getvalue().splitlines() if line.strip()]
    return Outcome(
        value=value,
        raised=type(error).__name__ if error else "",
        message=str(error) if error else "",
        line=_line_of(error, function) if error else "",
        warned=tuple(dict.fromkeys(said)),
        changed=_changed(function, args, before),
    )


def _snapshot(value):
    """Copy what came back: a function may return the same list again and change it in the next call."""
    try:
        return copy.deepcopy(value)
    except Exception:  # a generator, a lock, a module: nothing a table could expect
        return value


def _line_of(error, function):
    """The text of the last line of the function's own file on the way to the exception."""
    own_file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own_file]
    return (lines[-1] or "") if lines else ""


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
