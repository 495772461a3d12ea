"""The notebooks in the repository: built from their sources as they are now, giving nothing away, running."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from lessonlib.checks import calls, judge, table
from lessonlib.course import build, run, student, tables
from lessonlib.course import lesson as lessons
from lessonlib.course.leaks import leaks

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


def test_blank_notebook_runs_from_top_to_bottom_and_earns_nothing(lesson, tmp_path):
    folder = tmp_path / lesson.name
    shutil.copytree(ROOT / "notebooks" / lesson.name, folder)
    notebook = nbformat.read(folder / f"{lesson.name}.ipynb", 4)
    run.run(notebook, folder, lesson.name)
    graded = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    graded = [cell for cell in graded if cell.cell_type == "code"]  # prose is marked by a person
    assert [cell.outputs[-1].data["text/plain"] for cell in graded] == ["0.0"] * len(graded)
    for cell in notebook.cells:
        said = [output.text for output in cell.get("outputs", []) if output.get("name") == "stderr"]
        assert said == [], cell.source


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
