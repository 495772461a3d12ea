"""The quiz of a lesson: questions that are asked well, answers that are kept, scores that are exact.

In a notebook:

    quiz.show("loss_after", "which_line")        # these questions, here, anywhere in the lesson
    quiz.measured("loss_after", history["loss"][-1])     # the true number of a guess (kind predict)
    quiz.show()                                  # all questions that do not stand further up
    quiz.typed(loss_after="", which_line="")     # typed answers, for those who do not use the card
    quiz.score()                                 # the cell that nbgrader reads
    quiz.flashcards()                            # the lesson's terms, as cards to turn over
    quiz.revisit()                               # what went wrong in earlier lessons, as practice

The questions are in quiz.json beside the notebook, the answers in answers.json. The author writes
quiz.yaml, and `python -m lessonlib build` makes quiz.json of it:

    title: Check yourself
    mode: practice            # or exam: nothing is said, and only the instructor can mark. Also per question
    terms:                    # flash cards; this list may be left away
      - {term: Epoch, meaning: One pass over all training rows.}
    questions:                # a list of the following

What every question has; `catches` names an entry of solutions/misconceptions.yaml:

    - id: loss_of_batches     # never changes; a Python name
      kind: single            # single, multiple, number, order, blank or predict
      catches: loss-falls-at-every-step       # optional
      points: 1               # optional
      ask: What did the loss of **single batches** do?       # `code`, **bold**, *italic*, $math$, ``` blocks

single, multiple: the right choices are marked, and every choice says why.

      choices:
        - {text: It fell at every step., why: Only the mean of an epoch does.}
        - {text: It went up and down., right: true, why: Each batch is another sample.}
      shuffle: false          # optional: keep the order

number: right within the tolerance, edges included.

      answer: 75
      tolerance: 0            # optional
      why: 800 rows make 25 batches.
      wrong:                  # optional: numbers people arrive at
        - {value: 3, why: An epoch is not one update.}
      otherwise: How many rows are left for training?

order: statements, or lines of code, in order. A line comes after the one written above it, unless `after`
names others; any order that keeps to this is right. Indentation is kept when the text is quoted.

      code: true              # optional: the lines are code
      lines:
        - {text: optimizer.zero_grad(), name: clear}
        - {text: "loss = loss_of(model(x), y)", name: forward, after: []}
        - {text: loss.backward(), after: [clear, forward], why: It adds to what zero_grad cleared.}
        - {text: optimizer.step()}
      leave_out:              # optional: lines that do not belong
        - {text: model.compile(), why: "That is done once, before training."}
      why: Clear, go forward, go backward, step.
      otherwise: What does each line need to be there already?

blank: code with one ____. Spaces and the kind of quotation marks do not matter.

      code: |
        optimizer.____
        loss.backward()
      accept: [zero_grad(), zero_grad(set_to_none=True)]
      why: Gradients add up until they are cleared.
      wrong:                  # optional: one text, or a list
        - {text: [step(), update()], why: It moves the weights before the gradient is there.}
      otherwise: What must be empty before backward adds to it?

predict: a number is committed, then `quiz.measured` in the notebook says the true one. It earns its points by
having been committed, however far off: points for being near would reward running the code first.

      close: 0.05             # this far off still is close
      why: The first epoch does most of the work.        # said to everybody
      low: You expected miracles of one epoch.           # optional
      high: You expected nothing of one epoch.           # optional
"""

from __future__ import annotations

import os
from pathlib import Path

from lessonlib.quiz.errors import QuizError

__all__ = ["QuizError", "flashcards", "measured", "revisit", "score", "show", "typed"]

_opened = None  # the quiz of this kernel


def show(*questions: str) -> None:
    """Show questions, to be answered with mouse or keyboard. Every answer is saved at once.

    With names, these questions; without, all that do not stand further up. Raises QuizError for a question
    there is not.
    """
    session = _session()
    for question_id in questions:
        session.question(question_id)
    session.placed.update(questions)
    rest = [name for name in session.questions if name not in session.placed]
    shown = list(questions) or rest or list(session.questions)
    _show(session, shown)


def revisit(most: int = 4) -> None:
    """Show questions of earlier lessons that went wrong there, at most so many. They are practice, never graded.

    The earlier lessons are the folders beside this one whose names come before it.
    """
    from IPython.display import display

    from lessonlib.quiz import plain
    from lessonlib.quiz.earlier import Revisit

    session = Revisit(Path.cwd(), most)
    if session.nothing:
        display({"text/html": plain.remark(session.nothing, session.title), "text/plain": session.nothing}, raw=True)
    else:
        _show(session, list(session.questions))


def flashcards() -> None:
    """Show the lesson's terms as cards to turn over; those that were not known come back sooner."""
    from IPython.display import display

    from lessonlib.quiz import deck

    terms = _session().terms
    if not terms:
        raise QuizError("This lesson has no terms; its author writes them under 'terms:' in quiz.yaml.")
    display({"text/html": deck.list_of_terms(terms), "text/plain": f"{len(terms)} flash cards"}, raw=True)
    if not os.environ.get("NBGRADER_EXECUTION"):
        from lessonlib.quiz.deck_widget import Flashcards

        display(Flashcards(deck.Deck(Path.cwd(), terms)))


def _show(session, questions: list[str]) -> None:
    """Display questions: a plain list, which the card hides where it is alive."""
    from IPython.display import display

    from lessonlib.quiz import plain

    if plain.list_can_be_hidden():
        html, text = plain.question_list(session, questions), plain.summary(session, len(questions))
        display({"text/html": html, "text/plain": text}, raw=True)
    if not os.environ.get("NBGRADER_EXECUTION"):
        from lessonlib.quiz.card import Card

        display(Card(session, questions))


def measured(question: str, value: float) -> None:
    """Say the true number of a guess, as the run above gave it, and how far off the guess was.

    Says nothing of it while no guess is committed. Raises QuizError for a question there is not, or one of
    another kind, and for a value that is no number.
    """
    from IPython.display import display

    from lessonlib.quiz import plain

    session = _session()
    session.measure(question, value)
    html, text = plain.measured_report(session, question)
    session.changed()
    display({"text/html": html, "text/plain": text}, raw=True)


def typed(**answers: object) -> None:
    """Answer by typing: letters, a number or code, as in `typed(updates="20", kinds="AC", steps="CAB")`.

    Says of every answer how it was marked, and of one that cannot be read how to write it. Raises
    QuizError for a question there is not.
    """
    from IPython.display import display

    from lessonlib.quiz import plain, typed_cell

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
    given = [name for name, answer in answers.items() if name in problems or not typed_cell.is_blank(answer)]
    html, text = plain.typed_report(session, given, problems)
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
