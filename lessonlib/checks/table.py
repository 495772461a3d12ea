"""An exercise as data, and the file `checks.json` that holds the tables of a lesson."""

import json
from dataclasses import dataclass
from pathlib import Path

from lessonlib.checks import cases as kinds
from lessonlib.checks.calls import Outcome
from lessonlib.checks.cases import Goal, Lines
from lessonlib.checks.values import decode, encode

FORMAT = "lessonlib-checks/1"


class ChecksError(Exception):
    """A check that cannot run: its message says what was found and what to do."""


@dataclass(frozen=True)
class Case:
    """What is given (an argument tuple, or a Use, Run or Budget) and the value that must come out.

    Of a Use, `expected` holds what the solution shows; of a Run or Budget it is None: the goals judge it.
    """

    given: object
    expected: object


@dataclass(frozen=True)
class KnownMistake:
    """What a known mistake brings back on every case, and the sentence that helps."""

    says: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Table:
    """Everything that judging one exercise needs."""

    name: str
    points: float
    tolerance: float
    cases: tuple[Case, ...]
    mistakes: tuple[KnownMistake, ...] = ()
    hints: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()
    lines: Lines | None = None

    @property
    def givens(self):
        """What `calls.outcomes` needs of the cases."""
        return [case.given for case in self.cases]


def dumps(tables):
    """Return the text of a `checks.json` for these tables: sorted by nothing, one case a line.

    >>> loads(dumps([Table("double", 1.0, 1e-6, (Case((2,), 4),))]))["double"].cases
    (Case(given=(2,), expected=4),)
    """
    blocks = []
    for table in tables:
        cases = [{**kinds.as_data(case.given), "expected": encode(case.expected)} for case in table.cases]
        mistakes = [
            {"says": mistake.says, "outcomes": [_outcome_data(outcome) for outcome in mistake.outcomes]}
            for mistake in table.mistakes
        ]
        blocks.append(
            f"  {_json(table.name)}: {{\n"
            f'    "points": {_json(table.points)},\n'
            f'    "tolerance": {_json(table.tolerance)},\n'
            f'    "cases": {_lines(cases)},\n'
            f'    "mistakes": {_lines(mistakes)},\n'
            + (f'    "goals": {_lines([vars(goal) for goal in table.goals])},\n' if table.goals else "")
            + (f'    "lines": {_json(vars(table.lines))},\n' if table.lines else "")
            + f'    "hints": {_lines(table.hints)}\n'
            "  }"
        )
    return f'{{\n  "format": {_json(FORMAT)},\n' + ",\n".join(blocks) + "\n}\n"


def loads(text):
    """Return {name: Table} for the text of a `checks.json`.

    Raises ValueError when the text is no such file.
    """
    data = json.loads(text)
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        raise ValueError(f'"format" is not "{FORMAT}"')
    try:
        return {name: _table(name, block) for name, block in data.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def read(path):
    """Return {name: Table} for the file at `path`.

    Raises ChecksError when the file is missing or damaged, with what to do about it.
    """
    path = Path(path)
    try:
        return loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ChecksError(
            f"{path.name} is missing in {path.parent.resolve()}. It belongs beside the notebook: run the "
            "notebook from its own folder, or copy the file from the lesson's folder in `notebooks`."
        ) from None
    except (OSError, ValueError) as error:
        raise ChecksError(
            f"{path.name} in {path.parent.resolve()} is damaged ({error}). Delete it and copy it again "
            "from the lesson's folder in `notebooks`."
        ) from None


def _table(name, block):
    return Table(
        name=name,
        points=float(block["points"]),
        tolerance=float(block["tolerance"]),
        cases=tuple(Case(kinds.from_data(case), decode(case["expected"])) for case in block["cases"]),
        mistakes=tuple(
            KnownMistake(mistake["says"], tuple(_outcome(data) for data in mistake["outcomes"]))
            for mistake in block["mistakes"]
        ),
        hints=tuple(block["hints"]),
        goals=tuple(Goal(**goal) for goal in block.get("goals", ())),
        lines=Lines(**block["lines"]) if "lines" in block else None,
    )


def _outcome_data(outcome):
    return {"raises": outcome.raised} if outcome.raised else {"value": encode(outcome.value)}


def _outcome(data):
    return Outcome(raised=data["raises"]) if "raises" in data else Outcome(value=decode(data["value"]))


def _json(data):
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _lines(items):
    if not items:
        return "[]"
    return "[\n" + ",\n".join(f"      {_json(item)}" for item in items) + "\n    ]"
