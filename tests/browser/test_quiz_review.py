"""Flash cards and questions of earlier lessons in a real Chromium."""

import json

import nbformat
import pytest

from lessonlib.quiz import bank, seal
from lessonlib.quiz.store import AnswerFile, Record
from tests.browser.accessibility import faint_texts, violations

QUIZ = """\
title: Check yourself
terms:
  - {term: Epoch, meaning: One pass over **all** rows.}
  - {term: "`fit`", meaning: Trains.}
questions:
  - {id: one, kind: number, ask: How many updates, answer: 20, why: Twenty it is., otherwise: Count.}
"""
CELLS = ["from lessonlib import quiz\nquiz.flashcards()", "quiz.revisit()"]
CARDS, REVISIT = range(2)


@pytest.fixture
def lesson(request, lab):
    """The second of two lessons in the lab; in the first, a question was answered wrong."""
    work = lab.folder / request.node.name
    for name in ("01-first", "02-second"):
        folder = work / name
        folder.mkdir(parents=True)
        (folder / "quiz.yaml").write_text(QUIZ, "utf-8")
        (folder / "quiz.json").write_text(json.dumps(seal.sealed(bank.read(folder / "quiz.yaml"), name)), "utf-8")
    AnswerFile(work / "01-first", "").update({"one": Record("7", "2026-01-02T03:04:05Z", 1, checked="7")})
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(CELLS)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, work / "02-second" / "lesson.ipynb")
    return work / "02-second"


@pytest.fixture
def opened(lesson, open_notebook):
    notebook = open_notebook(f"{lesson.parent.name}/{lesson.name}/lesson.ipynb")
    notebook.run_all()
    notebook.page.wait_for_selector(".ll-flash-card")
    notebook.page.wait_for_selector(".ll-quiz fieldset")
    return notebook


def boxes(lesson):
    cards = json.loads((lesson / "flashcards.json").read_text("utf-8"))["cards"]
    return {name: card["box"] for name, card in cards.items()}


def face(notebook, text):
    notebook.page.locator(".ll-flash-face", has_text=text).wait_for()


def test_cards_by_keyboard_and_by_mouse(lesson, opened):
    page, keys = opened.page, opened.page.keyboard
    card = page.locator(".ll-flash-card")
    card.focus()
    before = (opened.cell_count, opened.active_cell)
    face(opened, "Epoch")
    keys.press("ArrowRight")  # not turned yet: nobody knows
    keys.press("Space")
    face(opened, "One pass over all rows.")
    for key in ("b", "x", "ArrowDown"):  # shortcuts of the notebook
        keys.press(key)
    keys.press("ArrowLeft")
    face(opened, "fit")
    assert boxes(lesson) == {"Epoch": 1}
    assert (opened.cell_count, opened.active_cell) == before
    card.click()
    page.get_by_role("button", name="Knew it").click()
    face(opened, "Epoch")
    assert page.locator(".ll-flash .ll-head span").inner_text() == "1 of 2 to go"
    assert page.evaluate("() => document.activeElement.classList.contains('ll-flash-card')")
    keys.press("Space")
    keys.press("ArrowRight")
    page.get_by_text("The next card comes tomorrow.").wait_for()
    assert boxes(lesson) == {"Epoch": 2, "fit": 2}
    opened.restart_kernel()
    page.locator(".ll-flash-banner", has_text="Run this cell again").wait_for()
    opened.run_all()
    page.get_by_role("button", name="Go through all again").click()
    face(opened, "Epoch")


def test_a_question_of_an_earlier_lesson(lesson, opened):
    question = opened.page.locator('.ll-quiz [data-question="01-first.one"]')
    assert "from 01-first" in question.inner_text()
    question.get_by_role("textbox", name="How many updates").fill("20")
    question.get_by_role("textbox").press("Enter")
    question.locator(".ll-card", has_text="Twenty it is.").wait_for()
    assert json.loads((lesson / "revisited.json").read_text("utf-8"))["answers"]["01-first.one"]["value"] == "20"
    assert not (lesson / "answers.json").exists()


def test_everybody_can_read_them(lesson, opened):
    page = opened.page
    for turned in (False, True):
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            opened.theme(theme)
            number_of_texts, faint = faint_texts(page, ".ll")
            assert number_of_texts > 10
            assert not faint
            assert not violations(page, ".ll-flash")
        if not turned:
            page.locator(".ll-flash-card").click()
            face(opened, "One pass")
    assert page.get_by_role("region", name="Flash cards").is_visible()
    assert page.locator(".ll-flash-heard").inner_text() == "One pass over all rows."
    page.set_viewport_size({"width": 460, "height": 700})
    too_wide = page.locator(".ll-flash").evaluate("card => card.scrollWidth > card.clientWidth")
    assert not too_wide
    # Without the widget, the list of terms stands in for it.
    page.evaluate("() => document.querySelectorAll('.ll-flash').forEach(card => card.remove())")
    page.locator(".ll-terms summary", has_text="Epoch").wait_for()
    assert not violations(page, "section.ll")
    assert not faint_texts(page, "section.ll")[1]
