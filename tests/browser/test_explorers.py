"""Every explorer in a real JupyterLab: it works by keyboard, says what it shows, and everybody can read it."""

import nbformat
import pytest

from lessonlib import explore
from tests.browser.accessibility import faint_texts, violations

PICTURE = ".jp-OutputArea-output .ll:has([role=status])"


@pytest.fixture(params=[name for name in explore.__all__ if name.endswith("_explorer")])
def notebook(request, lab, open_notebook):
    """A notebook that shows one explorer, which has run."""
    code = f"from lessonlib import explore\n\nexplore.{request.param}()"
    folder = lab.folder / request.param
    folder.mkdir(exist_ok=True)
    cells, kernel = [nbformat.v4.new_code_cell(code)], {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "explorer.ipynb")
    opened = open_notebook(f"{request.param}/explorer.ipynb", width=1000, height=1000)
    opened.run_all()
    opened.page.locator(PICTURE).last.wait_for()
    return opened


def another_picture(page, picture, before):
    """Whether the picture becomes another one soon; at the end of a slider a key changes nothing."""
    for _ in range(40):
        if picture.inner_html() != before:
            return True
        page.wait_for_timeout(100)
    return False


def test_an_arrow_key_trains_again(notebook):
    page = notebook.page
    picture = page.locator(PICTURE).last
    sliders = page.get_by_role("slider")
    assert sliders.count(), "an explorer has at least one slider"
    changed = 0
    for number in range(sliders.count()):
        before = picture.inner_html()
        sliders.nth(number).focus()
        for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
            if another_picture(page, picture, before):
                changed += 1
                break
    assert changed == sliders.count()
    assert notebook.cell_count == 1, "a key that moves a slider did something to the notebook"


def test_each_control_is_one_stop_of_the_tab_key(notebook):
    page = notebook.page
    controls = page.locator(".jp-OutputArea-output .widget-vbox").locator("[role=slider], select, input")
    controls.first.focus()
    stops = 1
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.closest('.jp-OutputArea-output .widget-vbox') !== null"):
        stops += 1
        page.keyboard.press("Tab")
    assert stops == controls.count()


def test_a_list_keeps_its_keys_from_the_notebook(notebook):
    lists = notebook.page.locator(".jp-OutputArea-output select")
    notebook.page.wait_for_timeout(500)
    for number in range(lists.count()):
        before = lists.nth(number).input_value()
        lists.nth(number).focus()
        # From wherever it stands, a list has a next or a previous choice.
        for key in ("ArrowDown", "ArrowUp", "ArrowUp", "x", "b"):
            notebook.page.keyboard.press(key)
            if lists.nth(number).input_value() != before:
                before = None
        assert before is None
        assert lists.nth(number).evaluate("list => list === document.activeElement")
    assert notebook.cell_count == 1


@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_read_it(notebook, dark):
    notebook.theme("JupyterLab Dark" if dark else "JupyterLab Light")
    picture = notebook.page.locator(PICTURE).last
    drawing = picture.get_by_role("img").first
    assert len(drawing.get_attribute("aria-label")) > 40, "the picture is not told in words"
    assert picture.get_by_role("status").inner_text().endswith(".")
    number_of_texts, faint = faint_texts(notebook.page, PICTURE)
    assert number_of_texts > 10
    assert not faint
    assert not violations(notebook.page, PICTURE)
