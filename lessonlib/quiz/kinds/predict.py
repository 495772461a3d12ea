"""Predict, then run: a number is guessed and committed before the notebook's own run measures it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from lessonlib.quiz.kinds.kind import Kind, Mark
from lessonlib.quiz.markup import to_html
from lessonlib.quiz.numbers import cleaned_text, to_number
from lessonlib.style import escape

LARGEST = 10**100
COMMITTED = "Your guess is kept. Now run the code: it measures the true number."


@dataclass(frozen=True)
class Body:
    """How far off still is close, what to learn from the number, and from having guessed too low or too high."""

    close: Fraction
    why: str
    low: str
    high: str


class Predict(Kind):
    """The answer is a guess, and the true number comes from `quiz.measured`: the file does not know it.

    A guess that is committed earns the points, however far off it is. Points for being near would be points
    for running the code first; what teaches is to have said a number, and to see by how much it was wrong.
    """

    name = "predict"
    keys = ("close", "why", "low", "high")
    commits = True

    def read(self, entry, question_id):
        close = entry.number("close", "how far off a guess may be to be called close, a number above 0")
        if close <= 0:
            raise entry.error(f"close is {entry.text('close', '')!r}, expected a number above 0", "close")
        return Body(
            close,
            entry.prose("why", "the sentence that explains the number, whatever the guess was"),
            entry.prose("low", "") if "low" in entry else "",
            entry.prose("high", "") if "high" in entry else "",
        )

    def key(self, body):
        return "0"

    def publish(self, body, lock):
        said = {"within": str(body.close), "why": to_html(body.why)}
        said |= {name: to_html(text) for name, text in (("low", body.low), ("high", body.high)) if text}
        return {}, {"said": lock("measured", said)}

    def canonical(self, answer, shown):
        if abs(to_number(answer)) > LARGEST:
            raise ValueError("write a number that is not quite so large")
        return cleaned_text(answer)

    def mark(self, answer, shown, sealed, unlock):
        return Mark(Fraction(1), (COMMITTED,), says="committed")

    def compare(self, answer: str, value: float, sealed, unlock) -> Mark:
        """The mark of a committed guess once the true `value` was measured."""
        guess = float(to_number(answer))
        said = unlock(sealed["said"], "measured") or {"within": "0", "why": ""}
        off = guess - value
        if not math.isfinite(value):
            how, distance = "committed", "no guess could be near that"
        elif abs(off) <= float(Fraction(said["within"])):
            how, distance = "close", f"off by {short(abs(off))}"
        else:
            how = "low" if off < 0 else "high"
            distance = f"{short(abs(off))} too {how}"
        numbers = f"You guessed {GUESS}<b>{escape(answer)}</b>; measured: {TRUTH}<b>{short(value)}</b> ({distance})."
        picture = _picture(guess, value) if math.isfinite(value) else ""
        return Mark(Fraction(1), (numbers + picture, *filter(None, (said.get(how), said["why"]))), says=how)


# Dots that tell the two numbers apart. Their style stands in them, because they are shown in the card and without it.
DOT = "display:inline-block;width:11px;height:11px;border-radius:50%;box-sizing:border-box;margin:0 4px 0 2px;"
HOLLOW, FULL = "border:2.5px solid var(--ll-blue);background:var(--ll-bg);", "background:var(--ll-green);"
GUESS, TRUTH = f'<i style="{DOT}{HOLLOW}"></i>', f'<i style="{DOT}{FULL}"></i>'


def _picture(guess: float, value: float) -> str:
    """Both numbers as dots on one line, from 0 to the farther one."""
    low, high = min(0, guess, value), max(0, guess, value)
    here, there = (100 * (number - low) / (high - low or 1) for number in (guess, value))
    line = "position:absolute;top:8px;height:3px;border-radius:2px;"
    dots = ((there, FULL), (here, HOLLOW))
    return (
        '<span style="display:block;position:relative;height:20px;margin:4px 10px;max-width:420px" aria-hidden="true">'
        f'<i style="{line}left:0;right:0;background:var(--ll-line)"></i>'
        f'<i style="{line}left:{min(here, there):.1f}%;width:{abs(here - there):.1f}%;background:var(--ll-orange)"></i>'
        + "".join(
            f'<i style="{DOT}{how}position:absolute;top:4px;margin:0 -5px;left:{at:.1f}%"></i>' for at, how in dots
        )
        + "</span>"
    )


def short(value: float) -> str:
    """A number with three figures, which come out the same on every machine.

    >>> short(0.27312), short(1234.5), short(80)
    ('0.273', '1230', '80')
    """
    text = f"{value:.3g}"
    return f"{float(text):.0f}" if "e+" in text and abs(value) < 1e15 else text
