"""One look for everything the package shows in a notebook: the style sheet, the frame that carries it, the figures."""

from html import escape
from pathlib import Path

CSS = (Path(__file__).with_name("style.css")).read_text("utf-8")
SHEET = f"<style>{CSS}</style>"

DARK = CSS[CSS.index("[data-jp-theme-light") :]
DARK = DARK[: DARK.index("}") + 1]
# For pages outside of a notebook, which follow the reader's system and not JupyterLab's theme.
CSS_OF_PAGES = f"{CSS}@media (prefers-color-scheme: dark) {{ .ll {DARK[DARK.index('{') :]} }}\n"

__all__ = ["CSS", "CSS_OF_PAGES", "SHEET", "escape", "frame", "page", "use"]


def page(body: str, label: str) -> str:
    """Frame `body` (HTML) as one display, in the colours of the notebook's theme.

    `label` is what a screen reader says when it enters the frame. The style sheet travels with
    every display, because a notebook's outputs are shown, saved and exported one by one.

    >>> page("<b>hello</b>", "greeting").endswith('<section class="ll" aria-label="greeting"><b>hello</b></section>')
    True
    """
    return SHEET + frame(body, label)


def frame(body: str, label: str) -> str:
    """`page` without the style sheet, for what changes while it is shown: stand `SHEET` beside it, once.

    A style element that comes or goes lets the browser look at every element of the notebook again.

    >>> frame("<b>hello</b>", "greeting")
    '<section class="ll" aria-label="greeting"><b>hello</b></section>'
    """
    return f'<section class="ll" aria-label="{escape(label)}">{body}</section>'


def use() -> None:
    """Show this notebook's matplotlib figures in the colours of its theme; see `figures`."""
    from lessonlib.style import figures

    figures.use()
