"""quiz.yaml: what is read from it, what is refused and in which words, and what students get of it."""

import json
import re

import pytest

from lessonlib.quiz import seal
from lessonlib.quiz.bank import QuizError, read
from lessonlib.quiz.markup import to_html, to_text

GOOD = """\
title: Check yourself
questions:
  - id: batches
    kind: single
    catches: loss-falls-at-every-step
    ask: What did the loss of **single batches** do?
    choices:
      - text: It fell at every step.
        why: Only the mean of an epoch does.
      - text: It went up and down.
        right: true
        why: Each batch is another sample.
      - text: It stayed `<the same>`.
        why: no
  - id: updates
    kind: number
    ask: How many updates?
    answer: 20
    tolerance: 0.5
    why: There are 640 rows in batches of 32.
    wrong:
      - value: 25
        why: Validation rows are not trained on.
    otherwise: Take the validation rows away first.
  - id: change
    kind: multiple
    points: 2
    ask: What changes the weights?
    shuffle: false
    choices:
      - {text: training rows, right: true, why: Their loss has the gradient.}
      - {text: metrics, why: They are for reading.}
      - {text: the learning rate, right: true, why: It scales the step.}
"""


@pytest.fixture
def quiz_yaml(tmp_path):
    """Write a quiz.yaml: the good one, with some text replaced by another."""

    def write(old="", new=""):
        assert old in GOOD
        path = tmp_path / "quiz.yaml"
        path.write_text(GOOD.replace(old, new, 1) if old else new or GOOD, "utf-8")
        return path

    return write


def test_reads_what_was_written(quiz_yaml):
    bank = read(quiz_yaml())
    assert bank.title == "Check yourself"
    assert bank.points == 4.0
    assert [question.id for question in bank.questions] == ["batches", "updates", "change"]
    assert bank.questions[0].catches == "loss-falls-at-every-step"
    assert bank.key["updates"] == "20"
    assert bank.key["change"] == "AC"
    assert len(bank.key["batches"]) == 1
    # YAML would make False of this reason.
    assert "no" in [choice.why for choice in bank.questions[0].body]


def test_choices_are_shuffled_the_same_way_always(quiz_yaml):
    shown = [seal.sealed(read(quiz_yaml()), "lesson")["questions"][0]["shown"]["choices"] for _ in range(2)]
    assert shown[0] == shown[1]
    corrected = seal.sealed(read(quiz_yaml("It fell at every step.", "It fell with every step.")), "lesson")
    changed = [a != b for a, b in zip(corrected["questions"][0]["shown"]["choices"], shown[0], strict=True)]
    assert sum(changed) == 1  # a corrected text keeps its letter


def test_not_every_order_is_the_written_one(tmp_path):
    choices = "".join(f"      - {{text: '{i}', why: w{', right: true' if i == 0 else ''}}}\n" for i in range(4))
    keys = set()
    for name in ("one", "two", "three", "four", "five", "six", "seven", "eight"):
        path = tmp_path / "quiz.yaml"
        path.write_text(f"title: t\nquestions:\n  - id: {name}\n    kind: single\n    ask: q\n    choices:\n{choices}")
        keys.add(read(path).key[name])
    assert len(keys) > 1


BROKEN = [
    # what to replace, by what, the line, the question, words of the message
    ("title: Check yourself\n", "", 1, None, "title is missing"),
    ("title: Check yourself", "title:", 1, None, "title is empty"),
    (
        "title: Check",
        "titel: Check",
        1,
        None,
        "unknown key 'titel'; the keys allowed here are title, mode, terms, questions",
    ),
    ("    kind: single", "    kind: choice", 4, "'batches'", "expected one of single, multiple, number"),
    ("    kind: single\n", "", 3, "'batches'", "kind is missing"),
    ("  - id: batches\n    kind", "  - kind", 3, "1", "id is missing"),
    ("id: batches", "id: loss-of-batches", 3, "'loss-of-batches'", "expected a Python name"),
    ("id: batches", "id: lambda", 3, "'lambda'", "expected a Python name"),
    ("id: change", "id: batches", 25, "'batches'", "used on line 3 already"),
    ("catches: loss-falls", "catches: Loss falls", 5, "'batches'", "expected words joined by -"),
    ("    ask: What did", "    asks: What did", 6, "'batches'", "unknown key 'asks'"),
    ("ask: How many updates?", "ask:", 17, "'updates'", "ask is empty"),
    (
        "ask: How many updates?",
        "ask: |\n      ```\n      fit()",
        17,
        "'updates'",
        "is opened with ``` and not closed",
    ),
    ("        why: Only the mean of an epoch does.\n", "", 8, "'batches'", "why is missing"),
    ("        why: Only the mean of an epoch does.", "        why: ''", 9, "'batches'", "why is empty"),
    ("right: true", "right: yes", 11, "'batches'", "right is 'yes', expected true or false"),
    ("        right: true\n", "", 8, "'batches'", "0 choices are marked 'right: true', expected exactly one"),
    (
        "        why: no",
        "        right: true\n        why: no",
        8,
        "'batches'",
        "2 choices are marked 'right: true'",
    ),
    ("It went up and down.", "It  fell at every STEP.", 10, "'batches'", "stands on line 8 already"),
    ("        why: no", "        reason: no", 14, "'batches'", "unknown key 'reason'"),
    ("answer: 20", "answer: twenty", 18, "'updates'", "answer is 'twenty', expected the right number"),
    ("answer: 20", "answer: 1,000", 18, "'updates'", "answer is '1,000'"),
    ("answer: 20", "answer: [20]", 18, "'updates'", "answer is a list, expected"),
    (
        "tolerance: 0.5",
        "tolerance: -0.5",
        19,
        "'updates'",
        "tolerance is '-0.5', expected a number of 0 or more",
    ),
    ("tolerance: 0.5", "tolerance: small", 19, "'updates'", "tolerance is 'small'"),
    (
        "value: 25",
        "value: 20.4",
        22,
        "'updates'",
        "value is '20.4', within the tolerance of the right answer",
    ),
    ("    otherwise: Take the validation rows away first.\n", "", 15, "'updates'", "otherwise is missing"),
    ("points: 2", "points: 0", 27, "'change'", "points is '0', expected a number above 0"),
    ("points: 2", "points: 1/3", 27, "'change'", "points is '1/3', expected at most two decimals, like 0.5"),
    (
        "**single batches**",
        "**single batches",
        6,
        "'batches'",
        "in ask, ** is opened and not closed on the same line; close it",
    ),
    ("points: 2", "points: 2\n    points: 3", 28, "'change'", "the key 'points' stands here twice"),
    ("    shuffle: false", "    shuffle: 0", 29, "'change'", "shuffle is '0', expected true or false"),
]


@pytest.mark.parametrize(("old", "new", "line", "question", "words"), BROKEN)
def test_errors_name_file_line_and_question(quiz_yaml, old, new, line, question, words):
    path = quiz_yaml(old, new)
    with pytest.raises(QuizError) as error:
        read(path)
    message = str(error.value)
    assert words in message
    assert message.startswith(f"{path}, line {line}" + (f", question {question}: " if question else ": ")), message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the file is empty"),
        ("- a\n- b\n", 1, "a list where lines of 'key: value' were expected"),
        ("title: t\nquestions: []\n", 2, "questions has 0 entries"),
        ("title: t\nquestions: many\n", 2, "questions is 'many', expected a list"),
        ("title: t\nquestions:\n  - one\n", 3, "found 'one' where"),
        ("title: t\nquestions:\n  - id: a\n   kind: single\n", 4, "not valid YAML"),
        ("title: t\nquestions:\n  - id: a\n    ask: `fit` is: what\n", 4, "quotation marks"),
        ("title: t\nquestions:\n\t- id: a\n", 3, "Indent with spaces"),
        ("title: t\nquestions:\n  - id: a\n\t  kind: single\n", 4, "Indent with spaces"),
        ('title: t\nquestions:\n  - id: a\n    ask: "open\n', 5, "not valid YAML"),
        ("title: t\x07\n", 1, "a character that YAML does not allow"),
    ],
)
def test_errors_of_the_file_itself(quiz_yaml, text, line, words):
    path = quiz_yaml()
    path.write_text(text)
    with pytest.raises(QuizError, match=re.escape(f"{path}, line {line}")) as error:
        read(path)
    assert words in str(error.value)


def test_one_choice_is_no_choice_and_nine_are_too_many(tmp_path):
    head = "title: t\nquestions:\n  - id: q\n    kind: single\n    ask: q\n    choices:\n"
    for number, words in ((1, "choices has 1 entries"), (9, "expected at most 8")):
        path = tmp_path / "quiz.yaml"
        path.write_text(head + "".join(f"      - {{text: c{i}, why: w}}\n" for i in range(number)))
        with pytest.raises(QuizError, match=f"line 7, question 'q': .*{words}|line 7.*{words}"):
            read(path)


def test_a_missing_or_unreadable_file(tmp_path):
    with pytest.raises(QuizError, match="there is no such file"):
        read(tmp_path / "quiz.yaml")
    (tmp_path / "quiz.yaml").write_bytes(b"title: t\nquestions: \xff\n")
    with pytest.raises(QuizError, match="line 2: this is not UTF-8"):
        read(tmp_path / "quiz.yaml")


# ------------------------------------------------------------------------------------------------ markup


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("`x < y` and `**no bold**`", "<code>x &lt; y</code> and <code>**no bold**</code>"),
        ("**bold `code`** and *it*", "<b>bold <code>code</code></b> and <em>it</em>"),
        ("**a** or **b**", "<b>a</b> or <b>b</b>"),
        ("2 ** 3 and 2**3 and `f(**k)`", "2 ** 3 and 2**3 and <code>f(**k)</code>"),
        ("2 * 3 * 4 and 2*3*4", "2 * 3 * 4 and 2*3*4"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("one\n\ntwo", "<p>one</p><p>two</p>"),
        (
            "see\n```python\nif a < b:\n    pass\n```",
            "<p>see</p><pre><code>if a &lt; b:\n    pass</code></pre>",
        ),
        ("$w_1 < w_2 * w_3 * 2$, **so**", '<span class="math">$w_1 &lt; w_2 * w_3 * 2$</span>, <b>so</b>'),
        ("$5 and $10, `$x$`", "$5 and $10, <code>$x$</code>"),
        ('a "quote"', "a &quot;quote&quot;"),
    ],
)
def test_markup(text, html):
    assert to_html(text) == html


def test_markup_back_to_words():
    assert to_text(to_html("Is `a < b` **so**?")) == "Is a < b so?"


# ------------------------------------------------------------------------------------------------ seal


def test_the_sealed_copy_is_the_same_every_time(quiz_yaml):
    copies = [json.dumps(seal.sealed(read(quiz_yaml()), "02-model-fit")) for _ in range(2)]
    assert copies[0] == copies[1]


def test_nothing_of_the_key_can_be_read(quiz_yaml):
    bank = read(quiz_yaml())
    text = json.dumps(seal.sealed(bank, "02-model-fit"), ensure_ascii=False)
    secrets = [choice.why for question in (bank.questions[0], bank.questions[2]) for choice in question.body]
    number = bank.questions[1].body
    secrets += [number.answer.why, number.otherwise, *(value.why for value in number.wrong)]
    secrets += [question.catches for question in bank.questions if question.catches]
    for secret in secrets:
        if secret != "no":  # two letters stand in many a word
            assert secret not in text
    for word in ('"right"', '"why"', '"key"', '"answer"', '"25"', '"20"'):
        assert word not in text


def test_only_the_answer_itself_opens_its_seal(quiz_yaml):
    bank = read(quiz_yaml())
    copy = seal.sealed(bank, "lesson")
    context = seal.context_of(copy["salt"], "batches")
    sealed = copy["questions"][0]["sealed"]
    for letter, blob in sealed.items():
        opened = {other: seal.unlock(blob, context, other) for other in sealed}
        assert [other for other, payload in opened.items() if payload] == [letter]
        assert bool(opened[letter]["right"]) == (letter == bank.key["batches"])
        assert seal.unlock(blob, seal.context_of(copy["salt"], "change"), letter) is None


def test_a_changed_seal_opens_to_nothing():
    blob = seal.lock("lesson/question", "A", {"right": 1, "why": "because"})
    assert seal.unlock(blob, "lesson/question", "A") == {"right": 1, "why": "because"}
    for place in range(0, len(blob) - 4, 3):
        changed = blob[:place] + ("A" if blob[place] != "A" else "B") + blob[place + 1 :]
        assert seal.unlock(changed, "lesson/question", "A") is None
    assert seal.unlock("not base64!", "lesson/question", "A") is None
