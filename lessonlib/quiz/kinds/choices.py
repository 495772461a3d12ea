"""Questions answered by choosing: one of several choices, or all that apply."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from lessonlib.quiz.kinds.kind import TAMPERED, Kind, Mark
from lessonlib.quiz.kinds.letters import LETTERS, letters_of, shuffled
from lessonlib.quiz.markup import to_html

MOST = 8  # choices; more are no longer compared with each other


@dataclass(frozen=True)
class Choice:
    """One choice: its text, why it is right or wrong (markup), and which of the two."""

    text: str
    why: str
    right: bool


class Choices(Kind):
    """What single and multiple choice have in common. The answer is the letters of the chosen ones."""

    keys = ("choices", "shuffle")
    how_many: ClassVar[str]  # of the letters an answer has

    def read(self, entry, question_id):
        choices, lines = [], {}
        items = entry.entries("choices", "a list of two or more choices, each with text and why", minimum=2)
        for item in items:
            item.allow("text", "right", "why")
            text = item.prose("text", "what the student reads")
            why = item.prose("why", "the sentence that explains this choice")
            same = " ".join(text.casefold().split())
            if same in lines:
                first = lines[same]
                raise item.error(f"the choice {text!r} stands on line {first} already; change one", "text")
            lines[same] = item.line
            choices.append(Choice(text, why, item.flag("right", default=False)))
        if len(choices) > MOST:
            raise entry.error(f"choices has {len(choices)} entries, expected at most {MOST}", "choices")
        self.check_right(entry, sum(choice.right for choice in choices))
        if entry.flag("shuffle", default=True):
            choices = [choices[place] for place in shuffled(question_id, len(choices))]
        return tuple(choices)

    @abstractmethod
    def check_right(self, entry, number_right: int) -> None:
        """Refuse a question with the wrong number of right choices."""

    def key(self, body):
        return "".join(letter for letter, choice in zip(LETTERS, body, strict=False) if choice.right)

    def publish(self, body, lock):
        shown = {"choices": [to_html(choice.text) for choice in body]}
        sealed = {
            letter: lock(letter, {"right": int(choice.right), "why": to_html(choice.why)})
            for letter, choice in zip(LETTERS, body, strict=False)
        }
        return shown, sealed

    def canonical(self, answer, shown):
        try:
            return "".join(sorted(set(letters_of(answer, len(shown["choices"])))))
        except ValueError as error:
            raise ValueError(f"write {self.how_many} {error}") from None


class Single(Choices):
    """Exactly one choice is right; the answer is its letter."""

    name = "single"
    how_many = "one of"

    def check_right(self, entry, number_right):
        if number_right != 1:
            found = f"{number_right} choices are marked 'right: true'"
            remedy = "expected exactly one for kind single; mark one, or use kind multiple"
            raise entry.error(f"{found}, {remedy}", "choices")

    def canonical(self, answer, shown):
        letter = super().canonical(answer, shown)
        if len(letter) > 1:
            raise ValueError("write only one letter: this question has one answer")
        return letter

    def mark(self, answer, shown, sealed, unlock):
        opened = unlock(sealed[answer], answer)
        if opened is None:
            return TAMPERED
        return Mark(Fraction(opened["right"]), (opened["why"],), wrong="" if opened["right"] else answer)


class Multiple(Choices):
    """Any number of choices is right; the answer is their letters in alphabetical order.

    Every right choice ticked earns its share, every wrong one costs as much, never below 0: ticking
    everything must not pay.
    """

    name = "multiple"
    how_many = "one or more of"

    def check_right(self, entry, number_right):
        if number_right == 0:
            raise entry.error("no choice is marked 'right: true', expected one or more", "choices")

    def mark(self, answer, shown, sealed, unlock):
        opened = {letter: unlock(blob, letter) for letter, blob in sealed.items()}
        if None in opened.values():
            return TAMPERED
        right = {letter for letter, payload in opened.items() if payload["right"]}
        found, wrong = right & set(answer), set(answer) - right
        missing = len(right - found)
        fraction = max(Fraction(0), Fraction(len(found) - len(wrong), len(right)))

        # Only what was ticked is explained, and a right tick only when all is right:
        # the notes must not name what is still to be found.
        explained = wrong if wrong or missing else found
        notes = [f"<b>{letter}:</b> {opened[letter]['why']}" for letter in sorted(explained)]
        if missing:
            still = f"{missing} right choice{' is' if missing == 1 else 's are'} not ticked yet."
            notes.append(f"Besides, {still}" if wrong else f"Nothing wrong so far; {still}")
        return Mark(fraction, tuple(notes), wrong="".join(sorted(wrong)))
