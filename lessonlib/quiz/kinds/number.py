"""Questions answered with a number, right within a tolerance."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from lessonlib.quiz.kinds.kind import Kind, Mark
from lessonlib.quiz.markup import to_html
from lessonlib.quiz.numbers import cleaned_text, to_number


@dataclass(frozen=True)
class Value:
    """A number that is recognised, and what is said about it (markup)."""

    value: Fraction
    why: str


@dataclass(frozen=True)
class Body:
    """The answer, common wrong values with a word on each, and what to say to any other number."""

    answer: Value
    written: str
    tolerance: Fraction
    wrong: tuple[Value, ...]
    otherwise: str


class Number(Kind):
    """The answer is a number; it is kept as the student wrote it.

    Each recognised value is sealed under the interval it stands in, so any number within the tolerance
    opens it, both edges included, and no other number does.
    """

    name = "number"
    keys = ("answer", "tolerance", "why", "wrong", "otherwise")

    def read(self, entry, question_id):
        tolerance = entry.number("tolerance", "a number of 0 or more", default="0")
        if tolerance < 0:
            found = entry.text("tolerance", "")
            raise entry.error(f"tolerance is {found!r}, expected a number of 0 or more", "tolerance")
        answer = Value(
            entry.number("answer", "the right number"),
            entry.prose("why", "the sentence that explains the answer"),
        )
        known, wrong = {answer.value: "the right answer"}, []
        for item in entry.entries("wrong", "a list of common wrong numbers, each with value and why", 0):
            item.allow("value", "why")
            value = item.number("value", "a wrong number people arrive at")
            for other, name in known.items():
                if abs(value - other) <= 2 * tolerance:
                    problem = f"value is {item.text('value', '')!r}, within the tolerance of {name}"
                    expected = "expected a distance of more than twice the tolerance"
                    raise item.error(f"{problem}; {expected}", "value")
            known[value] = f"the wrong value on line {item.line}"
            wrong.append(Value(value, item.prose("why", "the sentence that explains this mistake")))
        otherwise = entry.prose("otherwise", "what to say to any other wrong number")
        return Body(answer, entry.text("answer", ""), tolerance, tuple(wrong), otherwise)

    def key(self, body):
        return self.canonical(body.written, {})

    def publish(self, body, lock):
        width = 2 * body.tolerance
        values = []
        for known in (body.answer, *body.wrong):
            # The intervals lie side by side from `start` on, so that the value is the middle of one of them.
            start = (known.value - body.tolerance) % width if width else Fraction(0)
            secret = _intervals(known.value, width, start)[0]
            payload = {"right": int(known is body.answer), "why": to_html(known.why)}
            values.append({"width": str(width), "start": str(start), "blob": lock(secret, payload)})
        values.sort(key=lambda value: value["blob"])  # so that the place does not tell which one is right
        return {}, {"values": values, "otherwise": lock("otherwise", {"why": to_html(body.otherwise)})}

    def canonical(self, answer, shown):
        to_number(answer)
        return cleaned_text(answer)

    def mark(self, answer, shown, sealed, unlock):
        number = to_number(answer)
        for known in sealed["values"]:
            for secret in _intervals(number, Fraction(known["width"]), Fraction(known["start"])):
                opened = unlock(known["blob"], secret)
                if opened is not None:
                    return Mark(Fraction(opened["right"]), (opened["why"],))
        otherwise = unlock(sealed["otherwise"], "otherwise")
        return Mark(Fraction(0), (otherwise["why"],) if otherwise else ())


def _intervals(number: Fraction, width: Fraction, start: Fraction) -> list[str]:
    """Names of the intervals `number` stands in: two on an edge. With width 0, the number itself."""
    if width == 0:
        return [str(number)]
    place = (number - start) / width
    below = floor(place)
    return [str(below), str(below - 1)] if place == below else [str(below)]
