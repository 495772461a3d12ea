"""The author's side: quiz.yaml, read and validated.

The file holds everything about a lesson's questions, the right answers included, and stays with the
author. Students get what `lessonlib.quiz.seal.sealed` makes of it.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lessonlib.quiz.errors import QuizError
from lessonlib.quiz.kinds import KINDS, Kind
from lessonlib.quiz.yamlfile import Entry, load

KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
COMMON_KEYS = ("id", "kind", "catches", "ask", "points")

__all__ = ["Bank", "Question", "QuizError", "read"]


@dataclass(frozen=True)
class Question:
    """One question: what all kinds have, and the `body` its kind made of the rest."""

    id: str
    kind: Kind
    ask: str
    points: Fraction
    catches: str | None
    body: Any

    @property
    def key(self) -> str:
        """The canonical right answer: a letter, letters, or a number as written."""
        return self.kind.key(self.body)


@dataclass(frozen=True)
class Bank:
    """All questions of one lesson."""

    title: str
    questions: tuple[Question, ...]

    @property
    def key(self) -> dict[str, str]:
        """The canonical right answer of every question, by id."""
        return {question.id: question.key for question in self.questions}

    @property
    def points(self) -> float:
        """What the whole quiz is worth."""
        return float(sum(question.points for question in self.questions))


def read(path: str | Path) -> Bank:
    """Read quiz.yaml.

    Raises QuizError naming file, line and question, what was found, what was expected and what to do.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "quiz.yaml")
    ...     _ = path.write_text(
    ...         "title: Check yourself\\n"
    ...         "questions:\\n"
    ...         "  - {id: sum, kind: number, ask: 17 + 3, answer: 20, why: Add, otherwise: Again}\\n"
    ...     )
    ...     bank = read(path)
    >>> bank.key, bank.points
    ({'sum': '20'}, 1.0)
    """
    file = load(path)
    file.allow("title", "questions")
    title = file.text("title", "a few words shown above the questions")
    questions, lines = [], {}
    entries = file.entries("questions", "a list of one or more questions", minimum=1)
    for place, entry in enumerate(entries, start=1):
        question = _question(entry, place)
        if question.id in lines:
            first = lines[question.id]
            raise entry.error(f"the id is used on line {first} already; every id stands once", "id")
        lines[question.id] = entry.line
        questions.append(question)
    return Bank(title, tuple(questions))


def _question(entry: Entry, place: int) -> Question:
    entry.where = f"question {place}"
    question_id = entry.text("id", "a short name that never changes, like loss_of_batches")
    entry.where = f"question {question_id!r}"
    if not (question_id.isascii() and question_id.isidentifier()) or keyword.iskeyword(question_id):
        raise entry.error(
            f"id is {question_id!r}, expected a Python name of letters, digits and _, like loss_of_batches, "
            "because it is a name in quiz.typed(...)",
            "id",
        )
    kind_name = entry.text("kind", f"one of {', '.join(KINDS)}")
    if kind_name not in KINDS:
        raise entry.error(f"kind is {kind_name!r}, expected one of {', '.join(KINDS)}", "kind")
    kind = KINDS[kind_name]
    entry.allow(*COMMON_KEYS, *kind.keys)
    return Question(
        question_id,
        kind,
        ask=entry.prose("ask", "the question itself"),
        points=_points(entry),
        catches=_catches(entry),
        body=kind.read(entry, question_id),
    )


def _points(entry: Entry) -> Fraction:
    points = entry.number("points", "a number above 0", default="1")
    if not 0 < points <= 100:
        found = entry.text("points", "")
        raise entry.error(f"points is {found!r}, expected a number above 0 and at most 100", "points")
    if (100 * points).denominator != 1:
        found = entry.text("points", "")
        raise entry.error(f"points is {found!r}, expected at most two decimals, like 0.5 or 0.25", "points")
    return points


def _catches(entry: Entry) -> str | None:
    if "catches" not in entry:
        return None
    name = entry.text("catches", "the name of the misconception it catches")
    if not KEBAB_CASE.fullmatch(name):
        expected = "words joined by -, like loss-falls-at-every-step"
        raise entry.error(f"catches is {name!r}, expected {expected}", "catches")
    return name
