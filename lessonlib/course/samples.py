"""Sample answers beside a student's prose, for the person who marks it in the formgrader, and for nobody else."""

import runpy
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor

from lessonlib.checks import Explanation

TAG = "sample-answers"


class SampleAnswers(NbGraderPreprocessor):
    """Put a cell with sample answers below each explanation.

    It runs after the student's code, which can therefore not read it, and works on the graded copy alone.
    """

    def preprocess(self, nb, resources):
        name = resources["nbgrader"]["assignment"]
        folder = Path(self.config.CourseDirectory.root, "solutions", name)
        explanations = _explanations(folder / "exercises.py")
        if explanations:
            solved = nbformat.read(folder / f"{name}.ipynb", 4)
            full = {cell.metadata.get("exercise"): cell.source for cell in solved.cells}
            nb.cells = [entry for cell in nb.cells for entry in _with_samples(cell, explanations, full)]
            if nb.nbformat_minor < 5:  # the older format knows no ids
                for cell in nb.cells:
                    cell.pop("id", None)
        return nb, resources


class WithoutSampleAnswers(NbGraderPreprocessor):
    """Take them out of what the student gets back."""

    def preprocess(self, nb, resources):
        nb.cells = [cell for cell in nb.cells if TAG not in cell.metadata.get("tags", [])]
        return nb, resources


def _explanations(path):
    if not path.exists():
        return {}
    return {name: value for name, value in runpy.run_path(str(path)).items() if isinstance(value, Explanation)}


def _with_samples(cell, explanations, full):
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    if name not in explanations:
        return [cell]
    return [cell, new_markdown_cell(text(explanations[name], full.get(name, "")), metadata={"tags": [TAG]})]


def text(explanation, full):
    """What the person who marks gets to read, as Markdown.

    >>> print(text(Explanation(2, ["noise", "the mean"], half="It jumps.", none="It learns."), "A batch is a sample."))
    **For the person who marks this** (students never see it)
    <BLANKLINE>
    Look for: noise; the mean.
    <BLANKLINE>
    - **2 of 2 points:** A batch is a sample.
    - **1 of 2 points:** It jumps.
    - **0 points:** It learns.
    """
    points = explanation.points
    levels = (
        (f"{points:g} of {points:g} points", full),
        (f"{points / 2:g} of {points:g} points", explanation.half),
        ("0 points", explanation.none),
    )
    return "\n".join(
        [
            "**For the person who marks this** (students never see it)\n",
            f"Look for: {'; '.join(explanation.looks_for)}.\n",
            *(f"- **{level}:** {' '.join(answer.split())}" for level, answer in levels),
        ]
    )
