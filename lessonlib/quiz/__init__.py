"""The quiz of a lesson, in three cells of its notebook.

`show()` asks, with buttons; `typed()` takes typed answers from those who do not use them; `score()` is
the cell that nbgrader reads. The questions are in quiz.json beside the notebook, the answers in
answers.json.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["score", "show", "typed"]

_opened = None  # the quiz of this kernel


def show() -> None:
    """Show the lesson's questions, to be answered with mouse or keyboard. Every answer is saved at once."""
    from IPython.display import display

    from lessonlib.quiz import plain

    session = _session()
    if plain.list_can_be_hidden():
        display({"text/html": plain.question_list(session), "text/plain": repr(session)}, raw=True)
    if not os.environ.get("NBGRADER_EXECUTION"):
        from lessonlib.quiz.card import Card

        display(Card(session))


def typed(**answers: object) -> None:
    """Answer by typing: a letter, letters, or a number, as in `typed(updates="20", kinds="AC")`.

    Says of every answer how it was marked, and of one that cannot be read how to write it. Raises
    QuizError for a question there is not.
    """
    from IPython.display import display

    from lessonlib.quiz import plain

    session = _session()
    for question_id in answers:
        session.question(question_id)
    problems = {}
    for question_id, answer in answers.items():
        try:
            session.type(question_id, answer)
        except ValueError as error:
            problems[question_id] = f"{answer!r} cannot be used: {error}."
    session.changed()
    html, text = plain.typed_report(session, list(answers), problems)
    if text:
        display({"text/html": html, "text/plain": text}, raw=True)


def score() -> float:
    """The points earned, of all answers clicked and typed; prints a line for each question."""
    from lessonlib.quiz import plain

    points, lines = plain.score_report(_session())
    print("\n".join(lines))
    return points


def _session():
    """The quiz of the current folder, read again when quiz.json is another one now.

    A notebook that has changed its folder since keeps its quiz.
    """
    global _opened
    from lessonlib.quiz.session import FILE_NAME, Session

    path = Path(FILE_NAME).resolve()
    if _opened is None or (path.exists() and (path, path.read_bytes()) != (_opened.path, _opened.source)):
        _opened = Session(path)
    return _opened
