"""Order, fill in the blank, predict: what is read, what each answer is worth, and what is said about it."""

import itertools
import json
import re

import pytest

from lessonlib import quiz
from lessonlib.quiz import bank, seal, store
from lessonlib.quiz.bank import QuizError, read

QUESTIONS = """\
title: New kinds
questions:
  - id: step
    kind: order
    code: true
    ask: One step of training.
    lines:
      - {text: optimizer.zero_grad(), name: clear}
      - {text: "loss = loss_of(model(x), y)", name: forward, after: []}
      - {text: "    loss.backward()", name: backward, after: [clear, forward], why: It needs a loss.}
      - {text: optimizer.step()}
    leave_out:
      - {text: model.compile(), why: That is done once.}
    why: Clear, forward, backward, step.
    otherwise: What does each line need?
  - id: stages
    kind: order
    ask: The life of a **batch**.
    lines: [{text: drawn}, {text: shown}, {text: judged}, {text: learned from}]
    why: It is drawn, shown, judged and learned from.
    otherwise: Begin with what needs nothing.
  - id: missing
    kind: blank
    ask: What is missing?
    code: |
      for x, y in loader:
          optimizer.____
          loss.backward()
    accept: [zero_grad(), zero_grad( set_to_none = True )]
    why: Gradients add up.
    wrong:
      - {text: [step(), step], why: That moves the weights.}
      - {text: "set('a b')", why: There is no such thing.}
    otherwise: What must be empty?
  - id: guess
    kind: predict
    ask: The loss after five epochs?
    close: 0.05
    why: The first epoch does most of the work.
    low: You expected miracles.
    high: You expected nothing.
"""


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """The folder of a lesson with a quiz, as the current folder of a fresh kernel."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quiz.json").write_text(json.dumps(seal.sealed(questions(tmp_path), "02-model-fit")))
    monkeypatch.setattr(quiz, "_opened", None)
    return tmp_path


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as text."""
    texts = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: texts.append(data["text/plain"]))
    return texts


def questions(folder, old="", new=""):
    assert old in QUESTIONS
    path = folder / "quiz.yaml"
    path.write_text(QUESTIONS.replace(old, new, 1) if old else QUESTIONS)
    try:
        return read(path)
    finally:
        path.unlink()


def letters(name):
    """The letter of each line of an order, by what stands in it."""
    lines = quiz._session().question(name).shown["lines"]
    return {re.sub("<.*?>", "", line).strip(): letter for letter, line in zip("ABCDEFGH", lines, strict=False)}


def mark(name, answer):
    question = quiz._session().question(name)
    return question.mark(question.canonical(answer))


# ------------------------------------------------------------------------------------------------ order


def test_every_order_that_keeps_to_the_relations_is_right(lesson):
    of = letters("step")
    clear, forward = of["optimizer.zero_grad()"], of["loss = loss_of(model(x), y)"]
    backward, step, spare = of["loss.backward()"], of["optimizer.step()"], of["model.compile()"]
    right = {"".join(start) + backward + step for start in itertools.permutations((clear, forward))}
    found = {
        "".join(order)
        for number in range(1, 6)
        for order in itertools.permutations("ABCDE", number)
        if "".join(order) != "ABCDE" and mark("step", "".join(order)).fraction == 1
    }
    assert found == right
    assert mark("step", clear + forward + backward + step).notes == ("Clear, forward, backward, step.",)
    assert "That is done once." in mark("step", clear + forward + backward + step + spare).notes[0]


def test_what_is_missing_wrong_or_out_of_place_costs_twice_its_share(lesson):
    of = letters("step")
    clear, forward = of["optimizer.zero_grad()"], of["loss = loss_of(model(x), y)"]
    backward, step, spare = of["loss.backward()"], of["optimizer.step()"], of["model.compile()"]
    missing = mark("step", clear + forward + backward)
    assert (missing.fraction, missing.wrong) == (0.5, "")
    others = f"Among themselves, {clear}, {forward} and {backward} stand in a right order."
    assert missing.notes == (f"1 line is missing. {others}", "What does each line need?")
    early = mark("step", backward + clear + forward + step)
    assert (early.fraction, early.wrong) == (0.5, backward)
    assert early.notes == (
        f"<b>{backward}:</b> It needs a loss.",
        f"{backward} must move. Among themselves, {clear}, {forward} and {step} stand in a right order.",
        "What does each line need?",
    )
    both = mark("step", spare + forward + backward + step)
    assert (both.fraction, both.wrong) == (0, spare)
    assert both.notes[1].startswith("1 line does not belong; 1 line is missing. ")
    assert mark("step", spare).fraction == 0


def test_an_order_by_chance_is_worth_little(lesson):
    orders = ["".join(order) for order in itertools.permutations("ABCD")][1:]  # the first is how the lines came
    fractions = [mark("stages", order).fraction for order in orders]
    assert fractions.count(1) == 1
    assert sum(fractions) / len(fractions) < 0.3
    backwards = "".join(reversed(quiz._session().question("stages").canonical("".join(right_order("stages")))))
    assert mark("stages", backwards).fraction == 0


def right_order(name):
    orders = ["".join(order) for order in itertools.permutations("ABCD")][1:]
    return next(order for order in orders if mark(name, order).verdict == "right")


def test_what_the_student_meets_is_never_right_already(tmp_path):
    for number in range(30):
        changed = questions(tmp_path, "id: stages", f"id: stages{number}")
        assert changed.key[f"stages{number}"] != "ABCD"


def test_the_order_in_which_the_lines_came_is_no_answer(lesson):
    from lessonlib.quiz.card import Card

    card = Card(quiz._session())
    for name, untouched in (("step", "ABCDE"), ("stages", "ABCD")):
        card._receive(card, {"question": name, "answer": untouched, "check": True, "id": "1"}, [])
        state = card.state[name]
        assert state["remark"] == "Not saved: this is the order in which the lines came, so move them first."
        assert (state["checked"], state["value"]) == (False, "")
    assert quiz.score() == 0


def test_the_indentation_of_code_is_kept(lesson):
    assert "<code>    loss.backward()</code>" in quiz._session().question("step").shown["lines"]


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("stages", "ABC", "write all 4 letters, A to D"),
        ("stages", "ABCC", "write every letter only once"),
        ("stages", "ABCZ", "write all of the letters A to D, from the first line to the last"),
        ("step", "1", "write one or more of the letters A to E, from the first line to the last"),
        ("missing", "x" * 201, "write at most 200 characters"),
        ("missing", "zero\ud800grad", "write characters that can be saved"),
        ("guess", "little", "write a number like 20, 0.25 or 1e-3"),
        ("guess", "1e999", "write a number that is not quite so large"),
    ],
)
def test_an_unusable_answer_says_how_to_write_it(lesson, name, answer, words):
    with pytest.raises(ValueError, match=words):
        quiz._session().question(name).canonical(answer)


# ------------------------------------------------------------------------------------------------ blank


@pytest.mark.parametrize(
    ("answer", "fraction", "note"),
    [
        ("zero_grad()", 1, "Gradients add up."),
        ("  zero_grad ( ) ", 1, "Gradients add up."),
        ("zero_grad(set_to_none=True)", 1, "Gradients add up."),
        ("zero_grad(set_to_none=False)", 0, "What must be empty?"),
        ("zerograd()", 0, "What must be empty?"),
        ("Zero_grad()", 0, "What must be empty?"),
        ("step( )", 0, "That moves the weights."),
        ("step", 0, "That moves the weights."),
        ('set("a  b")', 0, "There is no such thing."),
        ('set("ab")', 0, "What must be empty?"),
        ("otherwise", 0, "What must be empty?"),
    ],
)
def test_spaces_and_quotation_marks_do_not_matter(lesson, answer, fraction, note):
    found = mark("missing", answer)
    assert (found.fraction, found.notes) == (fraction, (note,))


# ------------------------------------------------------------------------------------------------ predict


def test_a_guess_is_committed_then_measured_and_stays(lesson, shown, monkeypatch):
    quiz.measured("guess", 0.25)
    assert shown.pop() == "No guess yet\nCommit your guess in the card above first. Then run this cell again."
    session = quiz._session()
    session.click("guess", "0,4", check=True)
    assert store.AnswerFile(lesson, "").read()["guess"].checked == "0,4"
    quiz.measured("guess", 0.25)
    said = "Too high\nYou guessed 0,4; measured: 0.25 (0.15 too high).\nYou expected nothing.\n"
    assert shown.pop() == said + "The first epoch does most of the work."
    with pytest.raises(ValueError, match="your guess 0,4 is committed and stays"):
        session.click("guess", "0.25", check=True)
    quiz.typed(guess="0.25")
    assert "'0.25' cannot be used: your guess 0,4 is committed and stays." in shown.pop()
    monkeypatch.setattr(quiz, "_opened", None)  # the kernel is restarted
    quiz.measured("guess", 0.44)
    assert shown.pop().startswith("Close\nYou guessed 0,4; measured: 0.44 (off by 0.04).\nThe first epoch")
    assert quiz.score() == 1.0


def test_a_typed_guess_is_committed_too(lesson, shown):
    quiz.typed(guess=0.1)
    assert (
        shown.pop() == "guess 0.1: Guess committed\nYour guess is kept. Now run the code: it measures the true number."
    )
    quiz.typed(guess="")
    quiz.typed(guess=0.1)
    quiz.measured("guess", 0.3)
    assert "0.2 too low" in shown.pop()
    assert quiz.score() == 1.0


def test_what_is_measured_must_be_a_number(lesson, shown):
    quiz.typed(guess=1)
    quiz.measured("guess", float("nan"))
    assert "measured: nan (no guess could be near that)" in shown.pop()
    with pytest.raises(QuizError, match=r"The measured value of 'guess' is \[1, 2\], expected one number"):
        quiz.measured("guess", [1, 2])
    with pytest.raises(QuizError, match="'missing' is of kind blank; guesses to measure are guess"):
        quiz.measured("missing", 1)


# ------------------------------------------------------------------------------------------------ all kinds


def test_right_answers_score_full_and_blank_ones_0(lesson, capsys, tmp_path):
    assert quiz.score() == 0.0
    key = questions(tmp_path).key
    store.AnswerFile(lesson, "").update({name: store.Record(value, store.now()) for name, value in key.items()})
    assert quiz.score() == 4.0
    assert "Quiz: 4 of 4 points" in capsys.readouterr().out


def test_nothing_of_the_key_can_be_read(lesson, tmp_path):
    text = (lesson / "quiz.json").read_text()
    key = questions(tmp_path).key
    for secret in ("zero_grad(", "set_to_none", "That is done", "It needs", "miracles", "add up", "0.05", "1/20"):
        if secret != "zero_grad(":  # a line to be put in order
            assert secret not in text
    for name in ("step", "stages"):
        assert f'"{key[name]}"' not in text


def test_the_list_for_paper_has_lines_and_code(lesson, monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw=False: outputs.append(data))
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    quiz.show("guess")
    quiz.show()
    assert outputs[0]["text/plain"] == "New kinds: 1 question (run this cell in Jupyter to answer them)"
    assert outputs[1]["text/plain"] == "New kinds: 3 questions (run this cell in Jupyter to answer them)"
    html = outputs[1]["text/html"]
    assert "<li><code>optimizer.step()</code></li>" in html
    assert "    optimizer.____\n" in html
    with pytest.raises(QuizError, match="no question 'other'"):
        quiz.show("other")


BROKEN = [
    # what to replace, by what, the line, the question, words of the message
    (
        "after: [clear, forward]",
        "after: [clear, later]",
        10,
        "'step'",
        "after is 'later', expected names of lines above",
    ),
    ("name: forward", "name: clear", 9, "'step'", "the name 'clear' is used above already"),
    ("text: drawn}", "text: shown}", 19, "'stages'", "the line 'shown' stands on line 19 already"),
    (
        "{text: shown}, {text: judged}, {text: learned from}",
        "{text: shown, after: []}",
        19,
        "'stages'",
        "every order is right",
    ),
    ("text: model.compile(), why: That is done once.", "text: model.compile()", 13, "'step'", "why is missing"),
    ("optimizer.____", "optimizer.", 25, "'missing'", "code has 0 blanks, expected one ____"),
    ("optimizer.____", "____.____", 25, "'missing'", "code has 2 blanks"),
    ("[zero_grad(), zero_grad( set", "[zero_grad(), zero_grad( ), zero_grad( set", 29, "'missing'", "stands on line"),
    ("[step(), step]", "[step(), zero_grad ()]", 32, "'missing'", "'zero_grad ()' stands on line 22 already"),
    ("[step(), step]", "[]", 32, "'missing'", "text is an empty list"),
    ("[step(), step]", "[step(), [step]]", 32, "'missing'", "text holds a list"),
    ("close: 0.05", "close: 0", 38, "'guess'", "close is '0', expected a number above 0"),
    ("close: 0.05", "close: 0.05\n    mode: exam", 39, "'guess'", "mode is 'exam', but kind predict has nothing"),
    ("kind: blank", "kind: blank\n    mode: hard", 24, "'missing'", "mode is 'hard', expected practice or exam"),
]


@pytest.mark.parametrize(("old", "new", "line", "question", "words"), BROKEN)
def test_errors_name_file_line_and_question(tmp_path, old, new, line, question, words):
    with pytest.raises(QuizError) as error:
        questions(tmp_path, old, new)
    message = str(error.value)
    assert words in message
    assert message.startswith(f"{tmp_path / 'quiz.yaml'}, line {line}, question {question}: "), message


def test_the_examples_of_the_documentation_are_valid(tmp_path):
    """The YAML in the package's docstring, put together, is a quiz.yaml that can be read."""
    text = quiz.__doc__
    head = text[text.index("    title: Check") : text.index("What every question has")]
    common = text[text.index("    - id: loss_of") : text.index("single, multiple: the right")]
    parts = re.split(r"\n(?=single, multiple: the|number: right|order: statements|blank: code|predict: a number)", text)
    bodies = [part[part.index("\n      ") :] for part in parts[1:]]
    kinds = ("single", "number", "order", "blank", "predict")
    assert len(bodies) == len(kinds)
    blocks = [
        common.replace("loss_of_batches", f"q_{kind}").replace("kind: single ", f"kind: {kind} ").rstrip() + body
        for kind, body in zip(kinds, bodies, strict=True)
    ]
    path = tmp_path / "quiz.yaml"
    path.write_text("\n".join(line[4:] for line in (head + "\n".join(blocks)).splitlines()))
    found = bank.read(path, {"loss-falls-at-every-step"})
    assert [question.kind.name for question in found.questions] == list(kinds)
    with pytest.raises(QuizError, match="not in the course's catalogue; write loss-falls-at-all-steps, or add"):
        bank.read(path, {"loss-falls-at-all-steps"})
