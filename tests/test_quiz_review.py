"""Flash cards that rest in boxes, and questions of earlier lessons that come back when they went wrong."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from lessonlib import quiz
from lessonlib.quiz import bank, deck, seal
from lessonlib.quiz.bank import QuizError
from lessonlib.quiz.deck import Card, Deck, DeckFile
from lessonlib.quiz.earlier import NOTHING_ANSWERED, NOTHING_WRONG, Revisit, RevisitFile
from lessonlib.quiz.session import Session
from lessonlib.quiz.store import AnswerFile, Record

AT = "2026-01-02T03:04:05Z"
TERMS = [["Epoch", "One pass over all rows."], ["<code>fit</code>", "Trains."], ["Batch", "Some rows."]]
QUIZ = """\
title: Check yourself
terms:
  - {term: Epoch, meaning: One pass over **all** training rows.}
  - {term: "`fit`", meaning: Trains.}
questions:
  - {id: one, kind: number, ask: How many, answer: 1, why: One., otherwise: Count.}
  - {id: two, kind: number, ask: How many, answer: 2, why: Two., otherwise: Count.}
  - {id: three, kind: number, ask: How many, answer: 3, why: Three., otherwise: Count.}
  - {id: exam, kind: number, mode: exam, ask: How many, answer: 4, why: Four., otherwise: Count.}
  - {id: guess, kind: predict, ask: How many, close: 1, why: Five.}
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """The student's folder with three lessons; the third is the current folder."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    for name in ("01-first", "02-second", "03-third", "04-fourth"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "quiz.yaml").write_text(QUIZ)
        (folder / "quiz.json").write_text(json.dumps(seal.sealed(bank.read(folder / "quiz.yaml"), name)))
    (tmp_path / "00-start").mkdir()
    (tmp_path / "notes.txt").write_text("")
    monkeypatch.chdir(tmp_path / "03-third")
    monkeypatch.setattr(quiz, "_opened", None)
    return tmp_path


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw=False: outputs.append(data))
    return outputs


def answer(folder, **answers):
    """Answers that were checked: {question: (the last one, how many attempts)}."""
    records = {name: Record(value, AT, attempts, checked=value) for name, (value, attempts) in answers.items()}
    AnswerFile(folder, folder.name).update(records)


def ids(folder, most=4):
    return list(Revisit(folder, most).questions)


# ------------------------------------------------------------------------------------------------ revisit


def test_what_went_wrong_comes_back_the_worst_first(work):
    assert Revisit(work / "03-third").nothing == NOTHING_ANSWERED
    answer(work / "01-first", one=("1", 1))
    assert Revisit(work / "03-third").nothing == NOTHING_WRONG
    answer(work / "01-first", one=("1", 3), two=("7", 1), exam=("9", 1), guess=("9", 1))
    answer(work / "02-second", one=("7", 2), three=("3", 2))
    answer(work / "04-fourth", one=("7", 1))  # a later lesson
    assert ids(work / "03-third") == ["02-second.one", "01-first.two", "01-first.one", "02-second.three"]
    assert ids(work / "03-third", most=2) == ["02-second.one", "01-first.two"]
    assert ids(work / "01-first") == []


def test_it_is_practice_kept_apart_and_stays_the_same(work):
    answer(work / "01-first", one=("7", 1), two=("7", 1))
    before = (work / "01-first" / "answers.json").read_bytes()
    session = Revisit(work / "03-third")
    session.click("01-first.two", "2", check=True)
    assert session.mark("01-first.two", "2").verdict == "right"
    assert (work / "01-first" / "answers.json").read_bytes() == before
    assert not (work / "03-third" / "answers.json").exists()
    assert RevisitFile(work / "03-third", "").read()["01-first.two"].checked == "2"
    assert Session(work / "03-third" / "quiz.json").records() == ({}, "")
    assert ids(work / "03-third", most=1) == ["01-first.two"]  # it was begun here
    assert ids(work / "04-fourth") == ["01-first.one"]  # the other one was right in between


def test_damage_in_an_earlier_lesson_costs_only_itself(work):
    answer(work / "01-first", one=("7", 1))
    (work / "02-second" / "quiz.json").write_text("{")
    text = (work / "01-first" / "answers.json").read_text()
    damaged = json.loads(text)
    damaged["answers"]["two"] = 3
    (work / "01-first" / "answers.json").write_text(json.dumps(damaged))
    assert ids(work / "03-third") == ["01-first.one"]


def test_the_cell_shows_the_questions_or_why_there_are_none(work, shown):
    quiz.revisit()
    assert shown.pop()["text/plain"] == NOTHING_ANSWERED
    answer(work / "02-second", one=("7", 1))
    quiz.revisit()
    html, card = shown
    assert html["text/plain"].startswith("From earlier lessons: 1 question")
    assert card.spec["questions"][0]["points"] == "from 02-second"
    assert card.spec["foot"].startswith("This is practice and is never graded.")
    assert quiz.score() == 0.0


# ------------------------------------------------------------------------------------------------ flash cards


def test_what_was_known_rests_and_what_was_not_comes_again(work):
    cards = Deck(work / "03-third", TERMS)
    assert cards.round == ["Epoch", "fit", "Batch"]
    cards.answer("Epoch", knew=True)
    cards.answer("fit", knew=False)
    assert cards.round == ["Batch", "fit"]
    cards.answer("Batch", knew=True)
    cards.answer("fit", knew=True)
    assert cards.round == [] and {name: cards.box(name) for name in cards.cards} == dict.fromkeys(cards.terms, 2)
    assert cards.next_due - datetime.now(UTC) > timedelta(hours=23)
    again = Deck(work / "03-third", TERMS)  # the kernel is restarted
    assert again.round == []
    again.begin(everything=True)
    assert len(again.round) == 3


def test_a_card_comes_back_after_the_days_of_its_box(work):
    days_ago = {box: (datetime.now(UTC) - timedelta(days=4)).isoformat() for box in range(6)}
    DeckFile(work / "03-third", "").update(
        {"Epoch": Card(4, days_ago[4]), "fit": Card(3, days_ago[3]), "gone": Card(1, AT)}
    )
    cards = Deck(work / "03-third", TERMS)
    assert cards.round == ["Batch", "fit"]  # never seen; three days over; seven days not over
    cards.answer("fit", knew=True)
    cards.answer("Batch", knew=False)
    saved = DeckFile(work / "03-third", "").read()
    assert {name: card.box for name, card in saved.items()} == {"Epoch": 4, "fit": 4, "Batch": 1, "gone": 1}


def test_a_damaged_file_of_cards_is_set_aside(work):
    path = work / "03-third" / "flashcards.json"
    for content in ("{", '{"format": "lessonlib-flashcards/1", "cards": {"Epoch": {"box": 9, "at": "2026-01-01"}}}'):
        path.write_text(content)
        cards = Deck(work / "03-third", TERMS)
        assert len(cards.round) == 3
        cards.answer("Epoch", knew=True)
        assert cards.problem == ""
        assert any(kept.read_text() == content for kept in path.parent.glob("flashcards.json.damaged-*"))


def test_nothing_is_written_while_grading(work, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    cards = Deck(work / "03-third", TERMS)
    cards.answer("Epoch", knew=True)
    assert cards.problem == "this run is graded"
    assert not (work / "03-third" / "flashcards.json").exists()


def test_the_terms_are_a_list_where_no_widget_is_shown(work, shown):
    quiz.flashcards()
    html, widget = shown
    assert html["text/plain"] == repr(widget) == "2 flash cards"
    assert "<details><summary><b><code>fit</code></b></summary>Trains.</details>" in html["text/html"]
    assert "One pass over <b>all</b> training rows." in html["text/html"]


def test_the_widget_puts_cards_away(work):
    from lessonlib.quiz.deck_widget import Flashcards

    widget = Flashcards(Deck(work / "03-third", TERMS))
    send = lambda **message: widget._receive(widget, message, [])  # noqa: E731
    assert (widget.state["term"], widget.state["left"], widget.state["size"]) == ("Epoch", 3, 3)
    send(do="knew", name="Epoch", id="1")
    send(do="knew", name="Epoch", id="2")  # a second click on a card that is gone
    assert (widget.state["term"], widget.state["left"], widget.state["heard"]) == ("<code>fit</code>", 2, "2")
    send(do="knew", name="fit", id="3")
    send(do="knew", name="Batch", id="4")
    assert (widget.state["name"], widget.state["next"]) == ("", "tomorrow")
    send(do="all", name="", id="5")
    assert widget.state["left"] == 3


def test_a_lesson_without_terms_says_so(work, monkeypatch):
    path = work / "03-third" / "quiz.json"
    data = json.loads(path.read_text())
    del data["terms"]
    path.write_text(json.dumps(data))
    with pytest.raises(QuizError, match="This lesson has no terms; its author writes them under 'terms:'"):
        quiz.flashcards()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("{term: Epoch, meaning: One pass over **all** training rows.}", "{term: Epoch}", 3, "meaning is missing"),
        ("`fit`", "Epoch", 4, "the term 'Epoch' stands on line 3 already"),
        ("{term: Epoch, ", "{name: Epoch, ", 3, "unknown key 'name'; the keys allowed here are term, meaning"),
    ],
)
def test_errors_in_terms_name_the_line(tmp_path, old, new, line, words):
    path = tmp_path / "quiz.yaml"
    path.write_text(QUIZ.replace(old, new))
    with pytest.raises(QuizError, match=f"quiz.yaml, line {line}: {words}"):
        bank.read(path)


def test_a_deck_of_the_days_begins_at_once():
    assert list(deck.DAYS) == sorted(deck.DAYS) and deck.DAYS[1] == 0
