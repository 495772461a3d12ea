"""A course with submissions in it, and the grade command run on it."""

import contextlib
import io
import json
import shutil
from pathlib import Path

from lessonlib.course import grade
from lessonlib.grading import record
from lessonlib.quiz.store import AnswerFile, Record

ROOT = Path(__file__).resolve().parents[2]
LESSON = "02-model-fit"


class Course:
    """A copy of one lesson of the course in `folder`, and what students handed in."""

    def __init__(self, folder, lesson=LESSON):
        self.folder = folder
        self.lesson = lesson
        for part in ("solutions", "notebooks"):
            shutil.copytree(ROOT / part / lesson, folder / part / lesson)
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        solved = json.loads((folder / "solutions" / lesson / f"{lesson}.ipynb").read_bytes())
        self.solutions = {
            cell["metadata"]["exercise"]: "".join(cell["source"])
            for cell in solved["cells"]
            if "exercise" in cell["metadata"]
        }

    def place(self, student):
        """Where the submission of a student stands."""
        return self.folder / "grading" / "submitted" / student / self.lesson

    def blank(self):
        """The notebook as students get it."""
        return json.loads((self.folder / "notebooks" / self.lesson / f"{self.lesson}.ipynb").read_bytes())

    def solved(self, *names):
        """The notebook with the exercises `names` solved, or all."""
        notebook = self.blank()
        for cell in notebook["cells"]:
            name = cell["metadata"].get("exercise")
            if name and (not names or name in names):
                cell["source"] = self.solutions[name]
        return notebook

    def hand_in(self, student, notebook, answers=()):
        """Put a submission where collecting puts it; `answers` are {question: answer}."""
        place = self.place(student)
        place.mkdir(parents=True, exist_ok=True)
        content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        (place / f"{self.lesson}.ipynb").write_bytes(content)
        if answers is not None:
            records = {name: Record(value, at="2030-01-01T10:00:00Z") for name, value in dict(answers).items()}
            AnswerFile(place, self.lesson).update(records)
        return place

    def grade(self, *arguments):
        """Run the command; returns (exit code, what it said)."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = grade.main([self.lesson, *arguments], self.folder)
        return code, said.getvalue()

    def record(self, student):
        """What became of a submission."""
        return record.read(record.path(self.folder / "grading", self.lesson, student))

    def scores(self, student):
        """{graded cell: score} of a student, as the record has it."""
        return {item.id: item.score for item in self.record(student).items}

    def gradebook(self, student):
        """{graded cell: score} of a student, as nbgrader's gradebook has it."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder}/grading/gradebook.db", "training") as gradebook:
            submitted = gradebook.find_submission_notebook(self.lesson, self.lesson, student)
            return {grade.name: grade.auto_score for grade in submitted.grades}


def cell(notebook, grade_id):
    """The cell of a notebook that nbgrader knows by this name."""
    return next(one for one in notebook["cells"] if one["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def code(source):
    """A new code cell."""
    return {"cell_type": "code", "id": "new", "metadata": {}, "outputs": [], "execution_count": None, "source": source}


def insert(notebook, source, above):
    """Put a new code cell above the cell called `above`."""
    notebook["cells"].insert(notebook["cells"].index(cell(notebook, above)), code(source))
    return notebook
