"""What is wrong with a submission, said in one line of the log, and kept from costing any other points.

nbgrader_config.py names what stands here. nbgrader itself shows a traceback for most of it and voids the
whole submission.
"""

import math
from pathlib import Path

import nbformat
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import has_failed, is_grade
from traitlets.log import get_logger

from lessonlib.quiz.store import FILE_NAME, AnswerFile, DamagedFile


def look_at_files(assignment, student, notebooks):
    """Log what is wrong with the files of a submission, before nbgrader reads them.

    nbgrader calls it in the course's folder with the paths of the submission's notebooks; `student` is the
    pattern given on the command line, so who it is comes from the paths.
    """
    folder = Path(notebooks[0]).parent
    who = folder.parent.name
    names = sorted(Path(notebook).name for notebook in notebooks)
    expected = f"{folder.name}.ipynb"
    again = f"run nbgrader autograde {folder.name} --student={who}"
    log = get_logger()
    if expected not in names:
        log.error(
            f"{who}: cannot be graded, because the notebook is called {' and '.join(names)}; "
            f"put it back under the name {expected} in {folder} and {again}"
        )
    elif problem := _unreadable(folder / expected):
        log.error(
            f"{who}: cannot be graded, because {expected} is {problem}; "
            f"ask the student for the file again, put it into {folder} and {again}"
        )
    if Path("notebooks", folder.name, "quiz.json").exists() and (problem := _without_answers(folder)):
        log.warning(
            f"{who}: {FILE_NAME} is {problem}, so only typed answers of the quiz count; "
            f"if answers were clicked, ask the student for the file, put it into {folder} and {again} --force"
        )


class RunCells(Execute):
    """Run a submission. What a student's code does to the kernel costs only the points from there on."""

    def preprocess(self, nb, resources, **options):
        try:
            return super().preprocess(nb, resources, **options)
        except DeadKernelError:
            self.log.warning(
                f"{_who(resources)}: cell {self.reached + 1} ends the kernel, so it and those below it have no result "
                "and count 0; look at what it does"
            )
            return nb, resources

    def preprocess_cell(self, cell, resources, index):
        self.reached = index
        return super().preprocess_cell(cell, resources, index)


class ReadableScores(NbGraderPreprocessor):
    """Make the result of every graded cell a number from 0 to its points.

    A student's cell may give `check` another meaning. nbgrader takes no result, or one that is no number,
    for full points, and one above the points for a reason to void the submission.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        if not is_grade(cell) or cell.cell_type != "code":
            return cell, resources
        results = [output for output in cell.outputs if output.output_type == "execute_result"]
        if not results and has_failed(cell):
            return cell, resources
        shown = results[0].data.get("text/plain", "") if results else ""
        points = float(cell.metadata.nbgrader["points"])
        score = _number(shown)
        counted = 0.0 if math.isnan(score) else min(max(score, 0.0), points)
        if counted != score:
            self.log.warning(
                f"{_who(resources)}: the graded cell {cell.metadata.nbgrader['grade_id']!r} gives "
                f"{shown[:60] or 'no result'}, expected a number from 0 to {points:g}; {counted:g} is counted, "
                "look at the notebook"
            )
            cell.outputs = [output for output in cell.outputs if output not in results]
            cell.outputs.append(new_output("execute_result", {"text/plain": str(counted)}))
        return cell, resources


def _number(text):
    try:
        return float(text)
    except ValueError:
        return math.nan


def _who(resources):
    return f"{resources['nbgrader']['student']}, {resources['nbgrader']['notebook']}.ipynb"


def _unreadable(path):
    """What the file is instead of a notebook, "" for a notebook."""
    if not path.stat().st_size:
        return "empty"
    try:
        nbformat.read(path, 4)
    except Exception as error:  # nbformat has no one exception for what is no notebook
        return f"no notebook ({type(error).__name__})"
    return ""


def _without_answers(folder):
    """Why the answers that were clicked cannot be read, "" when they can."""
    if not (folder / FILE_NAME).exists():
        return "missing"
    try:
        AnswerFile(folder, folder.name).read()
    except (DamagedFile, OSError) as error:
        return f"not readable ({error})"
    return ""
