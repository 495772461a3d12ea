"""The student copy of a lesson, made by nbgrader itself."""

import logging
import tempfile
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from lessonlib.authoring.errors import BuildError

STUB = "...  # your code here"


def generate(lesson, files, root):
    """Return the student's files ({name: bytes}) for the built `files` of a lesson.

    They are made by `nbgrader generate_assignment` with the course's own nbgrader_config.py, in a scratch
    folder: nbgrader deletes its target when it fails, and notebooks/ must not be that target.

    Raises BuildError when nbgrader refuses, or when the copy is not what a student may get.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        course = Path(scratch).resolve()
        source = course / "solutions" / lesson.name
        source.mkdir(parents=True)
        for name, content in files.items():
            (source / name).write_bytes(content)
        _generate_assignment(lesson.name, course, root)
        # nbconvert writes the line ends of the system; the repository has the same everywhere.
        made = {
            path.name: path.read_bytes().replace(b"\r\n", b"\n")
            for path in (course / "notebooks" / lesson.name).iterdir()
        }
    if set(made) != set(files):
        raise BuildError(
            f"{lesson.name}: nbgrader released {sorted(made)}, expected {sorted(files)}; "
            "look at CourseDirectory in nbgrader_config.py"
        )
    _check(nbformat.reads(made[f"{lesson.name}.ipynb"].decode(), 4), lesson)
    return made


def _generate_assignment(name, course, root):
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.assignment_id = name
    config.SaveCells.enabled = False
    log = logging.getLogger("lessonlib.authoring.student")
    log.propagate = False
    log.handlers = [memory := _Memory()]
    converter = GenerateAssignment(
        coursedir=CourseDirectory(config=config), config=config, log=log, no_database=True, force=True
    )
    try:
        converter.start()
    except Exception as error:
        reason = " ".join((memory.lines or [str(error)])[0].split())
        raise BuildError(f"{name}: nbgrader cannot make the student copy: {reason}") from error


class _Memory(logging.Handler):
    """nbgrader says why it refuses in its log, and raises an exception that says less."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def _check(notebook, lesson):
    if "widgets" in notebook.metadata:
        raise BuildError(f"{lesson.name}: the student copy carries saved widgets; remove them from the notebook")
    for cell in notebook.cells:
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count):
            raise BuildError(f"{lesson.name}: the student copy of cell {cell.id!r} has outputs")
        if cell.cell_type == "code" and "exercise" in cell.metadata and STUB not in cell.source:
            raise BuildError(
                f"{lesson.name}: the student copy of exercise {cell.metadata.exercise!r} lacks the "
                f"line `{STUB}`; look at ClearSolutions in nbgrader_config.py"
            )
