"""The author's side: quiz.yaml, read and validated.

The file holds everything about a lesson's questions, the right answers included, and stays with the
author. Students get what `lessonlib.quiz.seal.sealed` makes of it.
"""

from __future__ import annotations

import keyword
from collections.abc import Container
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from lessonlib.quiz.errors import QuizError
from lessonlib.quiz.kinds import KINDS, Kind
from lessonlib.quiz.misconceptions import KEBAB_CASE, nearest
from lessonlib.quiz.yamlfile import Entry, load

COMMON_KEYS = ("id", "kind", "catches", "ask", "points", "mode")
MODES = ("practice", "exam")

__all__ = ["Bank", "Question", "QuizError", "read"]


@dataclass(frozen=True)
class Question:
    """One question: what all kinds have, and the `body` its kind made of the rest."""

    id: str
    kind: Kind
    ask: str
    points: Fraction
    catches: str | None
    exam: bool
    body: Any

    @property
    def key(self) -> str:
        """The canonical right answer: a letter, letters, or a number as written."""
        return self.kind.key(self.body)


@dataclass(frozen=True)
class Term:
    """A term of the lesson and its meaning (markup)."""

    term: str
    meaning: str


@dataclass(frozen=True)
class Bank:
    """All questions of one lesson, and the terms for its flash cards."""

    title: str
    questions: tuple[Question, ...]
    terms: tuple[Term, ...] = ()

    @property
    def key(self) -> dict[str, str]:
        """The canonical right answer of every question, by id."""
        return {question.id: question.key for question in self.questions}

    @property
    def points(self) -> float:
        """What the whole quiz is worth."""
        return float(sum(question.points for question in self.questions))

    @property
    def exam_points(self) -> float:
        """What of this is marked by the instructor alone."""
        return float(sum(question.points for question in self.questions if question.exam))


def read(path: str | Path, misconceptions: Container[str] | None = None) -> Bank:
    """Read quiz.yaml. With `misconceptions`, the names of the catalogue, every `catches` must be one of them.

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
    file.allow("title", "mode", "terms", "questions")
    title = file.text("title", "a few words shown above the questions")
    mode = _mode(file, MODES[0])
    questions, lines = [], {}
    entries = file.entries("questions", "a list of one or more questions", minimum=1)
    for place, entry in enumerate(entries, start=1):
        question = _question(entry, place, mode, misconceptions)
        if question.id in lines:
            first = lines[question.id]
            raise entry.error(f"the id is used on line {first} already; every id stands once", "id")
        lines[question.id] = entry.line
        questions.append(question)
    return Bank(title, tuple(questions), _terms(file))


def _terms(file: Entry) -> tuple[Term, ...]:
    terms, lines = [], {}
    for entry in file.entries("terms", "a list of terms, each with term and meaning", minimum=0):
        entry.allow("term", "meaning")
        term = Term(entry.prose("term", "the term"), entry.prose("meaning", "what it means, in a sentence or two"))
        if term.term in lines:
            raise entry.error(f"the term {term.term!r} stands on line {lines[term.term]} already; keep one", "term")
        lines[term.term] = entry.line
        terms.append(term)
    return tuple(terms)


def _mode(entry: Entry, default: str) -> str:
    mode = entry.text("mode", " or ".join(MODES), default)
    if mode not in MODES:
        raise entry.error(f"mode is {mode!r}, expected {' or '.join(MODES)}", "mode")
    return mode


def _question(entry: Entry, place: int, mode: str, misconceptions: Container[str] | None) -> Question:
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
    exam = _mode(entry, "practice" if kind.commits else mode) == "exam"
    if exam and kind.commits:
        raise entry.error(f"mode is 'exam', but kind {kind_name} has nothing to hide; leave mode away", "mode")
    return Question(
        question_id,
        kind,
        ask=entry.prose("ask", "the question itself"),
        points=_points(entry),
        catches=_catches(entry, misconceptions),
        exam=exam,
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


def _catches(entry: Entry, misconceptions: Container[str] | None) -> str | None:
    if "catches" not in entry:
        return None
    name = entry.text("catches", "the name of the misconception it catches")
    if not KEBAB_CASE.fullmatch(name):
        expected = "words joined by -, like loss-falls-at-every-step"
        raise entry.error(f"catches is {name!r}, expected {expected}", "catches")
    if misconceptions is not None and name not in misconceptions:
        remedy = nearest(name, misconceptions)
        raise entry.error(f"catches is {name!r}, which is not in the course's catalogue; {remedy}", "catches")
    return name
