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


def check(name, thing):
    """Try `thing`, a function or class, on the cases of the exercise `name`, show what came back, return the score.

    The cases come from `checks.json` in the current folder, which is the notebook's own. The score is
    a built-in float from 0 to the exercise's points: nbgrader reads it as partial credit.

    Raises ChecksError when `checks.json` is missing or damaged, or knows no exercise of that name.
    """
    from IPython.display import display  # only a notebook needs it

    exercise = _table(name)
    try:
        verdict = judge.judge(exercise, calls.answer(exercise, thing))
    except calls.Unusable as problem:
        verdict = judge.unusable(exercise, str(problem))
    display(Report(verdict))
    return verdict.score


def show_lines(name):
    """Show the lines of an exercise in ordering code, each with its letter.

    Raises ChecksError like `check`, and when the exercise has no lines.
    """
    from IPython.display import display

    lines = _table(name).lines
    if lines is None:
        raise table.ChecksError(f"the exercise {name!r} has no lines to order; show_lines is for those that have")
    display(LinesToOrder(lines))


class LinesToOrder:
    """Lines of code with their letters, for the notebook."""

    def __init__(self, lines):
        self.lines = lines

    def _repr_html_(self):
        return report.lines_html(self.lines)

    def __repr__(self):
        return report.lines_text(self.lines)


def _table(name):
    tables = table.read(Path("checks.json"))
    if name not in tables:
        known = ", ".join(tables) or "no exercise at all"
        raise table.ChecksError(f"there is no exercise {name!r} in checks.json; it has {known}")
    return tables[name]
