"""What a student reads after grading: points, remarks, what to revisit, and the own cells."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from lessonlib.course import feedback
from lessonlib.grading.record import REMARKS, Item, Record


def graded(name, score, points, **more):
    about = {"grade": True, "solution": False, "grade_id": f"check_{name}", "score": score, "points": points, **more}
    return new_code_cell(f'check("{name}", {name})', metadata={"nbgrader": about})


def own(name, source="def f(): return 1"):
    return new_code_cell(source, metadata={"nbgrader": {"grade": False, "solution": True, "grade_id": name}})


@pytest.fixture
def cells():
    return [
        new_markdown_cell("# Lesson\n\n## 1 Why\n\nlong text"),
        new_code_cell("x = 1"),
        new_markdown_cell("## 7 Challenge\n\n### Mean\n\nWrite `mean`."),
        own("mean"),
        graded("mean", 1.5, 2.0),
        new_markdown_cell("### Quiz"),
        graded("quiz", 1.0, 3.0),
        new_markdown_cell("### Key insight"),
        new_code_cell("the_end = True"),
    ]


@pytest.fixture
def record():
    made = Record("ann", "02-model-fit", for_student=["Cell 3 was pasted twice."])
    made.state = REMARKS
    made.items = [Item("check_mean", "exercise", "mean", 2.0, 1.5, remark="Weight `each` by its rows. <script>")]
    made.answers = {
        "updates": {"answer": "3<b>", "score": 0.0, "points": 1.0},
        "leakage": {"answer": "", "score": 0.0, "points": 1.0},
        "split": {"answer": "B", "score": 1.0, "points": 1.0},
    }
    return made


def test_only_what_counts_stays_under_its_heading(cells):
    parts = feedback.grouped(cells)
    assert [(heading, len(kept)) for heading, kept in parts] == [("Mean", 2), ("Quiz", 1)]


def test_the_summary_says_the_points_the_remarks_and_what_to_revisit(cells, record):
    explained = {"updates": ("One epoch is one update.", "Every *batch* is one.")}
    html = feedback.summary("model.fit()", 2.5, 5.0, feedback.grouped(cells), record, explained)
    for text in (
        *("model.fit()", "2.5 of 5 points", "width: 50%", "Cell 3 was pasted twice."),
        *('<a href="#check_mean">Mean</a>', "1.5 of 2", "Weight <code>each</code> by its rows. &lt;script&gt;"),
        "Question <code>updates</code>, you answered <code>3&lt;b&gt;</code>. Every <em>batch</em> is one.",
        "Question <code>leakage</code>, not answered.",
    ):
        assert text in html
    assert "split" not in html and "<script>" not in html and "\n\n" not in html


def test_a_graders_comment_stands_beside_the_item(cells):
    cells[4].metadata.nbgrader["comment"] = "Nice & short."
    html = feedback.summary("t", 2.5, 5.0, feedback.grouped(cells), None, {})
    assert "Nice &amp; short." in html and "What to revisit" not in html


def test_pages_inside_the_page_are_left_out():
    cell = own("mean")
    cell.outputs = [
        new_output("display_data", {"text/html": "<style>evil</style>", "text/plain": "a text"}),
        new_output("display_data", {"text/html": "<b>only html</b>"}),
        new_output("stream", name="stdout", text="printed"),
    ]
    outputs = feedback.shown(cell).outputs
    assert [output.get("data", output.get("text")) for output in outputs] == [{"text/plain": "a text"}, "printed"]


def test_a_title_is_the_lessons_own(tmp_path):
    path = tmp_path / "02-fit.ipynb"
    assert feedback.title_of(path) == "02-fit"
    path.write_text('{"cells": [], "metadata": {"lessonlib": {"title": "model.fit()"}}}')
    assert feedback.title_of(path) == "model.fit()"
