"""Backpropagation against finite differences, in float64: every activation, every loss, every layer."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import lessonlib as keras
from lessonlib.diagnosis import check_gradients

ACTIVATIONS = sorted(set(keras.activations.KNOWN))
LAST = {
    "mse": ACTIVATIONS,
    "mae": ("linear", "tanh"),
    "huber": ("linear", "softplus"),
    "hinge": ("linear", "tanh"),
    "binary_crossentropy": ("sigmoid", "softmax"),
    "categorical_crossentropy": ("sigmoid", "softmax"),
    "sparse_categorical_crossentropy": ("sigmoid", "softmax"),
    "smooth_binary": ("sigmoid", "softmax"),
    "smooth_categorical": ("softmax",),
    "binary_scores": ("linear", "tanh"),
    "categorical_scores": ("linear", "tanh"),
    "sparse_scores": ("linear", "softmax"),
    "many_hot": ("softmax",),
}
LOSSES = {
    "smooth_binary": lambda: keras.losses.BinaryCrossentropy(label_smoothing=0.2),
    "smooth_categorical": lambda: keras.losses.CategoricalCrossentropy(label_smoothing=0.2),
    "binary_scores": lambda: keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
    "categorical_scores": lambda: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    "sparse_scores": lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "many_hot": lambda: keras.losses.CategoricalCrossentropy(),
}
LAYERS = {
    "ReLU": lambda k: k.ReLU(max_value=1.5, negative_slope=0.2, threshold=0.1),
    "LeakyReLU": lambda k: k.LeakyReLU(0.3),
    "ELU": lambda k: k.ELU(0.6),
    "Softmax": lambda k: k.Softmax(),
    "Activation": lambda k: k.Activation("mish"),
    "Dropout": lambda k: k.Dropout(0.4),
    "Rescaling": lambda k: k.Rescaling(0.3, 0.2),
    "Normalization": lambda k: k.Normalization(mean=0.3, variance=2.0),
    "Normalization inverted": lambda k: k.Normalization(mean=0.3, variance=2.0, invert=True),
    "BatchNormalization": lambda k: k.BatchNormalization(),
    "BatchNormalization plain": lambda k: k.BatchNormalization(center=False, scale=False),
    "LayerNormalization": lambda k: k.LayerNormalization(),
    "LayerNormalization plain": lambda k: k.LayerNormalization(center=False, scale=False),
    "Dense penalized": lambda k: k.Dense(
        4, "tanh", kernel_regularizer=keras.regularizers.L1L2(0.01, 0.01), bias_regularizer="l2"
    ),
    "Dense without bias": lambda k: k.Dense(4, "gelu", use_bias=False),
    "Flatten": lambda k: k.Flatten(),
}


@pytest.fixture(autouse=True)
def in_float64(float64):
    """Everything in this file."""


def targets(loss, rng, rows):
    labels = rng.integers(0, 3, rows)
    if loss in ("mse", "mae", "huber"):
        return rng.normal(size=(rows, 3))
    if "sparse" in loss:
        return labels
    if "binary" in loss or loss in ("hinge", "many_hot"):
        return rng.integers(0, 2, (rows, 3))
    return np.eye(3)[labels]


def model_of(layers, loss, rng):
    keras.utils.set_random_seed(int(rng.integers(1000)))
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile("sgd", LOSSES[loss]() if loss in LOSSES else loss)
    # No score exactly at the corner of relu, and none where a probability is clipped.
    model.parameters[:] = rng.normal(size=model.parameters.size, scale=0.5)
    return model


def agree(model, x, y, rng):
    """The gradient is the slope. Where a finite difference straddles a corner, a second, smaller one decides."""
    found = check_gradients(model, x, y, samples=25, seed=int(rng.integers(1000)))
    off = np.abs(found.computed - found.measured) > 2e-6 + 1e-4 * np.abs(found.measured)
    if off.any():
        found = check_gradients(model, x, y, samples=25, step=1e-8, seed=0)
        assert np.allclose(found.computed, found.measured, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("loss, last", [(loss, last) for loss, activations in LAST.items() for last in activations])
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(1, 9), hidden=st.sampled_from(ACTIVATIONS))
def test_gradient_is_the_slope_of_the_loss(loss, last, seed, rows, hidden):
    rng = np.random.default_rng(seed)
    model = model_of([keras.layers.Dense(5, hidden), keras.layers.Dense(3, last)], loss, rng)
    x = rng.normal(size=(rows, 4))
    p = model.predict(x, verbose=0)
    assume(np.isfinite(p).all() and (np.abs(p) < 50).all())
    assume("crossentropy" not in model.loss.name or model.loss.from_logits or ((p > 1e-5) & (p < 1 - 1e-5)).all())
    agree(model, x, targets(loss, rng, rows), rng)


@pytest.mark.parametrize("name", LAYERS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(2, 9), place=st.sampled_from(["first", "middle", "last"]))
def test_gradient_passes_through_every_layer(name, seed, rows, place):
    rng, dense = np.random.default_rng(seed), lambda: keras.layers.Dense(4, "tanh")
    layer = LAYERS[name](keras.layers)
    stack = {"first": [layer, dense()], "middle": [dense(), layer, dense()], "last": [dense(), layer]}[place]
    agree(model_of(stack, "mse", rng), rng.normal(size=(rows, 4)), rng.normal(size=(rows, 4)), rng)


@pytest.mark.parametrize("name", ["BatchNormalization", "BatchNormalization plain", "LayerNormalization", "Dropout"])
def test_gradient_in_training(name, monkeypatch):
    """Where training differs: the batch's own statistics move with the weights; the mask of Dropout is held."""
    from lessonlib.diagnosis import model as parts

    rng = np.random.default_rng(1)
    layer = LAYERS[name](keras.layers)
    model = model_of([keras.layers.Dense(5, "tanh"), layer, keras.layers.Dense(2)], "mse", rng)
    x_BF, t_BK = parts.prepared(model, rng.normal(size=(7, 4)), rng.normal(size=(7, 2)))
    if name == "Dropout":
        draw = lambda self, shape, dtype: np.linspace(0, 1, 35).reshape(shape)  # noqa: E731
        layer.generator = type("Fixed", (), {"random": draw})()
    computed = parts.gradient(model, x_BF, t_BK, training=True)
    for place in range(model.parameters.size):
        values = []
        for sign in (1, -1):
            model.parameters[place] += sign * 1e-6
            values.append(parts.loss(model, x_BF, t_BK, training=True))
            model.parameters[place] -= sign * 1e-6
        assert computed[place] == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-7, rel=1e-5)


@pytest.mark.parametrize("loss", ["mse", "binary_crossentropy", "sparse_categorical_crossentropy", "hinge"])
def test_weights_of_rows_weigh_their_gradients(loss):
    rng = np.random.default_rng(0)
    model = model_of([keras.layers.Dense(3, "softmax" if "sparse" in loss else "sigmoid")], loss, rng)
    x, y, w = rng.normal(size=(6, 4)), targets(loss, rng, 6), rng.random(6)
    t, p = model.loss.targets(y, 3), np.empty((6, 3))
    model.forward(x, p)
    model.backward(t, p, w)
    whole, parts = model.gradients.copy(), 0
    for row in range(6):
        model.forward(x[row : row + 1], p[row : row + 1])
        model.backward(t[row : row + 1], p[row : row + 1])
        parts = parts + w[row] * model.gradients / 6
    assert whole == pytest.approx(parts, abs=1e-12)


def test_a_layer_without_bias_and_a_single_layer():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mse")
    model.set_weights([[[1.0], [2.0]]])
    p = np.empty((1, 1))
    model.forward(np.array([[3.0, 4.0]]), p)
    model.backward(np.array([[10.0]]), p)
    assert p[0, 0] == 11.0
    assert model.gradients.tolist() == [2 * 1.0 * 3.0, 2 * 1.0 * 4.0]
