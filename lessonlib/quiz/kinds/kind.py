"""What every kind of question must be able to do, and what marking gives back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:  # the student's side never loads YAML
    from lessonlib.quiz.yamlfile import Entry

Lock = Callable[[str, dict], str]
"""(secret, payload) -> sealed text"""

Unlock = Callable[[str, str], dict | None]
"""(sealed text, secret) -> payload, or None when it was sealed under another secret"""


@dataclass(frozen=True)
class Mark:
    """What an answer is worth, 0 to 1, and what the student reads about it (HTML).

    `wrong` is the part of the answer that is wrong, where an answer has parts: letters. `says` is the verdict
    where it is not one on right and wrong, as for a guess.
    """

    fraction: Fraction
    notes: tuple[str, ...] = ()
    wrong: str = ""
    says: str = ""

    @property
    def verdict(self) -> str:
        """One of right, partly, wrong; or what the kind `says`."""
        if self.says:
            return self.says
        if self.fraction == 1:
            return "right"
        return "partly" if self.fraction else "wrong"


TAMPERED = Mark(Fraction(0), ("This cannot be marked: quiz.json was changed. Copy it again from notebooks/.",))


class Kind(ABC):
    """One kind of question.

    The author's side turns an entry of quiz.yaml into a `body` of the kind's own making (`read`), knows
    the right answer (`key`), and publishes what a student may hold (`publish`): a part that is shown, and
    a part that is sealed. The student's side knows only these two parts.

    An answer is kept as canonical text, the same for every way of giving it; "" means no answer.
    """

    name: ClassVar[str]
    keys: ClassVar[tuple[str, ...]]  # the keys it adds to those of every question
    commits: ClassVar[bool] = False  # an answer that was checked stays as it is

    @abstractmethod
    def read(self, entry: Entry, question_id: str) -> Any:
        """The body of a question, validated. Raises QuizError."""

    @abstractmethod
    def key(self, body: Any) -> str:
        """The canonical right answer."""

    @abstractmethod
    def publish(self, body: Any, lock: Lock) -> tuple[dict, dict]:
        """What the student's file holds: (shown, sealed), both ready for JSON."""

    @abstractmethod
    def canonical(self, answer: str, shown: dict) -> str:
        """The canonical text of a non-empty answer. Raises ValueError, saying how to write it."""

    @abstractmethod
    def mark(self, answer: str, shown: dict, sealed: dict, unlock: Unlock) -> Mark:
        """The mark of a canonical, non-empty answer."""
