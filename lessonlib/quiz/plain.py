"""The quiz without buttons: the list of questions, the remarks on typed answers, the lines of the score."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

from lessonlib.quiz.markup import to_text
from lessonlib.quiz.session import Session
from lessonlib.style import escape, page

VERDICTS = {"right": ("Right", "good"), "partly": ("Partly right", "half"), "wrong": ("Not yet", "bad")}

LIST_CSS = Path(__file__).with_name("list.css").read_text("utf-8")


def list_can_be_hidden() -> bool:
    """False where the card could not hide the list and both would be seen."""
    return not any(name in os.environ for name in ("VSCODE_PID", "COLAB_RELEASE_TAG"))


def question_list(session: Session) -> str:
    """The questions as plain HTML: for paper, for GitHub, and for a notebook that is opened and not run."""
    items = []
    for question in session.questions.values():
        choices = "".join(f"<li>{choice}</li>" for choice in question.shown.get("choices", ()))
        if choices:
            choices = f'<ol type="A">{choices}</ol>'
        # The name is what the cell for typed answers calls the question.
        items.append(f'<li>{question.ask} <span class="ll-muted">{question.id}</span>{choices}</li>')
    head = f"<b>{escape(session.title)}</b><span>{count(len(items), 'question')}</span>"
    body = (
        f'<style>{LIST_CSS}</style><div class="ll-quiz-list"><div class="ll-head">{head}</div>'
        "<p>Run this cell to answer with mouse or keyboard, or type your answers in the cell below.</p>"
        f"<ol>{''.join(items)}</ol></div>"
    )
    return page(body, f"Questions: {session.title}")


def typed_report(session: Session, question_ids: list[str], problems: dict[str, str]) -> tuple[str, str]:
    """What is said about typed answers, as HTML and as text; both empty when nothing was typed."""
    cards, lines = [], []
    for question_id in question_ids:
        answer = session.typed.get(question_id, "")
        if question_id in problems:
            says, style, notes = problems[question_id], "bad", ()
        elif answer:
            mark = session.questions[question_id].mark(answer)
            verdict, style = VERDICTS[mark.verdict]
            says, notes = f"{answer}: {verdict}", mark.notes
        else:
            continue
        paragraphs = [f"<p><b>{question_id}</b> {escape(says)}</p>", *(f"<p>{note}</p>" for note in notes)]
        cards.append(f'<div class="ll-card {style}">{"".join(paragraphs)}</div>')
        lines += [to_text(paragraph) for paragraph in paragraphs]
    return (page("".join(cards), "Your typed answers"), "\n".join(lines)) if lines else ("", "")


def score_report(session: Session) -> tuple[float, list[str]]:
    """The points earned, and a line for each question that does not tell the right answer."""
    records, problem = session.records()
    lines = [f"{problem}."] if problem else []
    answers = session.answers(records)
    earned = Fraction(0)
    for place, question in enumerate(session.questions.values(), start=1):
        answer = answers[question.id]
        points = question.points * question.mark(answer).fraction
        earned += points
        given = f"answer {answer}" if answer else "not answered yet"
        earns = f"{number(points)} of {count(question.points, 'point')}"
        lines.append(f"{place}. {question.id}: {given}, {earns}")
    lines.append(f"Quiz: {number(earned)} of {count(session.points, 'point')}")
    return min(round(float(earned), 6), float(session.points)), lines


def number(value: Fraction | int) -> str:
    """A number with at most two decimals.

    >>> number(Fraction(2, 3)), number(2)
    ('0.67', '2')
    """
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def count(value: Fraction | int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "point"), count(4, "point")
    ('1 point', '4 points')
    """
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"
