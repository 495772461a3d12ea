"""Sample answers beside a student's prose, for the person who marks it in the formgrader, and for nobody else."""

import functools
import runpy

import nbformat
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor

from lessonlib.checks import Explanation

TAG = "sample-answers"


class WithoutSampleAnswers(NbGraderPreprocessor):
    """Take them out of what the student gets back."""

    def preprocess(self, nb, resources):
        nb.cells = [cell for cell in nb.cells if TAG not in cell.metadata.get("tags", [])]
        return nb, resources


@functools.cache
def texts(folder):
    """{name of an explanation: what the person who marks it gets to read}, for the lesson in `folder`, of solutions/.

    A lesson without explanations has none.
    """
    if not (folder / "exercises.py").exists():
        return {}
    written = runpy.run_path(str(folder / "exercises.py"))
    explanations = {name: value for name, value in written.items() if isinstance(value, Explanation)}
    cells = nbformat.read(folder / f"{folder.name}.ipynb", 4).cells if explanations else []
    full = {cell.metadata.get("exercise"): cell.source for cell in cells}
    return {name: text(explanation, full.get(name, "")) for name, explanation in explanations.items()}


def beside(cells, texts):
    """The cells of a graded notebook, each explanation followed by its sample answers."""
    result = []
    for cell in cells:
        result.append(cell)
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in texts:
            result.append(new_markdown_cell(texts[name], id=f"{TAG}-{name}"[:64], metadata={"tags": [TAG]}))
    return result


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
