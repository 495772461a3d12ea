"""Whether what the lessons need works on this computer."""

import importlib
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` says what to do; without advice it is fine."""

    what: str
    seen: str
    advice: str = ""

    @property
    def fine(self) -> bool:
        return not self.advice


def findings() -> list[Finding]:
    """Look at everything. A part that fails is a finding with advice, never an exception.

    >>> [finding.what for finding in findings()]
    ['Python', 'NumPy', 'Matplotlib', 'Quiz cards', 'lessonlib', 'Your folder']
    """
    looks: dict[str, Callable[[], tuple[str, str]]] = {
        "Python": _python,
        "NumPy": _numpy,
        "Matplotlib": _matplotlib,
        "Quiz cards": _cards,
        "lessonlib": _lessonlib,
        "Your folder": _folder,
    }
    return [_look(what, look) for what, look in looks.items()]


def _look(what: str, look: Callable[[], tuple[str, str]]) -> Finding:
    try:
        seen, advice = look()
    except Exception as error:  # a broken package can raise anything while it is imported
        return Finding(
            what,
            f"{type(error).__name__}: {error}",
            "Close the course, delete the folder .venv, and start the course again: it is installed anew.",
        )
    return Finding(what, seen, advice)


def _python() -> tuple[str, str]:
    seen = f"version {platform.python_version()}"
    if Path(sys.prefix).resolve() == (ROOT / ".venv").resolve():
        return f"{seen}, the course's own", ""
    return f"{seen}, not the course's own", (
        "Choose Kernel > Change Kernel > Python 3 (ipykernel); if that is chosen already, close JupyterLab "
        "and open the course with `python -m lessonlib`."
    )


def _numpy() -> tuple[str, str]:
    import numpy as np

    product = np.array([[1.0, 2.0], [3.0, 4.0]]) @ np.array([1.0, 1.0])
    if product.tolist() != [3.0, 7.0]:
        raise ArithmeticError(f"a product of two arrays is {product.tolist()}, expected [3.0, 7.0]")
    return f"version {np.__version__}, computes correctly", ""


def _matplotlib() -> tuple[str, str]:
    import matplotlib.pyplot

    return f"version {matplotlib.__version__}", ""


def _cards() -> tuple[str, str]:
    versions = (f"{name} {importlib.import_module(name).__version__}" for name in ("ipywidgets", "anywidget"))
    return ", ".join(versions), ""


def _lessonlib() -> tuple[str, str]:
    import lessonlib

    return f"version {lessonlib.__version__}", ""


def _folder() -> tuple[str, str]:
    if os.access(".", os.W_OK):
        return "can be written to", ""
    return "cannot be written to", "Copy the course to a folder of your own and start it there."
