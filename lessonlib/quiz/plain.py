"""The quiz without buttons: the list of questions, the remarks on typed answers, the lines of the score."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

from lessonlib.quiz.markup import to_text
from lessonlib.quiz.session import Asked, Session
from lessonlib.style import escape, page

VERDICTS = {  # the verdict of a mark -> (its words, its style)
    "right": ("Right", "good"),
    "partly": ("Partly right", "half"),
    "wrong": ("Not yet", "bad"),
    "collected": ("Taken, to be marked by your instructor", ""),
    "committed": ("Guess committed", ""),
    "close": ("Close", "good"),
    "low": ("Too low", "half"),
    "high": ("Too high", "half"),
}

LIST_CSS = Path(__file__).with_name("list.css").read_text("utf-8")


def list_can_be_hidden() -> bool:
    """False where the card could not hide the list and both would be seen."""
    return not any(name in os.environ for name in ("VSCODE_PID", "COLAB_RELEASE_TAG"))


def question_list(session: Session, question_ids: list[str]) -> str:
    """The questions as plain HTML: for paper, for GitHub, and for a notebook that is opened and not run."""
    items = []
    for question in map(session.question, question_ids):
        # The name is what the cell for typed answers calls the question.
        name = f'<span class="ll-muted">{question.id}</span>'
        items.append(f'<li value="{session.number(question.id)}">{question.ask} {name}{_details(question)}</li>')
    head = f"<b>{escape(session.title)}</b><span>{count(len(items), 'question')}</span>"
    body = (
        f'<style>{LIST_CSS}</style><div class="ll-quiz-list"><div class="ll-head">{head}</div>'
        "<p>Run this cell to answer with mouse or keyboard, or type your answers with <code>quiz.typed</code>.</p>"
        f"<ol>{''.join(items)}</ol></div>"
    )
    return page(body, f"Questions: {session.title}")


def summary(session: Session, number_shown: int) -> str:
    """One line that stands for some questions of a session where nothing else can."""
    return f"{session.title}: {count(number_shown, 'question')} (run this cell in Jupyter to answer them)"


def _details(question: Asked) -> str:
    """What a question shows below its words."""
    shown, kind = question.shown, question.kind.name
    if lines := shown.get("choices") or shown.get("lines"):
        return f'<ol type="A">{"".join(f"<li>{line}</li>" for line in lines)}</ol>'
    if kind == "blank":
        return f"<pre><code>{escape(shown['before'])}____{escape(shown['after'])}</code></pre>"
    return ""


def remark(text: str, label: str) -> str:
    """A sentence in a frame."""
    return page(f"<p>{escape(text)}</p>", label)


def typed_report(session: Session, question_ids: list[str], problems: dict[str, str]) -> tuple[str, str]:
    """What is said about typed answers, as HTML and as text; both empty when nothing was typed."""
    cards, lines = [], []
    records, _ = session.records()
    for question_id in question_ids:
        answer = session.typed.get(question_id, "") or session.committed(question_id, records)
        if question_id in problems:
            says, style, notes = problems[question_id], "bad", ()
        elif answer:
            mark = session.mark(question_id, answer)
            verdict, style = VERDICTS[mark.verdict]
            says, notes = f"{answer}: {verdict}", mark.notes
        else:
            continue
        paragraphs = [f"<p><b>{question_id}</b> {escape(says)}</p>", *(f"<p>{note}</p>" for note in notes)]
        cards.append(f'<div class="ll-card {style}">{"".join(paragraphs)}</div>')
        lines += [to_text(paragraph) for paragraph in paragraphs]
    return (page("".join(cards), "Your typed answers"), "\n".join(lines)) if lines else ("", "")


def measured_report(session: Session, question_id: str) -> tuple[str, str]:
    """What is said when the true number of a guess is there, as HTML and as text."""
    answer = session.committed(question_id, session.records()[0])
    if not answer:
        heading, style = "No guess yet", "half"
        notes = ("Commit your guess in the card above first. Then run this cell again.",)
    else:
        mark = session.mark(question_id, answer)
        (heading, style), notes = VERDICTS[mark.verdict], mark.notes
    paragraphs = [f"<p><b>{heading}</b></p>", *(f"<p>{note}</p>" for note in notes)]
    html = page(f'<div class="ll-card {style}">{"".join(paragraphs)}</div>', "Your guess")
    return html, "\n".join(map(to_text, paragraphs))


def score_report(session: Session) -> tuple[float, list[str]]:
    """The points earned, and a line for each question that does not tell the right answer."""
    records, problem = session.records()
    lines = [f"{problem}."] if problem else []
    answers = session.answers(records)
    earned = later = Fraction(0)
    for question in session.questions.values():
        answer = answers[question.id]
        worth = count(question.points, "point")
        if question.exam and not question.sealed:
            later += question.points
            earns = f"{worth}, marked by your instructor"
        else:
            points = question.points * question.mark(answer).fraction
            earned += points
            earns = f"{number(points)} of {worth}"
        given = f"answer {answer}" if answer else "not answered yet"
        lines.append(f"{session.number(question.id)}. {question.id}: {given}, {earns}")
    lines.append(f"Quiz: {number(earned)} of {count(session.points, 'point')}")
    if later:
        lines[-1] += f"; {count(later, 'point')} to be marked by your instructor"
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
