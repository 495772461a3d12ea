"""A lesson folder read and checked: percent source, quiz.yaml and exercises.py must fit together."""

import re
import runpy
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from lessonlib.authoring import quizcells, source
from lessonlib.authoring.errors import BuildError
from lessonlib.checks import Exercise, Explanation
from lessonlib.quiz import bank as quiz_bank
from lessonlib.quiz import misconceptions

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@dataclass
class Lesson:
    """One lesson: its notebook (no outputs yet), its exercises by name, and its quiz, if it has one.

    `exercises` are those that check themselves, `explanations` those that a person marks.
    """

    name: str
    folder: Path
    notebook: NotebookNode
    exercises: dict[str, Exercise]
    bank: object | None
    explanations: dict[str, Explanation] = field(default_factory=dict)

    def solution(self, name):
        """The source of the solution cell of the exercise `name`."""
        return next(cell.source for cell in self.notebook.cells if cell.metadata.get("exercise") == name)


def find(root, names=()):
    """Return the folders of the lessons called `names`, or of all lessons of the course at `root`.

    Raises BuildError for a name that is no lesson.
    """
    folders = sorted(path.parent for path in (root / "solutions").glob("*/*.py") if path.stem == path.parent.name)
    known = {folder.name: folder for folder in folders}
    for name in names:
        if name not in known:
            raise BuildError(f"there is no lesson {name!r}; solutions/ has {', '.join(known) or 'none'}")
    return [known[name] for name in names] if names else folders


def load(folder):
    """Read the lesson in `folder` and give its cells their nbgrader metadata and ids.

    Raises BuildError when the source, quiz.yaml and exercises.py do not fit together.
    """
    try:
        notebook = source.read(_text(folder / f"{folder.name}.py"))
        _check_header(notebook.metadata.get("lessonlib"))
        written = _exercises(folder / "exercises.py")
        exercises = {name: value for name, value in written.items() if isinstance(value, Exercise)}
        explanations = {name: value for name, value in written.items() if isinstance(value, Explanation)}
        catalogue = _catalogue(folder.parent / "misconceptions.yaml")
        _check_catches(folder / "exercises.py", exercises, catalogue)
        bank = quiz_bank.read(folder / "quiz.yaml", catalogue) if (folder / "quiz.yaml").exists() else None
        lesson = Lesson(folder.name, folder, notebook, exercises, bank, explanations)
        _check_pairs(lesson)
        quizcells.check(notebook, bank)
    except (BuildError, quiz_bank.QuizError) as error:
        raise BuildError(f"{folder.name}: {error}") from error
    for cell in notebook.cells:
        cell.metadata = NotebookNode(_metadata(lesson, cell))
    source.number_cells(notebook.cells)
    return lesson


def solution_region(cell_source):
    """Return the lines between the solution marks of a cell.

    >>> solution_region("def f(x):\\n    ### BEGIN SOLUTION\\n    return x + 1\\n    ### END SOLUTION")
    ['    return x + 1']
    """
    regions = re.findall(rf"{BEGIN}\s*\n(.*?)\n?[ \t]*{END}", cell_source, re.DOTALL)
    return [line for region in regions for line in region.splitlines()]


def line_in_exercises(error):
    """The line of exercises.py that an exception passed last, or "unknown"."""
    line, trace = "unknown", error.__traceback__
    while trace:
        if Path(trace.tb_frame.f_code.co_filename).name == "exercises.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _text(path):
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BuildError(f"{path.name}, line {line}: this is not UTF-8 text; save the file as UTF-8") from error


def _check_header(header):
    """The start page shows what stands there."""
    if not isinstance(header, dict):
        raise BuildError("the header has no `lessonlib:` with title, minutes and about; copy it from another lesson")
    for key in ("title", "about"):
        value = header.get(key)
        if not isinstance(value, str) or not value.strip():
            raise BuildError(f"header: {key} is {value!r}; write some text in quotation marks")
    minutes = header.get("minutes")
    if type(minutes) is not int or minutes < 1:
        raise BuildError(f"header: minutes is {minutes!r}; write a whole number of 1 or more")


def _exercises(path):
    if not path.exists():
        return {}
    _text(path)  # refuses what is not UTF-8; Python itself lets it pass in a comment
    try:
        names = runpy.run_path(str(path))
    except (Exception, SystemExit) as error:
        line = getattr(error, "lineno", None) or line_in_exercises(error)
        raise BuildError(f"exercises.py, line {line}: {type(error).__name__}: {error}") from error
    return {name: value for name, value in names.items() if isinstance(value, (Exercise, Explanation))}


def _check_pairs(lesson):
    """Every exercise has its solution cell, below it its check cell, and an entry in exercises.py."""
    places = {"exercise": {}, "check": {}}
    for position, cell in enumerate(lesson.notebook.cells):
        for key, seen in places.items():
            name = cell.metadata.get(key)
            if name in seen:
                raise BuildError(f'{source.place(position, cell)}: {key}="{name}" stands twice; keep one')
            if name is not None:
                seen[name] = position
    solutions, checks = places["exercise"], places["check"]
    _check_explanations(lesson, solutions, checks)
    for name in {**solutions, **checks, **lesson.exercises}:
        if name in lesson.explanations:
            continue
        if name not in lesson.exercises:
            raise BuildError(f"exercise {name!r} is not in exercises.py; add `{name} = Exercise(…)` there")
        if name not in solutions:
            raise BuildError(f'exercise {name!r} has no solution cell; add one that begins `# %% exercise="{name}"`')
        if name not in checks:
            raise BuildError(f'exercise {name!r} has no check cell; add `# %% check="{name}"` below its solution cell')
        if checks[name] < solutions[name]:
            raise BuildError(f"exercise {name!r}: its check cell stands above its solution cell; move it below")
        if not solution_region(lesson.solution(name)):
            raise BuildError(
                f"exercise {name!r}: its solution cell has no lines between `{BEGIN}` and `{END}`; "
                "mark what the student has to write"
            )
        call = f'check("{name}", {name})'
        if lesson.notebook.cells[checks[name]].source.strip().splitlines()[-1:] != [call]:
            raise BuildError(
                f"exercise {name!r}: the last line of its check cell must be `{call}`, because "
                "nbgrader reads the score there"
            )


def _check_explanations(lesson, solutions, checks):
    """Every explanation has its text cell with a full answer, and no check."""
    for name in lesson.explanations:
        if name not in solutions:
            raise BuildError(
                f"explanation {name!r} has no cell; add one that begins "
                f'`# %% [markdown] exercise="{name}"` and holds an answer that earns all points'
            )
        if name in checks:
            raise BuildError(f"explanation {name!r} has a check cell; a person marks it, so remove the cell")
        cell = lesson.notebook.cells[solutions[name]]
        if cell.cell_type != "markdown" or not cell.source.strip():
            raise BuildError(f"explanation {name!r}: its cell must be a text cell, [markdown], with a full answer")
    for name, position in solutions.items():
        if name not in lesson.explanations and lesson.notebook.cells[position].cell_type != "code":
            raise BuildError(f"exercise {name!r} stands in a text cell; only an Explanation does")


def _catalogue(path):
    return misconceptions.read(path) if path.exists() else {}


def _check_catches(path, exercises, catalogue):
    """Every misconception that a known mistake names is one of the catalogue."""
    for name, exercise in exercises.items():
        for mistake in exercise.mistakes:
            if mistake.catches and mistake.catches not in catalogue:
                lines = _text(path).splitlines()
                line = next((i for i, text in enumerate(lines, start=1) if repr(mistake.catches)[1:-1] in text), 1)
                remedy = misconceptions.nearest(mistake.catches, catalogue)
                raise BuildError(
                    f"exercises.py, line {line}: {name} has a mistake that catches {mistake.catches!r}, which is "
                    f"not in the course's catalogue; {remedy}"
                )


def _metadata(lesson, cell):
    """The metadata of a cell of the built notebook: what nbgrader needs, and our own keys, which it keeps."""
    metadata = dict(cell.metadata)
    if metadata.get("exercise") in lesson.explanations:
        points = lesson.explanations[metadata["exercise"]].points
        return {**metadata, "nbgrader": _nbgrader(metadata["exercise"], solution=True, points=points)}
    if "exercise" in metadata:
        return {**metadata, "nbgrader": _nbgrader(metadata["exercise"], solution=True)}
    if "check" in metadata:
        points = lesson.exercises[metadata["check"]].points
        return {**metadata, "nbgrader": _nbgrader(f"check_{metadata['check']}", points=points)}
    if metadata.get("quiz") == "score":
        return {**metadata, "nbgrader": _nbgrader("quiz_score", points=lesson.bank.points)}
    if metadata.get("quiz") == "show":
        name = "_".join(["quiz_show", *quizcells.questions_shown(cell.source)[:1]])
        return {**metadata, "nbgrader": _nbgrader(name)}
    if metadata.get("quiz") == "typed":
        return {**metadata, "deletable": False}
    return metadata


def _nbgrader(grade_id, solution=False, points=None):
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": points is not None,
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    return metadata if points is None else {**metadata, "points": float(points)}
