"""The kinds of questions. A new kind is a class here and a function of the same name in a .js file beside it."""

from lessonlib.quiz.kinds.blank import Blank
from lessonlib.quiz.kinds.choices import Multiple, Single
from lessonlib.quiz.kinds.kind import Kind, Mark
from lessonlib.quiz.kinds.number import Number
from lessonlib.quiz.kinds.order import Order
from lessonlib.quiz.kinds.predict import Predict

KINDS: dict[str, Kind] = {kind.name: kind for kind in (Single(), Multiple(), Number(), Order(), Blank(), Predict())}

__all__ = ["KINDS", "Kind", "Mark"]
