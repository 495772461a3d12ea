"""A training loop, line by line: what each line of a function changed, recorded while the function really ran."""

import inspect
import sys
import textwrap
from dataclasses import dataclass

import numpy as np

MOST_NUMBERS = 60  # in one value; a stepper cannot show more at once
MOST_STEPS = 500


@dataclass(frozen=True)
class LineStep:
    """One line, run once: the watched values before it and after it. A name without a value yet is left out."""

    line: int  # its number in `Lines.source`, counted from 1
    before: dict
    after: dict

    @property
    def changed(self) -> tuple[str, ...]:
        """The names whose value this line has set or changed."""
        return tuple(
            name for name, value in self.after.items() if name not in self.before or self.before[name] != value
        )


@dataclass(frozen=True)
class Lines:
    """A function's source, what was watched, and the lines in the order in which they ran."""

    source: tuple[str, ...]
    names: tuple[str, ...]
    steps: tuple[LineStep, ...]

    def code(self, step: LineStep) -> str:
        """The line that this step ran, without its comment."""
        return self.source[step.line - 1].split("  #")[0].strip()

    def __repr__(self):
        from lessonlib.trace import text

        return text.lines(self)

    def _repr_html_(self):
        from lessonlib.trace import line_html

        return line_html.table(self)


def lines(function, *arguments, watch) -> Lines:
    """Run `function(*arguments)`, and after every line look at what is watched.

    Args:
        function: a Python function whose source can be read, such as one from a cell of the notebook.
        arguments: what it is called with. It really runs, so it trains the model that it is given.
        watch: Python expressions over the function's variables, such as "loss" or "weight.grad". An expression
            whose variables have no value yet is left out.

    Raises:
        ValueError: there is nothing to watch, the source cannot be read, an expression cannot be looked at, a value
            has too many numbers to be shown, or too many lines run.

    >>> def training(w):
    ...     for x in (1.0, 2.0):
    ...         w = w - 0.1 * x
    >>> from lessonlib.trace.lines import recorded
    >>> [(step.line, step.changed) for step in recorded(training, (5.0,), ("x", "w"))]
    [(2, ('x',)), (3, ('w',)), (2, ('x',)), (3, ('w',)), (2, ())]
    """
    names = (watch,) if isinstance(watch, str) else tuple(watch)
    if not names:
        raise ValueError('Expected expressions to watch, such as watch=("loss", "weight"). Received none.')
    try:
        source, first = inspect.getsourcelines(function)
    except (OSError, TypeError) as error:
        raise ValueError(
            f"The source of {function!r} cannot be read. Expected a function defined with `def` in a cell or a file."
        ) from error
    source = textwrap.dedent("".join(source)).splitlines()
    return Lines(tuple(source), names, tuple(recorded(function, arguments, names, first - 1)))


def recorded(function, arguments, names, offset: int = 0) -> list[LineStep]:
    """Run the function under Python's tracing; `offset` is how many lines of its file stand above its source."""
    steps, present, before = [], None, {}

    def look(frame):
        return {name: value for name in names if (value := watched(name, frame)) is not MISSING}

    def local(frame, event, _):
        nonlocal present, before
        if event not in ("line", "return"):
            return local
        after = look(frame)
        if present is not None:
            if len(steps) == MOST_STEPS:
                raise ValueError(f"More than {MOST_STEPS} lines ran. Take fewer rows, larger batches, or fewer epochs.")
            steps.append(LineStep(present, before, after))
        present, before = frame.f_lineno - offset, after
        return local

    def begin(frame, event, argument):
        return local if frame.f_code is function.__code__ else None

    kept = sys.gettrace()
    sys.settrace(begin)
    try:
        function(*arguments)
    finally:
        sys.settrace(kept)
    return steps


MISSING = object()


def watched(name: str, frame):
    """The value of an expression in a running function, as plain data; MISSING if its variables are not there yet."""
    try:
        code = compile(name, "<watch>", "eval")
        own = set(code.co_names) & {*frame.f_code.co_varnames, *frame.f_code.co_cellvars}
        if own - frame.f_locals.keys():  # before looking it up: the notebook may have a variable of the same name
            return MISSING
        return plain(eval(code, frame.f_globals, frame.f_locals), name)
    except NameError:
        return MISSING
    except (SyntaxError, AttributeError, TypeError, LookupError) as error:
        raise ValueError(f"watch={name!r} cannot be looked at: {error}") from error


def plain(value, name: str = "value"):
    """A copy as nested tuples of numbers; None, truth values and texts as they are.

    >>> plain(np.array([[0.5, 1.0]]))
    ((0.5, 1.0),)
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    try:
        numbers = np.array(value, "float64")
    except (TypeError, ValueError) as error:
        raise ValueError(f"watch={name!r} is no number and no array: {type(value).__name__}") from error
    if numbers.size > MOST_NUMBERS or numbers.ndim > 2:
        raise ValueError(
            f"watch={name!r} has the shape {numbers.shape}. A value to be watched has at most {MOST_NUMBERS} numbers, "
            f"in rows and columns: watch a part of it, such as {name}[:2], or take a smaller model."
        )
    return nested(numbers.tolist())


def nested(value):
    return tuple(nested(part) for part in value) if isinstance(value, list) else value
