"""Letters that stand for what a student chooses or puts in order."""

from __future__ import annotations

from hashlib import sha256

LETTERS = "ABCDEFGHIJKL"


def shuffled(question_id: str, number: int, attempt: int = 0) -> list[int]:
    """The places 0 to `number` - 1 in another order.

    Ordered by a hash of the place, not by a random generator: the same on every machine for ever, and a
    corrected text keeps its letter, which students' saved answers refer to.
    """
    name = f"{question_id}/{attempt}" if attempt else question_id
    return sorted(range(number), key=lambda place: sha256(f"{name}/{place}".encode()).digest())


def letters_of(answer: str, number: int) -> list[str]:
    """The letters of an answer in the order they stand. Raises ValueError for any other character."""
    possible = LETTERS[:number]
    letters = [character for character in answer.upper() if character not in " ,;.)(>\t\n"]
    if not letters or any(letter not in possible for letter in letters):
        raise ValueError(f"the letters {possible[0]} to {possible[-1]}")
    return letters
