"""The student's side of a quiz: quiz.json, what was clicked and typed, and the score."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from lessonlib.quiz.errors import QuizError
from lessonlib.quiz.kinds import KINDS, Kind, Mark
from lessonlib.quiz.seal import FORMAT, context_of, unlock
from lessonlib.quiz.store import AnswerFile, DamagedFile, Record, now, why_not_saved

FILE_NAME = "quiz.json"
GET_IT = "Copy it from the lesson's folder in notebooks/"


@dataclass(frozen=True)
class Asked:
    """A question as a student holds it: `shown` is on the page, `sealed` opens to the right answer only."""

    id: str
    kind: Kind
    points: Fraction
    ask: str
    shown: dict
    sealed: dict
    context: str
    exam: bool = False
    origin: str = ""  # the lesson it comes from, where that is another one

    def canonical(self, answer) -> str:
        """The canonical text of an answer in any form; "" when there is none. Raises ValueError."""
        if isinstance(answer, (list, tuple, set, frozenset)):
            answer = " ".join(str(part) for part in answer)
        text = "" if answer is None else str(answer).strip()
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError("write characters that can be saved; half of one stands in this answer")
        return self.kind.canonical(text, self.shown) if text else ""

    def mark(self, answer: str) -> Mark:
        """The mark of a canonical answer; no answer is worth 0, nor is one that only the instructor can mark."""
        if not answer:
            return Mark(Fraction(0))
        if not self.sealed:
            return Mark(Fraction(0), says="collected")
        return self.kind.mark(answer, self.shown, self.sealed, self.unlock)

    def unlock(self, blob: str, secret: str) -> dict | None:
        """Open a seal of this question."""
        return unlock(blob, self.context, secret)


class Session:
    """The quiz of one folder, in one kernel.

    An answer is clicked (then it is in answers.json) or typed (then it is in the notebook). The later
    one counts.
    """

    def __init__(self, path: Path, source: bytes | None = None):
        """The quiz in the file `path`; with `source`, in these bytes, and the answers beside `path`."""
        self.source = source or _read(path)
        try:
            data = json.loads(self.source)
            if data["format"] != FORMAT:
                raise ValueError(f"its format is {data['format']!r}, expected {FORMAT!r}")
            if not isinstance(data["title"], str) or not isinstance(data["lesson"], str):
                raise TypeError("title and lesson must be text")
            self.terms = data.get("terms", [])
            questions = {
                question["id"]: Asked(
                    id=question["id"],
                    kind=KINDS[question["kind"]],
                    points=Fraction(str(question["points"])),
                    ask=question["ask"],
                    shown=question["shown"],
                    sealed=question["sealed"],
                    context=context_of(data["salt"], question["id"]),
                    exam=question.get("mode") == "exam",
                )
                for question in data["questions"]
            }
        except (ValueError, KeyError, TypeError) as error:
            raise QuizError(f"{path} is not a lesson's quiz ({error!r}). {GET_IT}.") from None
        self.start(path, data["title"], questions, AnswerFile(path.parent, data["lesson"]))

    def start(self, path: Path, title: str, questions: dict[str, Asked], file: AnswerFile) -> None:
        """Begin with these questions, whose answers are kept in `file`."""
        self.path, self.title, self.questions, self.file = path, title, questions, file
        self.typed: dict[str, str] = {}
        self.unsaved: dict[str, Record] = {}  # what could not be written, kept while this kernel lives
        self.problem = ""  # why it could not
        self._known: dict[str, Record] = {}  # what this kernel saw in answers.json last
        self.measured: dict[str, float] = {}  # the true numbers of guesses, as this kernel's run gave them
        self.placed: set[str] = set()  # questions that stand further up in the notebook
        self.listeners: list[Callable[[], None]] = []  # called when an answer changed

    @property
    def points(self) -> Fraction:
        """What the whole quiz is worth."""
        return sum((question.points for question in self.questions.values()), Fraction(0))

    def question(self, question_id: str) -> Asked:
        """The question called so. Raises QuizError naming those there are."""
        if question_id not in self.questions:
            raise QuizError(f"There is no question {question_id!r}; the questions are {', '.join(self.questions)}.")
        return self.questions[question_id]

    def number(self, question_id: str) -> int:
        """The number of a question in the quiz, wherever in the notebook it stands; counted from 1."""
        return list(self.questions).index(question_id) + 1

    def mark(self, question_id: str, answer: str) -> Mark:
        """The mark of a canonical answer, in the light of what was measured."""
        question = self.question(question_id)
        if answer and question_id in self.measured:
            return question.kind.compare(answer, self.measured[question_id], question.sealed, question.unlock)
        return question.mark(answer)

    def measure(self, question_id: str, value) -> None:
        """Take the true number of a guess; nothing is compared before a guess is committed.

        Raises QuizError for a question of another kind, and for what is no number.
        """
        question = self.question(question_id)
        if not question.kind.commits:
            names = ", ".join(name for name, other in self.questions.items() if other.kind.commits) or "none"
            raise QuizError(f"{question_id!r} is of kind {question.kind.name}; guesses to measure are {names}.")
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise QuizError(
                f"The measured value of {question_id!r} is {value!r}, expected one number, like history['loss'][-1]."
            ) from None
        if self.committed(question_id, self.records()[0]):
            self.measured[question_id] = number

    def committed(self, question_id: str, records: dict[str, Record]) -> str:
        """The answer that can no longer be changed, "" where there is none."""
        record = records.get(question_id)
        return record.checked if record and self.question(question_id).kind.commits else ""

    def records(self) -> tuple[dict[str, Record], str]:
        """The clicked answers, and what is wrong with answers.json ("" when it is fine).

        Answers that this kernel has read before count also when the file was deleted or damaged since: the
        next click saves them again.
        """
        problem = ""
        try:
            saved = self.file.read()
        except DamagedFile as damage:
            saved = {**self._known, **damage.readable}
            problem = f"{damage}: answer a question in the card, then the file is set aside and a new one begun"
        except OSError as error:
            saved = self._known
            problem = (
                f"{self.file.path.name} cannot be read ({error.strerror or error}): rename it, then answer a question"
            )
        else:
            if not saved and self._known:
                saved = self._known
                problem = (
                    f"{self.file.path.name} is gone: answer a question in the card to save all answers again, "
                    "or restart the kernel to begin anew"
                )
        self._known = {**saved}
        return {**saved, **self.unsaved}, problem

    def answers(self, records: dict[str, Record]) -> dict[str, str]:
        """The canonical answer that counts for each question, "" where there is none."""
        answers = {}
        for question in self.questions.values():
            record, typed = records.get(question.id), self.typed.get(question.id, "")
            if typed and (record is None or typed != record.typed_seen):
                answers[question.id] = typed
                continue
            try:
                answers[question.id] = question.canonical(record.value) if record else ""
            except ValueError:  # a file edited by hand
                answers[question.id] = ""
        return answers

    def type(self, question_id: str, answer) -> None:
        """Take a typed answer. Raises ValueError when it is not usable; then there is none."""
        question = self.question(question_id)
        self.typed.pop(question_id, None)
        value = question.canonical(answer)
        if question.kind.commits and value:
            committed = self.committed(question_id, self.records()[0])
            if value != committed:
                self.click(question_id, value, check=True)
        else:
            self.typed[question_id] = value

    def click(self, question_id: str, answer: str, check: bool) -> str:
        """Take a clicked answer and save it; `check` counts an attempt. Returns what else happened, or "".

        What cannot be saved stays in `unsaved`, with the reason in `problem`, and is saved with the next
        click that can be. Raises ValueError when the answer is not usable.
        """
        question = self.question(question_id)
        value = question.canonical(answer)
        records, _ = self.records()
        if committed := self.committed(question_id, records):
            raise ValueError(f"your guess {committed} is committed and stays")
        old = records.get(question_id) or Record("", now())
        record = replace(old, value=value, at=now(), typed_seen=self.typed.get(question_id, ""))
        if (check or question.kind.commits) and value and value != old.checked:
            record = replace(record, checked=value, attempts=old.attempts + 1)
        self.unsaved[question_id] = record
        return self._save()

    def _save(self) -> str:
        self.problem = why_not_saved(self.path.parent) or ""
        if self.problem:
            return ""
        try:
            set_aside = self.file.update(self.unsaved, self._known)
        except OSError as error:
            self.problem = f"{error.strerror or error}. Type your answer in the cell below instead"
            return ""
        self._known.update(self.unsaved)
        self.unsaved.clear()
        if set_aside is None:
            return ""
        return (
            f"{self.file.path.name} was damaged. It is kept as {set_aside.name}, and a new one was begun with "
            "the answers that could be read."
        )

    def changed(self) -> None:
        """Tell everyone who shows the answers."""
        for listener in self.listeners:
            listener()


def clock(at: str) -> str:
    """The time of a record in the words of the card: today's in hours, an older one with its date."""
    then = datetime.fromisoformat(at).astimezone()
    return then.strftime("%H:%M:%S" if then.date() == datetime.now().date() else "%Y-%m-%d %H:%M")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise QuizError(
            f"There is no {FILE_NAME} in {path.parent}, and a quiz needs the folder of its lesson: open the "
            f"notebook there with 'python -m lessonlib', or put {FILE_NAME} beside it. {GET_IT}."
        ) from None
