"""Whose code is alike: fingerprints of the cells that students wrote. A list to look at, never a verdict.

Each student's code is cut into tokens. Comments and layout are dropped, and names become one and the same token, so
that renaming hides nothing. Every run of LENGTH tokens is hashed; of each WINDOW neighbouring hashes the smallest is
kept (S. Schleimer, D. Wilkerson, A. Aiken: Winnowing: local algorithms for document fingerprinting, SIGMOD 2003). So
any copied piece of at least LENGTH + WINDOW - 1 tokens leaves a common fingerprint.

What many share proves nothing: fingerprints of the code handed out, of the author's solutions, and of more than a
fifth of the class are left out. Short exercises have few ways to be solved, and leave little or nothing to compare.
"""

import io
import keyword
import tokenize
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations

LENGTH, WINDOW = 8, 4
COMMON = 0.2  # of the class
FEWEST = 5  # fingerprints that two students must share
ALIKE = 0.5  # of the fingerprints of the shorter one
LARGEST, WIDEST = 50_000, 500  # characters of the code and of a line: of a long one, tokenize tries every end anew

SKIPPED = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two students, the share of the shorter one's fingerprints that both have, and how many these are."""

    one: str
    other: str
    alike: float
    shared: int


def pairs(sources: dict[str, str], known: list[str]) -> list[Pair]:
    """The pairs of students whose code is alike, the most alike first.

    Args:
        sources: {student: the code of all cells that the student wrote}.
        known: code that anybody may share: what was handed out, and the author's solutions.
    """
    handed_out = set().union(*map(fingerprints, known)) if known else set()
    prints = {student: fingerprints(source) - handed_out for student, source in sources.items()}
    frequency = Counter(value for found in prints.values() for value in found)
    most = max(2, COMMON * len(sources))
    rare = {student: {value for value in found if frequency[value] <= most} for student, found in prints.items()}
    found = []
    for one, other in combinations(sorted(rare), 2):
        shared = len(rare[one] & rare[other])
        shorter = min(len(rare[one]), len(rare[other]))
        if shared >= FEWEST and shared >= ALIKE * shorter:
            found.append(Pair(one, other, shared / shorter, shared))
    return sorted(found, key=lambda pair: (-pair.alike, -pair.shared, pair.one))


def fingerprints(source: str) -> set[int]:
    """The fingerprints of a piece of code.

    >>> fingerprints("total = 0\\nfor row in rows:\\n    total += row * 2") == fingerprints(
    ...     "s=0  # the sum\\nfor r in data:\\n  s += r*2")
    True
    """
    words = tokens(source)
    hashes = [_hash(words[start : start + LENGTH]) for start in range(len(words) - LENGTH + 1)]
    if len(hashes) <= WINDOW:
        return {min(hashes)} if hashes else set()
    return {min(hashes[start : start + WINDOW]) for start in range(len(hashes) - WINDOW + 1)}


def tokens(source: str) -> list[str]:
    """The tokens that count, up to where the source is no Python any more."""
    found = []
    source = "\n".join(line[:WIDEST] for line in source[:LARGEST].splitlines())
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in SKIPPED:
                name = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
                found.append("name" if name else token.string)
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def _hash(words: list[str]) -> int:
    return int.from_bytes(blake2b("\0".join(words).encode(), digest_size=8).digest(), "big")
