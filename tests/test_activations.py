"""Activations: names, extremes, and that they neither overflow nor touch the caller's array."""

import copy
import math
import pickle

import numpy as np
import pytest

import lessonlib as keras

A = keras.activations
NAMES = sorted(A.KNOWN)


@pytest.mark.parametrize("name", NAMES)
def test_called_like_a_function_it_leaves_x_alone(name):
    x = np.array([[-2.0, 0.5, 3.0]], "float32")
    before, a = x.copy(), getattr(A, name)(x)
    assert np.array_equal(x, before) and a.shape == x.shape and a.dtype == np.float32
    assert A.get(name) is A.get(name.upper()) is getattr(A, name)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"exponential"}))
def test_large_scores_give_finite_numbers_and_no_warning(name, recwarn):
    assert np.isfinite(getattr(A, name)([[-1e4, 0.0, 1e4]])).all() and not recwarn.list


@pytest.mark.parametrize("scale", [1.0, 30.0, 59.0, 61.0, 500.0])
def test_softmax_is_the_same_with_and_without_its_shift(scale):
    z = scale * np.array([[1.0, -1.0, 0.3], [0.0, 0.2, -0.9]])
    e = np.exp(z - z.max(axis=1, keepdims=True))
    assert A.softmax(z) == pytest.approx(e / e.sum(axis=1, keepdims=True), abs=1e-6)
    assert A.softmax([[math.nan, 0.0], [0.0, 0.0]])[1].tolist() == [0.5, 0.5]


def test_the_error_function_is_exact():
    x = np.linspace(-8, 8, 4001)
    assert A.formulas.erf(x) == pytest.approx([math.erf(v) for v in x], abs=1e-11)


@pytest.mark.parametrize("name", ["tanh", "softmax", "gelu"])
def test_a_function_of_your_own_has_the_slope_of_the_known_one(name):
    known, own = getattr(keras.activations, name), keras.activations.get(lambda z: getattr(keras.activations, name)(z))
    z, d = np.random.default_rng(0).normal(size=(2, 5, 3))
    seen = z if known.needs_z else known.forward(z.copy(), np.zeros_like(z))
    expected = known.backward(seen, d.copy(), np.empty_like(z))
    assert own.backward(z, d.copy(), np.empty_like(z)) == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_a_layer_as_activation():
    assert keras.layers.Dense(2, activation=keras.layers.LeakyReLU(0.1)).activation.settings == {"negative_slope": 0.1}


def test_an_activation_of_ones_own():
    from lessonlib.diagnosis import check_gradients

    keras.utils.set_random_seed(0)
    square = A.Formula("square", value=lambda z: z**2, slope=lambda z: 2 * z)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, square), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert check_gradients(model, np.eye(3), np.ones(3)).error < 0.01


def test_a_copied_model_has_the_same_activations():
    copied = copy.deepcopy(keras.layers.Dense(2, "sigmoid"))
    assert copied.activation is A.sigmoid and pickle.loads(pickle.dumps(A.gelu)) is A.gelu


@pytest.mark.parametrize("call", [lambda: A.get("rel"), lambda: A.get(3)])
def test_misuse(call):
    with pytest.raises(ValueError):
        call()


def test_settings_that_are_none():
    with pytest.raises(TypeError, match="tanh takes no settings"):
        A.tanh([1.0], alpha=2)


def test_each_says_its_equation():
    assert all(getattr(A, name).__doc__.startswith(("a = ", "aᵢ = ")) for name in NAMES)
    assert round(float(A.gelu(1.0)), 4) == 0.8413


@pytest.mark.parametrize("z", [[[-60.0, 0.0, 0.3]], [[0.5, 0.5, 0.5]], [[0.0, 0.0, 0.0]]])
def test_a_function_of_all_columns_sends_back_through_all_of_them(z):
    """Also where the first column hardly counts, and where all are the same by chance."""

    def gated(z):
        return z / (1 + np.exp(-z[:, -1:]))

    d, z = np.array([[1.0, 2.0, -1.0]]), np.array(z)
    gate = 1 / (1 + np.exp(-z[:, -1:]))
    expected = d * gate
    expected[:, -1:] += (d * z).sum() * gate * (1 - gate)
    found = keras.activations.get(gated).backward(z, d.copy(), np.empty_like(z))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-7)
