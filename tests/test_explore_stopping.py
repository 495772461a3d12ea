"""The explorer of early stopping, and the stepper: pure functions below, thin widgets above."""

import ipywidgets
import numpy as np
import pytest

import lessonlib as keras
from lessonlib import trace
from lessonlib.explore import stepper, stopping
from lessonlib.explore.stepper import same_line_next


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """What is displayed, and the boxes of widgets that were made; a mission is noted in an empty folder."""
    monkeypatch.chdir(tmp_path)
    bundles, boxes, real = [], [], ipywidgets.VBox
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: boxes.append(real(children)) or boxes[-1])
    return bundles, boxes


@pytest.mark.parametrize("patience", [1, 2, 5, 10])
@pytest.mark.parametrize("restore", [False, True])
@pytest.mark.parametrize("epochs", [12, 60])
def test_it_stops_and_keeps_what_early_stopping_stops_and_keeps(patience, restore, epochs):
    run = stopping.train(rows=100, units=16, epochs=epochs, patience=str(patience), restore_best_weights=restore)
    (x, y), validation = stopping.data(100)
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.002), "binary_crossentropy", metrics=["accuracy"])
    callback = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=restore)
    history = model.fit(x, y, epochs=epochs, validation_data=validation, callbacks=[callback], verbose=0).history
    assert len(history["loss"]) == run.stopped
    assert run.by_patience == (callback.stopped_epoch > 0)
    kept = model.evaluate(*validation, verbose=0)[0]
    assert kept == pytest.approx(run.curves.val_losses[run.kept - 1], abs=1e-6)


def test_a_larger_patience_never_stops_earlier():
    stops = [stopping.train(patience=patience).stopped for patience in stopping.PATIENCES[1:]]
    assert stops == sorted(stops)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({}, "has not stopped this training"),
        ({"patience": "1", "restore_best_weights": True}, "too early"),
        ({"patience": "40", "restore_best_weights": True}, "too late"),
        ({"patience": "5"}, "not the best ones"),
        ({"patience": "5", "restore_best_weights": True}, "Mission accomplished."),
        ({"epochs": 14}, "has not stopped this training"),  # the epoch is right, but nobody could have known it
    ],
)
def test_the_verdict_says_what_is_wrong(settings, words):
    assert words in stopping.verdict(stopping.train(**settings))


def test_a_move_of_a_control_stops_elsewhere_and_says_so(shown):
    bundles, boxes = shown
    stopping.stopping_explorer()
    _, *controls, picture, _ = boxes[0].children
    assert "has not stopped" in picture.value and "has not stopped" in bundles[0]["text/plain"]
    sliders = [control.children[0] if hasattr(control, "children") else control for control in controls]
    by_name = {control.description: control for control in sliders}
    by_name["patience"].value = "5"
    by_name["restore_best_weights"].value = True
    assert "Mission accomplished." in picture.value and "<svg" in bundles[0]["text/html"]


def loop():
    for number in range(3):
        square = number**2
    return square


@pytest.fixture
def record():
    return trace.lines(loop, watch=("number", "square"))


def test_the_stepper_steps_forwards_backwards_and_to_the_same_line(shown, record):
    bundles, boxes = shown
    stepper(record)
    _, buttons, slider, picture = boxes[0].children
    back, forward, again = buttons.children
    assert slider.max == len(record.steps) == 8 and back.disabled
    forward.click()
    assert slider.value == 2 and "Step 2 of 8" in picture.value and "<b>square</b>" in picture.value
    again.click()
    assert slider.value == 4
    back.click()
    assert slider.value == 3
    slider.value = 8
    assert forward.disabled and again.disabled and not back.disabled
    forward.click()
    assert slider.value == 8
    assert bundles[0]["text/html"] == record._repr_html_() and bundles[0]["text/plain"] == repr(record)


def test_the_same_line_comes_again_or_the_end(record):
    assert [same_line_next(record, number) for number in (1, 3, 8)] == [3, 5, 8]


def test_a_stepper_without_steps_says_what_it_wants():
    with pytest.raises(ValueError, match="what trace.lines"):
        stepper(np.zeros(3))
