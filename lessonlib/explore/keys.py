"""Keys that belong to an explorer's controls, and not to the notebook around them."""

from pathlib import Path

import anywidget

from lessonlib import quiz

GUARD = """
// This widget shows nothing: it guards the box that it stands in.
export default {
  render: ({ el }) => guardKeys({ contains: (node) => el.closest(".widget-vbox")?.contains(node) }, () => true),
};
"""


class Keys(anywidget.AnyWidget):
    """Put into a box of controls, it keeps their keys there: an arrow in a list would go to the next cell, x cut it."""

    _esm = (Path(quiz.__file__).parent / "page.js").read_text("utf-8") + GUARD
