"""The flash cards as a widget: a card is turned over, then put away as known or not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import anywidget
import traitlets

from lessonlib.quiz.deck import DAYS, Deck
from lessonlib.quiz.plain import count
from lessonlib.style import CSS

HERE = Path(__file__).parent


class Flashcards(anywidget.AnyWidget):
    """The deck of one lesson. `state` is the card on top, or that there is none, and how far the round is."""

    _esm = "\n".join((HERE / name).read_text("utf-8") for name in ("page.js", "flashcards.js"))
    _css = CSS + (HERE / "flashcards.css").read_text("utf-8")
    spec = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, deck: Deck):
        self._deck = deck
        self._size = len(deck.round)
        super().__init__()
        self.spec = {"model_id": self.model_id, "boxes": len(DAYS) - 1}
        self._refresh("")
        self.on_msg(self._receive)

    def __repr__(self):
        return count(len(self._deck.terms), "flash card")

    def _receive(self, widget, message, buffers) -> None:
        """A click on the page: {"do": knew, again or all, "name", "id"}. One for a card that is gone is ignored."""
        deck = self._deck
        if message["do"] == "all":
            deck.begin(everything=True)
            self._size = len(deck.round)
        elif deck.round and message["name"] == deck.round[0]:
            deck.answer(message["name"], knew=message["do"] == "knew")
        self._refresh(message["id"])

    def _refresh(self, heard: str) -> None:
        deck = self._deck
        top = deck.round[0] if deck.round else ""
        term, meaning = deck.terms.get(top, ("", ""))
        self.state = {
            "heard": heard,
            "name": top,
            "term": term,
            "meaning": meaning,
            "box": deck.box(top) if top else 0,
            "left": len(deck.round),
            "size": self._size,
            "next": "" if top else _until(deck.next_due),
            "problem": f"Not saved: {deck.problem}." if deck.problem else "",
        }


def _until(due: datetime | None) -> str:
    """When that is, in words."""
    days = max(0, (due - datetime.now(UTC)).days + 1) if due else 0
    return "tomorrow" if days == 1 else f"in {days} days" if days else "now"
