"""Questions of earlier lessons that come back, chosen by what this student got wrong there.

The answers of the earlier lessons are read from their folders, beside this lesson's, and never changed. What is
answered here is practice, kept in a file of its own, and never graded.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lessonlib.quiz.errors import QuizError
from lessonlib.quiz.session import FILE_NAME, Asked, Session
from lessonlib.quiz.store import AnswerFile, DamagedFile, Record

MOST = 4
TITLE = "From earlier lessons"
NOTHING_ANSWERED = "Questions of earlier lessons come back here once you have answered some of them there."
NOTHING_WRONG = "Nothing to repeat: what you have answered in the earlier lessons was right at the first attempt."


class RevisitFile(AnswerFile):
    """The answers given here, by lesson and question."""

    name = "revisited.json"
    format = "lessonlib-revisited/1"


class Revisit(Session):
    """A session of questions from the lessons whose folders stand before `folder`, which need another look.

    First those that are still wrong, then those that took the most attempts; at most `most` of them, and none
    that was answered right in a lesson in between. `nothing` says why there is none.
    """

    def __init__(self, folder: Path, most: int = MOST):
        file = RevisitFile(folder, folder.name)
        here = set(_records(file))
        done, found, answered = set(), [], False
        for lesson in sorted(path for path in folder.parent.iterdir() if path.is_dir() and path.name < folder.name):
            try:
                session = Session(lesson / FILE_NAME)
            except (QuizError, OSError):  # no lesson, or one without a quiz
                continue
            records = _records(session.file)
            answered = answered or any(record.checked for record in records.values())
            for place, question in enumerate(session.questions.values()):
                if need := _need(question, records.get(question.id)):
                    found.append(
                        (need, -place, replace(question, id=f"{lesson.name}.{question.id}", origin=lesson.name))
                    )
            done |= _right(_records(RevisitFile(lesson, lesson.name)), found)
        # What was begun here stays, so that the cell shows the same questions when it is run again.
        wanted = [entry for entry in found if entry[2].id in here or entry[2].id not in done]
        wanted.sort(key=lambda entry: (entry[2].id in here, entry[0], entry[1]), reverse=True)
        questions = {question.id: question for _, _, question in wanted[:most]}
        self.nothing = "" if questions else NOTHING_WRONG if answered else NOTHING_ANSWERED
        self.start(folder / FILE_NAME, TITLE, questions, file)


def _records(file: AnswerFile) -> dict[str, Record]:
    """The answers in a file, as far as they can be read."""
    try:
        return file.read()
    except DamagedFile as damage:
        return damage.readable
    except OSError:
        return {}


def _need(question: Asked, record: Record | None) -> int:
    """How much a question needs another look: 0 not at all, else its attempts, and far more while it is wrong."""
    if record is None or not record.checked or not question.sealed or question.kind.commits:
        return 0
    try:
        right = question.mark(question.canonical(record.value)).fraction == 1
    except (ValueError, KeyError, TypeError):  # the question has changed since
        return 0
    return record.attempts - 1 if right else 1000 + record.attempts


def _right(records: dict[str, Record], found) -> set[str]:
    """Which of the questions found so far were answered right here."""
    questions = {question.id: question for _, _, question in found}
    return {
        name
        for name, record in records.items()
        if name in questions and not _need(questions[name], replace(record, attempts=1))
    }
