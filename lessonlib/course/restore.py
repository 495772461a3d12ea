"""A submission's cells get back what nbgrader needs to know about them, from the gradebook.

Students paste cells, delete them, and save notebooks in programs that drop metadata. nbgrader stops the
whole batch at a pasted cell and cannot grade the others; this preprocessor runs before its own and
repairs what it can, with a line in the log for each repair.
"""

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor


class RestoreCells(NbGraderPreprocessor):
    """Make the structure of a submission the one that was released.

    A cell is recognised by its grade_id; failing that, by the id of the cell, which the build made the
    same; failing that, a locked cell by its text. Of copies the last one counts, and the others become
    ordinary cells. A graded cell that is nowhere is added at the end.
    """

    def preprocess(self, nb, resources):
        place = resources["nbgrader"]
        self.who = f"{place['student']}, {place['notebook']}.ipynb"
        with Gradebook(place["db_url"]) as gradebook:
            known = _released(gradebook.find_notebook(place["notebook"], place["assignment"]))
        found = self._recognise(nb, known)
        for cell in nb.cells:
            cell.metadata.pop("nbgrader", None)
        for grade_id, cell in found.items():
            cell.metadata["nbgrader"] = NotebookNode(known[grade_id].metadata)
        for grade_id, released in known.items():
            if grade_id in found:
                continue
            if released.metadata["solution"]:
                self.log.warning(
                    "%s: the solution cell %r is missing; what it defined is missing below",
                    self.who,
                    grade_id,
                )
            if released.metadata["grade"]:
                self.log.warning("%s: the graded cell %r is missing; it is added at the end", self.who, grade_id)
                new_cell = new_code_cell if released.metadata["cell_type"] == "code" else new_markdown_cell
                cell = new_cell(released.source, metadata={"nbgrader": released.metadata})
                if nb.nbformat_minor < 5:  # the older format knows no ids
                    del cell["id"]
                nb.cells.append(cell)
        return nb, resources

    def _recognise(self, nb, known):
        """Return {grade_id: the cell of the submission that counts}."""
        found = {}
        for cell in nb.cells:
            grade_id = _grade_id(cell)
            if grade_id is not None and grade_id not in known:
                self.log.warning("%s: the cell %r is unknown to the course; it is not graded", self.who, grade_id)
            elif grade_id is not None:
                if grade_id in found:
                    self.log.warning("%s: the cell %r stands twice; the last one counts", self.who, grade_id)
                found[grade_id] = cell
        stripped = not found
        for grade_id, released in known.items():
            if grade_id in found:
                continue
            same = [cell for cell in nb.cells if _grade_id(cell) is None and _is_like(cell, grade_id, released)]
            if same:
                found[grade_id] = same[-1]
                if not stripped:
                    self.log.warning("%s: the cell %r lost its metadata; it is restored", self.who, grade_id)
        if stripped and known:
            self.log.warning(
                "%s was saved without its metadata: %d of its %d cells are recognised and restored. Ask the student "
                "to work in JupyterLab, or to hand in the file from there.",
                self.who,
                len(found),
                len(known),
            )
        return found


class _Released:
    """A cell as the gradebook knows it: its source and its nbgrader metadata."""

    def __init__(self, cell, points, is_solution):
        self.source = cell.source
        self.locked = cell.locked
        self.metadata = {
            "schema_version": 3,
            "grade_id": cell.name,
            "cell_type": cell.cell_type,
            "locked": cell.locked,
            "checksum": cell.checksum,
            "grade": points is not None,
            "solution": is_solution,
            "task": False,
        }
        if points is not None:
            self.metadata["points"] = points


def _released(notebook):
    points = {cell.name: cell.max_score for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    return {cell.name: _Released(cell, points.get(cell.name), cell.name in solutions) for cell in notebook.source_cells}


def _grade_id(cell):
    metadata = cell.metadata.get("nbgrader")
    return metadata.get("grade_id") if isinstance(metadata, dict) else None


def _is_like(cell, grade_id, released):
    return cell.get("id") == grade_id or (released.locked and cell.source.strip() == released.source.strip())
