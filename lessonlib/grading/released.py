"""The lesson as it was handed out: its cells, and which of them count how much."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from lessonlib.grading.submission import Cell


class NoLesson(Exception):
    """A lesson that cannot be graded; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Graded:
    """One cell that counts: an exercise's check ("exercise"), the quiz, or one that a person marks ("manual")."""

    id: str
    kind: str
    name: str
    points: float


@dataclass(frozen=True)
class Released:
    """A lesson's notebook as released. `graded` is in the order of the notebook."""

    name: str
    folder: Path
    cells: list[Cell]
    metadata: dict[str, dict]  # of each cell that nbgrader knows, by its grade_id
    graded: list[Graded]
    notebook: dict

    @property
    def exercises(self):
        """The names of the exercises."""
        return [item.name for item in self.graded if item.kind == "exercise"]

    @property
    def prelude(self):
        """The sources of the code cells above the first cell that a student is meant to change."""
        sources = []
        for cell in self.cells:
            if cell.type != "code":
                continue
            if cell.grade_id and self.metadata[cell.grade_id]["solution"]:
                break
            sources.append(cell.source)
        return sources

    def files(self):
        """{name: text} of the lesson's own files beside the notebook, as a submission finds them."""
        return {
            name: (self.folder / name).read_bytes().decode("latin-1")
            for name in ("checks.json", "quiz.json")
            if (self.folder / name).exists()
        }


def read(root, name):
    """Return the Released lesson `name` of the course at `root`.

    Raises NoLesson when there is none in notebooks/.
    """
    folder = root / "notebooks" / name
    try:
        notebook = json.loads((folder / f"{name}.ipynb").read_bytes())
    except FileNotFoundError:
        known = ", ".join(sorted(path.parent.name for path in (root / "notebooks").glob("*/*.ipynb")))
        raise NoLesson(f"there is no lesson {name!r} in notebooks/; it has {known or 'none'}") from None
    except ValueError as error:
        raise NoLesson(f"notebooks/{name}/{name}.ipynb is damaged: {error}; build the lesson again") from error
    cells, metadata, graded = [], {}, []
    for data in notebook["cells"]:
        about = data["metadata"]
        known = about.get("nbgrader", {})
        grade_id = known.get("grade_id", "")
        source = "".join(data["source"])
        cells.append(Cell(data["cell_type"], source, data.get("id", ""), grade_id))
        if grade_id:
            metadata[grade_id] = known
        if known.get("grade"):
            graded.append(_graded(about, known))
    return Released(name, folder, cells, metadata, graded, notebook)


def fingerprint(root, released):
    """A hash of everything of the course that a score of this lesson depends on."""
    whole = hashlib.sha256()
    for folder in (released.folder, root / "solutions" / released.name):
        for file in sorted(path for path in folder.glob("*") if path.is_file()):
            whole.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode())
    return whole.hexdigest()


def _graded(about, known):
    points = float(known["points"])
    if "check" in about:
        return Graded(known["grade_id"], "exercise", about["check"], points)
    if about.get("quiz") == "score":
        return Graded(known["grade_id"], "quiz", "quiz", points)
    return Graded(known["grade_id"], "manual", known["grade_id"], points)
