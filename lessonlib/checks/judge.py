"""Table and outcomes -> verdict: a pure function of data, wherever the outcomes were made."""

import math
from dataclasses import dataclass

from lessonlib.checks.values import difference, show


@dataclass(frozen=True)
class CaseResult:
    """One case as the report tells it: `wrong` says what is wrong with it, "" when it is right."""

    call: str
    came_back: str
    expected: str
    wrong: str = ""


@dataclass(frozen=True)
class Verdict:
    """What `check` found. `remark` is the one sentence to read first; `notes` are worth knowing."""

    name: str
    points: float
    score: float
    remark: str
    results: tuple[CaseResult, ...] = ()
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def passed(self):
        """How many cases came out right."""
        return sum(not result.wrong for result in self.results)


def judge(table, outcomes):
    """Compare the outcomes of a function with its table, case by case.

    The score is the share of the points that the right cases earn, as a built-in float.

    >>> from lessonlib.checks.calls import outcomes
    >>> from lessonlib.checks.table import Case, Table
    >>> table = Table("double", 1.0, 1e-6, (Case((2,), 4), Case((3,), 6)))
    >>> judge(table, outcomes(lambda x: x + 2, [(2,), (3,)])).score
    0.5
    """
    if all(not outcome.raised and (outcome.value is None or outcome.value is ...) for outcome in outcomes):
        return not_attempted(table)
    results = tuple(_result(table, case, outcome) for case, outcome in zip(table.cases, outcomes, strict=True))
    passed = sum(not result.wrong for result in results)
    if passed == len(results):
        return Verdict(table.name, table.points, float(table.points), "", results, _notes(outcomes))
    return Verdict(
        table.name,
        table.points,
        _score(table.points, passed, len(results)),
        recognised(table, outcomes),
        results,
        _notes(outcomes),
        table.hints,
    )


def not_attempted(table):
    """The verdict on a function that returns nothing yet."""
    return Verdict(
        table.name,
        table.points,
        0.0,
        f"Not attempted yet: `{table.name}` returns nothing. Write it in the cell above, run that cell, "
        "then run this one again. If you have written it: does it end in `return`?",
        hints=table.hints,
    )


def not_a_function(table, thing):
    """The verdict on something that cannot be called."""
    return Verdict(
        table.name,
        table.points,
        0.0,
        f"`{table.name}` is {show(thing)}, and a function was expected. Something gave the name a new value: "
        "run the cell that defines the function, then run this one again.",
        hints=table.hints,
    )


def recognised(table, outcomes):
    """Return the sentence of the known mistake that brings back exactly these outcomes, or ""."""
    for mistake in table.mistakes:
        if same_outcomes(outcomes, mistake.outcomes, table.tolerance):
            return mistake.says
    return ""


def same_outcomes(some, others, tolerance):
    """Tell whether two lists of outcomes agree: equal values, or exceptions of the same type."""
    return all(
        one.raised == other.raised and (one.raised or not difference(one.value, other.value, tolerance))
        for one, other in zip(some, others, strict=True)
    )


def _result(table, case, outcome):
    call = f"{table.name}({', '.join(show(arg) for arg in case.args)})"
    if outcome.raised:
        came_back = f"{outcome.raised}: {outcome.message}" if outcome.message else outcome.raised
        wrong = f"stopped in the line `{outcome.line}`" if outcome.line else "the call itself failed"
        return CaseResult(call, came_back, show(case.expected), wrong)
    wrong = difference(outcome.value, case.expected, table.tolerance)
    came_back, expected = show(outcome.value), show(case.expected)
    if wrong and came_back == expected:  # they differ further to the right: show more digits
        came_back, expected = show(outcome.value, digits=12), show(case.expected, digits=12)
    return CaseResult(call, came_back, expected, wrong)


def _score(points, passed, cases):
    """Round down to two decimals: easy to read, and full only when every case is right."""
    return math.floor(100 * points * passed / cases + 1e-9) / 100


def _notes(outcomes):
    changed = dict.fromkeys(name for outcome in outcomes for name in outcome.changed)
    notes = [
        f"The function changes `{name}` in place: whoever calls it finds it changed afterwards. Work on a copy."
        for name in changed
    ]
    warned = dict.fromkeys(text for outcome in outcomes for text in outcome.warned)
    return tuple(notes + [f"While it ran: {text}" for text in warned])
