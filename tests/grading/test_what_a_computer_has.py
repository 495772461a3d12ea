"""A notebook may ask for what a student's computer has and the sandbox has not: its cell goes on, no point is lost."""

import json

import pytest

from lessonlib.grading.pool import Pool

NO_SHELL = {
    "!ls": "ls",
    "!pip install numpy": "pip install numpy",
    "!sleep 1 &": "sleep 1 &",
    "!!ls": "ls",
    "files = !ls\nassert files == [] and files.n == ''": "ls",
    "%pip install numpy": "pip install numpy",
    "%conda install numpy": "conda install numpy",
    "%uv pip install numpy": "uv pip install numpy",
    "%ls": "ls -F ",
    "%sx ls": "ls",
}
WINDOWS = [
    *(f"%matplotlib {name}" for name in ("", "tk", "qt", "notebook", "widget", "ipympl", "inline", "agg")),
    "%gui qt",
    "%pylab tk --no-import-all",
    "import matplotlib; matplotlib.use('TkAgg')",
    "import matplotlib; matplotlib.use('module://ipympl.backend_nbagg', force=False)",
    "from matplotlib import use; use('nbagg')",
    "plt.switch_backend('QtAgg')",
    "plt.rcParams['backend'] = 'TkAgg'",
]
FOLDERS = """
import getpass, pathlib, tempfile
assert getpass.getuser() == "student" and list(pathlib.Path.home().iterdir()) is not None
pathlib.Path("/tmp/x").write_text("x")
assert pathlib.Path(tempfile.gettempdir()).samefile("/tmp")
try:
    for number in range(9):
        pathlib.Path(f"/tmp/{number}").write_bytes(bytes(20 << 20))
except OSError as error:
    print(error.strerror)
"""


@pytest.fixture(scope="module")
def pool():
    made = Pool()
    yield made
    made.close()


def outputs(pool, source):
    """What a cell shows that begins with `source` and defines a function, and what becomes of the function."""
    first = {"source": f"import matplotlib.pyplot as plt\n{source}\nf = abs", "place": 0, "witnesses": []}
    second = {"source": "plt.plot([1, 2]); plt.show()", "place": 1, "witnesses": ["f"]}
    cells = [{**cell, "apart": False} for cell in (first, second)]
    _, told, exercises, _ = pool.run({"cells": cells, "same": 0, "files": {}, "lesson": []}, {"f": "[]"})
    shown = [json.loads(line)["outputs"] for line in told.splitlines() if b'"outputs"' in line]
    assert json.loads(exercises) == {"f": []}
    assert len(shown) == 2
    assert not [output for cell in shown for output in cell if output["output_type"] == "error"], shown
    assert "image/png" in shown[1][0]["data"]
    return shown[0]


@pytest.mark.parametrize("source", NO_SHELL)
def test_there_is_no_shell_and_that_is_said(pool, source):
    (output,) = [one for one in outputs(pool, source) if one["output_type"] == "stream"]
    assert output["text"] == f"There is no shell here, so this is not run: {NO_SHELL[source]}\n"


@pytest.mark.parametrize("source", WINDOWS)
def test_figures_are_pictures_whatever_is_asked_for(pool, source):
    outputs(pool, source)


def test_the_folder_for_temporary_files_is_there_and_has_an_end(pool):
    (output,) = outputs(pool, FOLDERS)
    assert output["text"] == "No space left on device\n"
    assert outputs(pool, "import os; assert os.listdir('/tmp') == []") == []
