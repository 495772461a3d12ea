"""Data like the real ones, with other answers, so that the answers cannot be looked up.

Everybody has the real data and their answers. Who is to show that a training works, on rows that no training has
seen, gets a twin of them: the same number of rows, features in the same ranges, as many classes. The classes are
new. They are those of a few rows drawn at random, and a row belongs to the one that is nearest. It also moves a
little towards that one, so that the classes are about as far apart as the real ones. What a row's real class is then
tells little; its new one can be learned from the training rows alone.
"""

import dataclasses

import numpy as np

from lessonlib.authoring.errors import BuildError
from lessonlib.checks import calls, judge, training
from lessonlib.checks.cases import Drawn
from lessonlib.checks.table import Case

PULL = 0.25  # the part of the way that a row moves towards the middle of its new class
SMALLEST = 0.5  # the smallest class has at least this much of an even share
LARGEST = 0.7  # and the largest has at most this much of all rows
TOLD = 0.45  # of the rows that guessing gets wrong, so many may be got right by who knows the real classes
TRIES = 2000  # to find such classes
DRAWS = 10  # of data, until every right solution reaches its goals on them, and every mistake shows


def twin(run, generator):
    """Return the Drawn of a Run: its data, with classes drawn from the numpy `generator`.

    >>> from lessonlib.checks.cases import Run
    >>> [x.shape for x, y in twin(Run("load_penguins", seed=1), np.random.default_rng(0)).pieces]
    [(273, 4), (69, 4)]

    Raises BuildError where the answers are no classes, or no such classes are found.
    """
    x, y = training.data(run)
    if not np.issubdtype(y.dtype, np.integer):
        raise BuildError(f"{run.data} has answers that are no classes, and grading can only draw classes anew")
    scale = x.std(axis=0)
    standardised = (x - x.mean(axis=0)) / np.where(scale == 0, 1, scale)
    for _ in range(TRIES):
        middles = generator.choice(len(x), int(y.max()) + 1, replace=False)
        classes = _nearest(standardised, standardised[middles])
        if _usable(y, classes):
            moved = x + PULL * (x[middles][classes] - x)
            pieces = training.cut(moved.astype(x.dtype), classes.astype(y.dtype), run)
            return Drawn(run.data, run.seed, run.parts, pieces=tuple(pieces))
    raise BuildError(f"no new classes were found for the rows of {run.data}; has each class enough rows?")


def unseen(run, table, ways, generator):
    """Return a twin of a Run on which each of the right solutions `ways` scores full in the table.

    Raises BuildError when none is found.
    """
    for _ in range(DRAWS):
        drawn = twin(run, generator)
        alone = dataclasses.replace(table, cases=(Case(drawn, None),))
        if all(judge.judge(alone, calls.answer(alone, way)).score == table.points for way in ways):
            return drawn
    raise BuildError(
        f"the right solutions miss a goal, with a margin of a tenth, on data like those of {run.data} with other "
        "answers, on which grading lets them train; let solution and also_right clear the goals by more"
    )


def _nearest(x, middles):
    return np.argmin([((x - middle) ** 2).sum(axis=1) for middle in middles], axis=0)


def _usable(real, classes):
    """Whether the classes are large enough, and are not the real ones under other names."""
    number = real.max() + 1
    both = np.zeros((number, number))
    np.add.at(both, (real, classes), 1 / len(real))
    shares = both.sum(axis=0)
    guessed, looked_up = shares.max(), both.max(axis=1).sum()
    balanced = shares.min() * number >= SMALLEST and guessed <= LARGEST
    return balanced and looked_up - guessed <= TOLD * (1 - guessed)
