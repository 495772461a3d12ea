"""The solution notebook, executed in a scratch folder as a student who knows everything would do it."""

import contextlib
import copy
import os
import subprocess
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbgrader.utils import determine_grade, is_grade

from lessonlib.authoring import exam, outputs, source
from lessonlib.authoring.errors import BuildError
from lessonlib.quiz.store import AnswerFile, Record

SECONDS_PER_CELL = 120
NEVER = "2000-01-01T00:00:00Z"  # the time of an answer that nobody clicked


def execute(lesson, files):
    """Return the lesson's notebook with its outputs.

    `files` ({name: bytes}) stand beside it while it runs, and an answers.json with every right answer.

    Raises BuildError when a cell fails or writes to stderr, and when the solution does not score full.
    """
    notebook = copy.deepcopy(lesson.notebook)
    with _scratch_folder(lesson.name, files) as folder:
        if lesson.bank:
            write_key(lesson, folder)
        run(notebook, folder, lesson.name)
        if lesson.bank:
            exam.add_points(notebook, lesson.bank, lesson.name, folder)
        # The kernel has written its own Python version there.
        notebook.metadata = copy.deepcopy(lesson.notebook.metadata)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                # What a test may not compare is about this machine, and has no place in the repository.
                keep = "nbval-ignore-output" not in cell.metadata.get("tags", [])
                cell.outputs = outputs.normalised(cell.outputs, folder) if keep else []
    _check_stderr(notebook, lesson.name)
    _check_scores(notebook, lesson.name)
    return notebook


def try_blank(name, released):
    """Run a student's notebook as it was `released` ({name: bytes}), with nothing filled in.

    Raises BuildError when a cell fails or writes to stderr: then it would do so for every student.
    """
    notebook = nbformat.reads(released[f"{name}.ipynb"].decode(), 4)
    with _scratch_folder(name, released) as folder:
        run(notebook, folder, f"{name}, nothing filled in")
    _check_stderr(notebook, f"{name}, nothing filled in")


def write_key(lesson, folder):
    """Write an answers.json that answers every question of the lesson's quiz right."""
    records = {question: Record(answer, at=NEVER) for question, answer in lesson.bank.key.items()}
    AnswerFile(folder, lesson.name).update(records)


def run(notebook, folder, name):
    """Execute `notebook` in place, with `folder` as the current folder.

    Raises BuildError naming the first cell that fails.
    """
    reached = []
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        store_widget_state=False,
        record_timing=False,
        on_cell_start=lambda cell, cell_index: reached.append(cell_index),
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        # What the kernel itself says on stderr (about its port, about the debugger) concerns nobody here.
        client.execute(env=_environment(folder), stderr=subprocess.DEVNULL)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        where = source.place(reached[-1], notebook.cells[reached[-1]])
        if isinstance(error, CellExecutionError):
            reason = f"fails with {error.ename}: {' '.join(error.evalue.split())}"
        elif isinstance(error, CellTimeoutError):
            reason = f"runs longer than {SECONDS_PER_CELL} seconds"
        else:
            reason = "ends the kernel"
        raise BuildError(f"{name}, {where} {reason}; correct the cell in the lesson's .py file") from error


@contextlib.contextmanager
def _scratch_folder(name, files):
    """A folder called `name` that holds `files`, for as long as the `with` block lasts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch).resolve() / name
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        yield folder


def _environment(folder):
    """The author's environment without what would show in the outputs: own start-up files, a plain backend."""
    environment = {key: value for key, value in os.environ.items() if key not in ("MPLBACKEND", "NBGRADER_EXECUTION")}
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [environment.get("PYTHONPATH")])]
    return {
        **environment,
        "IPYTHONDIR": str(folder.parent / "ipython"),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(paths),
    }


def _check_stderr(notebook, name):
    """Nothing on stderr: students would see it in red, and in a graded cell it costs all the points."""
    for position, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                said = " ".join(output.text.split())[:200]
                raise BuildError(
                    f"{name}, {source.place(position, cell)} writes to stderr, which students see in red; "
                    f"correct what causes it: {said}"
                )


def _check_scores(notebook, name):
    for position, cell in enumerate(notebook.cells):
        if not is_grade(cell) or cell.cell_type != "code":  # a person marks a text
            continue
        where = f"{name}, {source.place(position, cell)}"
        if not any(output.output_type == "execute_result" for output in cell.outputs):
            raise BuildError(f"{where} returns no score; end it in the call that returns one")
        score, points = determine_grade(cell)
        if score != points:
            raise BuildError(f"{where} gives the solution {score:g} of {points:g} points; correct one of the two")
