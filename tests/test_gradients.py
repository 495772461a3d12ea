"""Backpropagation against finite differences, in float64, for every activation under every loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lessonlib as keras

LOSSES = {
    "mse": ("linear", "relu", "tanh", "sigmoid", "softmax"),
    "binary_crossentropy": ("sigmoid", "softmax"),
    "categorical_crossentropy": ("sigmoid", "softmax"),
    "sparse_categorical_crossentropy": ("sigmoid", "softmax"),
}


def targets(loss, rng, rows):
    labels = rng.integers(0, 3, rows)
    return {
        "mse": rng.normal(size=(rows, 3)),
        "binary_crossentropy": rng.integers(0, 2, (rows, 3)),
        "categorical_crossentropy": np.eye(3)[labels],
        "sparse_categorical_crossentropy": labels,
    }[loss]


@pytest.mark.parametrize(
    "loss, last", [(loss, activation) for loss, activations in LOSSES.items() for activation in activations]
)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(1, 9), hidden=st.sampled_from(["tanh", "sigmoid", "relu"]))
def test_gradient_is_the_slope_of_the_loss(loss, last, seed, rows, hidden):
    keras.config.set_floatx("float64")
    try:
        rng = np.random.default_rng(seed)
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, hidden), keras.layers.Dense(3, last)])
        model.compile("sgd", loss)
        model.parameters[:] = rng.normal(
            size=model.parameters.size, scale=0.5
        )  # no score exactly at the corner of relu
        x = rng.normal(size=(rows, 4))
        t = model.loss.targets(targets(loss, rng, rows), 3)
        p = np.empty_like(t)
        model.forward(x, p)
        model.backward(t, p)
        computed = model.gradients.copy()
        step = 1e-6
        for number in rng.choice(model.parameters.size, 12, replace=False):
            values = []
            for sign in (1, -1):
                model.parameters[number] += sign * step
                values.append(np.mean(model.loss.per_row(t, model.forward(x))))
                model.parameters[number] -= sign * step
            slope = (values[0] - values[1]) / (2 * step)
            assert computed[number] == pytest.approx(slope, abs=2e-6, rel=1e-4)
    finally:
        keras.config.set_floatx("float32")


def test_a_layer_without_bias_and_a_single_layer(float64):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mse")
    model.set_weights([[[1.0], [2.0]]])
    p = np.empty((1, 1))
    model.forward(np.array([[3.0, 4.0]]), p)
    model.backward(np.array([[10.0]]), p)
    assert p[0, 0] == 11.0
    assert model.gradients.tolist() == [2 * 1.0 * 3.0, 2 * 1.0 * 4.0]
