"""A copy of the course in a folder of its own, and nbgrader's own commands run in it."""

import contextlib
import logging
import os
import shutil
import sys
from pathlib import Path

import pytest
from jupyter_core.application import NoStart

ROOT = Path(__file__).resolve().parents[1]
VARIABLES = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


class Course:
    """A copy of the course, and nbgrader's own commands run in it."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder / "course"
        shutil.copytree(ROOT / "solutions", self.folder / "solutions")
        shutil.copy(ROOT / "nbgrader_config.py", self.folder)
        self.monkeypatch = monkeypatch
        self.exchange = folder / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)

    def run(self, *arguments, folder=None, fails=False):
        """Run `nbgrader ARGUMENTS` in the course folder, or a student's, and return the lines it logged.

        In this process: a command of its own needs three seconds to start.
        """
        from nbgrader.apps.nbgraderapp import NbGraderApp

        self.monkeypatch.chdir(folder or self.folder)
        lines = []
        handler = logging.Handler(logging.INFO)
        handler.emit = lambda record: lines.append(f"{record.levelname} {record.getMessage()}")
        app = NbGraderApp.instance()
        try:
            app.initialize([*arguments, f"--Exchange.root={self.exchange}"])
            app.subapp.log.addHandler(handler)
            with contextlib.suppress(NoStart):  # how a Jupyter command says that it is done
                app.start()
        except SystemExit as stopped:
            assert bool(stopped.code) == fails, f"nbgrader {' '.join(arguments)} failed:\n" + "\n".join(lines)
        finally:
            app.subapp.log.removeHandler(handler)
            app.reset()
        return lines

    def grades(self, lesson, student):
        """{grade_id: grade} of a student, from the gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder}/grading/gradebook.db") as gradebook:
            notebook = gradebook.find_submission_notebook(lesson, lesson, student)
            return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades}

    def scores(self, lesson, student):
        """{grade_id: score} of a student in what is graded without a person."""
        grades = self.grades(lesson, student)
        assert not any(by_hand for _, by_hand in grades.values())
        return {name: score for name, (score, _) in grades.items()}


@contextlib.contextmanager
def course_in(folder):
    """A Course in `folder`, with a home of its own, for as long as the `with` block lasts."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for variable in VARIABLES:
            monkeypatch.setenv(variable, str(folder / "home"))
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("PATH", os.environ["PATH"])  # nbgrader_config.py puts something in front of it
        monkeypatch.setattr(sys, "path", list(sys.path))  # nbgrader adds to it at every command
        yield Course(folder, monkeypatch)


def cell_of(notebook, grade_id):
    """The cell of a notebook that nbgrader knows by this name."""
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
