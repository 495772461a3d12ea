"""First values: their ranges, spreads and shapes, and that a seed fixes them."""

import numpy as np
import pytest

import lessonlib as keras

I = keras.initializers  # noqa: E741
SHAPE = (400, 100)
LIMITS = {"glorot_uniform": (6 / 500) ** 0.5, "he_uniform": (6 / 400) ** 0.5, "lecun_uniform": (3 / 400) ** 0.5}
DEVIATIONS = {
    "glorot_normal": (2 / 500) ** 0.5, "he_normal": (2 / 400) ** 0.5, "lecun_normal": (1 / 400) ** 0.5,
    "random_normal": 0.05, "glorot_uniform": (2 / 500) ** 0.5, "he_uniform": (2 / 400) ** 0.5,
    "random_uniform": 0.05 / 3**0.5, "truncated_normal": 0.05 * 0.87962566,
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_uniform_ones_fill_their_range(name):
    values = I.get(name)(SHAPE)
    assert 0.99 * LIMITS[name] < np.abs(values).max() <= LIMITS[name]


@pytest.mark.parametrize("name", DEVIATIONS)
def test_standard_deviation_and_mean(name):
    values = I.get(name)(SHAPE)
    assert values.std() == pytest.approx(DEVIATIONS[name], rel=0.02)
    assert abs(values.mean()) < 4 * DEVIATIONS[name] / 200


@pytest.mark.parametrize("name", ["he_normal", "truncated_normal", "lecun_normal", "glorot_normal"])
def test_truncated_ones_end_at_two_deviations(name):
    values = I.get(name)(SHAPE)
    raw = DEVIATIONS[name] / 0.87962566
    assert 1.95 * raw < np.abs(values).max() <= 2 * raw


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)])
def test_orthogonal(shape):
    q = I.Orthogonal(gain=2.0, seed=0)(shape)
    product = q.T @ q if shape[0] >= shape[1] else q @ q.T
    assert product == pytest.approx(4 * np.eye(min(shape)), abs=1e-6)


def test_plain_values():
    assert I.Zeros()((2,)).tolist() == [0, 0] and I.Ones()((2,)).tolist() == [1, 1]
    assert I.Constant(3)((1, 2)).tolist() == [[3, 3]] and I.Identity(2)((2, 3)).tolist() == [[2, 0, 0], [0, 2, 0]]


def test_a_seed_fixes_the_values_and_none_follows_the_global_seed():
    assert np.array_equal(I.HeNormal(seed=1)((3, 4)), I.HeNormal(seed=1)((3, 4)))
    assert not np.array_equal(I.HeNormal(seed=1)((3, 4)), I.HeNormal(seed=2)((3, 4)))
    drawn = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        drawn.append(I.RandomUniform()((3, 4)))
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])


def test_in_a_layer():
    layer = keras.layers.Dense(3, kernel_initializer=I.Constant(0.5), bias_initializer="ones")
    keras.Sequential([keras.Input((2,)), layer])
    assert (layer.kernel == 0.5).all() and (layer.bias == 1).all()


@pytest.mark.parametrize("name", sorted({"heNormal", "Zeros", "orthogonal", "GlorotUniform", "variance_scaling"}))
def test_names_in_any_spelling_and_configurations(name):
    made = I.get(name)
    again = I.get({"class_name": type(made).__name__, "config": made.get_config()})
    assert type(again) is type(made) and again.get_config() == made.get_config()


@pytest.mark.parametrize("call, words", [
    (lambda: I.VarianceScaling(scale=0), "scale"), (lambda: I.VarianceScaling(mode="fan"), "fan_avg"),
    (lambda: I.VarianceScaling(distribution="cauchy"), "truncated_normal"), (lambda: I.Orthogonal()((3,)), "(3,)"),
    (lambda: I.get("he_norm"), "Did you mean"),
])  # fmt: skip
def test_misuse(call, words):
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)
