"""The lessons in a folder, and how far the student is in each: read from the saved files alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lessonlib.quiz.store import MISSION, AnswerFile, DamagedFile


@dataclass(frozen=True)
class Lesson:
    """A lesson and the progress in it. `problem` says what could not be read."""

    name: str
    title: str
    minutes: int = 0
    about: str = ""
    read: int = 0  # of its parts: those in which a cell was run
    parts: int = 0
    tried: int = 0  # of its missions: those accomplished
    missions: int = 0
    answered: int = 0
    questions: int = 0
    solved: int = 0
    exercises: int = 0
    problem: str = ""

    @property
    def measures(self) -> tuple[tuple[str, int, int, str], ...]:
        """What was done, how much of it, of how much, and what it is counted in."""
        measures = (
            ("read", self.read, self.parts, "part"),
            ("tried", self.tried, self.missions, "mission"),
            ("answered", self.answered, self.questions, "question"),
            ("solved", self.solved, self.exercises, "exercise"),
        )
        return tuple(measure for measure in measures if measure[2])

    @property
    def done(self) -> int:
        """How many of its tasks are done. Reading is no task: whoever solves them has read enough."""
        return self.tried + self.answered + self.solved

    @property
    def tasks(self) -> int:
        return self.missions + self.questions + self.exercises


def lessons_beside(folder: str | Path) -> list[Lesson]:
    """The lessons in the folders beside `folder`, in the order of their numbers.

    A lesson is a folder that holds a notebook of its own name, like `02-model-fit/02-model-fit.ipynb`.
    """
    here = Path(folder).resolve()
    beside = sorted(path for path in here.parent.iterdir() if path != here)
    return [read_lesson(path) for path in beside if (path / f"{path.name}.ipynb").is_file()]


def read_lesson(folder: Path) -> Lesson:
    """Read one lesson. What is damaged or missing becomes its `problem`, and the rest is shown."""
    name = folder.name
    try:
        lesson = _read_notebook(folder / f"{name}.ipynb")
    except Exception:  # whatever a damaged notebook makes fail
        problem = _RENEW.format(f"{name}.ipynb") + " With it come the quiz and the checks that belong to it."
        return Lesson(name, name, problem=problem)
    try:
        questions = _questions(folder)
    except Exception:
        return replace(lesson, problem=_RENEW.format("quiz.json"))
    saved, problem = _saved(folder)
    return replace(
        lesson,
        tried=min(len([name for name in saved if name.startswith(MISSION)]), lesson.missions),
        answered=len(saved & questions),
        questions=len(questions),
        problem=problem,
    )


_RENEW = "{0} cannot be read. Rename {0} to keep it; the next start of the course brings a new one."


def _read_notebook(file: Path) -> Lesson:
    """What the notebook says of its lesson. Raises all sorts of errors when it is damaged."""
    notebook = json.loads(file.read_bytes())
    about = notebook.get("metadata", {}).get("lessonlib", {})
    checks = list(_checks(notebook["cells"]))
    parts = list(_parts(notebook["cells"]))
    return Lesson(
        name=file.stem,
        title=str(about.get("title", file.stem)),
        minutes=int(about.get("minutes", 0)),
        about=str(about.get("about", "")),
        read=sum(parts),
        parts=len(parts),
        missions=sum("_explorer(" in "".join(cell["source"]) for cell in notebook["cells"]),
        solved=sum(score >= points for score, points in checks),
        exercises=len(checks),
    )


def _parts(cells: list[dict]) -> Iterator[bool]:
    """For every part that has cells to run, a part being what follows a heading: whether one of them was run.

    The cells in which the student works, exercises and quiz, are counted on their own and not here.
    """
    run = None
    for cell in cells:
        heading = cell["cell_type"] == "markdown" and any(
            line.startswith("## ") for line in "".join(cell["source"]).splitlines()
        )
        if heading and run is not None:
            yield run
            run = None
        if cell["cell_type"] == "code" and "nbgrader" not in cell["metadata"]:
            run = bool(run) or cell["execution_count"] is not None
    if run is not None:
        yield run


def _checks(cells: list[dict]) -> Iterator[tuple[float, float]]:
    """The score and the points of every exercise, as saved in the outputs of the cells that check them."""
    for cell in cells:
        graded = cell.get("metadata", {}).get("nbgrader", {})
        if graded.get("grade") and graded.get("grade_id", "").startswith("check_"):
            yield _last_number(cell.get("outputs", [])), float(graded["points"])


def _last_number(outputs: list[dict]) -> float:
    """The number a cell ended with, 0.0 when it was not run or ended with something else."""
    for output in reversed(outputs):
        if output.get("output_type") == "execute_result":
            text = output.get("data", {}).get("text/plain", "")
            try:
                return float("".join(text))
            except ValueError:
                return 0.0
    return 0.0


def _questions(folder: Path) -> set[str]:
    """The ids of the lesson's questions, none when it has no quiz."""
    file = folder / "quiz.json"
    if not file.exists():
        return set()
    return {question["id"] for question in json.loads(file.read_bytes())["questions"]}


def _saved(folder: Path) -> tuple[set[str], str]:
    """The names of what has a saved answer, and what is wrong with the file of answers."""
    problem = ""
    try:
        answers = AnswerFile(folder, folder.name).read()
    except DamagedFile as damage:
        answers = damage.readable
        problem = f"{damage}. Open the lesson and answer a question: the file is set aside and a new one begun."
    except OSError as error:
        answers = {}
        problem = f"answers.json cannot be read ({error.strerror or error}). Rename it, then answer a question."
    return {name for name, record in answers.items() if record.value != ""}, problem
