"""The report on a class: its numbers, its page and table, and whose code is alike."""

import csv
import io
import json

import nbformat
import pytest

from lessonlib.course import report
from lessonlib.grading import record
from lessonlib.grading.record import GRADED, REFUSED, REVIEW, Item, Record
from lessonlib.report import numbers, page, similarity, table

LESSON = "02-model-fit"
BELIEFS = {"updates": ("One epoch is one update.", "Every batch is one.")}


def submission(student, scores, answer=1.0, state=GRADED, mistake="", **more):
    """A record with exercises of 2 points each and one question of 1 point."""
    items = [
        Item(f"check_{name}", "exercise", name, 2.0, score, mistake=mistake if score < 2 else "")
        for name, score in zip(("first", "second"), scores, strict=True)
    ]
    items.append(Item("quiz_score", "quiz", "quiz", 1.0, answer))
    answers = {"updates": {"answer": "3", "score": answer, "points": 1.0, "wrong": "", "attempts": 1}}
    return Record(student, LESSON, state, items=items, answers=answers, seconds=0.5, **more)


@pytest.fixture
def numbers_of_class():
    """Twelve students: `first` tells strong from weak, everybody solves `second`."""
    strong = [submission(f"strong{place}", (2.0, 2.0)) for place in range(6)]
    weak = [submission(f"weak{place}", (0.5, 2.0), 0.0, mistake="You round down.") for place in range(6)]
    lost = Record("zoe", LESSON, REFUSED, instructor=["the notebook is no JSON"])
    return numbers.of_class(LESSON, [*weak, *strong, lost], BELIEFS)


def test_items_have_their_difficulty_and_discrimination(numbers_of_class):
    first, updates, second = sorted(numbers_of_class.items, key=lambda item: item.difficulty)[:3]
    by_name = {item.name: item for item in (first, updates, second)}
    assert by_name["first"].difficulty == pytest.approx((6 * 1 + 6 * 0.25) / 12)
    assert by_name["first"].discrimination == 1.0  # whoever solved it also answered the question
    assert by_name["second"].difficulty == 1.0 and by_name["second"].discrimination is None
    assert (by_name["updates"].full, by_name["updates"].none) == (6, 6)


def test_with_few_students_no_correlation_is_told():
    few = numbers.of_class(LESSON, [submission(f"s{place}", (place % 3, 2.0)) for place in range(9)])
    assert all(item.discrimination is None for item in few.items)


def test_misconceptions_are_counted_the_most_frequent_first(numbers_of_class):
    found = {one.where: one for one in numbers_of_class.misconceptions}
    assert found["first"].says == "You round down." and len(found["first"].students) == 6
    assert found["updates"].says == "One epoch is one update. In truth: Every batch is one."
    assert [len(one.students) for one in numbers_of_class.misconceptions] == [6, 6]


def test_attention_goes_to_lost_submissions_and_low_scores():
    records = [
        submission("ann", (2.0, 2.0)),
        submission("bob", (0.0, 0.5), 0.0),
        submission("cleo", (2.0, 0.0), state=REVIEW, instructor=["it was stopped"]),
    ]
    records[1].items[0].remark = "Not attempted: `first` returns nothing."
    found = {one.student: one.reasons for one in numbers.of_class(LESSON, records).attention}
    assert found == {
        "bob": ("10 % of the points", "not attempted: first"),
        "cleo": ("needs review: it was stopped",),
    }


def test_what_a_person_has_not_marked_yet_does_not_count_against_anybody():
    one = submission("ann", (2.0, 2.0))
    one.items.append(Item("why", "manual", "why", 4.0, None))
    assert numbers.share(one) == 1.0


def test_the_table_has_a_line_a_student_and_no_formula(numbers_of_class):
    lines = list(csv.DictReader(io.StringIO(table.csv_text(numbers_of_class))))
    assert len(lines) == 13
    assert lines[0]["student"] == "strong0" and lines[0]["score"] == "5" and lines[0]["percent"] == "100.0"
    assert lines[6]["check_first"] == "0.5"
    assert lines[-1]["state"] == "refused" and lines[-1]["score"] == ""
    evil = numbers.of_class(LESSON, [submission("=cmd()", (2.0, 2.0))])
    assert table.csv_text(evil).splitlines()[1].startswith("'=cmd()")


def test_the_page_stands_alone_and_tells_everything(numbers_of_class):
    html = page.page(numbers_of_class, [similarity.Pair("ann", "bob", 0.9, 12)])
    assert "http://" not in html.replace("http://www.w3.org", "") and "https://" not in html and "src=" not in html
    for text in ("You round down.", "refused", "6 students", "90 %", "strong0"):
        assert text.replace("6 students", ">6<") in html
    assert html.count("<svg") == 2 and html.count('role="img"') == 2


def test_names_cannot_smuggle_in_tags():
    evil = submission("<img onerror=x>", (2.0, 0.0), mistake="Use `<b>`.")
    html = page.page(numbers.of_class(LESSON, [evil]), [similarity.Pair("<i>", "b", 1.0, 9)])
    assert "<img" not in html and "<i>" not in html and "<b>`" not in html


def test_an_empty_class_has_a_page_too():
    html = page.page(numbers.of_class(LESSON, []), [])
    assert "Nothing is graded yet." in html


COPIED = """
def epoch_loss(batch_losses, batch_rows):
    total = 0
    rows = 0
    for loss, count in zip(batch_losses, batch_rows):
        total = total + loss * count
        rows = rows + count
    if rows == 0:
        return 0.0
    return total / rows
"""
RENAMED = """
def epoch_loss(a, b):   # my own work
    s = 0
    n = 0
    for x, y in zip(a, b):
        s = s + x * y
        n = n + y

    if n == 0:
        return 0.0
    return s / n
"""
OWN = [
    f"""
def epoch_loss(batch_losses, batch_rows):
    {first}
    {second}
    return {third}
"""
    for first, second, third in (
        ("weights = np.array(batch_rows, float)", "weights /= weights.sum()", "float(np.dot(weights, batch_losses))"),
        (
            "pairs = list(zip(batch_losses, batch_rows))",
            "n = sum(r for _, r in pairs)",
            "sum(l * r / n for l, r in pairs)",
        ),
        ("losses = np.repeat(batch_losses, batch_rows)", "assert losses.size", "losses.mean() if losses.size else 0.0"),
        (
            "import statistics",
            "flat = [l for l, r in zip(batch_losses, batch_rows) for _ in range(r)]",
            "statistics.fmean(flat)",
        ),
    )
]


def test_renaming_and_layout_hide_no_copy_and_own_work_is_not_alike():
    sources = {"ann": COPIED, "bob": RENAMED, **{f"own{place}": source for place, source in enumerate(OWN)}}
    (pair,) = similarity.pairs(sources, known=[])
    assert (pair.one, pair.other) == ("ann", "bob") and pair.alike == 1.0


def test_what_was_handed_out_or_is_written_by_many_proves_nothing():
    assert similarity.pairs({"ann": COPIED, "bob": COPIED}, known=[COPIED]) == []
    assert similarity.pairs({f"s{place}": COPIED for place in range(20)}, known=[]) == []


def test_broken_code_is_compared_as_far_as_it_goes():
    broken = COPIED + "\nprint('''never closed"
    (pair,) = similarity.pairs({"ann": broken, "bob": RENAMED}, known=[])
    assert pair.alike == 1.0


def test_code_made_to_keep_the_comparison_busy_does_not():
    """tokenize looks for the end of a text from every quotation mark anew: these would take days."""
    for busy in ("'" + "\\'" * 500_000, '"' + '\\"' * 500_000, "(" * 500_000):
        assert len(similarity.tokens(busy)) <= similarity.LARGEST


def test_the_command_writes_both_files_from_what_grading_left(tmp_path, capsys):
    root = tmp_path
    for student, source in (("ann", COPIED), ("bob", RENAMED), ("own", OWN[0])):
        file = root / "grading" / "records" / LESSON / f"{student}.json"
        record.write(file, submission(student, (2.0, 1.0), mistake="You round down."))
        cell = nbformat.v4.new_code_cell(source, metadata={"nbgrader": {"solution": True}})
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import lessonlib"), cell])
        place = report.graded_notebook(root, LESSON, student)
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(notebook))
    assert report.main([], root) == 0
    assert capsys.readouterr().out.split() == [f"grading/report/{LESSON}.html", f"grading/report/{LESSON}.csv"]
    html = (root / "grading" / "report" / f"{LESSON}.html").read_text()
    assert (
        "<td>ann</td><td>bob</td>" in html
        and "<td>own</td><td" not in html.split("Similar code")[2].split("</section>")[0]
    )


def test_a_lesson_that_is_not_graded_is_told(tmp_path, capsys):
    assert report.main([LESSON], tmp_path) == 1
    assert f"Run `python -m lessonlib grade {LESSON}`" in capsys.readouterr().err
