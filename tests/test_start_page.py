"""The start page: the installation check, and the lessons with the progress that is saved."""

import builtins
import json
import os

import nbformat
import pytest

from lessonlib import start
from lessonlib.quiz.store import AnswerFile, Record
from lessonlib.start import installation, progress, view
from lessonlib.start.installation import Finding
from lessonlib.start.progress import Lesson


def check_cell(name, points, *outputs):
    cell = nbformat.v4.new_code_cell(f'check("{name}", {name})', outputs=list(outputs))
    cell.metadata["nbgrader"] = {"grade": True, "grade_id": f"check_{name}", "points": points}
    return cell


def result(text):
    return nbformat.v4.new_output("execute_result", {"text/plain": text})


@pytest.fixture
def work(tmp_path):
    """A student's folder with a start page and a lesson, half done. Returns the start page's folder."""
    notebook = nbformat.v4.new_notebook(metadata={"lessonlib": {"title": "A & B", "minutes": 40, "about": "Why."}})
    score = nbformat.v4.new_code_cell("quiz.score()", outputs=[result("3.0")])
    score.metadata["nbgrader"] = {"grade": True, "grade_id": "quiz_score", "points": 3}
    report = nbformat.v4.new_output("display_data", {"text/plain": "2 of 2 points"})
    notebook.cells = [
        check_cell("solved", 2, report, result("2.0")),
        check_cell("half", 2, report, result("1.0")),
        check_cell("not_run", 1),
        check_cell("broken", 1, nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])),
        check_cell("odd", 1, result("'2.0'")),
        score,
    ]
    lesson = tmp_path / "02-fit"
    (tmp_path / "00-start").mkdir()
    (tmp_path / "notes").mkdir()
    lesson.mkdir()
    nbformat.write(notebook, lesson / "02-fit.ipynb")
    (lesson / "quiz.json").write_text(json.dumps({"questions": [{"id": "one"}, {"id": "two"}, {"id": "three"}]}))
    answers = {"one": "a", "two": "", "gone": "b"}
    AnswerFile(lesson, "02-fit").update(
        {name: Record(value, at="2026-01-01T00:00:00Z") for name, value in answers.items()}
    )
    return tmp_path / "00-start"


def test_progress_is_what_the_saved_files_say(work):
    assert progress.lessons_beside(work) == [
        Lesson("02-fit", "A & B", 40, "Why.", answered=1, questions=3, solved=1, exercises=5)
    ]


def cell(source, run=None):
    return nbformat.v4.new_code_cell(source, execution_count=run)


def heading(text):
    return nbformat.v4.new_markdown_cell(f"some text\n\n## {text}\n\nmore text")


def test_a_part_is_read_when_one_of_its_cells_was_run(work):
    exercise = cell("def f(): ...", run=9)
    exercise.metadata["nbgrader"] = {"grade": False, "grade_id": "f"}
    notebook = nbformat.v4.new_notebook(
        cells=[
            *(cell("import this", run=1), heading("1 Why"), heading("2 Learn"), cell("1"), cell("2", run=2)),
            *(heading("3 See"), cell("3"), heading("7 Challenge"), exercise),
        ]
    )
    nbformat.write(notebook, work.parent / "02-fit" / "02-fit.ipynb")
    (lesson,) = progress.lessons_beside(work)
    assert (lesson.read, lesson.parts) == (2, 3)  # the head and Learn, but not See; Challenge has no cells to read


def test_an_accomplished_mission_counts(work):
    folder = work.parent / "02-fit"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell("explore.fit_explorer()")]), folder / "02-fit.ipynb")
    (lesson,) = progress.lessons_beside(work)
    assert (lesson.tried, lesson.missions, lesson.answered) == (0, 1, 1)
    AnswerFile(folder, "02-fit").update({"mission:fit": Record("Done.", at="2026-01-01T00:00:00Z")})
    (lesson,) = progress.lessons_beside(work)
    assert (lesson.tried, lesson.missions, lesson.answered) == (1, 1, 1)


def test_a_lesson_without_metadata_is_listed_by_its_folder(work):
    file = work.parent / "02-fit" / "02-fit.ipynb"
    file.write_text(json.dumps({"cells": [], "metadata": {}}))
    assert progress.lessons_beside(work) == [Lesson("02-fit", "02-fit", answered=1, questions=3)]


def graded(nbgrader, **cell):
    return json.dumps({"cells": [{"metadata": {"nbgrader": nbgrader}, **cell}]})


def about(**metadata):
    return json.dumps({"cells": [], "metadata": {"lessonlib": metadata}})


CHECK = {"grade": True, "grade_id": "check_a", "points": 1}


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "[" * 100_000, '{"cells": 3}', '{"cells": null}', '{"cells": "text"}', '{"cells": ["text"]}'),
        *('{"cells": [], "metadata": {"lessonlib": 7}}', '{"cells": [], "metadata": null}'),
        *('{"cells": [{"metadata": null}]}', graded(True), graded({**CHECK, "grade_id": None})),
        *(graded({"grade": True, "grade_id": "check_a"}), graded({**CHECK, "points": "many"})),
        *(graded(CHECK, outputs=None), graded(CHECK, outputs=[None]), graded(CHECK, outputs=["text"])),
        graded(CHECK, outputs=[{"output_type": "execute_result", "data": None}]),
        graded(CHECK, outputs=[{"output_type": "execute_result", "data": {"text/plain": 7}}]),
        *(about(minutes="many"), about(minutes=None), about(minutes=float("inf"))),
    ],
)
def test_a_damaged_notebook_is_told_and_the_others_are_shown(work, text):
    damaged = work.parent / "01-damaged"
    damaged.mkdir()
    (damaged / "01-damaged.ipynb").write_text(text)
    lesson, other = progress.lessons_beside(work)
    assert lesson.problem == (
        "01-damaged.ipynb cannot be read. Rename 01-damaged.ipynb to keep it; the next start of the course brings "
        "a new one. With it come the quiz and the checks that belong to it."
    )
    assert (other.name, other.problem, other.solved) == ("02-fit", "", 1)
    assert lesson.problem in view.lessons([lesson, other])["text/plain"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"questions": ["one"]}', '{"questions": [{"id": []}]}', "[" * 100_000]
)
def test_a_damaged_quiz_is_told_and_the_exercises_are_counted(work, text):
    (work.parent / "02-fit" / "quiz.json").write_text(text)
    (lesson,) = progress.lessons_beside(work)
    assert lesson.problem.startswith("quiz.json cannot be read. Rename quiz.json to keep it")
    assert lesson.solved == 1


def test_damaged_answers_are_told_and_left_alone(work):
    answers = work.parent / "02-fit" / "answers.json"
    answers.write_text("{")
    (lesson,) = progress.lessons_beside(work)
    assert lesson.problem.startswith("answers.json is damaged (")
    assert lesson.problem.endswith("Open the lesson and answer a question: the file is set aside and a new one begun.")
    assert (lesson.solved, lesson.answered) == (1, 0)
    assert answers.read_text() == "{"


def test_answers_that_can_be_read_count(work):
    answers = work.parent / "02-fit" / "answers.json"
    data = json.loads(answers.read_text())
    data["answers"]["three"] = "damaged"
    answers.write_text(json.dumps(data))
    (lesson,) = progress.lessons_beside(work)
    assert lesson.problem.startswith("answers.json is damaged (the answer to three cannot be read). Open the lesson")
    assert lesson.answered == 1


def test_answers_that_are_no_file_are_told(work):
    answers = work.parent / "02-fit" / "answers.json"
    answers.unlink()
    answers.mkdir()
    (lesson,) = progress.lessons_beside(work)
    assert lesson.problem.startswith("answers.json cannot be read (")
    assert lesson.problem.endswith("Rename it, then answer a question.")


def test_reading_changes_nothing(work):
    before = {path: path.read_bytes() for path in work.parent.rglob("*") if path.is_file()}
    progress.lessons_beside(work)
    assert {path: path.read_bytes() for path in work.parent.rglob("*") if path.is_file()} == before


def test_the_list_links_to_each_lesson_and_escapes_its_texts(work):
    html = view.lessons(progress.lessons_beside(work))["text/html"]
    assert '<a href="../02-fit/02-fit.ipynb">A &amp; B</a>' in html
    assert "answered 1 of 3 questions" in html and "solved 1 of 5 exercises" in html
    assert 'style="width: 33%"' in html and 'style="width: 20%"' in html


@pytest.mark.parametrize(
    ("lesson", "state"),
    [
        (Lesson("a", "a", questions=2), "ll-card"),
        (Lesson("a", "a", questions=2, answered=1), "ll-card half"),
        (Lesson("a", "a", questions=2, answered=2, exercises=1), "ll-card half"),
        (Lesson("a", "a", questions=2, answered=2, exercises=1, solved=1), "ll-card good"),
        (Lesson("a", "a", problem="Damaged."), "ll-card bad"),
    ],
)
def test_a_card_shows_how_far_the_lesson_is(lesson, state):
    assert f'<div class="{state}">' in view.lessons([lesson])["text/html"]


def test_no_lessons_are_told(tmp_path):
    (tmp_path / "00-start").mkdir()
    found = progress.lessons_beside(tmp_path / "00-start")
    assert "Start the course with python -m lessonlib" in view.lessons(found)["text/plain"]


def test_a_broken_package_is_a_finding_with_advice(monkeypatch):
    real = builtins.__import__

    def broken(name, *arguments):
        if name == "numpy":
            raise ImportError("DLL load failed")
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", broken)
    finding = next(finding for finding in installation.findings() if finding.what == "NumPy")
    assert finding.seen == "ImportError: DLL load failed"
    assert "delete the folder .venv" in finding.advice


def test_a_folder_that_cannot_be_written_to_is_a_finding(monkeypatch):
    access = os.access
    monkeypatch.setattr(installation.os, "access", lambda path, mode: path != "." and access(path, mode))
    finding = installation.findings()[-1]
    assert (finding.what, finding.fine) == ("Your folder", False)


def test_another_python_is_a_finding(monkeypatch):
    monkeypatch.setattr(installation.sys, "prefix", "/another")
    finding = installation.findings()[0]
    assert finding.seen.endswith("not the course's own")
    assert "Change Kernel" in finding.advice


def test_problems_stand_in_the_headline_with_their_advice():
    bundle = view.findings([Finding("A", "fine"), Finding("B", "<none>", "Do this.")])
    assert (
        bundle["text/plain"] == "1 of 2 need your attention.\nok       A: fine\nproblem  B: <none>\n         Do this."
    )
    assert "&lt;none&gt;" in bundle["text/html"] and "Do this." in bundle["text/html"]


def test_both_are_displayed(work, monkeypatch):
    monkeypatch.chdir(work)
    shown = []
    monkeypatch.setattr(start, "display", lambda bundle, raw: shown.append((sorted(bundle), raw)))
    start.check()
    start.lessons()
    assert shown == [(["text/html", "text/plain"], True)] * 2
