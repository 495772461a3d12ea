"""Exercise checks: what counts as right, what the student is told, what nbgrader gets to see."""

import json
import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessonlib.checks import ChecksError, Exercise, Mistake, calls, check, judge, report, table
from lessonlib.checks.table import Case, KnownMistake, Table
from lessonlib.checks.values import decode, difference, encode, show

HALVES = Table(
    name="half",
    points=2.0,
    tolerance=1e-6,
    cases=(Case((2,), 1.0), Case((3,), 1.5), Case((-1,), -0.5), Case((0,), 0.0)),
    mistakes=(
        KnownMistake("Whole numbers lose their rest with `//`.", tuple(map(calls.Outcome, (1, 1, -1, 0)))),
        KnownMistake("Zero cannot stand below the line.", (
            calls.Outcome(1.0), calls.Outcome(4 / 3), calls.Outcome(-4.0), calls.Outcome(raised="ZeroDivisionError"),
        )),
    ),
    hints=("First hint", "Second hint", "Third hint"),
)  # fmt: skip


def verdict_of(function, exercise=HALVES):
    return judge.judge(exercise, calls.outcomes(function, exercise.givens))


@pytest.fixture
def in_lesson(tmp_path, monkeypatch):
    """A lesson's folder with a checks.json, as the current folder."""
    (tmp_path / "checks.json").write_text(table.dumps([HALVES]), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# What counts as right


@pytest.mark.parametrize("got, expected", [
    (20, 20), (20.0, 20), (np.float64(20), 20), (np.int32(20), 20.0), (np.array(20.0), 20),
    (0.5 + 9e-7, 0.5), (1e6 + 0.5, 1e6), (math.nan, math.nan), (math.inf, math.inf),
    (True, True), (np.True_, True), ("relu", "relu"), (np.str_("relu"), "relu"), (None, None),
    ([1, 2.0], (1.0, 2)), ({"b": 2, "a": [1]}, {"a": (1,), "b": 2}),
    (np.array([1.0, np.nan]), np.array([1.0, np.nan], "float32")), (np.zeros((0, 3)), np.zeros((0, 3))),
    (np.array([1, 2], "uint8"), np.array([1, 2])), (np.array(["a"]), np.array(["a"])),
    ((np.ones(2), [{"loss": 0.1}]), (np.ones(2), [{"loss": 0.1 + 1e-9}])),
])  # fmt: skip
def test_equal(got, expected):
    assert difference(got, expected, 1e-6) == ""


@pytest.mark.parametrize("got, expected, said", [
    (0.52, 0.5, "off by 0.02"),
    (10_000_001, 10_000_000, "off by 1"),  # a whole number is exact, however large
    (math.inf, 1.0, "inf where 1.0 was expected"),
    (1.0, math.inf, "1.0 where inf was expected"),
    (-math.inf, math.inf, "-inf where inf was expected"),
    (math.nan, 1.0, "nan where 1.0 was expected"),
    (10**4000, 1, "off by a whole number with more than 76 digits"),
        (10**400, 1.0, "far too large to compare"),
        (1.0, 10**400, "far too large to compare"),
        (2**60 + 1, 2**60, "off by 1"),
    (True, 1, "True or False where a number was expected"),
    (1, True, "a number where True or False was expected"),
    ("1", 1, "a text where a number was expected"),
    (None, 1, "None where a number was expected"),
    (1, None, "a number where None was expected"),
    ("sigmoid", "relu", "'sigmoid' where 'relu' was expected"),
    ((1, 2), 3, "a tuple where a number was expected"),
    ((1, 2), (1, 2, 3), "2 values where 3 were expected"),
    ([1, 9], [1, 2], "at [1]: off by 7"),
    ({"loss": 1}, {"loss": 1, "val_loss": 2}, "the key 'val_loss' is missing"),
    ({"loss": 1, "x": 2}, {"loss": 1}, "the key 'x' was not expected"),
    ({"loss": [1, 2]}, {"loss": [1, 3]}, "at ['loss']: at [1]: off by 1"),
    ([1.0], np.ones(1), "a list where an array was expected"),
    (np.ones(1), [1.0], "an array where a list was expected"),
    (np.ones(3), np.ones((3, 1)), "shape (3,) where (3, 1) was expected"),
    (np.ones(2, int), np.ones(2), "an array of whole numbers (int64) where floats (float64) were expected"),
    (np.ones(2, bool), np.ones(2, int), "an array of booleans (bool) where whole numbers (int64) were expected"),
    (np.array([1.0, 5.0]), np.array([1.0, 2.0]), "1 of 2 values differ, the first at [1]: 5.0 where 2.0 was expected"),
    (np.array([1 + 2j]), np.array([1.0]), "an array of complex128 (complex128) where floats (float64) were expected"),
    (print, 1, "a builtin_function_or_method where a number was expected"),
    ((x for x in ()), [], "a generator where a list was expected"),
])  # fmt: skip
def test_different_and_why(got, expected, said):
    assert difference(got, expected, 1e-6) == said


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_every_value_survives_json(value):
    again = decode(json.loads(json.dumps(encode(value))))
    assert type(again) is type(value)
    assert difference(again, value, 1e-9) == ""


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool", "<U5"])
def test_every_array_survives_json(dtype):
    for shape in [(), (3,), (2, 3), (0, 4)]:
        value = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
        again = decode(json.loads(json.dumps(encode(value))))
        assert again.shape == shape and again.dtype.kind == value.dtype.kind
        assert (again == value).all()


def test_the_last_bits_of_a_float_change_no_file():
    assert encode(0.1 + 0.2) == encode(0.3)


@pytest.mark.parametrize("value", [print, object(), {1, 2}, 1j, np.array([1j]), [print]])
def test_what_no_table_holds_is_named(value):
    with pytest.raises(TypeError, match="cannot stand in a table"):
        encode(value)


def test_shown_values_are_short_and_tell_no_address():
    assert show(list(range(1000))).endswith("…") and len(show(list(range(1000)))) < 80
    assert show([object()]) == "[an object]"
    assert show(np.ones((2, 2))) == "array([[1.0, 1.0], [1.0, 1.0]])"


# Verdict and score


def test_right_function_scores_full():
    verdict = verdict_of(lambda x: x / 2)
    assert (verdict.score, verdict.passed, verdict.hints) == (2.0, 4, ())


@pytest.mark.parametrize("function, score", [
    (lambda x: x // 2, 1.0), (lambda x: 1.0, 0.5), (lambda x: abs(x) / 2, 1.5), (lambda x: "?", 0.0),
])  # fmt: skip
def test_each_right_case_earns_its_share(function, score):
    assert verdict_of(function).score == score


def test_score_is_a_builtin_float_rounded_down_to_two_decimals():
    three = Table("one", 1.0, 1e-6, tuple(Case((n,), n) for n in (0, 1, 2)))
    score = verdict_of(lambda n: np.float64(min(n, 1)), three).score
    assert type(score) is float and score == 0.66
    many = Table("one", 2.0, 1e-6, tuple(Case((n,), n) for n in range(1000)))
    assert verdict_of(lambda n: min(n, 998), many).score == 1.99


@pytest.mark.parametrize("function", [lambda x: None, lambda x: ...])
def test_stub_is_not_attempted_yet(function):
    verdict = verdict_of(function)
    assert verdict.score == 0.0 and not verdict.results
    assert verdict.remark.startswith("Not attempted yet: `half` returns nothing.")


def test_known_mistake_gets_its_own_sentence():
    assert verdict_of(lambda x: x // 2).remark == "Whole numbers lose their rest with `//`."
    assert verdict_of(lambda x: 4 / x if x != 2 else 1.0).remark == "Zero cannot stand below the line."


def test_similar_mistake_is_not_taken_for_the_known_one():
    assert verdict_of(lambda x: x // 2 if x else 5).remark == ""


def test_exception_names_type_message_and_line():
    def half(x):
        return 1 / 0 + x

    result = verdict_of(half).results[0]
    assert result.came_back == "ZeroDivisionError: division by zero"
    assert result.wrong == "stopped in the line `return 1 / 0 + x`"


def test_wrong_number_of_arguments_is_reported():
    result = verdict_of(lambda: 1).results[0]
    assert result.came_back.startswith("TypeError:") and result.wrong == "the call itself failed"


def test_exit_does_not_end_the_notebook():
    assert verdict_of(lambda x: sys.exit(3)).results[0].came_back == "SystemExit: 3"


def test_interrupt_does():
    def half(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verdict_of(half)


def test_values_that_look_the_same_are_shown_with_more_digits():
    result = verdict_of(lambda x: x / 2 + 2e-6).results[1]
    assert (result.came_back, result.expected, result.wrong) == ("1.500002", "1.5", "off by 2e-06")


def test_arguments_are_fresh_in_every_call_and_change_in_place_is_told():
    rows = np.ones(2)
    tables = Table("add", 1.0, 1e-6, (Case((rows, 1), np.full(2, 2.0)), Case((rows, 2), np.full(2, 3.0))))

    def add(x, amount):
        x += amount
        return x

    verdict = verdict_of(add, tables)
    assert verdict.score == 1.0
    assert verdict.notes == (
        "The function changes `x` in place: whoever calls it finds it changed afterwards. Work on a copy.",
    )
    assert (rows == 1).all()


def test_a_list_that_is_returned_again_and_again_counts_as_it_was():
    kept = []

    def half(x):
        kept.append(x / 2)
        return kept

    assert [outcome.value for outcome in calls.outcomes(half, [(2,), (4,)])] == [[1.0], [1.0, 2.0]]


def test_nothing_reaches_stderr_and_warnings_are_told_once(capsys):
    def half(x):
        warnings.warn("careful", stacklevel=1)
        print("on stderr", file=sys.stderr)
        print("on stdout")
        return np.float64(x) / np.float64(0)

    verdict = verdict_of(half)
    out, err = capsys.readouterr()
    assert (out, err) == ("on stdout\n" * 4, "")
    assert "While it ran: UserWarning: careful" in verdict.notes
    assert "While it ran: on stderr" in verdict.notes
    assert any("RuntimeWarning: divide by zero" in note for note in verdict.notes)
    assert len(verdict.notes) == len(set(verdict.notes))


# The report


def test_text_report_tells_call_result_and_expectation():
    assert (
        report.text(verdict_of(lambda x: x // 2))
        == """\
half: 1 of 2 points
Whole numbers lose their rest with `//`.
2 of 4 cases are right.
  half(3)
    came back: 1
    expected:  1.5   (off by 0.5)
  half(-1)
    came back: -1
    expected:  -0.5   (off by 0.5)
Hint: First hint"""
    )


def test_html_report_nests_the_hints_and_escapes_everything():
    page = report.html(verdict_of(lambda x: "<script>alert(1)</script>"))
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert page.index("First hint") < page.index("Second hint") < page.index("Third hint")
    assert page.count("<details>") == page.count("</details>") == 3
    assert "</details></details></details>" in page


def test_html_report_of_a_right_function_has_no_hints():
    page = report.html(verdict_of(lambda x: x / 2))
    assert "hint" not in page.lower().split("</style>")[1]
    assert "Right: 4 cases" in page


def test_many_wrong_cases_wait_behind_a_click():
    many = Table("f", 1.0, 1e-6, tuple(Case((n,), n) for n in range(9)))
    assert "5 more wrong cases" in report.html(verdict_of(lambda n: n + 1, many))


# check(), the function of the notebook


def test_check_shows_the_report_and_returns_the_score(in_lesson, capsys):
    score = check("half", lambda x: x // 2)
    assert (type(score), score) == (float, 1.0)
    out, err = capsys.readouterr()
    assert out.startswith("half: 1 of 2 points") and err == ""


def test_check_of_something_else_than_a_function(in_lesson, capsys):
    assert check("half", 25) == 0.0
    assert "`half` is 25, and a function was expected" in capsys.readouterr().out


def test_check_of_an_unknown_name_lists_the_known_ones(in_lesson):
    with pytest.raises(ChecksError, match="no exercise 'halve' in checks.json; it has half"):
        check("halve", lambda x: x)


def test_check_without_its_file_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ChecksError, match="checks.json is missing in .*copy the file from the lesson's folder"):
        check("half", lambda x: x)


@pytest.mark.parametrize("content", [
    "", "{", "[]", '{"format": "lessonlib-checks/9"}', '{"format": "lessonlib-checks/1", "half": {}}',
    '{"format": "lessonlib-checks/1", "half": 3}', "\udcff",
    table.dumps([HALVES]).replace('"expected": 1.0', '"expected": {"array": "float64"}'),
])  # fmt: skip
def test_check_with_a_damaged_file_says_what_to_do(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checks.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ChecksError, match="is damaged .*Delete it and copy it again"):
        check("half", lambda x: x)


def test_file_is_one_case_a_line_and_reads_back():
    text = table.dumps([HALVES])
    assert '      {"args": [3], "expected": 1.5},\n' in text
    again = table.loads(text)["half"]
    assert table.dumps([again]) == text
    assert again.cases == HALVES.cases and again.hints == HALVES.hints


def test_cell_of_a_kernel_points_to_the_students_line():
    """In a kernel the student's code stands in no file; the line must be found all the same."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from lessonlib.checks import calls\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('def half(x):\\n    y = 0\\n    return x / y')\n"
        "print(calls.outcomes(shell.user_ns['half'], [(1,)])[0].line)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "return x / y\n"


# What the author writes


@pytest.mark.parametrize("arguments, said", [
    ({"points": 0}, "points is 0; give a number above 0"),
    ({"points": True}, "points is True"),
    ({"points": "2"}, "points is '2'"),
    ({"tolerance": -1}, "tolerance is -1; give a number from 0"),
    ({"tolerance": 1}, "tolerance is 1"),
    ({"mistakes": ["a"]}, "mistakes holds something that is not a Mistake"),
    ({"hints": "one"}, "hints must be a list of texts"),
    ({"hints": [" "]}, "hints must be a list of texts, none of them empty"),
])  # fmt: skip
def test_exercise_that_cannot_be_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        Exercise(**{"points": 1, "cases": [(1,)], **arguments})


def test_mistake_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="says is empty"):
        Mistake("a", "b", says=" ")
    with pytest.raises(ValueError, match="the same text"):
        Mistake("a", "a", says="help")
