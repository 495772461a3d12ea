"""The Validate button of the notebook says what `check` says."""

import nbformat
import pytest

from lessonlib.authoring import tables
from lessonlib.checks import table
from tests.browser.lab import Lab
from tests.test_exercise_kinds import KINDS
from tests.test_validate import notebook

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with two notebooks: one solved, one with a mistake in each kind of exercise."""
    folder = tmp_path_factory.mktemp("validate")
    built = [tables.table(name, *written) for name, written in KINDS.items()]
    (folder / "checks.json").write_text(table.dumps(built), "utf-8")
    for name, source_of in {
        "solved": lambda name: KINDS[name][1],
        "mistaken": lambda name: tables.edited(KINDS[name][1], KINDS[name][0].mistakes[0]),
    }.items():
        made = notebook(source_of)
        made.metadata.update(KERNEL)
        nbformat.write(made, folder / f"{name}.ipynb")
    with Lab(folder) as lab:
        yield lab


@pytest.mark.parametrize("name, said, cells", [
    ("solved", "Success! Your notebook passes all the tests.", 0),
    ("mistaken", "The following cell failed:", len(KINDS)),
])  # fmt: skip
def test_button_agrees_with_check(lab, browser, name, said, cells):
    page = browser.open(lab, f"{name}.ipynb").page
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    dialog.filter(has_text=said).wait_for(timeout=120_000)
    text = dialog.inner_text()
    assert [f'check("{kind}"' in text for kind in KINDS] == [bool(cells)] * len(KINDS)
