"""The quiz card in a real Chromium, in a real JupyterLab: every answer is kept, and everybody can give one."""

import json
import os
import re

import nbformat
import pytest

from lessonlib.quiz import bank, seal
from tests.browser.accessibility import faint_texts, violations

QUESTIONS = """\
title: Check yourself
questions:
  - id: batches
    kind: single
    ask: What did the loss of **single batches** do?
    shuffle: false
    choices:
      - {text: It fell at every step., why: Only the mean of an epoch does.}
      - {text: It went up and down., right: true, why: Each batch is another sample.}
      - {text: It stayed `the same`., why: The weights change after every batch.}
  - id: change
    kind: multiple
    points: 2
    ask: What changes the weights? Tick **all** that do.
    shuffle: false
    choices:
      - {text: training rows, right: true, why: Their loss has the gradient.}
      - {text: metrics, why: They are for reading.}
      - {text: the learning rate, right: true, why: It scales the step.}
      - {text: validation rows, why: They are only measured.}
  - id: updates
    kind: number
    ask: |
      How many updates are in one epoch?

      ```python
      model.fit(x, y, batch_size=32, validation_split=0.2)   # 800 rows
      ```
    answer: 20
    why: 640 rows are left to train on.
    wrong: [{value: 25, why: Validation rows are not trained on.}]
    otherwise: Take the validation rows away first.
"""
CELLS = [
    "from lessonlib import quiz\nquiz.show()",
    'quiz.typed(batches="", change="", updates="")',
    "quiz.score()",
]
SHOW, TYPED, SCORE = range(3)


@pytest.fixture
def lesson(request, lab):
    """A lesson's folder in the lab, with a quiz and its notebook."""
    folder = lab.folder / request.node.name
    folder.mkdir()
    (folder / "quiz.yaml").write_text(QUESTIONS, "utf-8")
    copy = seal.sealed(bank.read(folder / "quiz.yaml"), "02-model-fit")
    (folder / "quiz.json").write_text(json.dumps(copy), "utf-8")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(CELLS)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / "lesson.ipynb")
    return folder


@pytest.fixture
def open_lesson(lesson, open_notebook):
    """Open the lesson and run it; the card is there."""

    def open_it(**how):
        notebook = open_notebook(f"{lesson.name}/lesson.ipynb", **how)
        notebook.run_all()
        notebook.page.wait_for_selector(".ll-quiz fieldset")
        return notebook

    return open_it


def question(notebook, name):
    return notebook.page.locator(f".ll-quiz [data-question={name}]")


def choose(notebook, name, letter):
    question(notebook, name).locator("label", has=notebook.page.locator(f"input[value={letter}]")).click()


def wait_saved(notebook, name):
    question(notebook, name).locator(".ll-quiz-status", has_text=re.compile("^saved ")).wait_for()


def saved(lesson):
    """The saved answers, as the file has them."""
    try:
        answers = json.loads((lesson / "answers.json").read_text("utf-8"))["answers"]
    except FileNotFoundError:
        return {}
    return {name: record["value"] for name, record in answers.items()}


def chosen(notebook, name):
    """The letters that are chosen on the page."""
    inputs = question(notebook, name).locator("input")
    return "".join(inputs.evaluate_all("inputs => inputs.filter(i => i.checked).map(i => i.value)"))


def focused(notebook):
    """What has the keyboard: a letter, or the words of a button."""
    return notebook.page.evaluate("() => document.activeElement.value || document.activeElement.textContent")


def test_clicks_are_saved_at_once_and_explained(lesson, open_lesson):
    notebook = open_lesson()
    page = notebook.page
    assert page.locator(".ll-quiz-list").is_hidden()
    choose(notebook, "batches", "A")
    wait_saved(notebook, "batches")
    assert saved(lesson) == {"batches": "A"}
    assert page.locator(".ll-quiz .ll-head span").inner_text() == "1 of 3 answered"
    assert question(notebook, "batches").locator(".ll-card").count() == 0  # nothing is said before it is asked

    question(notebook, "batches").get_by_role("button", name="Check").click()
    feedback = question(notebook, "batches").locator(".ll-card")
    feedback.wait_for()
    assert "Not yet" in feedback.inner_text() and "first attempt" in feedback.inner_text()
    assert "Only the mean of an epoch does." in feedback.inner_text()

    choose(notebook, "batches", "B")
    feedback.wait_for(state="detached")
    question(notebook, "batches").get_by_role("button", name="Check").click()
    feedback.wait_for()
    assert "Right" in feedback.inner_text() and "attempt 2" in feedback.inner_text()

    for letter in "AB":
        choose(notebook, "change", letter)
    question(notebook, "change").get_by_role("button").click()
    feedback = question(notebook, "change").locator(".ll-card")
    feedback.wait_for()
    assert "They are for reading." in feedback.inner_text()
    assert "1 right choice is not ticked yet." in feedback.inner_text()
    assert "It scales the step." not in feedback.inner_text()

    # The score needs neither the card nor a saved notebook.
    notebook.run_cell(SCORE)
    assert "1. batches: answer B, 1 of 1 point" in notebook.output(SCORE)
    assert saved(lesson) == {"batches": "B", "change": "AB"}


def test_everything_works_from_the_keyboard_and_no_shortcut_fires(lesson, open_lesson):
    notebook = open_lesson()
    page, keys = notebook.page, notebook.page.keyboard
    question(notebook, "batches").locator("input").first.focus()
    before = (notebook.cell_count, notebook.active_cell)
    keys.press("Space")
    wait_saved(notebook, "batches")
    assert chosen(notebook, "batches") == "A"
    keys.press("ArrowDown")
    assert chosen(notebook, "batches") == "B"
    # In the notebook, a and b insert cells, c copies one, x cuts it, d d deletes it, m makes it Markdown.
    for letter in ("c", "a", "x", "d", "d", "m", "b"):
        keys.press(letter)
    assert chosen(notebook, "batches") == "B"
    keys.press("Enter")
    question(notebook, "batches").locator(".ll-card", has_text="Right").wait_for()
    keys.press("Tab")
    assert focused(notebook) == "Checked"
    keys.press("Tab")  # one step takes us out of the radio group and its button
    assert focused(notebook) == "A"
    keys.press("d")
    keys.press("a")
    assert chosen(notebook, "change") == "AD"
    keys.press("d")
    keys.press("c")
    keys.press("Enter")
    question(notebook, "change").locator(".ll-card", has_text="Right").wait_for()
    assert chosen(notebook, "change") == "AC"

    question(notebook, "updates").locator("input").focus()
    keys.type("2b")
    keys.press("Enter")
    question(notebook, "updates").locator(".bad", has_text="write a number like").wait_for()
    assert "updates" not in saved(lesson)
    keys.press("Backspace")
    keys.type("5")
    keys.press("Enter")
    question(notebook, "updates").locator(".ll-card", has_text="Validation rows").wait_for()
    keys.press("Backspace")
    keys.type("0")
    assert question(notebook, "updates").get_by_role("button").inner_text() == "Check"
    keys.press("Enter")
    question(notebook, "updates").locator(".ll-card", has_text="attempt 2").wait_for()
    assert saved(lesson) == {"batches": "B", "change": "AC", "updates": "20"}
    assert (notebook.cell_count, notebook.active_cell) == before
    assert page.evaluate("() => shownNotebook.content.mode") == "command"

    # The keys that are meant for the notebook still reach it.
    page.evaluate("() => { shownNotebook.context.model.dirty = true }")
    keys.press("Control+s")
    page.wait_for_function("() => !shownNotebook.context.model.dirty")


def test_answers_survive_a_kernel_restart_and_the_banner_says_what_to_do(lesson, open_lesson):
    notebook = open_lesson()
    choose(notebook, "batches", "B")
    question(notebook, "batches").get_by_role("button").click()
    question(notebook, "batches").locator(".ll-card").wait_for()
    notebook.restart_kernel()
    banner = notebook.page.locator(".ll-quiz-banner", has_text="Run this cell again")
    banner.wait_for()
    assert question(notebook, "batches").locator("input").first.is_disabled()
    assert not faint_texts(notebook.page, ".ll-quiz")[1]
    assert not violations(notebook.page, ".ll-quiz")

    notebook.run_all()
    question(notebook, "batches").locator(".ll-card", has_text="Right").wait_for()
    assert chosen(notebook, "batches") == "B"
    assert notebook.page.locator(".ll-quiz-banner").inner_text() == ""
    choose(notebook, "batches", "C")
    wait_saved(notebook, "batches")

    notebook.shut_down_kernel()
    banner.wait_for()
    assert saved(lesson) == {"batches": "C"}


def test_a_busy_kernel_is_said_and_the_click_arrives_later(lesson, open_lesson):
    notebook = open_lesson()
    notebook.execute("import time; time.sleep(5.5)")
    choose(notebook, "batches", "B")
    status = question(notebook, "batches").locator(".ll-quiz-status")
    status.filter(has_text="Not saved yet: Python is busy").wait_for()
    wait_saved(notebook, "batches")
    assert saved(lesson) == {"batches": "B"}
    assert not notebook.page.locator(".ll-quiz-banner").is_visible()


@pytest.mark.skipif(os.name == "nt", reason="only on systems that can limit what a process writes")
def test_a_disk_that_takes_nothing_is_said_and_nothing_is_lost(lesson, open_lesson):
    notebook = open_lesson()
    choose(notebook, "batches", "B")
    wait_saved(notebook, "batches")
    limit = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({}, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))"
    )
    notebook.execute(limit.format(0))  # from now on, this kernel cannot write a byte into a file
    choose(notebook, "change", "A")
    status = question(notebook, "change").locator(".ll-quiz-status.bad")
    status.filter(has_text="Type your answer in the cell below instead.").wait_for()
    assert status.inner_text().startswith("Not saved: ")
    assert chosen(notebook, "change") == "A"
    assert saved(lesson) == {"batches": "B"}
    assert not faint_texts(notebook.page, ".ll-quiz")[1]
    notebook.execute(limit.format(-1))
    choose(notebook, "change", "C")
    wait_saved(notebook, "change")
    assert saved(lesson) == {"batches": "B", "change": "AC"}


def test_nothing_moves_for_those_who_asked_for_less_motion(lesson, open_lesson):
    page = open_lesson().page  # the tests' browser asks for it
    moving = """() => [...document.querySelectorAll('.ll-quiz, .ll-quiz *')].filter(e =>
        getComputedStyle(e).transitionDuration.split(', ').some(t => parseFloat(t)) ||
        getComputedStyle(e).animationName !== 'none').map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(moving) == []
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving)


def test_answers_survive_a_reload_of_the_page_and_two_pages_stay_in_step(lesson, open_lesson, open_notebook):
    notebook = open_lesson()
    choose(notebook, "change", "C")
    wait_saved(notebook, "change")
    notebook.load()  # the notebook was not saved: its outputs are gone, the answer is not
    notebook.run_all()
    notebook.page.wait_for_selector(".ll-quiz fieldset")
    assert chosen(notebook, "change") == "C"
    notebook.save()
    notebook.load()  # saved, and the kernel lives: the card is there again, and works
    notebook.page.wait_for_selector(".ll-quiz fieldset:enabled")
    assert chosen(notebook, "change") == "C"
    choose(notebook, "change", "A")
    notebook.page.wait_for_function("() => document.querySelector('.ll-quiz-status.bad') === null")
    question(notebook, "change").get_by_role("button").click()
    question(notebook, "change").locator(".ll-card", has_text="Right").wait_for()
    assert saved(lesson) == {"change": "AC"}

    second = open_notebook(f"{lesson.name}/lesson.ipynb")
    second.page.wait_for_selector(".ll-quiz fieldset:enabled")
    assert chosen(second, "change") == "AC"
    choose(second, "batches", "C")
    wait_saved(notebook, "batches")
    assert chosen(notebook, "batches") == "C"


def test_answers_survive_a_restart_of_the_server(lesson, lab, open_lesson):
    notebook = open_lesson()
    choose(notebook, "batches", "B")
    wait_saved(notebook, "batches")
    notebook.save()
    lab.stop()
    notebook.page.locator(".ll-quiz-banner", has_text="Python").wait_for()
    assert question(notebook, "batches").locator("input").first.is_disabled()
    lab.start()
    notebook.load()
    # There is no kernel that knows the card: the questions are a plain list, and no error is in sight.
    notebook.page.locator(".ll-quiz-list").wait_for()
    notebook.page.locator(".jp-OutputArea-output.jupyter-widgets").first.wait_for(state="hidden")
    assert "rror" not in notebook.output(SHOW)
    notebook.run_all()
    notebook.page.wait_for_selector(".ll-quiz fieldset")
    assert chosen(notebook, "batches") == "B"
    assert saved(lesson) == {"batches": "B"}


def test_typed_answers_reach_the_card_and_the_score(lesson, open_lesson):
    notebook = open_lesson()
    notebook.set_source(TYPED, 'quiz.typed(batches="B", change="many", updates=25)')
    notebook.run_cell(TYPED)
    notebook.run_cell(SCORE)
    said = notebook.output(TYPED)
    assert "Right" in said and "Validation rows are not trained on." in said
    assert "'many' cannot be used: write one or more of the letters A to D." in said
    assert "1. batches: answer B, 1 of 1 point" in notebook.output(SCORE)
    assert chosen(notebook, "batches") == "B"
    assert "typed in the cell below" in question(notebook, "batches").inner_text()
    choose(notebook, "batches", "A")  # later than the typing
    wait_saved(notebook, "batches")
    notebook.run_cell(TYPED)
    notebook.run_cell(SCORE)
    assert "1. batches: answer A, 0 of 1 point" in notebook.output(SCORE)


def test_everybody_can_read_it(lesson, open_lesson):
    notebook = open_lesson()
    page = notebook.page
    for name, letters in (("batches", "A"), ("change", "AC")):
        for letter in letters:
            choose(notebook, name, letter)
        question(notebook, name).get_by_role("button").click()
        question(notebook, name).locator(".ll-card").wait_for()
    question(notebook, "updates").get_by_role("button").click()
    question(notebook, "updates").locator(".bad", has_text="Answer first").wait_for()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.theme(theme)
        number_of_texts, faint = faint_texts(page, ".ll-quiz")
        assert number_of_texts > 30
        assert not faint
        assert not violations(page, ".ll-quiz")

    # A screen reader hears groups with the question as their name, and what is new.
    assert page.get_by_role("group", name="What did the loss of single batches do?").is_visible()
    assert page.get_by_role("radio", name="It went up and down.").is_visible()
    assert page.get_by_role("textbox", name="How many updates are in one epoch?").is_visible()
    assert page.get_by_role("progressbar", name="Questions answered").get_attribute("aria-valuenow") == "2"
    assert page.get_by_role("status").filter(has_text="Their loss has the gradient.").count() == 1

    # Without the card, the plain list stands in for it, as readable.
    page.evaluate("() => document.querySelectorAll('.ll-quiz').forEach(card => card.remove())")
    page.locator(".ll-quiz-list").wait_for()
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.theme(theme)
        number_of_texts, faint = faint_texts(page, "section.ll")
        assert number_of_texts > 15
        assert not faint
        assert not violations(page, "section.ll")


def test_nothing_is_cut_off_when_narrow_or_zoomed(lesson, open_lesson):
    notebook = open_lesson()
    page = notebook.page
    for width in (460, 640):  # 640 points is also what 200 % leaves of a window of 1280
        page.set_viewport_size({"width": width, "height": 700})
        too_wide = page.evaluate(
            """() => {
                const edge = document.querySelector('.ll-quiz').getBoundingClientRect().right;
                return [...document.querySelectorAll('.ll-quiz *')]
                  .filter(e => !e.closest('pre') && e.getBoundingClientRect().right > edge)
                  .map(e => e.outerHTML.slice(0, 100));
            }"""
        )
        assert not too_wide
        assert page.locator(".ll-quiz").evaluate("card => card.scrollWidth <= card.clientWidth")
        asks = page.locator(".ll-quiz-ask").evaluate_all("asks => asks.map(ask => ask.clientWidth)")
        assert min(asks) > 150


def test_the_checks_of_this_file_can_fail(lesson, open_lesson):
    """A page made unreadable on purpose is found out."""
    notebook = open_lesson()
    page = notebook.page
    page.add_style_tag(content=".ll-quiz { --ll-muted: #c8c8c8 !important }")
    assert any("1 point" in line for line in faint_texts(page, ".ll-quiz")[1])
    page.evaluate("() => document.querySelector('.ll-quiz [type=text]').removeAttribute('aria-labelledby')")
    assert any(line.startswith("label:") for line in violations(page, ".ll-quiz"))
