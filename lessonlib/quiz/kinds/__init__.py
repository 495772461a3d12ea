"""The kinds of questions. A new kind is a class here and a function of the same name in card.js."""

from lessonlib.quiz.kinds.choices import Multiple, Single
from lessonlib.quiz.kinds.kind import Kind, Mark
from lessonlib.quiz.kinds.number import Number

KINDS: dict[str, Kind] = {kind.name: kind for kind in (Single(), Multiple(), Number())}

__all__ = ["KINDS", "Kind", "Mark"]
