"""`python -m lessonlib test` names what it could not test, and with CI=true that is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = """
import pytest
def test_fine(): pass
def test_elsewhere(): pytest.skip("only on another system")
@pytest.mark.xfail
def test_known(): assert False
"""
SKIPPED = "@pytest.mark.skip(reason='needs a browser')\ndef test_browser(): pass\n"
WHOLE_FILE = "import pytest\npytest.skip('needs a database', allow_module_level=True)\n"


def run(folder, ci):
    code = (
        "import sys; from pathlib import Path; from lessonlib.course import chromium, test; "
        f"test.ROOT = Path({str(folder)!r}); chromium.provide = lambda: None; sys.exit(test.main(['-n', '1']))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": ci}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, env=environment)


def test_all_that_is_meant_for_this_system_was_tested(tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    answer = run(tmp_path, ci="true")
    assert answer.returncode == 0
    assert "not tested" not in answer.stdout


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_what_was_not_tested_stands_in_the_last_lines(tmp_path, ci, code):
    (tmp_path / "test_it.py").write_text(TESTS + SKIPPED)
    (tmp_path / "test_other.py").write_text(WHOLE_FILE)
    answer = run(tmp_path, ci)
    assert answer.returncode == code
    assert answer.stdout.splitlines()[-2 - code :][:2] == [
        "not tested: needs a browser (1 test in test_it.py)",
        "not tested: needs a database (1 test in test_other.py)",
    ]
