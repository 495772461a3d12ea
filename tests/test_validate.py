"""nbgrader's own validation (the command, and the button in the notebook) agrees with `check`, for every kind."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum

from lessonlib.authoring import tables
from lessonlib.checks import table
from tests.test_exercise_kinds import KINDS

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.filterwarnings("ignore")  # what the notebook format's packages say about each other


def marks(grade_id, grade, solution, cell_type="code", points=0):
    base = {"schema_version": 3, "grade_id": grade_id, "cell_type": cell_type, "task": False}
    return {"nbgrader": {**base, "grade": grade, "solution": solution, "locked": not solution, "points": points}}


def notebook(source_of):
    """A notebook with an exercise of each kind, filled in as `source_of(name)` says, and one in prose."""
    cells = [new_code_cell("from lessonlib.checks import check")]
    for name, (exercise, _) in KINDS.items():
        cells.append(new_code_cell(source_of(name), metadata=marks(name, grade=False, solution=True)))
        points = float(exercise.points)
        check = new_code_cell(f'check("{name}", {name})', metadata=marks(f"check_{name}", True, False, points=points))
        check.metadata.nbgrader["checksum"] = compute_checksum(check)
        cells.append(check)
    cells.append(new_markdown_cell("Because.", metadata=marks("why", True, True, "markdown", 2.0)))
    return new_notebook(cells=cells)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("validate")
    built = [tables.table(name, *written) for name, written in KINDS.items()]
    (folder / "checks.json").write_text(table.dumps(built), "utf-8")
    return folder


def validate(folder, source_of):
    nbformat.write(notebook(source_of), folder / "lesson.ipynb")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", "lesson.ipynb"],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


def test_solutions_pass(folder):
    said = validate(folder, lambda name: KINDS[name][1])
    assert said == "Success! Your notebook passes all the tests.\n"


def test_partly_right_is_partial_credit_in_every_kind(folder):
    partly = {
        "Momentum": ("self.velocity - self", "0.5 * self.velocity - self"),
        "train": ("return model,", "return model if seed else 3,"),
        "my_plan": ("Adam(0.01)", "SGD(0.02)"),
        "my_order": ('"BCA"', '"BDA"'),
    }
    said = validate(folder, lambda name: KINDS[name][1].replace(*partly[name]))
    assert f"VALIDATION FAILED ON {len(KINDS)} CELL(S)!" in " ".join(said.split())
    assert said.count("Partial credit; passed some but not all of the tests") == len(KINDS)


def test_blank_fails_everywhere_and_stops_nowhere(folder):
    def blank(name):
        head, rest = KINDS[name][1].split("### BEGIN SOLUTION")
        return head + "...  # your code here" + rest.split("### END SOLUTION")[1]

    said = validate(folder, blank)
    assert f"VALIDATION FAILED ON {len(KINDS)} CELL(S)!" in " ".join(said.split())
    assert "Error" not in said
