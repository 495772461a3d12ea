"""The terms of a lesson as a deck of flash cards in five boxes, after Leitner.

A card that was known goes one box up and comes back later; one that was not goes back to the first box and comes
again in the same round. The boxes are kept in flashcards.json beside the notebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lessonlib.quiz.markup import to_text
from lessonlib.quiz.store import DamagedFile, RecordFile, now, why_not_saved
from lessonlib.style import page

DAYS = (0, 0, 1, 3, 7, 21)  # how long a card of each box rests; box 0 holds what was never seen
TERMS_CSS = Path(__file__).with_name("terms.css").read_text("utf-8")


@dataclass(frozen=True)
class Card:
    """A card's box, and when it was turned over last, in UTC."""

    box: int
    at: str

    def __post_init__(self):
        if not isinstance(self.box, int) or not 0 <= self.box < len(DAYS):
            raise ValueError(f"box is {self.box!r}, expected 0 to {len(DAYS) - 1}")
        datetime.fromisoformat(self.at)

    @property
    def due(self) -> datetime:
        """When it comes back."""
        return datetime.fromisoformat(self.at) + timedelta(days=DAYS[self.box])


class DeckFile(RecordFile):
    """The flashcards.json of one folder."""

    name = "flashcards.json"
    format = "lessonlib-flashcards/1"
    holds = "cards"
    record = Card


class Deck:
    """The cards of a lesson: `terms` are pairs of HTML, the term and its meaning.

    `round` are the names of the cards still to be turned over, the first one on top.
    """

    def __init__(self, folder: Path, terms: list[list[str]]):
        self.terms = {to_text(term): (term, meaning) for term, meaning in terms}
        self.file = DeckFile(folder, folder.name)
        self.problem = ""
        try:
            cards = self.file.read()
        except DamagedFile as damage:
            cards = damage.readable
        except OSError as error:
            cards, self.problem = {}, f"{self.file.path.name} cannot be read ({error.strerror or error}); rename it"
        self.cards: dict[str, Card] = {name: card for name, card in cards.items() if name in self.terms}
        self.round: list[str] = []
        self.begin()

    def begin(self, everything: bool = False) -> None:
        """Begin a round with the cards that are due, or with all: the lowest boxes first."""
        time = datetime.now(UTC)
        due = [name for name in self.terms if everything or name not in self.cards or self.cards[name].due <= time]
        self.round = sorted(due, key=self.box)  # sorting keeps the lesson's order within a box

    def box(self, name: str) -> int:
        """The box of a card, 0 for one that was never turned over."""
        return self.cards[name].box if name in self.cards else 0

    def answer(self, name: str, knew: bool) -> None:
        """Put the top card away: one box up, or back to the first and to the end of the round.

        Whatever cannot be saved counts while this kernel lives; `problem` says why.
        """
        box = min(max(self.box(name), 1) + 1, len(DAYS) - 1) if knew else 1
        self.cards[name] = Card(box, now())
        self.round.remove(name)
        if not knew:
            self.round.append(name)
        self.problem = why_not_saved(self.file.path.parent) or ""
        if not self.problem:
            try:
                self.file.update({name: self.cards[name]}, self.cards)
            except OSError as error:
                self.problem = error.strerror or str(error)

    @property
    def next_due(self) -> datetime | None:
        """When the next card comes back, None while one was never seen."""
        return min((card.due for card in self.cards.values()), default=None)


def list_of_terms(terms: list[list[str]]) -> str:
    """The terms as a plain list to open one by one, where no widget can be shown."""
    items = "".join(f"<details><summary><b>{term}</b></summary>{meaning}</details>" for term, meaning in terms)
    head = "<p>Say the meaning aloud before you open it.</p>"
    return page(f'<style>{TERMS_CSS}</style><div class="ll-terms">{head}{items}</div>', "Flash cards")
