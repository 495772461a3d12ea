"""One JupyterLab and one Chromium for all browser tests of a run."""

import pytest

from lessonlib.course import chromium
from tests.browser.lab import Browser, Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab that serves an empty folder, `lab.folder`; each test makes a folder of its own in it."""
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def browser():
    """A Chromium. Without one, the tests that need it are skipped."""
    executable = chromium.find()
    if executable is None:
        pytest.skip("no Chromium: install one, or set LESSONLIB_CHROMIUM to the path of its program")
    with Browser(executable) as browser:
        yield browser


@pytest.fixture
def open_notebook(browser, lab):
    """A function that opens a notebook: `open_notebook("folder/lesson.ipynb", dark=True, width=500)`.

    JavaScript must not have complained by the end of the test, and all notebooks are closed then.
    """
    opened = []

    def open_it(path, lab=lab, **how):
        opened.append(browser.open(lab, path, **how))
        return opened[-1]

    yield open_it
    errors = [error for notebook in opened for error in notebook.errors]
    browser.close_all()
    assert not errors
