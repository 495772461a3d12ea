"""The kinds of question beyond choices and numbers in a real Chromium: orderings, blanks, guesses, exam questions."""

import json
import re

import nbformat
import pytest

from lessonlib.quiz import bank, seal
from tests.browser.accessibility import faint_texts, violations

QUESTIONS = """\
title: Check yourself
questions:
  - id: step
    kind: order
    code: true
    ask: Put **one step of training** in order.
    lines:
      - {text: optimizer.zero_grad()}
      - {text: loss = loss_of(model(x))}
      - {text: "    loss.backward()"}
    leave_out:
      - {text: model.compile(), why: That is done once.}
    why: Clear, forward, backward.
    otherwise: What does each line need?
  - id: stages
    kind: order
    ask: Put the life of a batch in order.
    lines: [{text: drawn from the rows}, {text: shown to the model}, {text: judged by the loss}, {text: forgotten}]
    why: It is drawn, shown, judged and forgotten.
    otherwise: Begin with what needs nothing.
  - id: missing
    kind: blank
    ask: Which call is missing?
    code: |
      optimizer.____
      loss.backward()
    accept: [zero_grad()]
    why: Gradients add up.
    wrong: [{text: step(), why: That moves the weights.}]
    otherwise: What must be empty?
  - id: guess
    kind: predict
    ask: The loss $L_5 = \\frac{1}{n} \\sum_i l_i$ after five epochs?
    close: 0.05
    why: The first epoch does most of the work.
    high: You expected nothing.
  - id: hidden
    kind: single
    mode: exam
    ask: Which one moves the weights?
    shuffle: false
    choices: [{text: step, right: true, why: It does.}, {text: backward, why: It does not.}]
"""
CELLS = ["from lessonlib import quiz\nquiz.show()", 'quiz.measured("guess", 0.25)', "quiz.score()"]
SHOW, MEASURED, SCORE = range(3)


@pytest.fixture
def lesson(request, lab):
    """A lesson's folder in the lab, with a quiz and its notebook, and the right answers."""
    folder = lab.folder / request.node.name
    folder.mkdir()
    (folder / "quiz.yaml").write_text(QUESTIONS, "utf-8")
    copy = seal.sealed(bank.read(folder / "quiz.yaml"), "03-epochs")
    (folder / "quiz.json").write_text(json.dumps(copy), "utf-8")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(CELLS)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / "lesson.ipynb")
    return folder


@pytest.fixture
def opened(lesson, open_notebook):
    """The lesson, opened and run; the card is there."""
    notebook = open_notebook(f"{lesson.name}/lesson.ipynb")
    notebook.run_all()
    notebook.page.wait_for_selector(".ll-quiz fieldset")
    return notebook


def key(lesson, name):
    return bank.read(lesson / "quiz.yaml").key[name]


def question(notebook, name):
    return notebook.page.locator(f".ll-quiz [data-question={name}]")


def wait_saved(notebook, name):
    question(notebook, name).locator(".ll-quiz-status", has_text=re.compile("^saved ")).wait_for()


def feedback(notebook, name, text):
    question(notebook, name).locator(".ll-card", has_text=text).wait_for()
    return question(notebook, name).locator(".ll-card").inner_text()


def saved(lesson, name):
    return json.loads((lesson / "answers.json").read_text("utf-8"))["answers"][name]["value"]


def letters(notebook, name, group="Your order"):
    """The lines of an ordering as they stand, by their letters."""
    lines = question(notebook, name).get_by_role("group", name=group).locator(".ll-quiz-letter")
    return "".join(lines.all_inner_texts())


def said(notebook, name):
    return question(notebook, name).locator(".ll-quiz-heard").inner_text()


def drag(notebook, name, letter, onto, below=False):
    """Drag a line with the mouse to the upper, or lower, part of something."""
    mouse = notebook.page.mouse
    start = question(notebook, name).locator(f"[role=option][id$='-{letter}']").bounding_box()
    goal = onto.bounding_box()
    mouse.move(start["x"] + 60, start["y"] + start["height"] / 2)
    mouse.down()
    mouse.move(goal["x"] + 60, goal["y"] + goal["height"] * (0.9 if below else 0.1), steps=6)
    mouse.up()


def test_an_order_by_mouse(lesson, opened):
    right = key(lesson, "step")
    (spare,) = set("ABCD") - set(right)
    assert letters(opened, "step") == "ABCD"
    question(opened, "step").get_by_role("button", name="Check").click()  # without having moved anything
    question(opened, "step").locator(".bad", has_text="so move them first").wait_for()
    assert not (lesson / "answers.json").exists()
    group = question(opened, "step").get_by_role("listbox")
    drag(opened, "step", spare, group, below=True)
    assert letters(opened, "step", "Left out") == spare
    wait_saved(opened, "step")
    for letter in reversed(right):  # each to the top
        first = question(opened, "step").locator("[role=option]").first
        drag(opened, "step", letter, first)
    assert letters(opened, "step") == right
    question(opened, "step").get_by_role("button", name="Check").click()
    assert "Clear, forward, backward." in feedback(opened, "step", "Right")
    assert saved(lesson, "step") == right
    marks = question(opened, "step").locator(".ll-quiz-judged").all_inner_texts()
    assert marks == ["✓", "✓", "✓", ""]
    # And by the buttons: out of the left-out lines again.
    question(opened, "step").locator(f"[role=option][id$='-{spare}']").click()
    question(opened, "step").get_by_role("button", name="Move up").click()
    assert letters(opened, "step") == right + spare
    question(opened, "step").get_by_role("button", name="Check").click()
    assert "That is done once." in feedback(opened, "step", "1 line does not belong.")
    marks = question(opened, "step").locator(".ll-quiz-judged").all_inner_texts()
    assert marks == ["", "", "", "✗"]


def test_an_order_by_keyboard_and_what_a_screen_reader_hears(lesson, opened):
    keys, right = opened.page.keyboard, key(lesson, "stages")
    box = question(opened, "stages").get_by_role("listbox", name="Put the life of a batch in order.")
    box.focus()
    before = (opened.cell_count, opened.active_cell)
    assert box.get_attribute("aria-describedby")
    for place, letter in enumerate(right):
        keys.press(letter.lower())  # a letter makes its line the current one
        assert box.get_attribute("aria-activedescendant").endswith(f"-{letter}")
        while letters(opened, "stages").index(letter) > place:
            keys.press("Alt+ArrowUp")
    assert letters(opened, "stages") == right
    keys.press("Home")
    keys.press("Alt+ArrowDown")
    assert said(opened, "stages") == f"{right[0]}, drawn from the rows, is now line 2 of 4."
    keys.press("Alt+ArrowUp")
    keys.press("Alt+ArrowUp")
    assert said(opened, "stages") == f"{right[0]} cannot move further."
    keys.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant").endswith(f"-{right[1]}")
    keys.press("Enter")
    assert "It is drawn, shown" in feedback(opened, "stages", "Right")
    keys.press("Tab")
    keys.press("Enter")  # on "Move up": it moves, and does not check
    assert letters(opened, "stages") == right[1] + right[0] + right[2:]
    question(opened, "stages").locator(".ll-card").wait_for(state="detached")
    assert (opened.cell_count, opened.active_cell) == before
    # The step below the last line leaves it out.
    question(opened, "step").get_by_role("listbox").focus()
    for press in ("End", "Alt+ArrowDown"):
        keys.press(press)
    assert re.fullmatch(r"D, .*, is now left out\.", said(opened, "step"))
    wait_saved(opened, "step")
    assert saved(lesson, "step") == "ABC"


def test_a_blank_and_a_guess(lesson, opened):
    keys = opened.page.keyboard
    before = opened.cell_count
    question(opened, "missing").get_by_role("textbox", name="Which call is missing?").focus()
    keys.type("step ( )")
    keys.press("Enter")
    feedback(opened, "missing", "That moves the weights.")
    keys.press("Control+a")
    keys.type("zero_grad( )")
    keys.press("Enter")
    assert "attempt 2" in feedback(opened, "missing", "Gradients add up.")

    field = question(opened, "guess").get_by_role("textbox")
    field.focus()
    keys.type("0.4")
    keys.press("Tab")  # leaving the field commits nothing
    assert opened.page.evaluate("() => document.activeElement.textContent") == "Commit my guess"
    question(opened, "hidden").get_by_role("radio").first.check()
    wait_saved(opened, "hidden")  # news of another question leaves the guess as it is typed
    assert field.input_value() == "0.4"
    assert "guess" not in json.loads((lesson / "answers.json").read_text("utf-8"))["answers"]
    question(opened, "guess").get_by_role("button").focus()
    keys.press("Enter")
    feedback(opened, "guess", "Guess committed")
    assert field.evaluate("field => field.readOnly")
    opened.run_cell(MEASURED)
    assert "0.15 too high" in feedback(opened, "guess", "Too high")
    assert "You expected nothing." in opened.output(MEASURED)
    opened.restart_kernel()
    opened.run_all()
    feedback(opened, "guess", "Too high")
    assert field.evaluate("field => field.readOnly")
    assert "guess: answer 0.4, 1 of 1 point" in opened.output(SCORE)
    assert opened.cell_count == before


def test_mathematics_is_typeset(lesson, opened):
    question(opened, "guess").locator("legend mjx-container").wait_for()
    assert "\\frac" not in question(opened, "guess").locator("legend").inner_text()


def test_an_exam_question_says_nothing(lesson, opened):
    hidden = question(opened, "hidden")
    assert hidden.get_by_role("button").count() == 0
    hidden.get_by_role("radio").nth(1).focus()
    opened.page.keyboard.press("Space")
    opened.page.keyboard.press("Enter")
    wait_saved(opened, "hidden")
    opened.run_cell(SCORE)
    assert hidden.locator(".ll-card").count() == 0
    assert hidden.locator(".good, .bad").count() == 0
    assert saved(lesson, "hidden") == "B"
    assert "hidden: answer B, 1 point, marked by your instructor" in opened.output(SCORE)


def test_nothing_can_be_moved_when_the_kernel_is_gone(lesson, opened):
    opened.shut_down_kernel()
    opened.page.locator(".ll-quiz-banner", has_text="Run this cell again").wait_for()
    question(opened, "stages").get_by_role("listbox").focus()
    opened.page.keyboard.press("Alt+ArrowDown")
    drag(opened, "stages", "A", question(opened, "stages").locator("[role=option]").nth(2), below=True)
    assert letters(opened, "stages") == "ABCD"
    assert not violations(opened.page, ".ll-quiz")


def test_two_pages_stay_in_step(lesson, opened, open_notebook):
    opened.save()
    second = open_notebook(f"{lesson.name}/lesson.ipynb")
    second.page.wait_for_selector(".ll-quiz fieldset:enabled")
    question(opened, "stages").locator("[role=option]").first.click()
    question(opened, "stages").get_by_role("button", name="Move down").click()
    wait_saved(second, "stages")
    assert letters(second, "stages") == "BACD"
    question(opened, "guess").get_by_role("textbox").fill("1")
    question(opened, "guess").get_by_role("button").click()
    feedback(second, "guess", "Guess committed")
    assert question(second, "guess").get_by_role("textbox").evaluate("field => field.readOnly")


def test_everybody_can_read_every_kind(lesson, opened):
    page = opened.page
    for name in ("step", "stages"):
        question(opened, name).get_by_role("button", name="Move down").click()
        question(opened, name).get_by_role("button", name="Check").click()
        feedback(opened, name, "attempt")
    question(opened, "missing").get_by_role("textbox").fill("step()")
    question(opened, "missing").get_by_role("button").click()
    question(opened, "guess").get_by_role("textbox").fill("1")
    question(opened, "guess").get_by_role("button").click()
    feedback(opened, "guess", "committed")
    opened.run_cell(MEASURED)
    feedback(opened, "guess", "Too high")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        opened.theme(theme)
        number_of_texts, faint = faint_texts(page, ".ll")
        assert number_of_texts > 60
        assert not faint
        assert not violations(page, ".ll-quiz")
    # A second card, of one question, is told from the first.
    opened.set_source(SCORE, 'quiz.show("guess")')
    opened.run_cell(SCORE)
    page.get_by_role("region", name="First guess, then run: guess").wait_for()
    assert not violations(page, ".ll-quiz")
    for width in (460, 640):
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
