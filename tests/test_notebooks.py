"""The notebooks in the repository: built from their sources as they are now, giving nothing away, running."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring import run, student, tables
from lessonlib.authoring.leaks import leaks
from lessonlib.checks import calls, judge, table
from lessonlib.course import build

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = lessons.find(ROOT)
DATA_FILES = {"quiz.json", "checks.json"}
BUILD = "run `python -m lessonlib build` and commit what it writes"

# nbgrader and what it is made of warn about each other; that is not what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def lesson(request):
    return lessons.load(request.param)


def contents(folder, names=None):
    return {path.name: path.read_bytes() for path in folder.iterdir() if names is None or path.name in names}


def built(lesson):
    return contents(lesson.folder, {f"{lesson.name}.ipynb", *DATA_FILES})


def released(lesson):
    return contents(ROOT / "notebooks" / lesson.name)


def test_every_lesson_and_nothing_else_is_released():
    assert FOLDERS
    assert sorted(path.name for path in (ROOT / "notebooks").iterdir()) == [folder.name for folder in FOLDERS]


# In sync


def test_solution_notebook_has_the_cells_of_the_source(lesson):
    notebook = nbformat.read(lesson.folder / f"{lesson.name}.ipynb", 4)
    assert build.as_bytes(notebook) == built(lesson)[f"{lesson.name}.ipynb"], BUILD
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    assert build.as_bytes(notebook) == build.as_bytes(lesson.notebook), BUILD


def test_data_files_are_those_of_the_source(lesson):
    assert contents(lesson.folder, DATA_FILES) == build.data_files(lesson), BUILD


def test_student_files_are_those_of_the_solution(lesson):
    assert student.generate(lesson, built(lesson), ROOT) == released(lesson), BUILD


def test_no_file_names_a_place_on_this_machine(lesson):
    for content in [*built(lesson).values(), *released(lesson).values()]:
        for place in (ROOT, Path.home()):
            assert len(place.parts) < 3 or str(place).encode() not in content


# Giving nothing away


def test_student_files_give_nothing_away(lesson):
    assert leaks(lesson, released(lesson)) == []


def test_no_answers_stand_in_the_repository():
    assert not [path for name in ("solutions", "notebooks") for path in (ROOT / name).rglob("answers.json*")]


# Running


# A second `fit` goes on from where the first has ended: that is what this lesson teaches with it.
GOES_ON = {"02-model-fit": "model.compile("}


@pytest.fixture(scope="module")
def ran(lesson, tmp_path_factory):
    """A student's notebook with nothing filled in, run: its cells, and (cell, the same run again at the end).

    What is run again, from the bottom up, are the cells that show a part of the course, those that use a name which a
    cell below them gives to something, and the first one, with its imports.
    """
    folder = tmp_path_factory.mktemp("blank") / lesson.name
    shutil.copytree(ROOT / "notebooks" / lesson.name, folder)
    notebook = nbformat.read(folder / f"{lesson.name}.ipynb", 4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    names, pairs, below = [names_in(cell.source) for cell in cells], [], set()
    for cell, (used, given) in reversed(list(zip(cells, names, strict=True))):
        if used & below or used & {"trace", "explore", "check"} or cell is cells[0]:
            pairs.append((cell, nbformat.v4.new_code_cell(cell.source)))
        below |= given
    notebook.cells += [again for _, again in pairs]
    run.run(notebook, folder, lesson.name)
    return cells, pairs


def names_in(source):
    """The names that a cell takes from others, and those that it gives to something else than before.

    A cell that takes a name and gives it as well goes on with it: `weights = updated(weights)`. That is no accident.
    """
    taken, given = set(), set()
    for statement in ast.parse(source).body:
        nodes = list(ast.walk(statement))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        stored = {name.id for name in names if isinstance(name.ctx, ast.Store)}
        loops = [node.target for node in nodes if isinstance(node, (ast.For, ast.comprehension))]
        own = {name.id for target in loops for name in ast.walk(target) if isinstance(name, ast.Name)}
        own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            own, stored = own | stored, {statement.name}
        taken |= {name.id for name in names if isinstance(name.ctx, ast.Load)} - own - given
        given |= stored
    return taken, given - taken


def test_blank_notebook_runs_from_top_to_bottom_and_earns_nothing(ran):
    cells, _ = ran
    graded = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [cell.outputs[-1].data["text/plain"] for cell in graded] == ["0.0"] * len(graded)
    for cell in cells:
        said = [output.text for output in cell.outputs if output.get("name") == "stderr"]
        assert said == [], cell.source


def test_whoever_goes_back_and_runs_a_cell_again_sees_the_same(lesson, ran):
    """No cell needs a name that a later cell has overwritten with something else."""
    _, pairs = ran
    for cell, again in pairs:
        compared = "nbval-ignore-output" not in cell.metadata.get("tags", [])
        if compared and not cell.source.startswith(GOES_ON.get(lesson.name, "nothing")):
            assert seen(again) == seen(cell), cell.source


def seen(cell):
    """What a reader sees below a cell, without durations, ids of drawings, and the numbers in names like dense_2."""
    texts = [
        output.get("text") or "".join(str(text) for kind, text in output.data.items() if "widget" not in kind)
        for output in cell.outputs
    ]
    changing = r"\b\d+(\.\d+)?(s|ms|us)\b|(?<=[a-z])_\d+\b|(#|id=\")\w+|[ \t─━]+"
    return re.sub(changing, "", "".join(texts))


@pytest.mark.parametrize("place, option", [("solutions", "--nbval"), ("notebooks", "--nbval-lax")])
def test_nbval_passes(place, option, tmp_path):
    for folder in FOLDERS:
        lesson = lessons.load(folder)
        target = tmp_path / lesson.name
        target.mkdir()
        for name, content in (built(lesson) if place == "solutions" else released(lesson)).items():
            (target / name).write_bytes(content)
        if place == "solutions" and lesson.bank:
            run.write_key(lesson, target)
    settings = tmp_path / "pytest.ini"  # not ours, whose options are for our own tests
    settings.write_text("[pytest]\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", str(settings)]
    command += [option, "--nbval-sanitize-with", str(ROOT / "tests" / "nbval.cfg"), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


# Exercises


def verdict(lesson, name, cell_source):
    """The verdict of the committed table on a solution cell with this source."""
    exercise = table.read(ROOT / "notebooks" / lesson.name / "checks.json")[name]
    thing = tables.define(name, cell_source, tables.setting(lesson, name), lesson.exercises[name])
    return judge.judge(exercise, calls.answer(exercise, thing))


def test_solutions_score_full(lesson):
    for name, exercise in lesson.exercises.items():
        for solution in (lesson.solution(name), *exercise.also_right):
            assert verdict(lesson, name, solution).score == exercise.points


def test_every_mistake_loses_points_and_gets_its_own_sentence(lesson):
    for name, exercise in lesson.exercises.items():
        for mistake in exercise.mistakes:
            found = verdict(lesson, name, tables.edited(lesson.solution(name), mistake))
            assert found.score < exercise.points
            assert found.remark == mistake.says
