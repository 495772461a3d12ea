"""The quiz as a card with buttons: a widget that shows a session and sends it the clicks.

The page decides nothing. It sends every click to Python and shows the state that comes back, so what the
student sees is what was saved and how it was marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import anywidget
import traitlets

from lessonlib.quiz.kinds.letters import LETTERS
from lessonlib.quiz.plain import VERDICTS, count, summary
from lessonlib.quiz.session import Asked, Session, clock
from lessonlib.style import CSS

HERE = Path(__file__).parent


class Card(anywidget.AnyWidget):
    """The card of a session, or of some of its questions.

    `spec` is what never changes: title and questions, without anything sealed. `state` is, for every
    question, the answer, its mark once it was checked, and whether it is saved.
    """

    _esm = "\n".join(
        path.read_text("utf-8") for path in (HERE / "page.js", HERE / "card.js", *sorted(HERE.glob("kinds/*.js")))
    )
    _css = CSS + (HERE / "card.css").read_text("utf-8")
    spec = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session, question_ids: Sequence[str] = ()):
        self._session = session
        self._questions = [session.question(name) for name in question_ids or session.questions]
        # All by question: the last click that arrived, why it was refused, and what else there is to say.
        self._heard: dict[str, str] = {}
        self._refusals: dict[str, str] = {}
        self._news: dict[str, str] = {}
        super().__init__()
        title = _title(session, self._questions)
        self.spec = {
            "model_id": self.model_id,
            "title": title,
            # Another one for each card of the notebook, so that a screen reader can tell them apart.
            "label": f"Quiz: {title}" if title == session.title else f"{title}: {', '.join(question_ids)}",
            "letters": LETTERS,
            "foot": _foot(self._questions) + _others(session, self._questions),
            "questions": [
                {
                    "id": question.id,
                    "number": session.number(question.id),
                    "kind": question.kind.name,
                    "ask": question.ask,
                    "points": f"from {question.origin}" if question.origin else count(question.points, "point"),
                    "exam": question.exam,
                    **question.shown,
                }
                for question in self._questions
            ],
        }
        self.refresh()
        session.listeners.append(self.refresh)
        self.on_msg(self._receive)

    def __repr__(self):
        return summary(self._session, len(self._questions))

    def refresh(self) -> None:
        """Send the page the state of all answers."""
        records, _ = self._session.records()
        answers = self._session.answers(records)
        self.state = {question.id: self._shown(question.id, answers, records) for question in self._questions}

    def _shown(self, question_id, answers, records) -> dict:
        answer, record = answers[question_id], records.get(question_id)
        question = self._session.question(question_id)
        shown = {
            "value": answer,
            "checked": bool(answer and record and record.checked == answer and not question.exam),
            "final": bool(answer and question.kind.commits),
            "heard": self._heard.get(question_id),
            "refused": question_id in self._refusals,
        }
        if shown["checked"]:
            mark = self._session.mark(question_id, answer)
            heading, style = VERDICTS[mark.verdict]
            shown |= {"heading": heading, "style": style, "notes": mark.notes, "wrong": mark.wrong}
            shown["attempts"] = record.attempts
        remark, bad = self._remark(question_id, answer, record)
        return {**shown, "remark": remark, "bad": bad}

    def _remark(self, question_id, answer, record) -> tuple[str, bool]:
        """What stands beside the button, and whether it is bad news."""
        if question_id in self._refusals:
            return self._refusals[question_id], True
        if question_id in self._session.unsaved:
            return f"Not saved: {self._session.problem}.", True
        if question_id in self._news:
            return self._news[question_id], True
        if not answer:
            return "", False
        clicked = record is not None and record.value == answer
        return f"saved {clock(record.at)}" if clicked else "typed in the cell below", False

    def _receive(self, widget, message, buffers) -> None:
        """A click on the page: {"question", "answer", "check", "id"}."""
        question_id, answer, check = message["question"], message["answer"], message["check"]
        self._heard[question_id] = message["id"]
        self._refusals.pop(question_id, None)
        self._news.clear()
        if check and not answer:
            self._refusals[question_id] = "Answer first, then check."
        else:
            try:
                news = self._session.click(question_id, answer, check)
            except ValueError as error:
                self._refusals[question_id] = f"Not saved: {error}."
            else:
                if news:
                    self._news[question_id] = news
        self._session.changed()


def _title(session: Session, questions: Sequence[Asked]) -> str:
    """What stands above the questions: the quiz's own title, but where they stand alone in the lesson."""
    if any(question.id not in session.placed for question in questions):
        return session.title
    return "First guess, then run" if all(question.kind.commits for question in questions) else "Before you read on"


def _foot(questions: Sequence[Asked]) -> str:
    """What stands below all questions."""
    saved = "Every answer is saved at once beside this notebook."
    if all(question.origin for question in questions):
        return f"This is practice and is never graded. {saved}"
    if all(question.kind.commits for question in questions):
        return f"{saved} A guess stays as you commit it. What counts is that you made one, not how near it is."
    if all(question.exam for question in questions):
        return f"{saved} You may change it; your instructor marks the last one."
    return f"{saved} You may change an answer and check again."


def _others(session: Session, questions: Sequence[Asked]) -> str:
    """Where the questions before the first of these are, whose number would be missed."""
    before = session.number(questions[0].id) - 1
    if not before or questions[0].id in session.placed:
        return ""
    return " Question 1 stands further up." if before == 1 else f" Questions 1 to {before} stand further up."
