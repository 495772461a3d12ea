"""A loop recorded line by line: every change is that of a real run, before and after."""

import sys

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import trace
from lessonlib.loop import SGD, BCELoss, DataLoader, Module, TensorDataset
from lessonlib.trace import line_html

WATCH = ("x_batch", "loss", "weight.grad", "weight")
x_batch = "a variable of the notebook that has the name of one in the function"


def one_epoch(model, loader, loss_fn, optimizer):
    weight, bias = model.parameters()
    for x_batch, y_batch in loader:  # the rows
        optimizer.zero_grad()
        loss = loss_fn(model(x_batch), y_batch)
        loss.backward()
        optimizer.step()


@pytest.fixture
def parts():
    keras.utils.set_random_seed(0)
    model = Module(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")]))
    rows = TensorDataset(np.array([[0.5, -1.0], [1.0, 2.0], [-0.5, 0.25]]), np.array([[0.0], [1.0], [1.0]]))
    return model, DataLoader(rows, batch_size=2), BCELoss(), SGD(model.parameters(), lr=0.5)


@pytest.fixture
def record(parts):
    return trace.lines(one_epoch, *parts, watch=WATCH)


def test_every_line_is_recorded_with_what_it_changed(record):
    assert [(record.code(step), step.changed) for step in record.steps[:8]] == [
        ("weight, bias = model.parameters()", ("weight.grad", "weight")),
        ("for x_batch, y_batch in loader:", ("x_batch",)),
        ("optimizer.zero_grad()", ()),
        ("loss = loss_fn(model(x_batch), y_batch)", ("loss",)),
        ("loss.backward()", ("weight.grad",)),
        ("optimizer.step()", ("weight",)),
        ("for x_batch, y_batch in loader:", ("x_batch",)),
        ("optimizer.zero_grad()", ("weight.grad",)),
    ]
    assert len(record.steps) == 12 and record.steps[-1].changed == ()  # the loader has no batch left


def test_the_numbers_are_those_of_the_run(record, parts):
    step = record.steps[5]
    old, gradient, new = (np.array(v) for v in (step.before["weight"], step.after["weight.grad"], step.after["weight"]))
    assert new == pytest.approx(old - 0.5 * gradient, abs=1e-6)
    assert record.steps[1].after["x_batch"] == ((0.5, -1.0), (1.0, 2.0))
    assert np.array(record.steps[-1].after["weight"]) == pytest.approx(parts[0].parameters()[0])


def test_what_was_recorded_does_not_change_with_the_model(record, parts):
    before = record.steps[0].after["weight"]
    parts[0].parameters()[0][...] = 0
    assert record.steps[0].after["weight"] == before != ((0.0,), (0.0,))


def test_a_variable_of_the_notebook_does_not_stand_in_for_one_of_the_function(record):
    assert "x_batch" not in record.steps[0].after


def test_the_tracing_of_a_debugger_is_put_back_also_after_an_error(parts):
    def mine(frame, event, argument):
        return None

    def failing():
        raise RuntimeError("in the loop")

    kept = sys.gettrace()
    try:
        sys.settrace(mine)
        with pytest.raises(RuntimeError, match="in the loop"):
            trace.lines(failing, watch="loss")
        assert sys.gettrace() is mine
    finally:
        sys.settrace(kept)


def too_many():
    number = 0
    while True:
        number += 1


def too_large():
    table = np.zeros((10, 10))
    return table


def unfit():
    thing = object()
    return thing


@pytest.mark.parametrize(
    "function, watch, words",
    [
        (one_epoch, (), ["Expected expressions to watch"]),
        (print, "loss", ["cannot be read", "print"]),
        (too_many, "number", ["More than 500 lines"]),
        (too_large, "table", ["'table'", "(10, 10)", "table[:2]"]),
        (unfit, "thing", ["'thing'", "object"]),
        (too_large, "1 +", ["'1 +'", "invalid syntax"]),
        (too_large, "table.size.nothing", ["'table.size.nothing'", "no attribute"]),
    ],
)
def test_what_cannot_be_watched_says_why(function, watch, words):
    with pytest.raises(ValueError) as caught:
        trace.lines(function, *[None] * 4 * (function is one_epoch), watch=watch)
    assert all(word in str(caught.value) for word in words)


def test_text_and_table_tell_every_step(record):
    text, table = repr(record), record._repr_html_()
    assert len(text.splitlines()) == table.count("<tr>") - 1 == 12
    for change in ("nothing changed", "x_batch = [[0.5, -1.0], [1.0, 2.0]]"):
        assert change in text
    assert "[[0.5, -1.0], [1.0, 2.0]] → [[-0.500, 0.250]]" in table  # the second batch, before and after


def test_a_step_marks_its_line_and_shows_before_and_after(record):
    html = line_html.step(record, 6)
    assert html.count('class="now"') == 1 and '<span class="now">        optimizer.step()</span>' in html
    assert 'role="status"><code>optimizer.step()</code> changed <b>weight</b>.' in html
    old, new = record.steps[5].before["weight"][0][0], record.steps[5].after["weight"][0][0]
    assert f"{old:.3f}" in html and f"<b>{new:.3f}</b>" in html
    assert "changed nothing that is watched" in line_html.step(record, 3)
    assert "not yet" in line_html.step(record, 1)


def test_names_and_code_are_escaped():
    def lower(a, b):
        smaller = a < b
        return smaller

    record = trace.lines(lower, 1, 2, watch=("smaller", "a < b"))
    for html in (record._repr_html_(), line_html.step(record, 1)):
        assert "a &lt; b" in html and "a < b" not in html
