"""Exercise checks as tables: what a function was called with, what came back, what was expected.

In a notebook the check of every kind of exercise is the same call, `check("name", name)`. What the kinds are,
as a lesson's `exercises.py` has them (each with points, at least six mistakes, three hints, two also_right):

**A function**: a case is a tuple of arguments.

    steps_per_epoch = Exercise(points=2, cases=[(1000, 32), (1001, 32)], mistakes=[…], hints=[…], also_right=[…])

**A class**: a case is the use of an object. What its calls return, what they change in place (where the
solution changes it) and the attributes at the end must be those of the solution. Several varied calls, with
numbers that make every term visible: an epsilon of 0.1, not of 1e-7.

    def steps(rng):
        w = rng.normal(size=3)                                      # the same array in every call
        return [Use((0.1, 0.9), [("update", w, rng.normal(size=3)) for _ in range(4)], attributes=["velocity"])]

    Momentum = Exercise(points=3, cases=steps, …)                   # check("Momentum", Momentum)

**A training**: the function trains and returns a model (whatever has `predict`) or a function of rows; or that
and a dict of the numbers it reports, such as {"val_loss": 0.3}. The check measures predictions for rows that the
function never got, and holds what is reported against the validation rows; each goal in each run
earns a share. The solution must clear every goal by a margin, so that another machine's rounding changes no mark.
A sabotaged training is such an exercise, and the mistakes are the faults. The faulty lines stand in a cell above;
or in the student's own cell, below the solution marks and a `return` that ends the solution. As they are, they must
reach no goal.

    train = Exercise(                                               # train(x, y, x_val, y_val, seed)
        points=4,
        cases=[Run("load_breast_cancer", seed=seed, parts=(0.6, 0.2, 0.2)) for seed in (0, 1, 2)],
        goals=[Goal("accuracy", at_least=0.9), Goal("loss", told="val_loss")],
        …
    )

**A goal within a budget**: the function takes nothing and returns a compiled model, or the model and its batch
size. The check builds it anew, trains it itself for that many updates, and measures it.

    my_plan = Exercise(
        points=3,
        cases=[Budget("load_digits", seed=seed, updates=300) for seed in (0, 1, 2)],
        goals=[Goal("accuracy", at_least=0.8), Goal("accuracy", at_least=0.9), Goal("accuracy", at_least=0.94)],
        …
    )

**Lines to order**: the student writes letters, `my_order = "…"`; `show_lines("my_order")` in the cell above shows
the lines. Every order that works is right. In the solution cell, the assignment stands between the solution
marks; the blank cell then has `my_order = ""` above them.

    my_order = Exercise(points=2, lines=Lines("def mean(x):", {"A": "return total / len(x)", …}), cases=[…], …)

**A number to predict** is a question of the quiz (kinds number and predict), which shows no right value.

**Prose**: a text cell `# %% [markdown] exercise="why"` with a full answer and `why = Explanation(points=2, …)`.
A person marks it in the formgrader, with the sample answers beside it. There is no check cell.

The files, in the order in which a check runs through them:

    exercise.py   what the author writes
    cases.py      what a case can be, and the goals of a training
    values.py     values as JSON, as short text, and compared by kind
    table.py      an exercise as data: cases, expected values, known mistakes (checks.json)
    calls.py      the student's function or class tried on the cases; only plain outcomes come back
    training.py   trainings: the data of a run, what a function predicts, how it is measured
    judge.py      table + outcomes -> verdict (a pure function, so it can run in another process)
    results.py    one case of it, as the report tells it
    report.py     verdict -> HTML and text
    notebook.py   `check`: reads the table, tries, judges, shows, returns the score
"""

from lessonlib.checks.cases import Budget, Goal, Lines, Run, Use
from lessonlib.checks.exercise import Exercise, Explanation, Mistake
from lessonlib.checks.notebook import check, show_lines
from lessonlib.checks.table import ChecksError

__all__ = [
    "Budget", "ChecksError", "Exercise", "Explanation", "Goal", "Lines", "Mistake", "Run", "Use", "check",
    "show_lines",
]  # fmt: skip
