"""The course as nbgrader sees it. Every nbgrader command works in this folder.

`solutions` is what nbgrader calls the source, `notebooks` what it releases. Everything about students
stays in `grading`, which git ignores.
"""

import os
import sys
import warnings
from pathlib import Path

from lessonlib.course import nbgrader_commands

c = get_config()  # noqa: F821 - nbgrader defines it
here = Path(__file__).resolve().parent
private = here / "grading"
private.mkdir(mode=0o700, exist_ok=True)

# nbgrader makes its gradebook with the command `alembic`, which stands beside this Python.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# Said once for every submission, by nbgrader to SQLAlchemy; the marks are stored all the same.
warnings.filterwarnings("ignore", message="Object of type <Submitted")

c.CourseDirectory.course_id = "training"
c.CourseDirectory.root = str(here)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.db_url = f"sqlite:///{private / 'gradebook.db'}"
c.ExportPlugin.to = str(private / "grades.csv")

# What the author writes is never released, nor copied over a submission. answers.json must not stand
# here: it would be left out of every submission as well.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback", "*.py", "*.yaml", ".*",
]  # fmt: skip

# A blank exercise runs and returns nothing; an exception would stop Run All at the first of them.
c.ClearSolutions.code_stub = {"python": "...  # your code here"}
c.ClearSolutions.text_stub = "*Write your answer here: click twice on this line.*"

# Of what lies in the exchange under a student's name, only what this student owns is collected.
c.ExchangeFactory.collect = "lessonlib.grading.exchange.GuardedCollect"

# Submissions run in a sandbox and are judged outside of it, also by `nbgrader autograde` and the formgrader, and
# `nbgrader zip_collect` is `python -m lessonlib collect`.
nbgrader_commands.take_over()

c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "lessonlib.grading.samples.WithoutSampleAnswers",
    "lessonlib.course.feedback.CutTracebacks",
    "lessonlib.course.feedback.Digest",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
