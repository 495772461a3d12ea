"""Table and outcomes -> verdict: a pure function of data, wherever the outcomes were made."""

import dataclasses
import math
from dataclasses import dataclass

from lessonlib.checks import training
from lessonlib.checks.calls import argument
from lessonlib.checks.cases import Budget, Run, Use
from lessonlib.checks.results import CaseResult, differences, results_of
from lessonlib.checks.values import difference

KEPT = 1e-9  # a table keeps 12 digits of a number


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
    noun: str = "case"

    @property
    def passed(self):
        """How many cases came out right, or goals were reached in every run."""
        return sum(not result.wrong for result in self.results)


def judge(table, outcomes):
    """Compare the outcomes of a function with its table, case by case.

    The score is the share of the points that the right results earn, as a built-in float.

    >>> from lessonlib.checks.calls import outcomes
    >>> from lessonlib.checks.table import Case, Table
    >>> table = Table("double", 1.0, 1e-6, (Case((2,), 4), Case((3,), 6)))
    >>> judge(table, outcomes(lambda x: x + 2, [(2,), (3,)])).score
    0.5
    """
    outcomes = [settled(case.given, one) for case, one in zip(table.cases, outcomes, strict=True)]
    remark = recognised(table, outcomes)
    if not remark and all(
        _is_blank(case, one, table.tolerance) for case, one in zip(table.cases, outcomes, strict=True)
    ):
        return not_attempted(table)
    results = tuple(results_of(table, outcomes))
    noun = "goal" if table.goals else "case"
    if not any(result.wrong for result in results):
        return Verdict(table.name, table.points, float(table.points), "", results, _notes(outcomes), noun=noun)
    remark = remark or without_return(table, outcomes)
    score = _score(table.points, sum(result.share for result in results), len(results))
    return Verdict(table.name, table.points, score, remark, results, _notes(outcomes), table.hints, noun)


def not_attempted(table):
    """The verdict on what a student has not begun to write."""
    if table.lines:
        todo = f'Write the letters of the lines in their order, as in `{table.name} = "CAB"`, run that cell, '
    elif isinstance(table.givens[0], Use):
        methods = dict.fromkeys(call[0] for use in table.givens for call in use.calls if call[0] not in use.ready)
        todo = f"`{table.name}` returns nothing and changes nothing. "
        todo += f"Write its {_listed('method', methods)} in the cell above, run that cell, "
    else:
        todo = f"`{table.name}` returns nothing. Write it in the cell above, run that cell, "
    remark = f"Not attempted yet: {todo}then run this one again."
    if not table.lines:
        remark += " If you have written it: does it end in `return`?"
    return Verdict(table.name, table.points, 0.0, remark, hints=table.hints)


def unusable(table, sentence):
    """The verdict on something that cannot be tried: see `calls.Unusable`."""
    return Verdict(table.name, table.points, 0.0, sentence, hints=table.hints)


def without_return(table, outcomes):
    """A sentence on the methods of a class that never return anything, though they should; "" if there are none."""
    returned = {}
    for case, outcome in zip(table.cases, outcomes, strict=True):
        for number, (method, *_) in enumerate(case.given.calls if isinstance(case.given, Use) else (), 1):
            label = f"call {number} returned"
            if case.expected.get(label) is not None and label in (outcome.value or {}):
                returned.setdefault(method, []).append(outcome.value[label])
    silent = [method for method, values in returned.items() if all(value is None for value in values)]
    if not silent:
        return ""
    return f"The {_listed('method', silent)} of `{table.name}` never returned anything. Is there a `return` at the end?"


def _listed(noun, names):
    """The noun and its names: "methods `fit` and `predict`"."""
    *most, last = (f"`{name}`" for name in names)
    return f"{noun}s {', '.join(most)} and {last}" if most else f"{noun} {last}"


def _is_blank(case, outcome, tolerance):
    """A stub returns nothing; a class of stubs changes nothing either, except in its ready-made methods.

    An object that holds at the end what it should has been worked on, even if nothing came back.
    """
    given = case.given
    if outcome.raised or not isinstance(given, Use):
        return not outcome.raised and (outcome.value is None or outcome.value is ...)
    seen, latest = outcome.value, {}
    for number, (method, *args) in enumerate(given.calls, 1):
        for place, arg in enumerate(args):
            left = seen.get(f"call {number} left {argument(given, method, place)}", arg)
            if method not in given.ready and difference(left, latest.get(id(arg), arg), 0):
                return False
            latest[id(arg)] = left
        returned = seen.get(f"call {number} returned")
        if method not in given.ready and returned is not None and returned is not ...:
            return False
    held = {label: value for label, value in case.expected.items() if label.startswith("attribute ")}
    worked_on = held and not any(wrong for _, wrong in differences(seen, held, tolerance))
    return bool(given.calls) and not worked_on


def settled(given, outcome):
    """The outcome of a plan, carried out; any other outcome as it is."""
    if not isinstance(given, Budget) or outcome.raised or outcome.value is None:
        return outcome
    try:
        return dataclasses.replace(outcome, value=training.carry_out(outcome.value, given))
    except Exception as error:  # whatever a plan may hold
        return dataclasses.replace(outcome, value=None, raised=type(error).__name__, message=str(error), line="")


def recognised(table, outcomes):
    """Return the sentence of the known mistake that brings back exactly these outcomes, or "".

    Of a training that is none of them, a sentence on what is odd about its predictions, if anything is.
    """
    for mistake in table.mistakes:
        if same_outcomes(outcomes, mistake.outcomes, table):
            return mistake.says
    if table.goals and not any(outcome.raised or outcome.value is None for outcome in outcomes):
        return training.sign([outcome.value for outcome in outcomes])
    return ""


def same_outcomes(some, others, table):
    """Tell whether two lists of outcomes agree: equal values, or exceptions of the same type."""
    tolerance = max(table.tolerance, KEPT)  # the outcomes of a known mistake have lost their last digits
    return all(
        one.raised == other.raised and (one.raised or _same(case.given, one.value, other.value, tolerance))
        for case, one, other in zip(table.cases, some, others, strict=True)
    )


def _same(given, value, other, tolerance):
    if not isinstance(given, (Use, Run)):
        return not difference(value, other, tolerance)
    if value is None or other is None:
        return value is other
    if isinstance(given, Run):
        return training.same(value, other)
    return not any(wrong for _, wrong in differences(value, other, tolerance))


def _score(points, earned, cases):
    """Round down to two decimals: easy to read, and full only when every case is right."""
    return math.floor(100 * points * earned / cases + 1e-9) / 100


def _notes(outcomes):
    changed = dict.fromkeys(name for outcome in outcomes for name in outcome.changed)
    notes = [
        f"The function changes `{name}` in place: whoever calls it finds it changed afterwards. Work on a copy."
        for name in changed
    ]
    warned = dict.fromkeys(text for outcome in outcomes for text in outcome.warned)
    return tuple(notes + [f"While it ran: {text}" for text in warned])
