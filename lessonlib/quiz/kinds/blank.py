"""Questions answered by filling the blank in a piece of code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from lessonlib.quiz.kinds.kind import Kind, Mark
from lessonlib.quiz.markup import to_html

GAP = re.compile(r"_{4,}")
LONGEST = 200  # characters of an answer


@dataclass(frozen=True)
class Spellings:
    """Texts that are recognised, and what is said about them (markup)."""

    texts: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Body:
    """The code on both sides of the blank, what is right, common mistakes, and what to say to all else."""

    before: str
    after: str
    right: Spellings
    wrong: tuple[Spellings, ...]
    otherwise: str


class Blank(Kind):
    """The answer is the code that belongs into the blank; it is kept as the student wrote it.

    Spaces do not matter, nor which quotation marks are used. Each recognised spelling is sealed under
    itself, so only who writes it can open it.
    """

    name = "blank"
    keys = ("code", "accept", "why", "wrong", "otherwise")

    def read(self, entry, question_id):
        code = entry.code("code", "lines of code with ____ where the blank is")
        parts = GAP.split(code)
        if len(parts) != 2:
            raise entry.error(f"code has {len(parts) - 1} blanks, expected one ____ (four or more _)", "code")
        known = {}
        right = Spellings(
            _spellings(entry, "accept", known, "a right spelling"),
            entry.prose("why", "the sentence that explains the answer"),
        )
        wrong = []
        for item in entry.entries("wrong", "a list of common wrong answers, each with text and why", 0):
            item.allow("text", "why")
            texts = _spellings(item, "text", known, "what people write instead")
            wrong.append(Spellings(texts, item.prose("why", "the sentence that explains this mistake")))
        return Body(*parts, right, tuple(wrong), entry.prose("otherwise", "what to say to any other answer"))

    def key(self, body):
        return self.canonical(body.right.texts[0], {})

    def publish(self, body, lock):
        blobs = [
            lock(bare(text), {"right": int(known is body.right), "why": to_html(known.why)})
            for known in (body.right, *body.wrong)
            for text in known.texts
        ]
        shown = {"before": body.before, "after": body.after}
        # Sorted, so that the place does not tell which one is right.
        return shown, {"values": sorted(blobs), "otherwise": lock("otherwise", {"why": to_html(body.otherwise)})}

    def canonical(self, answer, shown):
        if len(answer) > LONGEST:
            raise ValueError(f"write at most {LONGEST} characters, only what belongs into the blank")
        return " ".join(answer.split())

    def mark(self, answer, shown, sealed, unlock):
        secret = bare(answer)
        for blob in sealed["values"]:
            opened = unlock(blob, secret)
            if opened is not None:
                return Mark(Fraction(opened["right"]), (opened["why"],))
        otherwise = unlock(sealed["otherwise"], "otherwise")
        return Mark(Fraction(0), (otherwise["why"],) if otherwise else ())


def bare(code: str) -> str:
    """Code without what does not matter: a space stays only between two words, and every quotation mark is ".

    >>> bare(" fit( x,  y , verbose = 'auto' )"), bare("not  in")
    ('fit(x,y,verbose="auto")', 'not in')
    """
    words = " ".join(code.replace("'", '"').split())
    return re.sub(r" (?!\w)|(?<!\w) ", "", words)


def _spellings(entry, key, known, expected):
    """The spellings under `key`, none of which may be `known` ({bare spelling: its line}) already."""
    texts = entry.texts(key, expected)
    for text in texts:
        if bare(text) in known:
            first = known[bare(text)]
            raise entry.error(f"{text!r} stands on line {first} already (spaces do not matter); keep one", key)
        known[bare(text)] = entry.line
    if not texts:
        raise entry.error(f"{key} is an empty list, expected {expected}", key)
    return tuple(texts)
