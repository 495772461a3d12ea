"""A student's notebook run as it will be graded: a copy, in a fresh kernel, from the top, with limits."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.utils import is_grade, is_solution

from lessonlib.course.copies import COMPANIONS
from lessonlib.course.doctor import Finding, place
from lessonlib.quiz.store import FILE_NAME

SECONDS_PER_CELL = 60  # as in nbgrader_config.py


@dataclass
class Rehearsal:
    """What the run came to: what was found, and {grade_id: (score, points)} of the cells that check themselves."""

    findings: list[Finding] = field(default_factory=list)
    scores: dict[str, tuple[float, float]] = field(default_factory=dict)
    by_hand: float = 0.0  # points that a person gives


def rehearse(folder, released, seconds=300):
    """Run a copy of the lesson in `folder` and return a Rehearsal; `released` is the same lesson in `notebooks`.

    The copy holds what will be graded: notebook and answers of the student, quiz and checks of the course. A cell
    that runs longer than a minute is stopped, and after `seconds` so is every other.
    """
    folder, released = Path(folder), Path(released)
    notebook = nbformat.read(folder / f"{released.name}.ipynb", 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    result = Rehearsal()
    with tempfile.TemporaryDirectory(prefix="lessonlib-", ignore_cleanup_errors=True) as scratch:
        place_ = Path(scratch).resolve() / released.name
        place_.mkdir()
        for source, name in [(folder, FILE_NAME), *((released, name) for name in COMPANIONS)]:
            if (source / name).is_file():
                shutil.copyfile(source / name, place_ / name)
        ran = _run(notebook, place_, seconds, result)
    result.findings += _errors(notebook, ran)
    _score(notebook, result)
    return result


def _run(notebook, folder, seconds, result):
    """Run all cells; return how many were reached."""
    deadline = time.monotonic() + seconds
    reached, stopped = [], []

    def time_left(cell):
        return max(1, min(SECONDS_PER_CELL, int(deadline - time.monotonic())))

    def stop(task):
        stopped.append(True)
        task.cancel()

    def before(cell, cell_index):
        if not reached:  # Ctrl-C ends the run; nbclient would only end its kernel, and fail
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, not the main thread
                task = asyncio.current_task()
                asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop, task)
        reached.append(cell_index)
        if time.monotonic() > deadline:
            raise _OutOfTime

    client = NotebookClient(
        notebook,
        timeout_func=time_left,
        interrupt_on_timeout=True,
        allow_errors=True,
        kernel_name="python3",
        store_widget_state=False,
        record_timing=False,
        on_cell_start=before,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env=_environment(folder), stderr=subprocess.DEVNULL)
    except _OutOfTime:
        where = place(notebook, notebook.cells[reached[-1]])
        result.findings.append(Finding(f"The notebook takes longer than {seconds} seconds; {where} was not reached."))
    except CellTimeoutError:
        where = place(notebook, notebook.cells[reached[-1]])
        result.findings.append(Finding(f"{_upper(where)} cannot be stopped, so nothing below it was run."))
    except (DeadKernelError, asyncio.CancelledError):
        if stopped:
            raise KeyboardInterrupt from None
        where = place(notebook, notebook.cells[reached[-1]])
        result.findings.append(Finding(f"{_upper(where)} ends Python, so nothing below it was run."))
    return len(reached)


class _OutOfTime(Exception):
    pass


def _environment(folder):
    """The student's environment without what would change the run: own start-up files, a window for figures."""
    environment = {key: value for key, value in os.environ.items() if key not in ("MPLBACKEND", "NBGRADER_EXECUTION")}
    package = str(Path(__file__).resolve().parents[2])
    return {
        **environment,
        "IPYTHONDIR": str(folder.parent / "ipython"),
        "PYTHONPATH": os.pathsep.join([package, *filter(None, [environment.get("PYTHONPATH")])]),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")]),
    }


def _errors(notebook, ran):
    for cell in notebook.cells[:ran] if ran else []:
        for output in cell.get("outputs", []):
            if output.output_type != "error":
                continue
            if output.ename == "KeyboardInterrupt":
                yield Finding(f"{_upper(place(notebook, cell))} runs too long and was stopped.")
            elif output.ename != "SyntaxError":  # the doctor has said that
                said = " ".join(output.evalue.split())[:120]
                yield Finding(f"{_upper(place(notebook, cell))} stops with {output.ename}: {said}")


def _score(notebook, result):
    for cell in notebook.cells:
        if "nbgrader" not in cell.metadata or not is_grade(cell):
            continue
        if is_solution(cell):
            result.by_hand += _points(cell)
        elif cell.cell_type == "code":
            result.scores[cell.metadata.nbgrader.grade_id] = (_result(cell), _points(cell))


def _result(cell):
    """The score that the cell ended with; 0 where it has none, as in grading."""
    shown = [output.data.get("text/plain", "") for output in cell.outputs if output.output_type == "execute_result"]
    try:
        return min(max(float(shown[0]), 0.0), _points(cell))
    except (IndexError, ValueError):
        return 0.0


def _points(cell):
    points = cell.metadata.nbgrader.get("points", 0)
    return float(points) if isinstance(points, (int, float)) else 0.0  # the doctor has said that it was changed


def _upper(text):
    return text[0].upper() + text[1:]
