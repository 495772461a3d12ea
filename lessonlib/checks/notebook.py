"""`check`, the one function of this room that a notebook calls."""

from pathlib import Path

from lessonlib.checks import calls, judge, report, table


class Report:
    """What the notebook shows: HTML where it can, text elsewhere."""

    def __init__(self, verdict):
        self.verdict = verdict

    def _repr_html_(self):
        return report.html(self.verdict)

    def __repr__(self):
        return report.text(self.verdict)


def check(name, function):
    """Call `function` on the cases of the exercise `name`, show what came back, return the score.

    The cases come from `checks.json` in the current folder, which is the notebook's own. The score is
    a built-in float from 0 to the exercise's points: nbgrader reads it as partial credit.

    Raises ChecksError when `checks.json` is missing or damaged, or knows no exercise of that name.
    """
    from IPython.display import display  # only a notebook needs it

    tables = table.read(Path("checks.json"))
    if name not in tables:
        known = ", ".join(tables) or "no exercise at all"
        raise table.ChecksError(f"there is no exercise {name!r} in checks.json; it has {known}")
    exercise = tables[name]
    if callable(function):
        verdict = judge.judge(exercise, calls.outcomes(function, [case.args for case in exercise.cases]))
    else:
        verdict = judge.not_a_function(exercise, function)
    display(Report(verdict))
    return verdict.score
