"""What is wrong with a lesson that a student is about to hand in, in plain words, read from the files alone.

`examine` runs nothing and changes nothing, so it can look at anybody's submission.
"""

import ast
import json
from dataclasses import dataclass
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbgrader.utils import is_grade, is_locked, is_solution

from lessonlib.quiz import typed_cell
from lessonlib.quiz.store import FILE_NAME, AnswerFile, DamagedFile

LARGE = 10_000_000  # bytes: from here on a notebook is hard to send and slow to open


class NotReadable(Exception):
    """There is no notebook that could be handed in; the message says what there is and what to do."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found. `repair` tells damage from what is merely not done yet."""

    text: str
    repair: bool = True


def examine(folder, released):
    """Return what there is to say about the lesson in `folder`, a list of Findings.

    `released` is the folder of the same lesson in `notebooks`: what it should look like.

    Raises NotReadable when there is no notebook in it that can be read.
    """
    folder, released = Path(folder), Path(released)
    path = folder / f"{released.name}.ipynb"
    notebook = read(path)
    blank = nbformat.read(released / path.name, 4)
    findings = [
        *_size(path, notebook),
        *_cells(notebook, blank),
        *_syntax(notebook),
        *_answers(folder, released, notebook),
        *_explanations(notebook, blank),
    ]
    if _code(notebook) == _code(blank) and not (folder / FILE_NAME).exists():
        findings.insert(0, Finding("The notebook is as it was handed out. Did you save yours, and in this folder?"))
    return findings


def read(path):
    """Return the notebook at `path`. Raises NotReadable when it is none."""
    if not path.parent.is_dir():
        raise NotReadable(
            f"There is no folder {path.parent}. Start the course once with `python -m lessonlib`, which makes it, "
            "or go to the folder in which you started it before."
        )
    if not path.is_file():
        others = sorted(other.name for other in path.parent.glob("*.ipynb"))
        remedy = f"there is {', '.join(others)}: rename yours to {path.name}" if others else "put yours there"
        raise NotReadable(f"There is no {path.name} in {path.parent}; {remedy}.")
    if not path.stat().st_size:
        raise NotReadable(f"{path} is empty. An older version may be in the folder .ipynb_checkpoints beside it.")
    try:
        notebook = nbformat.read(path, 4)
        return notebook if notebook.cells is not None else None
    except Exception as error:  # nbformat has no one exception for what is no notebook
        raise NotReadable(
            f"{path} is not a notebook that can be read ({type(error).__name__}). An older version may be in the "
            "folder .ipynb_checkpoints beside it."
        ) from None


def place(notebook, cell):
    """Words that lead to a cell: its number and its first line."""
    position = next(number for number, other in enumerate(notebook.cells, 1) if other is cell)
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "empty")
    return f"cell {position} (`{first[:50]}`)"


def _size(path, notebook):
    if path.stat().st_size > LARGE:
        biggest = max(notebook.cells, key=lambda cell: len(json.dumps(cell.get("outputs", []))))
        yield Finding(
            f"The notebook has {path.stat().st_size / 1e6:.0f} MB, most of it what {place(notebook, biggest)} has "
            "printed. Let that cell print less, run it again, and save."
        )


def _cells(notebook, blank):
    """What happened to the cells that are graded or must be filled in."""
    known = {cell.metadata.nbgrader.grade_id: cell for cell in blank.cells if "nbgrader" in cell.metadata}
    marked = {}
    for cell in notebook.cells:
        grade_id = _grade_id(cell)
        if grade_id in known:
            marked.setdefault(grade_id, []).append(cell)
    for grade_id, original in known.items():
        copies = marked.get(grade_id, [])
        what = _what(original, grade_id)
        if not copies:
            alike = [cell for cell in notebook.cells if _grade_id(cell) is None and _alike(cell, original)]
            if alike:
                yield Finding(
                    f"{what} has lost the marks by which it is graded: {place(notebook, alike[-1])}. {_RENEW}"
                )
            else:
                yield Finding(f"{what} is missing. {_RENEW}")
            continue
        if len(copies) > 1:
            places = " and ".join(place(notebook, cell) for cell in copies)
            yield Finding(f"{what} stands {len(copies)} times: {places}. Only the last one counts: delete the others.")
        yield from _changes(notebook, copies[-1], original, what)


def _changes(notebook, cell, original, what):
    if cell.cell_type != original.cell_type:
        kinds = {"code": "a code cell", "markdown": "a text cell", "raw": "a raw cell"}
        yield Finding(
            f"{what} has become {kinds.get(cell.cell_type, cell.cell_type)}: {place(notebook, cell)}. "
            f"Make it {kinds[original.cell_type]} again, with the list above the notebook."
        )
    elif is_locked(original) and cell.source.strip() != original.source.strip():
        yield Finding(f"{what} was changed: {place(notebook, cell)}. Its old text counts. {_RENEW}")
    graded = ("points", "grade", "solution", "locked")
    if any(cell.metadata.nbgrader.get(key) != original.metadata.nbgrader.get(key) for key in graded):
        yield Finding(f"The settings of {what[0].lower()}{what[1:]} were changed. What the course says counts.")


def _what(cell, grade_id):
    if is_solution(cell):
        return f"The cell of the exercise `{grade_id}`"
    if grade_id.startswith("check_"):
        return f"The check of `{grade_id.removeprefix('check_')}`"
    return f"The cell `{cell.source.strip().splitlines()[-1]}`"


_RENEW = (
    "To get it back: rename your notebook, start the course, which brings a new one, and copy your own cells into that."
)


def _syntax(notebook):
    manager = TransformerManager()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            try:
                ast.parse(manager.transform_cell(cell.source))
            except SyntaxError as error:
                line = f" in line {error.lineno}: `{(error.text or '').strip()[:50]}`" if error.text else ""
                yield Finding(f"{_upper(place(notebook, cell))} is no Python: {error.msg}{line}.")
            except Exception:  # what IPython cannot transform fails when it runs
                continue


def _answers(folder, released, notebook):
    """Questions of the quiz without an answer, clicked or typed."""
    if not (released / "quiz.json").exists():
        return
    questions = [question["id"] for question in json.loads((released / "quiz.json").read_text("utf-8"))["questions"]]
    try:
        clicked = {name for name, record in AnswerFile(folder, released.name).read().items() if record.value}
    except (DamagedFile, OSError) as error:
        clicked = set(getattr(error, "readable", {}))
        yield Finding(
            f"{FILE_NAME} cannot be read ({error}). Answers that are whole in it count; click the others again."
        )
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    typed, problems = typed_cell.read(sources, questions)
    yield from map(Finding, problems)
    open_ones = [name for name in questions if name not in clicked | typed.keys()]
    if len(open_ones) == len(questions):
        yield Finding(f"No question of the quiz is answered ({len(questions)} questions).", repair=False)
    elif open_ones:
        names = ", ".join(f"`{name}`" for name in open_ones)
        yield Finding(f"{len(open_ones)} of {len(questions)} questions are not answered: {names}.", repair=False)


def _explanations(notebook, blank):
    stubs = {cell.metadata.nbgrader.grade_id: cell.source for cell in blank.cells if _is_explanation(cell)}
    for cell in notebook.cells:
        if _grade_id(cell) in stubs and cell.source.strip() in ("", stubs[_grade_id(cell)].strip()):
            yield Finding(f"The explanation in {place(notebook, cell)} is not written yet.", repair=False)


def _is_explanation(cell):
    return "nbgrader" in cell.metadata and is_grade(cell) and is_solution(cell)


def _grade_id(cell):
    metadata = cell.metadata.get("nbgrader")
    return metadata.get("grade_id") if isinstance(metadata, dict) else None


def _alike(cell, original):
    same_text = is_locked(original) and cell.source.strip() == original.source.strip()
    return cell.get("id") == original.get("id") or same_text


def _code(notebook):
    return [cell.source for cell in notebook.cells]


def _upper(text):
    return text[0].upper() + text[1:]
