"""The nine steps of one run: every number is the run's, and each check speaks when its step is broken."""

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import trace
from lessonlib.trace.steps import SHOWN

TITLES = [
    "Initialization", "Forward pass", "Loss calculation", "Backpropagation", "Parameter update", "Iteration",
    "Validation", "Convergence", "Evaluation",
]  # fmt: skip


@pytest.fixture(scope="module")
def parts():
    raw, y = keras.datasets.make_two_classes()
    x = (raw - raw[:640].mean(axis=0)) / raw[:640].std(axis=0)
    return (x[:640], y[:640]), (x[640:800], y[640:800]), (x[800:], y[800:])


def compiled(rate=0.1, first="glorot_uniform", units=1, optimizer=keras.optimizers.SGD):
    keras.utils.set_random_seed(0)
    last = {"units": units, "activation": "sigmoid" if units == 1 else "softmax", "kernel_initializer": first}
    hidden = keras.layers.Dense(16, "relu", kernel_initializer=first, name="hidden")
    model = keras.Sequential([keras.Input((10,)), hidden, keras.layers.Dense(**last, name="output")])
    loss = "binary_crossentropy" if units == 1 else "sparse_categorical_crossentropy"
    model.compile(optimizer(rate), loss, metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def healthy(parts):
    return trace.steps(compiled(), *parts)


def failed(steps):
    return [step.title for step in steps.steps if not step.passed]


def test_there_are_nine_and_a_healthy_run_passes_every_check(healthy):
    assert [step.title for step in healthy.steps] == TITLES and failed(healthy) == []


@pytest.mark.parametrize("seed", range(10))
def test_a_healthy_run_passes_whatever_its_first_weights(parts, seed):
    model = compiled()
    keras.utils.set_random_seed(seed)
    other = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.set_weights(other.get_weights())
    assert set(failed(trace.steps(model, *parts))) <= {"Convergence"}  # the lowest val_loss may come early by chance


def test_crossentropy_is_what_the_targets_make_it():
    """A model compiled with "crossentropy" learns from its first rows which one; here the loss of three classes."""
    data, kinds = keras.datasets.load_penguins(), {}
    x, y = (data.x - data.x.mean(axis=0)) / data.x.std(axis=0), data.y
    parts = (x[:200], y[:200]), (x[200:270], y[200:270]), (x[270:], y[270:])
    for loss in ("crossentropy", "sparse_categorical_crossentropy"):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax", name="only")])
        model.compile(keras.optimizers.SGD(0.1), loss)
        kinds[loss] = trace.steps(model, *parts, epochs=2)
    assert kinds["crossentropy"] == kinds["sparse_categorical_crossentropy"]
    assert "Guessing costs 1.099" in kinds["crossentropy"].steps[2].check


def test_the_numbers_are_those_of_the_model(parts, healthy):
    (x, y), validation, test = parts
    model = compiled()
    p = model.predict(x[:32], verbose=0)
    forward, loss, update = healthy.steps[1], healthy.steps[2], healthy.steps[4]
    assert dict(forward.numbers)["out of output"] == pytest.approx(p[0])
    rows = -np.log(np.where(y[:32] == 1, p[:, 0], 1 - p[:, 0]))
    assert loss.numbers[0][1] == pytest.approx(rows, abs=1e-5) and f"{rows.mean():.3f}" in loss.remark
    before = model.parameters.copy()
    model.train_on_batch(x[:32], y[:32])
    assert update.numbers[0][1] == pytest.approx((model.parameters - before)[:SHOWN], abs=1e-7)


def test_the_epochs_are_those_of_fit(parts, healthy):
    train, validation, test = parts
    model = compiled()
    history = model.fit(*train, epochs=15, validation_data=validation, verbose=0).history
    assert healthy.steps[5].numbers[0][1] == pytest.approx(history["loss"])
    assert healthy.steps[6].numbers[0][1] == pytest.approx(history["val_loss"])
    assert f"test accuracy {model.evaluate(*test, verbose=0)[1]:.3f}" in healthy.steps[8].remark


def test_the_model_is_left_as_it_was(parts):
    model = compiled()
    before = model.parameters.copy()
    trace.steps(model, *parts, epochs=2)
    assert np.array_equal(model.parameters, before) and model.history is None


@pytest.mark.parametrize(
    "break_it, step",
    [
        (lambda p: trace.steps(compiled(first="zeros"), *p), "Initialization"),
        (lambda p: trace.steps(compiled(first="zeros"), *p), "Forward pass"),
        (lambda p: trace.steps(compiled(first="zeros"), *p), "Iteration"),
        (lambda p: trace.steps(compiled(rate=20.0), *p), "Parameter update"),
        (lambda p: trace.steps(compiled(), *p, epochs=150), "Convergence"),
        (lambda p: trace.steps(compiled(), p[0], (p[0][0][:160], p[0][1][:160]), p[2]), "Validation"),
        (lambda p: trace.steps(compiled(), p[0], p[1], p[1]), "Evaluation"),
    ],
)
def test_a_broken_step_is_named(parts, break_it, step):
    assert step in failed(break_it(parts))


def test_wrong_gradients_fail_the_check_of_backpropagation(parts, monkeypatch):
    from lessonlib.layers import Dense

    right = Dense.backward
    monkeypatch.setattr(Dense, "backward", lambda self, d, *rest: right(self, 2 * d, *rest))
    assert "Backpropagation" in failed(trace.steps(compiled(), *parts, epochs=1))


def test_text_and_html_say_the_same(healthy):
    text, html = repr(healthy), healthy._repr_html_()
    for step in healthy.steps:
        assert step.title in text and step.title in html and step.check in text
    assert html.count("Check passed:") == 9 and "every check passed" in html


def test_a_failed_check_is_said_in_words_and_not_only_in_colour(parts):
    broken = trace.steps(compiled(first="zeros"), *parts, epochs=2)
    assert "Look here:" in broken._repr_html_() and "LOOK HERE" in repr(broken)


@pytest.mark.parametrize("optimizer", [keras.optimizers.Adam, lambda rate: keras.optimizers.SGD(rate, momentum=0.9)])
def test_other_optimizers_and_two_outputs(parts, optimizer):
    steps = trace.steps(compiled(0.01, units=2, optimizer=optimizer), *parts, epochs=3)
    assert failed(steps) == [] and "w − learning_rate" not in steps.steps[4].formula


def test_what_cannot_be_traced_says_why(parts):
    with pytest.raises(ValueError, match="Dense layers"):
        trace.steps(keras.Sequential([keras.layers.Dense(1)]), *parts)
    with pytest.raises(ValueError, match="from 0 to 31. Received: row=32"):
        trace.steps(compiled(), *parts, row=32)
    with pytest.raises(ValueError, match="compile"):
        trace.steps(keras.Sequential([keras.Input((10,)), keras.layers.Dense(1)]), *parts)
