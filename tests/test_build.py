"""The build: a small lesson built for real, and everything it refuses."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring import outputs
from lessonlib.authoring.errors import BuildError
from lessonlib.authoring.leaks import leaks
from lessonlib.course import build
from lessonlib.files import write_if_changed

ROOT = Path(__file__).resolve().parents[1]
NAME = "01-sample"

# nbgrader and what it is made of warn about each other; that is not what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore")

SOURCE = '''\
# ---
# jupyter:
#   lessonlib:
#     title: A sample
#     minutes: 5
#     about: Two exercises and a quiz.
# ---

# %% [markdown]
# # A sample

# %%
import math
import time

import numpy as np
from IPython.display import HTML
from ipywidgets import IntSlider

from lessonlib import quiz
from lessonlib.checks import check

# %%
started = time.perf_counter()
print("1/2", end="\\r")
print("2/2 done")
print(f"took {time.perf_counter() - started:.6f} s")
display(HTML("<b>bold</b>"), object(), IntSlider(3))
np.array([1.0, 2.0])

# %% exercise="updates"
def updates(rows, batch_size):
    """How many updates does an epoch make?"""
    ### BEGIN SOLUTION
    return math.ceil(rows / batch_size)
    ### END SOLUTION

# %% check="updates"
check("updates", updates)

# %% exercise="standardised"
def standardised(x):
    """Each column of `x` with mean 0 and standard deviation 1."""
    ### BEGIN SOLUTION
    return (x - x.mean(axis=0)) / x.std(axis=0)
    ### END SOLUTION

# %% check="standardised"
check("standardised", standardised)

# %% quiz="show"
quiz.show()

# %% quiz="typed"
# Type your answers between the quotes.
quiz.typed(partial_batch="", count="")

# %% quiz="score"
quiz.score()
'''

EXERCISES = """\
from lessonlib.checks import Exercise, Mistake


def blocks(rng):
    return [(rng.normal(3, 2, size=(rows, 2)),) for rows in (4, 5, 9)]


def sizes(rng):
    even = int(rng.integers(2, 40)) * 10
    return [(100, 10), (even, 10), (even + 1, 10), (int(rng.integers(3, 30)), 32)]


updates = Exercise(
    points=2,
    cases=sizes,
    mistakes=[
        Mistake("math.ceil(rows / batch_size)", "rows // batch_size", says="The smaller batch counts as well."),
        Mistake("math.ceil(rows / batch_size)", "rows / batch_size", says="An update is a whole thing."),
        *(
            Mistake("math.ceil(rows / batch_size)", wrong, says=f"Not {wrong}.")
            for wrong in ("rows", "batch_size", "rows % batch_size", "rows // batch_size + 1")
        ),
    ],
    hints=["How many batches?", "What happens to the rest?", "Round up."],
    also_right=[
        "def updates(rows, batch_size): return -(-rows // batch_size)",
        "def updates(rows, batch_size): return len(range(0, rows, batch_size))",
    ],
)

standardised = Exercise(
    points=1,
    cases=blocks,
    mistakes=[
        Mistake("x.mean(axis=0)", "x.mean()", says="Every column has its own mean."),
        Mistake("x.mean(axis=0)", "x.min(axis=0)", says="That is the smallest."),
        *(
            Mistake("x.std(axis=0)", wrong, says=f"Not {wrong}.")
            for wrong in ("x.std()", "x.var(axis=0)", "x.std(axis=0, ddof=1)", "1")
        ),
    ],
    hints=["Which numbers belong to a column?", "Subtract its mean.", "Divide by its standard deviation."],
    also_right=[
        "def standardised(x):\\n    x = x - np.mean(x, 0)\\n    return x / np.sqrt(np.mean(x**2, 0))",
        "def standardised(x):\\n    return np.apply_along_axis(lambda c: (c - c.mean()) / c.std(), 0, x)",
    ],
)
"""

QUIZ = """\
title: Check yourself
questions:
  - id: partial_batch
    kind: single
    ask: Does a **smaller** last batch make an update?
    choices:
      - text: It makes one
        right: true
        why: It has a gradient like any other batch.
      - text: It makes none
        why: Nothing is skipped unless you ask for it.
  - id: count
    kind: number
    ask: How many updates for 640 rows in batches of 32?
    answer: 20
    why: Six hundred and forty divided by thirty-two.
    wrong:
      - value: 32
        why: That is the size of the batch instead.
    otherwise: Divide the rows by the size of the batch.
"""


def make_course(root):
    """Write the sample lesson, not built yet, into a new course at `root`."""
    folder = root / "solutions" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.py").write_text(SOURCE, "utf-8")
    (folder / "exercises.py").write_text(EXERCISES, "utf-8")
    (folder / "quiz.yaml").write_text(QUIZ, "utf-8")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


@pytest.fixture
def course(tmp_path):
    """A course with the sample lesson, for the test to change."""
    return make_course(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sample course, built once, for tests that only look."""
    course = make_course(tmp_path_factory.mktemp("built"))
    make(course)
    return course


@pytest.fixture
def edit(course):
    """edit(file, old, new): change a file of the sample lesson."""

    def edit(name, old, new):
        path = course / "solutions" / NAME / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return edit


def make(course):
    return build.build(course / "solutions" / NAME, course)


def contents(course):
    return {path.relative_to(course): path.read_bytes() for path in course.rglob("*") if path.is_file()}


def notebook(course, where):
    return nbformat.read(course / where / NAME / f"{NAME}.ipynb", 4)


def cell(cells, text):
    return next(cell for cell in cells if text in cell.source)


# What is built


def test_every_file_is_made_and_a_second_build_changes_no_byte(built):
    before = contents(built)
    made = {str(path.relative_to("solutions")) for path in before if path.parts[0] == "solutions"}
    names = [f"{NAME}.ipynb", "quiz.json", "checks.json"]
    assert made == {f"{NAME}/{name}" for name in [*names, f"{NAME}.py", "exercises.py", "quiz.yaml"]}
    assert sorted(path.name for path in (built / "notebooks" / NAME).iterdir()) == sorted(names)
    assert make(built) == []
    assert contents(built) == before


def test_solution_notebook_is_run_and_scores_full(built):
    cells = notebook(built, "solutions").cells
    counts = [cell.execution_count for cell in cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    scores = {
        cell.metadata.nbgrader.grade_id: (cell.outputs[-1].data["text/plain"], cell.metadata.nbgrader.points)
        for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")
    }  # fmt: skip
    assert scores == {
        "check_updates": ("2.0", 2.0),
        "check_standardised": ("1.0", 1.0),
        "quiz_score": ("2.0", 2.0),
    }


def test_outputs_hold_nothing_that_changes_from_run_to_run(built):
    text, html, thing, slider, array = cell(notebook(built, "solutions").cells, "2/2 done").outputs
    assert text.text.startswith("2/2 done\ntook 0.")
    assert html.data["text/html"] == "<b>bold</b>"
    assert thing.data["text/plain"] == "<object at 0x0>"
    assert set(slider.data) == {"text/plain"}
    assert array.data["text/plain"] == "array([1., 2.])"


def test_solution_notebook_carries_no_trace_of_this_machine(built):
    metadata = notebook(built, "solutions").metadata
    assert set(metadata) == {"kernelspec", "language_info", "lessonlib"}
    assert "version" not in metadata.language_info
    assert metadata.lessonlib == {"title": "A sample", "minutes": 5, "about": "Two exercises and a quiz."}
    assert not any("execution" in cell.metadata for cell in notebook(built, "solutions").cells)


def test_student_notebook_is_blank_and_locked_where_it_must_be(built):
    cells = {cell.id: cell for cell in notebook(built, "notebooks").cells}
    assert cells["updates"].source.endswith('an epoch make?"""\n    ...  # your code here')
    assert not cells["updates"].metadata.nbgrader.locked
    for name in ("check_updates", "check_standardised", "quiz_show", "quiz_score"):
        assert cells[name].metadata.nbgrader.locked and cells[name].metadata.editable is False
    typed = next(cell for cell in cells.values() if cell.metadata.get("quiz") == "typed")
    assert typed.metadata.deletable is False and "nbgrader" not in typed.metadata
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells.values())


def test_cell_ids_follow_the_source(built):
    ids = [cell.id for cell in notebook(built, "solutions").cells]
    assert ids == [cell.id for cell in notebook(built, "notebooks").cells]
    assert len(set(ids)) == len(ids)


def test_only_durations_differ_so_the_old_outputs_stay(built):
    old, new = notebook(built, "solutions").cells, notebook(built, "solutions").cells
    cell(new, "2/2 done").outputs[0].text = "2/2 done\ntook   12.5 ms\n"
    cell(new, 'check("updates"').outputs[-1].data["text/plain"] = "1.5"
    outputs.keep_equal(new, old)
    assert cell(new, "2/2 done").outputs == cell(old, "2/2 done").outputs
    assert cell(new, 'check("updates"').outputs[-1].data["text/plain"] == "1.5"


def test_command_says_what_it_did(course, monkeypatch, capsys):
    monkeypatch.setattr(build, "ROOT", course)
    assert build.main([NAME]) == 0
    assert f"wrote {Path('notebooks') / NAME / 'checks.json'}" in capsys.readouterr().out
    assert build.main([]) == 0
    assert "nothing changed" in capsys.readouterr().out
    assert build.main(["02-none"]) == 1
    assert capsys.readouterr().err == "build: there is no lesson '02-none'; solutions/ has 01-sample\n"


def test_file_is_replaced_only_when_it_changes(tmp_path):
    path = tmp_path / "folder" / "file"
    assert write_if_changed(path, b"one") is True
    stamp = path.stat().st_mtime_ns
    assert write_if_changed(path, b"one") is False
    assert path.stat().st_mtime_ns == stamp
    assert write_if_changed(path, b"two") is True
    assert [file.name for file in path.parent.iterdir()] == ["file"] and path.read_bytes() == b"two"


# What is refused

REFUSED = [  # (file, old, new, what is said)
    ("exercises.py", "points=2", "points=-2", "exercises.py, line 13: ValueError: Exercise: points is -2; give"),
    ("exercises.py", "points=2", "points=", "exercises.py, line 14: SyntaxError"),
    ("exercises.py", "(even + 1, 10)", "(7, 0)", "'updates': the solution fails for (7, 0) with ZeroDivisionError"),
    ("exercises.py", '"math.ceil(rows / batch_size)", "rows //', '"math.ciel", "rows //', "stands 0 times"),
    ("exercises.py", '"math.ceil(rows / batch_size)", "rows // batch_size"', '"rows", "row"', "stands 2 times"),
    ("exercises.py", '"rows // batch_size"', '"math.ceil(rows/batch_size)"', "still scores full; add a case"),
    ("exercises.py", '"rows // batch_size"', '"int(rows / batch_size)", says="a"), '
     'Mistake("math.ceil(rows / batch_size)", "rows // batch_size"', "comes out like the mistake that says 'a'"),
    ("exercises.py", '"rows // batch_size"', '"None"', "returns None for every case"),
    ("exercises.py", '"rows // batch_size"', '"rows //"',
     "the mistake 'math.ceil(rows / batch_size)' -> 'rows //' fails with SyntaxError: invalid syntax in `return rows"),
    ("exercises.py", "points=2", "points=float('inf')", "line 13: ValueError: Exercise: points is inf; give a number"),
    ("exercises.py", "    return [(rng", "    1 / 0\n    return [(rng",
     "exercise 'standardised': exercises.py, line 5: the function that makes the cases fails with ZeroDivisionError"),
    ("exercises.py", "    return [(rng", "    raise SystemExit\n    return [(rng", "line 5: the function that makes"),
    ("exercises.py", "updates = ", "import sys\nsys.exit('no')\nupdates = ", "exercises.py, line 14: SystemExit: no"),
    ("exercises.py", '"def updates(rows, batch_size): return -(', '"def updates(rows, batch_size): return -[(',
     "also_right number 1 fails with SyntaxError"),
    ("exercises.py", '"rows // batch_size"', '"{rows}"', "returns a value that cannot be kept"),
    ("exercises.py", "return -(-rows", "return (rows", "also_right number 1 scores 1 of 2: updates(141, 10) came"),
    ("exercises.py", '"Round up."', "", "hints has 2 of at least 3 entries; add 1 more"),
    ("exercises.py", '"rows % batch_size", ', "", "mistakes has 5 of at least 6 entries; add 1 more"),
    ("exercises.py", 'says=f"Not {wrong}."', 'says="No."', "two mistakes say 'No.'; give each its own sentence"),
    ("exercises.py", '"def updates(rows, batch_size): return -(-rows // batch_size)",', "",
     "also_right has 1 of at least 2"),
    ("exercises.py", "return len(range(0, rows, batch_size))", "return -(-rows//batch_size)  # up",
     "also_right number 2 is written like also_right number 1; write it differently"),
    ("exercises.py", "standardised = ", "from lessonlib.checks import Explanation\n"
     "why = Explanation(1, ['a'], half='b', none='c')\nstandardised = ", "explanation 'why' has no cell; add one"),
    ("exercises.py", "standardised = ", "from lessonlib.checks import Explanation\n"
     "standardised = Explanation(1, ['a'], half='b', none='c')\nother = ", "'standardised' has a check cell; a person"),
    ("exercises.py", "cases=blocks", "cases=blocks, goals=[Goal('loss', at_most=1)]", "NameError: name 'Goal' is not"),
    ("01-sample.py", '# %% exercise="updates"', '# %% [markdown] exercise="updates"', "stands in a text cell"),
    ("exercises.py", "cases=blocks", "cases=blocks, tolerance=0", "give a tolerance of 1e-9 or more"),
    ("exercises.py", "cases=blocks", "cases=[1]", "cases must be a list of argument tuples"),
    ("exercises.py", "cases=sizes", "cases=[(100, 10), (101, 10), (7, 32), (64, 32)]", "def cases(rng), and draw from"),
    ("exercises.py", "(even + 1, 10), (int(rng.integers(3, 30)), 32)", "(101, 10)", "scores full on cases that"),
    ("exercises.py", "cases=blocks", "cases=[]", "(or of Use, Run or Budget) with at least one in it"),
    ("exercises.py", "cases=blocks", "cases=[(print,)]", "an argument of a case: a builtin_function_or_method cannot"),
    ("exercises.py", "standardised = ", "standardized = ", "'standardised' is not in exercises.py"),
    ("01-sample.py", '# %% check="updates"', "# %%", "exercise 'updates' has no check cell"),
    ("01-sample.py", '# %% exercise="updates"', "# %%", "exercise 'updates' has no solution cell"),
    ("01-sample.py", '# %% exercise="standardised"', '# %% exercise="updates"', 'exercise="updates" stands twice'),
    ("01-sample.py", '# %% exercise="updates"', '# %% exercize="updates"', "the key 'exercize' is unknown"),
    ("01-sample.py", 'check("updates", updates)', 'check("updates", updates);', "the last line of its check cell"),
    ("01-sample.py", "    ### END SOLUTION", "", "has no lines between"),
    ("01-sample.py", "def updates(", "def update(", "the solution cell defines no function 'updates'"),
    ("01-sample.py", "return (x - x.mean(axis=0))", "x -= 1; return (x - x.mean(axis=0))", "changes its argument 'x'"),
    ("01-sample.py", "return (x - x.mean(axis=0))", "np.log(-1.0); return (x - x.mean(axis=0))", "the solution warns"),
    ("01-sample.py", "return math.ceil(rows / batch_size)", "pass", "returns None for every case"),
    ("01-sample.py", 'quiz="score"', 'quiz="scores"', 'quiz="scores" is unknown'),
    ("01-sample.py", 'quiz="score"', "quiz=score", "`quiz=score` cannot be read; each value stands in quotation"),
    ("01-sample.py", 'check="updates"', "check=[1]", "updates)`): check is [1]; write check="),
    ("01-sample.py", "title: A sample", "title: A: sample", "header, line 4: not valid YAML: mapping values are not"),
    ("01-sample.py", "title: A sample", "title: \tA sample", "with tabs"),
    ("01-sample.py", "title: A sample", "title: 2030", "header: title is 2030; write some text in quotation marks"),
    ("01-sample.py", "#     about: Two exercises and a quiz.\n", "", "header: about is None; write some text"),
    ("01-sample.py", "minutes: 5", "minutes: 0", "header: minutes is 0; write a whole number of 1 or more"),
    ("01-sample.py", "minutes: 5", "minutes: soon", "header: minutes is 'soon'; write a whole number"),
    ("01-sample.py", "minutes: 5", "minutes: true", "header: minutes is True; write a whole number"),
    ("01-sample.py", "#   lessonlib:", "#   lessons:", "the header has no `lessonlib:`"),
    ("01-sample.py", "quiz.show()\n", "updates(1, 1) + 1\nquiz.show()\n",
     "nothing filled in, cell 8 (`updates(1, 1) + 1`) fails with TypeError"),
    ("01-sample.py", "quiz.show()\n", "if updates(1, 1) is None:\n    np.log(-1.0)\nquiz.show()\n",
     "nothing filled in, cell 8 (`if updates(1, 1) is None:`) writes to stderr"),
    ("01-sample.py", '# %% quiz="show"', "# %%", "give it one each of show, typed and score"),
    ("01-sample.py", 'count=""', 'count="20"', "every question, and no answer"),
    ("01-sample.py", "quiz.typed(partial", "quiz.type(partial", "must be `quiz.typed("),
    ("quiz.yaml", "kind: single", "kind: singel", "kind is 'singel'"),
    ("01-sample.py", "np.array([1.0, 2.0])", "np.array([1.0, 2.0]) / 'a'", "cell 3 (`started = time.perf"),
    ("01-sample.py", "np.array([1.0, 2.0])", "import os; os._exit(1)", ") ends the kernel"),
    ("01-sample.py", 'check("updates", updates)', 'np.log(-1.0)\ncheck("updates", updates)', "writes to stderr"),
    ("01-sample.py", "np.array([1.0, 2.0])", "np.log(-1.0)", ") writes to stderr"),
    ("01-sample.py", "quiz.score()", "quiz.score();", "returns no score"),
    ("01-sample.py", "quiz.score()", "quiz.score() / 2", "gives the solution 1 of 2 points"),
    ("01-sample.py", "# # A sample", "# # A sample\n# BEGIN SOLUTION", "nbgrader cannot make the student copy"),
    ("01-sample.py", "# # A sample", "# # A sample\n# Hint: `x-x.mean( axis = 0 )) / x.std(axis=0)`. And: "
     "return math.ceil( rows/batch_size )", "gives something away"),
    ("01-sample.py", "# # A sample", "# # It has a gradient like any other batch.", "gives something away"),
]  # fmt: skip


@pytest.mark.parametrize("name, old, new, said", REFUSED, ids=[said[:40] for *_, said in REFUSED])
def test_build_refuses_and_says_where_and_why(course, edit, name, old, new, said):
    edit(name, old, new)
    before = contents(course)
    with pytest.raises(BuildError) as caught:
        make(course)
    assert str(caught.value).startswith(NAME) and said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert contents(course) == before


@pytest.mark.parametrize("name", [f"{NAME}.py", "exercises.py", "quiz.yaml"])
def test_file_that_is_not_utf8_is_named(course, name):
    path = course / "solutions" / NAME / name
    path.write_bytes(path.read_bytes() + b"\n# caf\xe9\n")
    with pytest.raises(BuildError, match=f"^{NAME}: .*{name}, line") as caught:
        make(course)
    line = path.read_bytes().count(b"\n")
    assert f"{name}, line {line}: this is not UTF-8 text; save the file as UTF-8" in str(caught.value)


@pytest.mark.parametrize("argument, code", [("--help", 0), ("--fast", 2)])
def test_command_knows_its_options(monkeypatch, capsys, argument, code):
    monkeypatch.setattr(build, "build", lambda *arguments: pytest.fail("something was built"))
    with pytest.raises(SystemExit) as stopped:
        build.main([argument])
    assert stopped.value.code == code
    said = capsys.readouterr()
    assert "usage: python -m lessonlib build [-h] [lesson ...]" in said.out + said.err


def test_failed_build_leaves_the_old_files_alone(course, edit):
    make(course)
    edit(f"{NAME}.py", "quiz.score()", "quiz.score() / 2")
    before = contents(course)
    with pytest.raises(BuildError):
        make(course)
    assert contents(course) == before


@pytest.mark.parametrize("name, content", [
    ("quiz.yaml", b""), ("exercises.py", b""), ("answers.json", b"{}"), ("notes.txt", b""),
    ("quiz.json", b'{"questions": [{"right": 1}]}'),
    ("checks.json", b'{"hints": ["return  math.ceil(rows/batch_size)"]}'),
    ("x.ipynb", b'{"cells": [{"source": ["    return (x - x.mean(axis=0)) ", "/ x.std(axis=0)"]}]}'),
    ("x.ipynb", b'{"cells": [{"source": "### BEGIN HIDDEN TESTS"}]}'),
    ("x.ipynb", b'{"cells": [{"source": "It has a gradient like\\nany other batch."}]}'),
])  # fmt: skip
def test_leak_is_found(built, name, content):
    lesson = lessons.load(built / "solutions" / NAME)
    assert leaks(lesson, {name: content})


def test_a_solution_line_that_the_lesson_itself_shows_as_code_is_no_secret(built):
    lesson = lessons.load(built / "solutions" / NAME)
    line = "return math.ceil(rows / batch_size)"
    released = {"x.ipynb": json.dumps({"cells": [{"source": f"    {line}"}]}).encode()}
    assert leaks(lesson, released)
    lesson.notebook.cells.append(nbformat.v4.new_code_cell(f"def steps(rows, batch_size):\n    {line}"))
    assert leaks(lesson, released) == []
    lesson.notebook.cells[-1].cell_type = "markdown"  # prose that holds the answer is no teaching of it
    assert leaks(lesson, released)


def test_student_files_leak_nothing(built):
    lesson = lessons.load(built / "solutions" / NAME)
    assert leaks(lesson, {path.name: path.read_bytes() for path in (built / "notebooks" / NAME).iterdir()}) == []
