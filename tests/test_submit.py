"""`python -m lessonlib submit`: what it finds in a notebook, what it leaves alone, what it packs."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lessonlib.checks import table
from lessonlib.checks.table import Case, Table
from lessonlib.course import doctor, submit
from lessonlib.course.rehearsal import rehearse

ROOT = Path(__file__).resolve().parents[1]
NAME = "01-sample"
pytestmark = pytest.mark.filterwarnings("ignore")  # what the notebook format's packages say about each other

SOLVED = "def double(x):\n    return 2 * x"


def graded(grade_id, cell_type="code", grade=True, solution=False):
    points = {"points": 2.0} if grade else {}
    marks = {"schema_version": 3, "grade_id": grade_id, "cell_type": cell_type, "grade": grade, "solution": solution}
    return {"nbgrader": {**marks, "locked": not solution, "task": False, **points}}


def released_notebook():
    cells = [
        new_markdown_cell("# A sample", id="title"),
        new_code_cell("from lessonlib.checks import check", id="imports"),
        new_code_cell("def double(x):\n    ...  # your code here", id="double"),
        new_code_cell('check("double", double)', id="check_double"),
        new_markdown_cell("*Write your answer here.*", id="why"),
    ]
    cells[2].metadata = graded("double", grade=False, solution=True)
    cells[3].metadata = graded("check_double")
    cells[4].metadata = graded("why", "markdown", solution=True)
    return new_notebook(cells=cells)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one small lesson, and a student's work in it, all right."""
    for folder in ("notebooks", "work"):
        place = tmp_path / folder / NAME
        place.mkdir(parents=True)
        (place / "checks.json").write_text(table.dumps([Table("double", 2.0, 1e-6, (Case((2,), 4), Case((3,), 6)))]))
        nbformat.write(nbformat.from_dict(released_notebook()), place / f"{NAME}.ipynb")
    quiz = {"questions": [{"id": "loss"}, {"id": "rate"}]}
    (tmp_path / "notebooks" / NAME / "quiz.json").write_text(json.dumps(quiz))
    monkeypatch.setattr(submit, "ROOT", tmp_path)

    def solve(cells):
        cells[2].source = SOLVED
        cells[4].source = "Because."
        cells.append(new_code_cell('quiz.typed(loss="A", rate="2")', id="typed"))
        cells[1].source += "\nclass quiz:\n    typed = staticmethod(lambda **answers: None)"

    change(tmp_path, solve)
    return tmp_path


def change(course, edit):
    path = course / "work" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, 4)
    edit(notebook.cells)
    nbformat.write(notebook, path)


def folders(course):
    return course / "work" / NAME, course / "notebooks" / NAME


def contents(course):
    return {path: path.read_bytes() for path in sorted(course.rglob("*")) if path.is_file()}


def test_whole_lesson_is_run_scored_and_packed_and_nothing_of_the_students_changes(course, capsys):
    before = contents(course)
    assert submit.main([NAME, "--name", "ada"]) == 0
    said = capsys.readouterr().out
    assert "To repair" not in said and "Still open" not in said
    assert "`double`: 2 of 2" in said and "together 2 of 2, and up to 2 that a person gives" in said
    path = course / "work" / "to-hand-in" / NAME / "ada.zip"
    assert contents(course).keys() - before.keys() == {path, course / "work" / "to-hand-in" / ".packed-here"}
    assert {name: content for name, content in contents(course).items() if name in before} == before
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [f"{NAME}/{NAME}.ipynb"]
        assert archive.read(f"{NAME}/{NAME}.ipynb") == before[course / "work" / NAME / f"{NAME}.ipynb"]


def test_a_second_zip_keeps_the_first(course):
    submit.main([NAME, "--name", "ada", "--without-running"])
    first = (course / "work" / "to-hand-in" / NAME / "ada.zip").read_bytes()
    submit.main([NAME, "--name", "ada", "--without-running"])
    assert len(list((course / "work" / "to-hand-in" / NAME).iterdir())) == 1
    change(course, lambda cells: cells.append(new_code_cell("1")))
    submit.main([NAME, "--name", "ada", "--without-running"])
    kept = [path for path in (course / "work" / "to-hand-in" / NAME).iterdir() if path.name != "ada.zip"]
    assert [path.read_bytes() for path in kept] == [first]


def lose_marks(cells):
    cells[3].metadata = {}


def paste(cells):
    cells.insert(3, nbformat.from_dict({**cells[3], "id": "again"}))


DAMAGES = [  # (what is done to the cells, what is said about it)
    (lambda cells: cells.pop(3), "The check of `double` is missing."),
    (lambda cells: cells.pop(2), "The cell of the exercise `double` is missing."),
    (paste, "The check of `double` stands 2 times: cell 4 (`check(\"double\", double)`) and cell 5"),
    (lose_marks, "The check of `double` has lost the marks by which it is graded: cell 4"),
    (lambda cells: cells[3].metadata.nbgrader.update(points=9.0), "The settings of the check of `double` were changed"),
    (lambda cells: cells[3].update(source="2.0"), "The check of `double` was changed: cell 4 (`2.0`). Its old text"),
    (lambda cells: cells[2].update(cell_type="markdown"), "The cell of the exercise `double` has become a text cell"),
    (lambda cells: cells[2].update(source="def double(x)\n    return 2 * x"),
     "Cell 3 (`def double(x)`) is no Python: expected ':' in line 1: `def double(x)`"),
    (lambda cells: cells[5].update(source='if True:\n    quiz.typed(loss="A", rate="2")'),
     "A call of quiz.typed cannot be read, so it does not count; write it on lines of its own"),
    (lambda cells: cells[5].update(source='quiz.typed(loss="A", rate=open("x"))'),
     "The typed answer to 'rate' is no plain text or number, so it does not count."),
    (lambda cells: cells[2].update(outputs=[nbformat.v4.new_output("stream", text="x" * 11_000_000)]),
     "The notebook has 11 MB, most of it what cell 3 (`def double(x):`) has printed"),
]  # fmt: skip


@pytest.mark.parametrize("damage, said", DAMAGES, ids=[said[:45] for _, said in DAMAGES])
def test_damage_is_found_in_the_files(course, capsys, damage, said):
    change(course, damage)
    assert submit.main([NAME, "--name", "ada", "--without-running"]) == 1
    out = capsys.readouterr().out
    assert "To repair\n  - " in out and said in out
    assert "Packed: " in out


OPEN = [
    (lambda cells: cells[4].update(source="*Write your answer here.*"), "The explanation in cell 5 (`*Write your answ"),
    (
        lambda cells: cells[5].update(source='quiz.typed(loss="A", rate="")'),
        "1 of 2 questions are not answered: `rate`",
    ),
    (lambda cells: cells.pop(5), "No question of the quiz is answered (2 questions)."),
]


@pytest.mark.parametrize("undo, said", OPEN, ids=[said[:30] for _, said in OPEN])
def test_what_is_still_open_is_no_damage(course, capsys, undo, said):
    change(course, undo)
    assert submit.main([NAME, "--name", "ada", "--without-running"]) == 0
    assert f"Still open\n  - {said}" in capsys.readouterr().out


def test_typed_answers_among_other_code_are_found(course, capsys):
    change(course, lambda cells: cells[5].update(source='import math\nsaid = quiz.typed(loss="A"); quiz.typed(rate=2)'))
    assert submit.main([NAME, "--name", "ada", "--without-running"]) == 0
    assert "quiz" not in capsys.readouterr().out


def test_a_submission_is_looked_at_where_it_lies(course, capsys):
    submitted = course / "grading" / "submitted" / "ada" / NAME
    submitted.parent.mkdir(parents=True)
    (course / "work" / NAME).rename(submitted)
    before = contents(course)
    assert submit.main([NAME, "--look", str(submitted)]) == 0
    assert capsys.readouterr().out == ""
    (submitted / f"{NAME}.ipynb").write_text("PK")
    assert submit.main([NAME, "--look", str(submitted)]) == 2
    assert contents(course).keys() == before.keys()


def test_notebook_that_was_never_saved_is_named(course):
    work, released = folders(course)
    (work / f"{NAME}.ipynb").write_bytes((released / f"{NAME}.ipynb").read_bytes())
    assert doctor.examine(work, released)[0].text.startswith("The notebook is as it was handed out. Did you save")


def test_damaged_answers_are_named(course):
    (course / "work" / NAME / "answers.json").write_text("{", "utf-8")
    assert any("answers.json cannot be read" in finding.text for finding in doctor.examine(*folders(course)))


@pytest.mark.parametrize("spoil, said", [
    (lambda path: path.unlink(), "There is no 01-sample.ipynb in "),
    (lambda path: path.rename(path.with_name("mine.ipynb")), "there is mine.ipynb: rename yours to 01-sample.ipynb"),
    (lambda path: path.write_text(""), "01-sample.ipynb is empty. An older version may be in"),
    (lambda path: path.write_text("PK"), "is not a notebook that can be read (NotJSONError)"),
    (lambda path: path.write_text("{}"), "is not a notebook that can be read"),
])  # fmt: skip
def test_without_a_notebook_nothing_is_packed(course, capsys, spoil, said):
    spoil(course / "work" / NAME / f"{NAME}.ipynb")
    assert submit.main([NAME, "--name", "ada"]) == 2
    assert said in capsys.readouterr().err
    assert not (course / "work" / "to-hand-in").exists()


def test_wrong_lesson_or_name_or_no_folder_says_what_to_do(course, capsys):
    assert submit.main(["02-none", "--name", "ada"]) == 2
    assert "There is no lesson '02-none'; the lessons are 01-sample." in capsys.readouterr().err
    assert submit.main([NAME, "--name", "../ada"]) == 2
    assert "The name is '../ada'; give the name or number" in capsys.readouterr().err
    (course / "work" / NAME).rename(course / "work" / "elsewhere")
    assert submit.main([NAME, "--name", "ada"]) == 2
    assert "Start the course once with `python -m lessonlib`" in capsys.readouterr().err


def test_run_names_what_stops_what_takes_too_long_and_goes_on(course):
    def spoil(cells):
        cells.insert(2, new_code_cell("import time\nunknown"))
        cells.insert(3, new_code_cell("time.sleep(60)"))
        cells[4].source = "def double(x):\n    return 4"

    change(course, spoil)
    result = rehearse(*folders(course), seconds=8)
    said = " ".join(finding.text for finding in result.findings)
    assert "Cell 3 (`import time`) stops with NameError: name 'unknown' is not defined" in said
    assert "Cell 4 (`time.sleep(60)`) runs too long and was stopped." in said


def test_partial_credit_is_the_graders(course):
    change(course, lambda cells: cells[2].update(source="def double(x):\n    return 4"))
    assert rehearse(*folders(course)).scores == {"check_double": (1.0, 2.0)}


def test_cell_that_ends_python_is_named(course):
    change(course, lambda cells: cells.insert(2, new_code_cell("import os\nos._exit(1)")))
    result = rehearse(*folders(course))
    assert result.scores == {"check_double": (0.0, 2.0)}
    (finding,) = result.findings
    assert finding.text == "Cell 3 (`import os`) ends Python, so nothing below it was run."


@pytest.mark.skipif(sys.platform == "win32", reason="only on systems with POSIX signals")
def test_interrupt_ends_it_and_its_kernel(course):
    asleep = course / "asleep"
    code = f"import time\nopen({str(asleep)!r}, 'w').close()\ntime.sleep(100)"
    change(course, lambda cells: cells.insert(2, new_code_cell(code)))
    code = f"from lessonlib.course import submit\nfrom pathlib import Path\nsubmit.ROOT = Path({str(course)!r})\n"
    code += f"import sys\ntry: sys.exit(submit.main([{NAME!r}, '--name', 'ada']))\n"
    code += "except KeyboardInterrupt: sys.exit(130)"  # as lessonlib/__main__.py does
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert b"Running" in process.stdout.readline()
    deadline = time.monotonic() + 100
    while not asleep.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    children = _children(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and b"Traceback" not in said
    assert not (course / "work" / "to-hand-in").exists()
    assert not [child for child in children if subprocess.run(["ps", "-p", child], capture_output=True).returncode == 0]


def _children(pid):
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return done.stdout.split()
