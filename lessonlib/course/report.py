"""`python -m lessonlib report [lesson…]`: what the class made of a lesson, as a page and as a table.

Reads what grading has left in grading/records and grading/autograded; writes grading/report/<lesson>.html and .csv.
"""

import argparse
import json
import sys
from pathlib import Path

from lessonlib.files import write_if_changed
from lessonlib.grading import record
from lessonlib.quiz import bank, misconceptions
from lessonlib.report import numbers, page, similarity, table

ROOT = Path(__file__).resolve().parents[2]


def main(argv, root=ROOT):
    """Write the report of each lesson named in `argv`, or of all that are graded; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lessonlib report", description="Write a page and a table about each graded lesson."
    )
    parser.add_argument("lessons", nargs="*", metavar="lesson", help="all that are graded when none is named")
    named = parser.parse_args(argv).lessons
    graded = sorted(path.name for path in (root / "grading" / "records").glob("*") if path.is_dir())
    for name in named:
        if name not in graded:
            known = f"graded are {', '.join(graded)}" if graded else "no lesson is graded"
            print(f"report: {name!r} is not graded: {known}. Run `python -m lessonlib grade {name}`.", file=sys.stderr)
            return 1
    if not graded:
        print("report: no lesson is graded yet. Run `python -m lessonlib grade` first.", file=sys.stderr)
        return 1
    for name in named or graded:
        for file in write(root, name):
            print(file.relative_to(root))
    return 0


def write(root, lesson):
    """Write the two files about a lesson, and return their paths."""
    records = [record.read(file) for file in sorted((root / "grading" / "records" / lesson).glob("*.json"))]
    found = numbers.of_class(lesson, [one for one in records if one], beliefs(root, lesson))
    known = [code(root / folder / lesson / f"{lesson}.ipynb") for folder in ("notebooks", "solutions")]
    sources = {one.student: code(graded_notebook(root, lesson, one.student), written=True) for one in found.records}
    pairs = similarity.pairs({student: source for student, source in sources.items() if source}, known)
    folder = root / "grading" / "report"
    files = {
        folder / f"{lesson}.html": page.page(found, pairs),
        folder / f"{lesson}.csv": table.csv_text(found),
    }
    for file, text in files.items():
        write_if_changed(file, text.encode())
    return list(files)


def beliefs(root, lesson):
    """{question: (belief, truth)} from the lesson's quiz and the course's catalogue; empty without solutions/."""
    quiz, catalogue = root / "solutions" / lesson / "quiz.yaml", root / "solutions" / "misconceptions.yaml"
    if not (quiz.exists() and catalogue.exists()):
        return {}
    known = misconceptions.read(catalogue)
    questions = [question for question in bank.read(quiz).questions if question.catches in known]
    return {one.id: (known[one.catches].belief, known[one.catches].truth) for one in questions}


def graded_notebook(root, lesson, student):
    return root / "grading" / "autograded" / student / lesson / f"{lesson}.ipynb"


def code(notebook, written=False):
    """The code of a notebook, with `written` only of the cells that a student writes; "" where there is none."""
    if not notebook.exists():
        return ""
    cells = [cell for cell in json.loads(notebook.read_bytes())["cells"] if cell["cell_type"] == "code"]
    if written:
        cells = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("solution")]
    return "\n".join("".join(cell["source"]) for cell in cells)
