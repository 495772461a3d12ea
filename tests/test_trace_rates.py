"""The trace of the learning rate: what it was in each epoch, and what the loss did."""

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import trace


def fit(callbacks):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    x = np.random.default_rng(0).normal(size=(20, 2))
    return model.fit(x, x[:, 0], batch_size=4, epochs=4, callbacks=callbacks, verbose=0)


def test_rates_sums_and_losses_are_those_of_the_run():
    history = fit([keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 * 0.5 ** (epoch // 2))])
    shown = trace.rates(history)
    assert [epoch.rate for epoch in shown.epochs] == pytest.approx([0.1, 0.1, 0.05, 0.05])
    assert [epoch.total for epoch in shown.epochs] == pytest.approx([0.5, 1.0, 1.25, 1.5])
    assert [epoch.loss for epoch in shown.epochs] == history.history["loss"]
    assert [epoch.updates for epoch in shown.epochs] == ["1–5", "6–10", "11–15", "16–20"]
    assert shown.epochs[2].observation.startswith("Rate halved. Loss down")


def test_text_and_html_tell_the_same():
    shown = trace.rates(fit([keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))]))
    for epoch in shown.epochs:
        for form in (repr(shown), shown._repr_html_()):
            assert epoch.observation in form and f"{epoch.loss:.3f}" in form and f"{epoch.rate:.4g}" in form


@pytest.mark.parametrize("history", [None, "schedule object"])
def test_a_history_without_rates_is_refused(history):
    with pytest.raises(ValueError, match="LearningRateScheduler and ReduceLROnPlateau"):
        trace.rates(history and fit([]))
