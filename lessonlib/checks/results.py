"""What one case came to, as the report tells it."""

import re
from dataclasses import dataclass, replace

import numpy as np

from lessonlib.checks import training
from lessonlib.checks.cases import Budget, Use
from lessonlib.checks.values import difference, show


@dataclass(frozen=True)
class CaseResult:
    """One case, or one goal of all trainings, as the report tells it.

    `wrong` says what is wrong with it, "" when it is right. `share` is how much of its part of the points it
    earns: a goal that is reached in one run of two earns half.
    """

    call: str
    came_back: str
    expected: str
    wrong: str = ""
    share: float = 0.0


def results_of(table, outcomes):
    """The results: one for each case, or, of trainings, one for each goal."""
    if table.goals:
        return [_goal_result(table, goal, outcomes) for goal in table.goals]
    pairs = zip(table.cases, outcomes, strict=True)
    results = [
        _use_result(table, case, outcome) if isinstance(case.given, Use) else _call_result(table, case, outcome)
        for case, outcome in pairs
    ]
    return [replace(result, share=0.0 if result.wrong else 1.0) for result in results]


def _call_result(table, case, outcome):
    name = table.lines.function if table.lines else table.name
    call = f"{name}({', '.join(show(arg) for arg in case.given)})"
    if outcome.raised:
        return CaseResult(call, _exception(outcome), show(case.expected), _stopped(outcome))
    wrong = difference(outcome.value, case.expected, table.tolerance)
    return CaseResult(call, *_shown(outcome.value, case.expected, wrong), wrong)


def _use_result(table, case, outcome):
    """An object's case, told up to the first call that goes wrong."""
    use, seen = case.given, outcome.value or {}
    wrong_ones = [(label, wrong) for label, wrong in differences(seen, case.expected, table.tolerance) if wrong]
    if outcome.raised:
        done = sum(label.endswith("returned") for label in seen)
        missing = [label for label, wrong in wrong_ones if label not in seen]
        if len(missing) == len(wrong_ones):  # everything before the exception was right
            call = script(table.name, use, done + 1)
            return CaseResult(call, _exception(outcome), "no exception", _stopped(outcome))
    if not wrong_ones:
        label, value = list(case.expected.items())[-1]
        return CaseResult(script(table.name, use), *(_told(label, show(shown)) for shown in (seen[label], value)))
    label, wrong = wrong_ones[0]
    if label not in seen:
        return CaseResult(script(table.name, use), "nothing", _told(label, show(case.expected[label])), wrong)
    came_back, expected = _shown(seen[label], case.expected[label], wrong)
    number = label.split()[1] if label.startswith("call") else None
    call = script(table.name, use, int(number) if number else None)
    return CaseResult(call, _told(label, came_back), _told(label, expected), wrong)


def script(name, use, calls=None):
    """The use of an object as lines of Python, up to call number `calls`.

    >>> print(script("Momentum", Use((0.1, 0.9), [("update", 1.0), ("update", 2.0)]), 1))
    momentum = Momentum(0.1, 0.9)
    momentum.update(1.0)
    """
    thing = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    thing = f"{thing}_" if thing == name else thing
    arguments = [(id(arg), method, place) for method, *args in use.calls for place, arg in enumerate(args)]
    mutable = {id(arg): arg for _, *args in use.calls for arg in args if isinstance(arg, (np.ndarray, list, dict))}
    shared = {}
    for key, method, place in arguments:
        if key in mutable and key not in shared and sum(key == other for other, *_ in arguments) > 1:
            taken = use.names.get(method, ())
            shared[key] = taken[place] if place < len(taken) else f"shared_{len(shared) + 1}"
    lines = [f"{variable} = {show(mutable[key])}" for key, variable in shared.items()]
    lines.append(f"{thing} = {name}({', '.join(map(show, use.args))})")
    for method, *args in list(use.calls)[:calls]:
        called = thing if method == "__call__" else f"{thing}.{method}"
        lines.append(f"{called}({', '.join(shared.get(id(arg)) or show(arg) for arg in args)})")
    return "\n".join(lines)


def _goal_result(table, goal, outcomes):
    """A goal over all trainings: measured here, from what came out."""
    runs, seen, reached, problem = table.givens, [], 0, ""
    for run, outcome in zip(runs, outcomes, strict=True):
        if outcome.raised or outcome.value is None:
            seen.append(outcome.raised or "nothing")
            problem = problem or (f"{_exception(outcome)}, {_stopped(outcome)}" if outcome.raised else "")
            continue
        *_, validation, unseen = [y for _, y in training.parts(run)]
        if not goal.told:
            number = training.measured(goal.measure, outcome.value["predictions"], unseen)
            seen.append(show(number, digits=3))
            reached += number >= goal.at_least if goal.at_most is None else number <= goal.at_most
            continue
        number = training.measured(goal.measure, outcome.value["validation"], validation)
        told = outcome.value["told"].get(goal.told)
        seen.append(f"{'nothing' if told is None else show(told, digits=3)} for {show(number, digits=3)}")
        reached += told is not None and abs(told - number) <= goal.within
    seeds = f"seed{'s' * (len(runs) > 1)} {', '.join(str(run.seed) for run in runs)}"
    after = f" after {runs[0].updates} updates" if isinstance(runs[0], Budget) else ""
    what = f"{goal.told!r} that is reported" if goal.told else f"{goal.measure} on unseen rows{after}"
    wrong = (
        ""
        if reached == len(runs)
        else f"reached in {reached} of {len(runs)} runs" + (f"; {problem}" if problem else "")
    )
    return CaseResult(f"{what}, {seeds}", ", ".join(seen), goal.text(), wrong, reached / len(runs))


def differences(seen, expected, tolerance):
    """(label, what is wrong with it) for everything that a Use is expected to show."""
    for label, value in expected.items():
        if label in seen:
            yield label, difference(seen[label], value, tolerance)
        else:
            yield label, f"there is no {label}"


def _told(label, shown):
    """What there was to see, as a student would write it: `returned 3`, `w = array([…])`, `.velocity = 0.1`."""
    name = label.split(" ", 3)[-1] if label.startswith("call") else f".{label.split()[1]}"
    return f"returned {shown}" if label.endswith(" returned") else f"{name} = {shown}"


def _shown(value, expected, wrong):
    came_back, wanted = show(value), show(expected)
    if wrong and came_back == wanted:  # they differ further to the right: show more digits
        return show(value, digits=12), show(expected, digits=12)
    return came_back, wanted


def _exception(outcome):
    return f"{outcome.raised}: {outcome.message}" if outcome.message else outcome.raised


def _stopped(outcome):
    return f"stopped in the line `{outcome.line}`" if outcome.line else "the call itself failed"
