"""No reason, verdict, key or solution line can be read in any file that students get, however it is written."""

import base64
import json
from pathlib import Path

import pytest

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring.leaks import leaks, secrets
from lessonlib.quiz import bank, seal

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = lessons.find(ROOT)

# nbgrader and what it is made of warn about each other; that is not what is tested here.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def lesson(request):
    return lessons.load(request.param)


def released(lesson):
    """Every file of the student's lesson, in all its folders."""
    folder = ROOT / "notebooks" / lesson.name
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_files_of_every_lesson_give_nothing_away(lesson):
    files = released(lesson)
    assert f"{lesson.name}.ipynb" in files
    assert leaks(lesson, files) == []


def test_no_answer_of_the_quiz_stands_in_quiz_json(lesson):
    if lesson.bank is None:
        return
    data = json.loads(released(lesson)["quiz.json"])
    for question, published in zip(lesson.bank.questions, data["questions"], strict=True):
        if not question.kind.commits:  # a guess has no right answer
            assert question.key not in texts(published["sealed"])
        assert question.catches is None or question.catches not in json.dumps(data)


def texts(data):
    """Every value in what is sealed, but for the intervals of a number, which say nothing of where it lies."""
    if isinstance(data, dict):
        data = [value for key, value in data.items() if key not in ("width", "start")]
    return [text for value in data for text in texts(value)] if isinstance(data, list) else [data]


DISGUISES = {
    "plain": lambda text: text,
    "escaped": lambda text: json.dumps(text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "with other spaces": lambda text: text.replace(" ", "  \n"),
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_what_is_given_away_is_found(disguise):
    """The search finds each secret that is put into a file on purpose."""
    lesson = next(lesson for lesson in map(lessons.load, FOLDERS) if lesson.bank and lesson.exercises)
    found = secrets(lesson)
    assert len(found) > 40
    for secret in found:
        if len(secret) > 30:
            content = json.dumps({"text": f"see {disguise(secret)} there"}).encode()
            assert leaks(lesson, {"more.json": content}), secret


def test_of_an_exam_question_nothing_is_sealed(tmp_path):
    """Not even who tries every answer finds the key: it is not in the file."""
    path = tmp_path / "quiz.yaml"
    path.write_text(
        "title: t\nmode: exam\nquestions:\n"
        "  - {id: one, kind: number, ask: How many, answer: 20, why: Count., otherwise: Again.}\n"
        "  - {id: two, kind: number, mode: practice, ask: How many, answer: 30, why: Count., otherwise: Again.}\n"
    )
    one, two = seal.sealed(bank.read(path), "lesson")["questions"]
    assert (one["sealed"], one["mode"]) == ({}, "exam")
    assert two["sealed"] and "mode" not in two
    whole = seal.sealed(bank.read(path), "lesson", exam=True)["questions"][0]
    assert whole["sealed"]
