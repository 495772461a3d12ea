"""The student's copy of a quiz: each explanation sealed, so that only the answer it belongs to opens it.

This keeps the key from being read, by eye or by a search through the file. It cannot stop a program that
tries every answer, as little as it can stop a student who clicks on all of them.

Only `hashlib` functions that need no OpenSSL are used, because the notebooks also run in the browser.
"""

from __future__ import annotations

import base64
import hashlib
import json
from fractions import Fraction
from functools import lru_cache
from hmac import compare_digest
from typing import TYPE_CHECKING

from lessonlib.quiz.markup import to_html

if TYPE_CHECKING:  # the student's side opens seals and never loads YAML
    from lessonlib.quiz.bank import Bank

FORMAT = "lessonlib-quiz/1"
ROUNDS = 2000  # about a millisecond for each seal tried
CHECK_BYTES = 8


def sealed(bank: Bank, lesson: str, exam: bool = False) -> dict:
    """The content of quiz.json for the lesson called `lesson`: the same bank gives the same bytes.

    It holds no right answer, no verdict and no explanation in plain text. Of a question in exam mode it holds
    nothing that could be opened; with `exam` it does, and then it must stay with the instructor.
    """
    salt = hashlib.sha256(f"{FORMAT} {lesson}".encode()).hexdigest()[:16]
    questions = []
    for question in bank.questions:
        context = context_of(salt, question.id)
        shown, hidden = question.kind.publish(
            question.body, lambda secret, payload, context=context: lock(context, secret, payload)
        )
        questions.append(
            {
                "id": question.id,
                "kind": question.kind.name,
                "points": _plain(question.points),
                "ask": to_html(question.ask),
                "shown": shown,
                **({"mode": "exam"} if question.exam else {}),
                "sealed": hidden if exam or not question.exam else {},
            }
        )
    terms = [[to_html(term.term), to_html(term.meaning)] for term in bank.terms]
    return {
        "format": FORMAT,
        "lesson": lesson,
        "title": bank.title,
        "salt": salt,
        **({"terms": terms} if terms else {}),
        "questions": questions,
    }


def context_of(salt: str, question_id: str) -> str:
    """What makes the seals of one question differ from those of every other."""
    return f"{salt}/{question_id}"


def lock(context: str, secret: str, payload: dict) -> str:
    """Seal `payload` so that only `unlock` with the same context and secret reads it.

    >>> blob = lock("lesson/question", "B", {"right": 1})
    >>> unlock(blob, "lesson/question", "B"), unlock(blob, "lesson/question", "C")
    ({'right': 1}, None)
    """
    key = _key(context, secret)
    hidden = _masked(json.dumps(payload, ensure_ascii=False).encode(), key)
    return base64.b64encode(_check(hidden, key) + hidden).decode()


def unlock(blob: str, context: str, secret: str) -> dict | None:
    """What was sealed in `blob`; None when the secret is another one, or the blob was changed."""
    try:
        raw = base64.b64decode(blob, validate=True)
    except ValueError:
        return None
    key = _key(context, secret)
    check, hidden = raw[:CHECK_BYTES], raw[CHECK_BYTES:]
    if not compare_digest(check, _check(hidden, key)):
        return None
    return json.loads(_masked(hidden, key))


@lru_cache(maxsize=10_000)  # a card marks all its answers anew at every click
def _key(context: str, secret: str) -> bytes:
    key = f"{context}/{secret}".encode()
    for _ in range(ROUNDS):  # slow on purpose: trying thousands of numbers should take a while
        key = hashlib.sha256(key).digest()
    return key


def _masked(data: bytes, key: bytes) -> bytes:
    """`data` XOR a stream made of `key`; applied twice it is `data` again."""
    stream = hashlib.shake_256(key).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, stream, strict=True))


def _check(hidden: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(hidden, key=key, digest_size=CHECK_BYTES).digest()


def _plain(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)
