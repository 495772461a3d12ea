"""What the author of a lesson writes about one exercise, in `exercises.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lessonlib.checks.cases import Goal, Lines, Run


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
        points: what the exercise is worth; each case that comes out right earns an equal share, and of a
            training each goal in each run.
        cases: a function that draws a list of them from a `numpy.random.Generator`, so that grading can try
            cases that no student has seen; of trainings a list will do. A case is a tuple of arguments, a `Use`
            of a class, a `Run` of a training, or a `Budget` for one.
        tolerance: how far a number may be off: absolute up to 1, relative beyond.
        mistakes: edits of the solution cell, at least six; each must lose points, each in its own way.
        hints: in growing detail, at least three; the student opens them one after the other.
        also_right: whole other solution cells that must score full, at least two, so that the check is not
            tied to the way the author wrote it. Of lines to be ordered there may be fewer.
        goals: what every `Run` or `Budget` has to reach.
        lines: for an exercise in ordering lines of code: the lines. The solution cell is then
            `name = "CAB"`, and the cases are arguments of the function that the lines make.

    The right values come from the solution cell itself when the lesson is built.

    >>> Exercise(points=2, cases=[(1000, 32), (1000, 10)], hints=["What about the rest?"]).tolerance
    1e-06
    """

    points: float
    cases: Sequence | Callable
    tolerance: float = 1e-6
    mistakes: Sequence[Mistake] = ()
    hints: Sequence[str] = ()
    also_right: Sequence[str] = ()
    goals: Sequence[Goal] = ()
    lines: Lines | None = None

    def __post_init__(self):
        _check_points(self)
        if not isinstance(self.tolerance, (int, float)) or not 0 <= self.tolerance < 1:
            raise ValueError(f"Exercise: tolerance is {self.tolerance!r}; give a number from 0 to below 1")
        if not all(isinstance(mistake, Mistake) for mistake in self.mistakes):
            raise ValueError("Exercise: mistakes holds something that is not a Mistake(old, new, says=…)")
        if not all(isinstance(goal, Goal) for goal in self.goals):
            raise ValueError("Exercise: goals holds something that is not a Goal(measure, at_least=…)")
        _check_texts(self, "hints", "also_right")
        if not callable(self.cases) and bool(self.goals) != any(isinstance(case, Run) for case in self.cases):
            raise ValueError("Exercise: goals are for cases that are a Run or a Budget, and these need some")


@dataclass(frozen=True)
class Explanation:
    """An answer in prose, which a person marks: nbgrader shows it in the formgrader.

    The solution cell is a text cell, `# %% [markdown] exercise="name"`, with an answer that earns all points.

    Arguments:
        points: what a full answer is worth.
        looks_for: what the person who marks it looks for, one entry each.
        half: an answer that earns half of the points.
        none: an answer that sounds good and earns nothing.

    >>> Explanation(points=2, looks_for=["the mean"], half="It falls.", none="It learns.").points
    2
    """

    points: float
    looks_for: Sequence[str]
    half: str
    none: str

    def __post_init__(self):
        _check_points(self)
        _check_texts(self, "looks_for")
        for name in ("half", "none"):
            if not getattr(self, name).strip():
                raise ValueError(f"Explanation: {name} is empty; write the answer that a student might give")


def _check_points(exercise):
    points, kind = exercise.points, type(exercise).__name__
    if isinstance(points, bool) or not isinstance(points, (int, float)) or not 0 < points <= 100:
        raise ValueError(f"{kind}: points is {points!r}; give a number above 0 and at most 100")


def _check_texts(exercise, *fields):
    for field in fields:
        texts = getattr(exercise, field)
        if isinstance(texts, str) or not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(f"{type(exercise).__name__}: {field} must be a list of texts, none of them empty")
