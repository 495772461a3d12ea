"""The stepper in a real JupyterLab: forwards and backwards by keyboard, and everybody can read it."""

import nbformat
import pytest

from tests.browser.accessibility import faint_texts, violations

PICTURE = ".jp-OutputArea-output .ll:has(.ll-lines)"
CODE = """\
from lessonlib import explore, trace

def loop():
    w = [1.0, 2.0]
    for g in (0.5, -0.5):
        w = [w[0] - g, w[1] + g]

explore.stepper(trace.lines(loop, watch=("g", "w")))
"""


@pytest.fixture
def notebook(lab, open_notebook):
    """A notebook that shows a stepper at its first step."""
    folder = lab.folder / "stepper"
    folder.mkdir(exist_ok=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(CODE)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "stepper.ipynb")
    opened = open_notebook("stepper/stepper.ipynb", width=900, height=900)
    opened.run_all()
    opened.page.locator(PICTURE).wait_for()
    return opened


def stands_at(notebook, step, line, sentence):
    picture = notebook.page.locator(PICTURE)
    picture.get_by_text(f"Step {step} of 6").wait_for()
    assert picture.locator(".now").inner_text().strip() == line
    assert picture.get_by_role("status").inner_text() == sentence


def test_it_goes_forwards_backwards_and_to_the_same_line_by_keyboard(notebook):
    page = notebook.page
    stands_at(notebook, 1, "w = [1.0, 2.0]", "w = [1.0, 2.0] set w.")
    page.get_by_role("button", name="Next line").focus()
    page.keyboard.press("Enter")
    stands_at(notebook, 2, "for g in (0.5, -0.5):", "for g in (0.5, -0.5): set g.")
    page.keyboard.press("Space")
    stands_at(notebook, 3, "w = [w[0] - g, w[1] + g]", "w = [w[0] - g, w[1] + g] changed w.")
    page.get_by_role("button", name="Same line again").focus()
    page.keyboard.press("Enter")
    stands_at(notebook, 5, "w = [w[0] - g, w[1] + g]", "w = [w[0] - g, w[1] + g] changed w.")
    page.get_by_role("button", name="Back").focus()
    page.keyboard.press("Enter")
    stands_at(notebook, 4, "for g in (0.5, -0.5):", "for g in (0.5, -0.5): changed g.")
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    stands_at(notebook, 6, "for g in (0.5, -0.5):", "for g in (0.5, -0.5): changed nothing that is watched.")
    assert page.get_by_role("button", name="Next line").is_disabled()
    assert notebook.cell_count == 1 and not notebook.errors


@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_read_it(notebook, dark):
    notebook.theme("JupyterLab Dark" if dark else "JupyterLab Light")
    notebook.page.get_by_role("button", name="Next line").click()
    stands_at(notebook, 2, "for g in (0.5, -0.5):", "for g in (0.5, -0.5): set g.")
    number_of_texts, faint = faint_texts(notebook.page, PICTURE)
    assert number_of_texts > 10
    assert not faint
    assert not violations(notebook.page, PICTURE)
