"""Questions answered by putting lines in order: statements, or lines of code."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from html import escape
from itertools import combinations, count

from lessonlib.quiz.kinds.kind import TAMPERED, Kind, Mark
from lessonlib.quiz.kinds.letters import LETTERS, letters_of, shuffled
from lessonlib.quiz.markup import to_html

FREE, KEPT, BROKEN = 0, 1, 2  # what an answer that puts one line above another does


@dataclass(frozen=True)
class Line:
    """A line: its text as HTML, what to say when it stands wrong (markup or ""), and where it belongs.

    `place` is its place as the author wrote it, None for one that must be left out; `needs` are the places
    of all lines that must stand above it.
    """

    html: str
    why: str
    place: int | None
    needs: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Body:
    """The lines as the student meets them, and what to say to a right and to any other order."""

    lines: tuple[Line, ...]
    code: bool
    why: str
    otherwise: str


class Order(Kind):
    """The answer is the letters of the lines, from the top down; lines that are left out are not in it.

    Each line needs those that its `after` names, or else the one written above it; any order that keeps to
    this is right. Every line that must be moved, is missing or does not belong there costs twice its share,
    so that an order by chance is worth next to nothing. The order in which the lines came is no answer.

    Sealed are each letter (does it belong?) and each two letters, one above the other (may they stand so?).
    An answer opens only what it says itself, and all of a right answer together opens the explanation.
    """

    name = "order"
    keys = ("lines", "leave_out", "code", "why", "otherwise")

    def read(self, entry, question_id):
        code = entry.flag("code", default=False)
        known, names, lines = {}, {}, []
        for item in entry.entries("lines", "a list of two or more lines in a right order, each with text", 2):
            item.allow("text", "name", "after", "why")
            place = len(lines)
            html = _html(item, code, known)
            why = item.prose("why", "") if "why" in item else ""
            lines.append(Line(html, why, place, _needs(item, names, lines)))
            if "name" in item:
                name = item.text("name", "a word that 'after' of a line below can use")
                if name in names:
                    raise item.error(f"the name {name!r} is used above already; every name stands once", "name")
                names[name] = place
        number = len(lines)
        for item in entry.entries("leave_out", "a list of lines that do not belong, each with text and why", 0):
            item.allow("text", "why")
            html = _html(item, code, known)
            lines.append(Line(html, item.prose("why", "the sentence that says why it does not belong"), None))
        if len(lines) > len(LETTERS):
            raise entry.error(f"there are {len(lines)} lines, expected at most {len(LETTERS)}", "lines")
        if not any(line.needs for line in lines):
            raise entry.error("every order is right, because no line must come after another one", "lines")
        for attempt in count():  # what the student meets must not be right already
            shown = tuple(lines[place] for place in shuffled(question_id, len(lines), attempt))
            if len(lines) > number or any(later.place in line.needs for line, later in combinations(shown, 2)):
                break
        return Body(
            shown,
            code,
            entry.prose("why", "the sentence that explains the right order"),
            entry.prose("otherwise", "what to say to any other order"),
        )

    def key(self, body):
        places = {line.place: letter for letter, line in zip(LETTERS, body.lines, strict=False)}
        return "".join(places[place] for place in sorted(place for place in places if place is not None))

    def publish(self, body, lock):
        lines = dict(zip(LETTERS, body.lines, strict=False))
        belong = {letter: line for letter, line in lines.items() if line.place is not None}
        letters = {
            letter: lock(letter, {"of": len(belong) if letter in belong else 0, "why": line.why and to_html(line.why)})
            for letter, line in lines.items()
        }
        pairs, kept = {}, []
        for above in lines:
            for below in lines:
                if above != below:
                    state = _state(lines[above], lines[below])
                    pairs[above + below] = lock(above + below, {"is": state})
                    kept += [above + below] if state == KEPT else []
        shown = {
            "lines": [line.html for line in body.lines],
            "code": body.code,
            "spare": len(belong) < len(lines),
        }
        return shown, {
            "lines": letters,
            "pairs": pairs,
            "whole": lock(_whole(belong, kept), {"why": to_html(body.why)}),
            "otherwise": lock("otherwise", {"why": to_html(body.otherwise)}),
        }

    def canonical(self, answer, shown):
        number = len(shown["lines"])
        how = "one or more of" if shown["spare"] else "all of"
        try:
            letters = letters_of(answer, number)
        except ValueError as error:
            raise ValueError(f"write {how} {error}, from the first line to the last") from None
        if len(set(letters)) < len(letters):
            raise ValueError("write every letter only once")
        if not shown["spare"] and len(letters) < number:
            raise ValueError(f"write all {number} letters, {LETTERS[0]} to {LETTERS[number - 1]}")
        if "".join(letters) == LETTERS[:number]:
            raise ValueError("this is the order in which the lines came, so move them first")
        return "".join(letters)

    def mark(self, answer, shown, sealed, unlock):
        lines = {letter: unlock(sealed["lines"][letter], letter) for letter in answer}
        pairs = {a + b: unlock(sealed["pairs"][a + b], a + b) for a, b in combinations(answer, 2)}
        otherwise = unlock(sealed["otherwise"], "otherwise")
        if None in lines.values() or None in pairs.values() or otherwise is None:
            return TAMPERED
        belong = [letter for letter in answer if lines[letter]["of"]]
        broken = {pair for pair, opened in pairs.items() if opened["is"] == BROKEN}
        stay = _longest_in_order(belong, broken)
        wrong = [letter for letter in answer if letter not in stay]
        number = max(line["of"] for line in lines.values())
        missing = number - len(belong)
        if not wrong and not missing:
            kept = [pair for pair, opened in pairs.items() if opened["is"] == KEPT]
            opened = unlock(sealed["whole"], _whole(belong, kept))
            return Mark(Fraction(1), (opened["why"],)) if opened else TAMPERED
        fraction = Fraction(number - 2 * (len(wrong) + missing), number) if number else Fraction(0)
        notes = [f"<b>{letter}:</b> {lines[letter]['why']}" for letter in wrong if lines[letter]["why"]]
        notes.append(_summary([letter for letter in wrong if letter in belong], missing, len(answer) - len(belong)))
        if len(stay) > 1:
            notes[-1] += f" Among themselves, {_named(stay)} stand in a right order."
        return Mark(max(fraction, Fraction(0)), (*notes, otherwise["why"]), wrong="".join(wrong))


def _html(item, code, known):
    """The text of a line as HTML, when it is not `known` ({text: line in the file}) already."""
    text = item.code("text", "what the line says") if code else item.prose("text", "what the line says")
    if text in known:
        raise item.error(f"the line {text!r} stands on line {known[text]} already; change one", "text")
    known[text] = item.line
    return f"<code>{escape(text)}</code>" if code else to_html(text)


def _needs(item, names, above):
    """The places of all lines that must stand above: those named, or the last of `above`, and what these need."""
    if "after" in item:
        direct = []
        for name in item.texts("after", "names of lines above it, like [forward, loss], or [] for none"):
            if name not in names:
                known = ", ".join(names) or "none has one yet: add 'name:' to it"
                raise item.error(f"after is {name!r}, expected names of lines above it ({known})", "after")
            direct.append(names[name])
    else:
        direct = [len(above) - 1] if above else []
    return frozenset(direct).union(*(above[place].needs for place in direct))


def _state(above, below):
    """What it does to put one line above another."""
    if above.place is None or below.place is None:
        return FREE
    return KEPT if above.place in below.needs else BROKEN if below.place in above.needs else FREE


def _whole(letters, kept):
    """What all right answers have in common, and no other answer has: their lines, and which stand above which."""
    return f"{''.join(sorted(letters))} {' '.join(sorted(kept))}"


def _longest_in_order(letters, broken):
    """The most letters that can stay where they are, the others moved."""
    for number in range(len(letters), 0, -1):
        for stay in combinations(letters, number):
            if not any(a + b in broken for a, b in combinations(stay, 2)):
                return stay
    return ()


def _summary(move, missing, spare):
    """What is still to be done, without saying where."""
    parts = []
    if spare:
        parts.append("1 line does not belong" if spare == 1 else f"{spare} lines do not belong")
    if missing:
        parts.append("1 line is missing" if missing == 1 else f"{missing} lines are missing")
    if move:
        parts.append(f"{_named(move)} must move")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _named(letters):
    """
    >>> _named("B"), _named("ABD")
    ('B', 'A, B and D')
    """
    *others, last = letters
    return f"{', '.join(others)} and {last}" if others else last
