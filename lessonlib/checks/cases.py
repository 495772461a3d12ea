"""What a case of an exercise can be besides a tuple of arguments: plain data, in exercises.py as in checks.json."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lessonlib.checks.values import decode, encode

MEASURES = ("accuracy", "loss", "mae", "mse")


@dataclass(frozen=True)
class Use:
    """An object made and then used: what its calls return, what they change, and what it holds at the end.

    Arguments:
        args: what the class is called with.
        calls: the calls in their order, each the name of a method and its arguments; "__call__" calls the
            object itself. The same array in several calls is the same array for the student's object too, so
            that what is changed in place goes on changing.
        attributes: names of attributes to read after the last call.
        ready: names of methods that the cell has ready-made: what they do is no sign that somebody has begun.
        names: the names of each method's arguments, for the report; the build fills them in.

    >>> w = np.zeros(2)
    >>> Use((0.1, 0.9), [("update", w, np.ones(2)), ("update", w, -np.ones(2))], attributes=["velocity"]).args
    (0.1, 0.9)
    """

    args: tuple = ()
    calls: Sequence[tuple] = ()
    attributes: Sequence[str] = ()
    ready: Sequence[str] = ()
    names: dict = field(default_factory=dict)

    def __post_init__(self):
        if not isinstance(self.args, tuple):
            raise ValueError(f"Use: args is {self.args!r}; give a tuple, as in Use((0.1, 0.9), …)")
        for call in self.calls:
            if not isinstance(call, tuple) or not call or not isinstance(call[0], str):
                raise ValueError(f'Use: calls holds {call!r}; a call is a tuple like ("update", w, g)')
        if not self.calls and not self.attributes:
            raise ValueError("Use: give calls, or attributes to look at, or both")


@dataclass(frozen=True)
class Run:
    """One training on data of the course, judged by what the trained thing predicts for rows it has not seen.

    The rows are shuffled with `seed` and cut into `parts`. The student's function is called as
    `train(x, y, seed)`; with three parts as `train(x, y, x_val, y_val, seed)`. It returns what predicts: a
    model, or a function of rows; or that and a dict of numbers that it reports. The last part is predicted
    and measured by the check.

    Arguments:
        data: the name of a loader in `lessonlib.datasets`, such as "load_penguins".
        seed: cuts the data, and is handed on to the function.
        parts: shares of the rows that add up to 1.
        options: arguments of the loader, as in {"rows": 400}.
        scaled: standardise each column, by mean and standard deviation of the first part.

    >>> Run("load_penguins", seed=1).parts
    (0.8, 0.2)
    """

    data: str
    seed: int
    parts: tuple = (0.8, 0.2)
    options: dict = field(default_factory=dict)
    scaled: bool = True

    def __post_init__(self):
        kind = type(self).__name__
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise ValueError(f"{kind}: seed is {self.seed!r}; give a whole number of 0 or more")
        if len(self.parts) not in (2, 3) or min(self.parts) <= 0 or abs(sum(self.parts) - 1) > 1e-9:
            raise ValueError(f"{kind}: parts is {self.parts!r}; give two or three shares that add up to 1")


@dataclass(frozen=True, eq=False)
class Drawn(Run):
    """A run whose rows are given with it: what grading draws in place of a Run.

    `pieces` are the parts, a pair (x, y) for each. The sandbox gets them with None for the last y.
    """

    pieces: tuple = ()

    def without_answers(self):
        """The run as whoever trains may see it."""
        *known, (x, _) = self.pieces
        return replace(self, pieces=(*known, (x, None)))


@dataclass(frozen=True)
class Budget(Run):
    """A training that the check itself does, for a number of updates, as the student plans it.

    The student's function is called without arguments and returns a compiled model, or the model and its
    batch size. It is built anew with fresh weights, trained for exactly `updates` updates, and measured on
    the last part of the rows. So the budget is counted by the check, and weights that were trained
    elsewhere are worth nothing.

    >>> Budget("load_digits", seed=1, updates=300).updates
    300
    """

    updates: int = 100

    def __post_init__(self):
        super().__post_init__()
        if isinstance(self.updates, bool) or not isinstance(self.updates, int) or self.updates < 1:
            raise ValueError(f"Budget: updates is {self.updates!r}; give a whole number of 1 or more")


@dataclass(frozen=True)
class Goal:
    """A number that every run has to reach: each goal in each run earns an equal share of the points.

    Arguments:
        measure: "accuracy" or "loss" (cross-entropy) of a classifier, "mse" or "mae" of a regression. The
            check computes it from predictions.
        at_least, at_most: one of them.
        told: instead of a bound, the name of a number that the function reports beside the model: it must be
            the measure of the validation rows (the run has three parts), up to `within`.

    >>> Goal("accuracy", at_least=0.9).text()
    'at least 0.9'
    """

    measure: str
    at_least: float | None = None
    at_most: float | None = None
    told: str = ""
    within: float = 0.01

    def __post_init__(self):
        if self.measure not in MEASURES:
            raise ValueError(f"Goal: measure is {self.measure!r}; it is one of {', '.join(MEASURES)}")
        if [self.at_least is not None, self.at_most is not None, bool(self.told)].count(True) != 1:
            raise ValueError(f"Goal({self.measure!r}): give exactly one of at_least, at_most and told")

    def moved(self, margin):
        """The same goal, harder by a margin, or easier where it is negative: see the build."""
        if self.told:
            return replace(self, within=self.within * (1 - margin))
        if self.at_most is not None:
            return replace(self, at_most=self.at_most * (1 - margin))
        return replace(self, at_least=self.at_least + margin * (1 - self.at_least))

    def text(self):
        """The bound in words."""
        if self.told:
            return f"{self.told!r} as measured, up to {self.within:g}"
        return f"at least {self.at_least:g}" if self.at_most is None else f"at most {self.at_most:g}"


@dataclass(frozen=True)
class Lines:
    """Lines of code to put in order: the student writes their letters, as in "CAB"; some may belong nowhere.

    The lines, in the order given, are the body of the function that `head` begins. It is called on the cases,
    so every order that works is right.

    >>> Lines("def mean(x):", {"A": "return total / len(x)", "B": "total = sum(x)"}).source("BA")
    'def mean(x):\\n    total = sum(x)\\n    return total / len(x)\\n'
    """

    head: str
    lines: dict

    def __post_init__(self):
        if not self.head.startswith("def ") or not self.head.endswith(":"):
            raise ValueError(f"Lines: head is {self.head!r}; it is the first line of a function, as in 'def mean(x):'")
        for letter, line in self.lines.items():
            if len(letter) != 1 or not letter.isupper() or not line.strip():
                raise ValueError(f"Lines: {letter!r}: {line!r}; each line has one capital letter and some text")

    @property
    def function(self):
        """The name of the function that the lines define."""
        return self.head[4:].split("(")[0].strip()

    def problem(self, order):
        """What is wrong with the letters as letters, "" when they can be put together."""
        unknown = [letter for letter in order if letter not in self.lines]
        if unknown:
            return f"there is no line {unknown[0]!r}; the lines are {', '.join(self.lines)}"
        twice = [letter for letter in order if order.count(letter) > 1]
        return f"line {twice[0]} stands twice" if twice else ""

    def source(self, order):
        """The function with the lines in this order."""
        return "".join(f"{line}\n" for line in [self.head, *(f"    {self.lines[letter]}" for letter in order)])


def as_data(given):
    """A case as JSON data: `{"args": …}`, `{"use": …}`, `{"run": …}`, `{"budget": …}` or `{"drawn": …}`.

    >>> as_data((1, 2))
    {'args': [1, 2]}
    """
    if isinstance(given, Use):
        seen = {}
        calls = [
            [call[0], *(_shared(arg, [number, place], seen) for place, arg in enumerate(call[1:]))]
            for number, call in enumerate(given.calls)
        ]
        use = {"args": encode(list(given.args)), "calls": calls, "attributes": list(given.attributes)}
        if given.ready:
            use["ready"] = list(given.ready)
        return {"use": {**use, "names": {method: list(names) for method, names in given.names.items()}}}
    if isinstance(given, Drawn):
        pieces = [[_array_as_data(array) for array in piece] for piece in given.pieces]
        return {"drawn": {"data": given.data, "seed": given.seed, "parts": list(given.parts), "pieces": pieces}}
    if isinstance(given, Run):
        kind = type(given).__name__.lower()
        fields = {**vars(given), "parts": list(given.parts), "options": encode(given.options)}
        return {kind: fields}
    return {"args": encode(list(given))}


def from_data(data):
    """The case that `as_data` wrote."""
    if "use" in data:
        use = data["use"]
        calls = []
        for method, *args in use["calls"]:
            calls.append((method, *(_found(arg, calls) for arg in args)))
        attributes, ready = tuple(use["attributes"]), tuple(use.get("ready", ()))
        return Use(tuple(decode(use["args"])), tuple(calls), attributes, ready, use["names"])
    if drawn := data.get("drawn"):
        pieces = tuple(tuple(map(_array_from_data, piece)) for piece in drawn["pieces"])
        return Drawn(drawn["data"], drawn["seed"], tuple(drawn["parts"]), pieces=pieces)
    for kind in (Run, Budget):
        if fields := data.get(kind.__name__.lower()):
            return kind(**{**fields, "parts": tuple(fields["parts"]), "options": decode(fields["options"])})
    return tuple(decode(data["args"]))


def _array_as_data(array):
    """An array of many numbers, as bytes; None stays None."""
    if array is None:
        return None
    return [array.dtype.str, list(array.shape), base64.b64encode(array.tobytes()).decode()]


def _array_from_data(data):
    if data is None:
        return None
    dtype, shape, content = data
    return np.frombuffer(base64.b64decode(content), dtype).reshape(shape).copy()


def _shared(arg, place, seen):
    """An argument as data: where it first stood, for an object that stands in an earlier call already."""
    if isinstance(arg, (np.ndarray, list, dict)):
        first = seen.setdefault(id(arg), place)
        if first != place:
            return {"same": first}
    return encode(arg)


def _found(data, calls):
    if isinstance(data, dict) and "same" in data:
        number, place = data["same"]
        return calls[number][place + 1]
    return decode(data)
