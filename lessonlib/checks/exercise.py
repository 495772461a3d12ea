"""What the author of a lesson writes about one exercise, in `exercises.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A mistake people make, as a small edit of the solution cell, and the sentence that helps.

    The text `old` stands exactly once in the solution cell; with `new` in its place the cell makes
    the mistake. `says` explains it to the student without giving the answer away. `catches` may name the
    belief behind it, an entry of solutions/misconceptions.yaml.

    >>> Mistake("math.ceil", "math.floor", says="The last batch may be smaller; it counts as well.").new
    'math.floor'
    """

    old: str
    new: str
    says: str
    catches: str = ""

    def __post_init__(self):
        for field in ("old", "says"):
            if not getattr(self, field).strip():
                raise ValueError(f"Mistake({self.old!r}, {self.new!r}): {field} is empty; write some text")
        if self.old == self.new:
            raise ValueError(f"Mistake({self.old!r}, {self.new!r}): old and new are the same text")


@dataclass(frozen=True)
class Exercise:
    """One exercise: the cases its function is called on, and the mistakes it recognises.

    Arguments:
        points: what the exercise is worth; each case that comes out right earns an equal share.
        cases: a list of argument tuples, or a function that draws one from a `numpy.random.Generator`.
        tolerance: how far a number may be off: absolute up to 1, relative beyond.
        mistakes: edits of the solution cell; each must lose points, each in its own way.
        hints: in growing detail; the student opens them one after the other.
        also_right: whole other solution cells that must score full, so that the check is not tied
            to the way the author wrote it.

    The right values come from the solution cell itself when the lesson is built.

    >>> Exercise(points=2, cases=[(1000, 32), (1000, 10)], hints=["What about the rest?"]).tolerance
    1e-06
    """

    points: float
    cases: Sequence[tuple] | Callable
    tolerance: float = 1e-6
    mistakes: Sequence[Mistake] = ()
    hints: Sequence[str] = ()
    also_right: Sequence[str] = ()

    def __post_init__(self):
        if isinstance(self.points, bool) or not isinstance(self.points, (int, float)) or not 0 < self.points <= 100:
            raise ValueError(f"Exercise: points is {self.points!r}; give a number above 0 and at most 100")
        if not isinstance(self.tolerance, (int, float)) or not 0 <= self.tolerance < 1:
            raise ValueError(f"Exercise: tolerance is {self.tolerance!r}; give a number from 0 to below 1")
        if not all(isinstance(mistake, Mistake) for mistake in self.mistakes):
            raise ValueError("Exercise: mistakes holds something that is not a Mistake(old, new, says=…)")
        for field in ("hints", "also_right"):
            texts = getattr(self, field)
            if isinstance(texts, str) or not all(isinstance(text, str) and text.strip() for text in texts):
                raise ValueError(f"Exercise: {field} must be a list of texts, none of them empty")
