"""Write requirements.txt and tests/requirements.txt from pyproject.toml, with exact versions."""

import argparse
import subprocess
import sys
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[2]
HEADER = """\
# {what}, for Linux, macOS and Windows, Python 3.11 to 3.14.
# Written by `python -m lessonlib lock` from pyproject.toml: change that file, not this one.
"""


def main(argv: list[str]) -> int:
    """Run `python -m lessonlib lock [--upgrade]`; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lessonlib lock", description=__doc__)
    parser.add_argument(
        "--upgrade",
        action="store_const",
        const=["--upgrade"],
        default=[],
        help="take the newest versions; without it, every version that still fits stays as it is",
    )
    upgrade = parser.parse_args(argv).upgrade
    everything = ROOT / "tests" / "requirements.txt"
    failed = _compile(everything, "What tests and authors need", ["--extra", "dev", *upgrade])
    if failed:
        return failed
    # The students' versions are the tested ones.
    students = ROOT / "requirements.txt"
    return _compile(students, "What the course needs", ["--constraints", str(everything), "--upgrade"])


def _compile(target: Path, what: str, arguments: list[str]) -> int:
    """Let uv choose the versions for `target`, one set of versions for all systems."""
    command = [find_uv_bin(), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    # One version a package for every Python, so that a lesson shows the same numbers on all of them.
    command += ["--fork-strategy", "fewest", "--no-header", "--no-annotate"]
    command += ["--output-file", str(target), *arguments, "pyproject.toml"]
    result = subprocess.run(command, cwd=ROOT)
    if result.returncode:
        print(f"{target.relative_to(ROOT)} is unchanged: uv has failed, see above.", file=sys.stderr)
        return result.returncode
    target.write_text(HEADER.format(what=what) + target.read_text("utf-8"), "utf-8", newline="\n")
    return 0
