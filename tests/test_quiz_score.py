"""What answers are worth, typed or clicked, and what the three cells of a notebook show."""

import errno
import json
import os
import subprocess
import sys
from unittest import mock

import pytest

from lessonlib import quiz
from lessonlib.quiz import bank, seal, store
from lessonlib.quiz.bank import QuizError
from lessonlib.quiz.session import Session

QUESTIONS = """\
title: Check yourself
questions:
  - id: letter
    kind: single
    ask: Which?
    shuffle: false
    choices:
      - {text: this, why: It is not.}
      - {text: that, right: true, why: It is indeed.}
      - {text: none, why: There is one.}
  - id: several
    kind: multiple
    points: 2
    ask: Which ones?
    shuffle: false
    choices:
      - {text: one, right: true, why: because of one}
      - {text: two, why: two is wrong}
      - {text: three, right: true, why: because of three}
      - {text: four, right: true, why: because of four}
      - {text: five, why: five is wrong}
  - id: amount
    kind: number
    ask: How many?
    answer: 3.25
    tolerance: 0.005
    why: It is the mean.
    wrong:
      - {value: 6.5, why: That is the sum.}
    otherwise: Add and divide.
"""
RIGHT = {"letter": "B", "several": "ACD", "amount": "3.25"}


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """The folder of a lesson with a quiz, as the current folder of a fresh kernel."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quiz.yaml").write_text(QUESTIONS)
    questions = bank.read(tmp_path / "quiz.yaml")
    assert questions.key == RIGHT
    (tmp_path / "quiz.yaml").unlink()
    (tmp_path / "quiz.json").write_text(json.dumps(seal.sealed(questions, "02-model-fit")))
    restart(monkeypatch)
    return tmp_path


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as text."""
    texts = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: texts.append(data["text/plain"]))
    return texts


def restart(monkeypatch):
    """Forget what a kernel forgets when it is restarted."""
    monkeypatch.setattr(quiz, "_opened", None)


@pytest.fixture
def full_disk():
    """A context in which nothing can be written."""
    error = OSError(errno.ENOSPC, "No space left on device")
    return mock.patch.object(store.os, "fsync", side_effect=error)


def save(lesson, answers):
    """Save answers as a kernel did that is no more."""
    records = {question: store.Record(value, store.now()) for question, value in answers.items()}
    store.AnswerFile(lesson, "02-model-fit").update(records)


def click(question, answer, check=True):
    return quiz._session().click(question, answer, check)


# ------------------------------------------------------------------------------------------------ score


def test_nothing_answered_is_0(lesson, capsys):
    points = quiz.score()
    assert (points, type(points)) == (0.0, float)
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        "1. letter: not answered yet, 0 of 1 point",
        "2. several: not answered yet, 0 of 2 points",
        "3. amount: not answered yet, 0 of 1 point",
        "Quiz: 0 of 4 points",
    ]


def test_everything_right_is_full(lesson, capsys):
    save(lesson, RIGHT)
    points = quiz.score()
    assert (points, type(points)) == (4.0, float)
    assert "2. several: answer ACD, 2 of 2 points" in capsys.readouterr().out


def test_lines_do_not_tell_the_right_answer(lesson, capsys):
    save(lesson, {"letter": "A", "several": "BE", "amount": "6.5"})
    assert quiz.score() == 0.0
    out = capsys.readouterr().out
    for secret in ("answer B,", "ACD", "3.25", "indeed", "mean"):
        assert secret not in out


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ("ACD", 2),
        ("AC", 4 / 3),
        ("A", 2 / 3),
        ("ABCD", 4 / 3),
        ("AB", 0),
        ("BE", 0),
        ("ABCDE", 2 / 3),
        ("", 0),
    ],
)
def test_several_earn_their_share_and_wrong_ones_cost(lesson, answer, points):
    save(lesson, {"several": answer})
    assert quiz.score() == pytest.approx(points, abs=1e-5)


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        *(("3.245", 1), ("3.255", 1), ("13/4", 1), ("3,25", 1), ("+3.25e0", 1), (" 3.25 ", 1)),
        *(("3.2449", 0), ("3.2551", 0), ("6.5", 0), ("-3.25", 0), ("\u22123.25", 0), ("1e300", 0)),
    ],
)
def test_the_tolerance_includes_its_edges(lesson, answer, points):
    save(lesson, {"amount": answer})
    assert quiz.score() == points


@pytest.mark.parametrize("answer", ["Z", "AB", "1", "x" * 1000])
def test_a_file_edited_by_hand_is_worth_nothing(lesson, answer):
    save(lesson, {"letter": answer, "no_such_question": "A"})
    assert quiz.score() == 0.0


def test_a_damaged_file_is_said_and_typed_answers_count(lesson, capsys):
    (lesson / "answers.json").write_text("{")
    quiz._session().type("letter", "B")
    assert quiz.score() == 1.0
    said = capsys.readouterr().out.splitlines()[0]
    assert said.startswith("answers.json is damaged (")
    assert said.endswith("answer a question in the card, then the file is set aside and a new one begun.")
    assert (lesson / "answers.json").read_text() == "{"  # looking changes nothing


def test_one_bad_record_costs_only_its_own_points(lesson, capsys):
    save(lesson, RIGHT)
    text = (lesson / "answers.json").read_text()
    (lesson / "answers.json").write_text(text.replace('"value": "3.25"', '"value": 3.25'))
    assert quiz.score() == 3.0
    assert "answers.json is damaged (the answer to amount cannot be read): answer" in capsys.readouterr().out
    assert "with the answers that could be read" in click("amount", "3.25")
    assert quiz.score() == 4.0
    assert capsys.readouterr().out.startswith("1. letter")


def test_a_file_that_cannot_be_read_is_told(lesson, capsys):
    (lesson / "answers.json").mkdir()
    assert quiz.score() == 0.0
    expected = "answers.json cannot be read (Is a directory): rename it, then answer a question.\n"
    assert os.name == "nt" or capsys.readouterr().out.startswith(expected)


@pytest.mark.parametrize("damage", ["deleted", "damaged"])
def test_answers_that_this_kernel_knows_are_saved_again(lesson, capsys, damage):
    save(lesson, {"letter": "B"})
    click("several", "A")
    click("several", "ACD")
    (lesson / "answers.json").unlink()
    if damage == "damaged":
        (lesson / "answers.json").write_text("{")
    assert quiz.score() == 3.0
    said = "is gone: answer a question in the card to save all" if damage == "deleted" else "is damaged ("
    assert capsys.readouterr().out.startswith(f"answers.json {said}")
    click("several", "AC")
    click("amount", "3.25")
    records = store.AnswerFile(lesson, "").read()
    assert {name: record.value for name, record in records.items()} == RIGHT | {"several": "AC"}
    assert records["several"].attempts == 3


def test_a_new_kernel_begins_anew_without_the_file(lesson, monkeypatch):
    click("letter", "B")
    (lesson / "answers.json").unlink()
    restart(monkeypatch)
    assert quiz.score() == 0.0


def test_a_changed_quiz_file_gives_no_points(lesson):
    data = json.loads((lesson / "quiz.json").read_text())
    sealed = data["questions"][0]["sealed"]
    sealed["A"], sealed["B"] = sealed["B"], sealed["A"]
    (lesson / "quiz.json").write_text(json.dumps(data))
    for letter in "AB":
        save(lesson, {"letter": letter})
        assert quiz.score() == 0.0


# -------------------------------------------------------------------------------------- typed and clicked


def test_the_later_of_typed_and_clicked_counts(lesson, shown, monkeypatch):
    quiz.typed(letter="A")
    assert quiz.score() == 0.0
    click("letter", "B")
    assert quiz.score() == 1.0
    # The cell is run again, as Run All and grading do: it says nothing new.
    restart(monkeypatch)
    quiz.typed(letter="A")
    assert quiz.score() == 1.0
    # It was written anew: that is later than the click.
    quiz.typed(letter="C")
    assert quiz.score() == 0.0
    click("letter", "B")
    quiz.typed(letter="C")
    assert quiz.score() == 1.0


def test_typed_answers_alone_are_enough(lesson, shown):
    quiz.typed(letter=" b ", several="d, a c", amount=3.25)
    assert quiz.score() == 4.0
    assert not (lesson / "answers.json").exists()
    quiz.typed(several=["A", "C", "D"])
    assert quiz.score() == 4.0
    quiz.typed(letter="", several=None)
    assert quiz.score() == 1.0


def test_typed_answers_are_explained(lesson, shown):
    quiz.typed(letter="B", several="AB", amount="6.5")
    text = shown[0]
    assert "letter B: Right" in text and "It is indeed." in text
    assert "several AB: Not yet" in text and "two is wrong" in text and "because" not in text
    assert "amount 6.5: Not yet" in text and "That is the sum." in text


def test_zero_is_an_answer(lesson, shown):
    quiz.typed(amount=0)
    assert len(shown) == 1 and "Add and divide." in shown[0]


def test_blank_typed_answers_show_nothing(lesson, shown):
    quiz.typed(letter="", several="", amount="")
    assert shown == []


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [
        ("letter", "Z", "'Z' cannot be used: write one of the letters A to C."),
        ("letter", "AB", "'AB' cannot be used: write only one letter"),
        ("several", "1 and 2", "write one or more of the letters A to E"),
        ("amount", "many", "'many' cannot be used: write a number like 20, 0.25 or 1e-3"),
        ("amount", "1,000", "write 1000 without a comma if you mean thousands"),
        ("amount", "1/0", "a fraction cannot have 0 below its line"),
        ("amount", "1e999999999", "write a number like"),
        ("amount", float("nan"), "nan cannot be used"),
        ("amount", {}, "{} cannot be used"),
    ],
)
def test_an_unusable_typed_answer_is_explained_and_does_not_raise(lesson, shown, question, value, words):
    quiz.typed(**{question: value})
    assert words in shown[0]
    assert quiz.score() == 0.0


def test_an_unknown_question_is_an_error(lesson):
    with pytest.raises(QuizError, match="no question 'leter'; the questions are letter, several, amount"):
        quiz.typed(leter="B")


# ------------------------------------------------------------------------------------------------ clicks


def test_checking_counts_attempts_and_a_second_look_does_not(lesson):
    session = quiz._session()
    click("letter", "A", check=False)
    assert session.records()[0]["letter"].attempts == 0
    for answer, attempts in (("A", 1), ("A", 1), ("C", 2), ("B", 3)):
        click("letter", answer)
        assert session.records()[0]["letter"].attempts == attempts
    click("letter", "A", check=False)
    assert session.records()[0]["letter"].checked == "B"


def test_the_first_click_on_a_damaged_file_says_where_it_is_kept(lesson):
    (lesson / "answers.json").write_text("{")
    assert "It is kept as answers.json.damaged-2" in click("letter", "B")
    assert quiz.score() == 1.0
    assert click("letter", "A") == ""


def test_an_answer_that_could_not_be_saved_still_counts_and_is_saved_later(lesson, full_disk):
    with full_disk:
        click("letter", "B")
    assert "No space left" in quiz._session().problem
    assert not (lesson / "answers.json").exists()
    assert quiz.score() == 1.0
    click("amount", "3.25")
    assert set(store.AnswerFile(lesson, "").read()) == {"letter", "amount"}


def test_clicks_write_nothing_while_grading(lesson, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    click("letter", "B")
    assert not (lesson / "answers.json").exists()


# -------------------------------------------------------------------------------------------------- show


def test_the_list_of_questions_is_stable_and_holds_no_key(lesson, monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw=False: outputs.append(data))
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")  # then there is no card
    quiz.show()
    quiz.show()
    assert len(outputs) == 2 and outputs[0] == outputs[1]
    assert outputs[0]["text/plain"] == ("Check yourself: 3 questions (run this cell in Jupyter to answer them)")
    html = outputs[0]["text/html"]
    assert '<li value="1">Which? <span class="ll-muted">letter</span><ol type="A"><li>this</li><li>that</li>' in html
    assert "indeed" not in html


def test_the_card_holds_nothing_sealed_and_follows_the_clicks(lesson):
    from lessonlib.quiz.card import Card

    card = Card(Session(lesson / "quiz.json"))
    assert set(card.spec["questions"][0]) == {"id", "number", "kind", "ask", "points", "exam", "choices"}
    assert repr(card) == "Check yourself: 3 questions (run this cell in Jupyter to answer them)"
    card._receive(card, {"question": "letter", "answer": "A", "check": True, "id": "1"}, [])
    state = card.state["letter"]
    assert (state["value"], state["heading"], state["wrong"], state["heard"]) == ("A", "Not yet", "A", "1")
    assert list(state["notes"]) == ["It is not."]
    assert state["remark"].startswith("saved ")
    card._receive(card, {"question": "amount", "answer": "many", "check": True, "id": "2"}, [])
    assert card.state["amount"]["remark"] == "Not saved: write a number like 20, 0.25 or 1e-3."
    card._receive(card, {"question": "several", "answer": "", "check": True, "id": "3"}, [])
    assert card.state["several"]["remark"] == "Answer first, then check."


def test_a_question_has_one_number_wherever_it_stands(lesson, monkeypatch):
    from lessonlib.quiz.card import Card

    cards = []
    monkeypatch.setattr("IPython.display.display", lambda shown, raw=False: cards.append(shown))
    quiz.show("letter")
    quiz.show()
    alone, others = [card for card in cards if isinstance(card, Card)]
    assert [question["number"] for question in alone.spec["questions"]] == [1]
    assert [question["number"] for question in others.spec["questions"]] == [2, 3]
    assert "further up" not in alone.spec["foot"]
    assert others.spec["foot"].endswith(" Question 1 stands further up.")
    assert '<li value="2">' in cards[-2]["text/html"]


def test_the_card_says_when_the_disk_is_full(lesson, full_disk):
    from lessonlib.quiz.card import Card

    card = Card(Session(lesson / "quiz.json"))
    with full_disk:
        card._receive(card, {"question": "letter", "answer": "A", "check": False, "id": "1"}, [])
    state = card.state["letter"]
    assert state["bad"] and state["value"] == "A"
    assert state["remark"] == "Not saved: No space left on device. Type your answer in the cell below instead."


# ------------------------------------------------------------------------------------------------ folders


def test_no_quiz_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    restart(monkeypatch)
    with pytest.raises(QuizError, match="There is no quiz.json in .*python -m lessonlib"):
        quiz.score()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "another"}', '{"format": "lessonlib-quiz/1"}'])
def test_a_quiz_file_that_is_none(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    restart(monkeypatch)
    (tmp_path / "quiz.json").write_text(content)
    with pytest.raises(QuizError, match="is not a lesson's quiz .* Copy it from"):
        quiz.score()


def test_a_notebook_that_changes_its_folder_keeps_its_quiz(lesson, tmp_path_factory, monkeypatch):
    click("letter", "B")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert quiz.score() == 1.0
    click("amount", "3.25")
    assert set(store.AnswerFile(lesson, "").read()) == {"letter", "amount"}


def test_a_rebuilt_quiz_is_read_again(lesson):
    assert quiz.score() == 0.0
    data = json.loads((lesson / "quiz.json").read_text())
    data["questions"] = data["questions"][:1]
    (lesson / "quiz.json").write_text(json.dumps(data))
    click("letter", "B")
    assert quiz.score() == 1.0
    assert len(quiz._session().questions) == 1


def test_importing_the_quiz_loads_nothing_heavy():
    heavy = "{'numpy', 'yaml', 'anywidget', 'ipywidgets', 'IPython', 'matplotlib'}"
    program = f"import sys; from lessonlib import quiz; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
