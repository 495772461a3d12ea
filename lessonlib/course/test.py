"""Test everything, and say at the end what could not be tested here."""

import os
from pathlib import Path

import pytest

from lessonlib.course import chromium, packages

ROOT = Path(__file__).resolve().parents[2]
# A file's tests stay together, so that they share the servers and notebooks they start.
WORKERS = ["-n", "logical", "--maxprocesses", "4", "--dist", "loadfile"]
NOT_MEANT = "only on "  # how the reason of a skip begins when the test is not meant for this system at all


class NotTested:
    """A pytest plugin that collects the tests that were skipped, by the reason they gave."""

    def __init__(self) -> None:
        self.tests: dict[str, set[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._add(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._add(report)

    def _add(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        _, _, reason = report.longrepr
        reason = reason.removeprefix("Skipped: ")
        if not reason.startswith(NOT_MEANT):
            self.tests.setdefault(reason, set()).add(report.nodeid)

    def lines(self) -> list[str]:
        """One line for each reason."""
        return [
            f"not tested: {reason} ({len(names)} test{'s' if len(names) > 1 else ''} in "
            f"{', '.join(sorted({name.split('::')[0] for name in names}))})"
            for reason, names in sorted(self.tests.items())
        ]


def main(argv: list[str]) -> int:
    """Run `python -m lessonlib test [pytest arguments]`; returns the exit code.

    What was skipped for lack of something is named in the last lines. With CI=true in the environment that
    is a failure: a green run there means that everything was tested.
    """
    os.chdir(ROOT)
    packages.provide()
    browser = chromium.provide()
    if browser:
        os.environ[chromium.VARIABLE] = browser
    skipped = NotTested()
    code = int(pytest.main([*WORKERS, *argv], plugins=[skipped]))
    for line in skipped.lines():
        print(line)
    if code == 0 and skipped.tests and os.environ.get("CI", "").lower() in ("1", "true"):
        print("With CI=true this is a failure.")
        return 1
    return code
