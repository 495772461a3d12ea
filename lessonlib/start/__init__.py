"""What the start page shows: whether the installation works, and the lessons with your progress.

installation.py looks at Python, the packages and the folder; progress.py reads the folders of the lessons;
view.py shows both, as HTML and as text.
"""

from IPython.display import display

from lessonlib.start import installation, progress, view

__all__ = ["check", "lessons"]


def check() -> None:
    """Show whether all that the lessons need works here, and what to do where it does not."""
    _show(view.findings(installation.findings()))


def lessons() -> None:
    """Show the lessons beside this page, each with a link, its time and your saved progress."""
    _show(view.lessons(progress.lessons_beside(".")))


def _show(bundle: dict[str, str]) -> None:
    display(bundle, raw=True)
