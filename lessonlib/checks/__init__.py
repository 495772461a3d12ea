"""Exercise checks as tables: what a function was called with, what came back, what was expected.

In a notebook: `check("steps_per_epoch", steps_per_epoch)`. In a lesson's `exercises.py`: `Exercise` and
`Mistake`. The files, in the order in which a check runs through them:

    exercise.py   what the author writes
    values.py     values as JSON, as short text, and compared by kind
    table.py      an exercise as data: cases, expected values, known mistakes (checks.json)
    calls.py      the student's function called on the cases; only outcomes come back
    judge.py      table + outcomes -> verdict (a pure function, so it can run in another process)
    report.py     verdict -> HTML and text
    notebook.py   `check`: reads the table, calls, judges, shows, returns the score
"""

from lessonlib.checks.exercise import Exercise, Mistake
from lessonlib.checks.notebook import check
from lessonlib.checks.table import ChecksError

__all__ = ["ChecksError", "Exercise", "Mistake", "check"]
