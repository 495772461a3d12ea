"""Losses beyond their comparison with Keras: the short way of the gradient, and its exceptions."""

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import activations, losses

CASES = {
    "binary": (losses.BinaryCrossentropy, activations.sigmoid, [[0], [1], [1]], (3, 1)),
    "two columns": (losses.BinaryCrossentropy, activations.sigmoid, [[0, 1], [1, 1], [1, 0]], (3, 2)),
    "categorical": (losses.CategoricalCrossentropy, activations.softmax, np.eye(3)[[0, 2, 1]], (3, 3)),
    "sparse": (losses.SparseCategoricalCrossentropy, activations.softmax, [0, 2, 1], (3, 3)),
}


def both_ways(name, z, weights=None, **settings):
    """dloss/dz the short way, and the long one through the activation's own derivative."""
    kind, activation, y, shape = CASES[name]
    loss = kind(**settings)
    t = loss.targets(y, shape[1])
    p = activation(z)
    short, long = loss.combined_gradient(t, p, weights), loss.gradient(t, p, weights)
    return short, activation.backward(p, long, np.empty_like(p))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
def test_the_short_way_is_the_long_way(name, reduction):
    z = np.random.default_rng(0).normal(size=CASES[name][3])
    short, long = both_ways(name, z, np.array([1.0, 0.5, 2.0], "float32"), reduction=reduction)
    assert short == pytest.approx(long, abs=1e-6) and np.abs(short).max() > 0.01


@pytest.mark.parametrize("name", CASES)
def test_saturated_outputs_send_no_gradient_either_way_as_in_keras(name):
    shape = CASES[name][3]
    z = np.zeros(shape)
    z[0, 0] = 200.0 if "binary" in name or "two" in name else -200.0  # row 0: wrong beyond repair
    short, long = both_ways(name, z)
    assert short == pytest.approx(long, abs=1e-6) and short[0, 0] == 0 and np.abs(short[1:]).max() > 0.05


def test_soft_targets_go_the_long_way():
    for kind, y in ((losses.BinaryCrossentropy, [[0.3]]), (losses.CategoricalCrossentropy, [[1.0, 1.0]])):
        loss = kind()
        assert loss.combines_with is not None
        loss.targets(y, len(y[0]))
        assert loss.combines_with is None
    assert losses.BinaryCrossentropy(from_logits=True).combines_with is None


def test_weights_and_reductions():
    loss = losses.MeanSquaredError
    y, p, w = [[0.0], [0.0]], [[1.0], [3.0]], [1.0, 0.5]
    assert loss()(y, p, sample_weight=w) == (1 + 4.5) / 2
    assert loss(reduction="sum")(y, p) == 10 and loss(reduction=None)(y, p).tolist() == [1, 9]


def test_names_functions_and_configurations():
    assert losses.get("MSE").name == "mean_squared_error" and isinstance(losses.get(losses.huber), losses.Huber)
    assert losses.get(losses.Hinge).name == "hinge" and losses.mean_squared_error.__name__ == "mean_squared_error"
    for name, kind in losses._KNOWN.items():
        made = losses.get(name)
        again = losses.get({"class_name": kind.__name__, "config": made.get_config()})
        assert type(again) is kind and again.get_config() == made.get_config()


def test_a_function_of_ones_own_gets_its_slope_measured(small_data):
    x, y = small_data
    weights, histories = None, []
    for loss in ("mse", lambda y_true, y_pred: np.mean((y_true - y_pred) ** 2, axis=-1)):
        model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(2, "tanh"), keras.layers.Dense(1)])
        weights = weights or model.get_weights()
        model.set_weights(weights)
        model.compile("adam", loss)
        histories.append(model.fit(x, y, epochs=3, shuffle=False, verbose=0).history["loss"])
    assert histories[0] == pytest.approx(histories[1], rel=1e-5)


def test_a_saved_model_finds_a_loss_of_ones_own_by_its_name(small_data, tmp_path):
    def cubic(y_true, y_pred):
        return abs(y_true - y_pred) ** 3

    model = keras.Sequential([keras.Input((small_data[0].shape[1],)), keras.layers.Dense(1)])
    model.compile("sgd", cubic)
    model.evaluate(*small_data, verbose=0)
    model.save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match="'cubic'"):
        keras.models.load_model(tmp_path / "own.keras")
    again = keras.models.load_model(tmp_path / "own.keras", custom_objects={"cubic": cubic})
    assert again.evaluate(*small_data, verbose=0) == model.evaluate(*small_data, verbose=0)


def test_a_loss_of_ones_own(small_data):
    class FourthPower(losses.Loss):
        def per_row(self, t_BK, p_BK):
            return ((p_BK - t_BK) ** 4).mean(axis=1)

        def slope(self, t_BK, p_BK):
            return 4 * (p_BK - t_BK) ** 3 / p_BK.shape[1]

    from lessonlib.diagnosis import check_gradients

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "tanh")])
    model.compile("sgd", FourthPower())
    x, y = small_data
    assert check_gradients(model, x[:9], np.c_[y, 1 - y][:9]).error < 0.01
    assert "loss" in model.fit(x, np.c_[y, 1 - y], verbose=0).history


@pytest.mark.parametrize("call, words", [
    (lambda: losses.BinaryCrossentropy(label_smoothing=2), "label_smoothing=2"),
    (lambda: losses.MeanSquaredError(reduction="max"), "reduction='max'"),
    (lambda: losses.get("hinges"), "Did you mean 'hinge'"),
    (lambda: losses.MeanSquaredError()([[1.0, 2.0]], [[1.0]]), "row 1"),
])  # fmt: skip
def test_misuse(call, words):
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)


def test_a_loss_of_whole_batches_is_measured_batch_by_batch(small_data):
    """The mean of the batches' numbers, which is not the number of all rows."""

    class RootMeanSquare(losses.Loss):
        def call(self, y_true, y_pred):
            return np.sqrt(np.mean((y_true - y_pred) ** 2))

    x, y = small_data
    y = (y * np.arange(len(y)))[:, None]
    for loss in (RootMeanSquare(), RootMeanSquare().call):
        model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.0), loss)
        p, size = model.predict(x, verbose=0), 32
        each = [np.sqrt(np.mean((y[i : i + size] - p[i : i + size]) ** 2)) for i in range(0, len(y), size)]
        rows = [min(size, len(y) - i) for i in range(0, len(y), size)]
        expected = np.average(each, weights=rows)
        assert len(each) > 1 and expected != pytest.approx(np.sqrt(np.mean((y - p) ** 2)), rel=0.01)
        fitted = model.fit(x, y, shuffle=False, verbose=0).history["loss"]
        assert fitted == pytest.approx([expected]) and model.evaluate(x, y, verbose=0) == pytest.approx(expected)


def test_one_hot_is_that_of_keras():
    """Keras 3.15.1: a new axis always, zeros for what is no class, and the type asked for."""
    one_hot = keras.ops.one_hot
    assert one_hot([[1], [2]], 3).tolist() == [[[0, 1, 0]], [[0, 0, 1]]]
    assert one_hot([0, 3, -1], 3).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert one_hot([[0, 1]], 3, axis=0).shape == (3, 1, 2) and one_hot([[0, 1]], 3, axis=1).shape == (1, 3, 2)
    assert (one_hot(0, 3).dtype, one_hot(0, 3, dtype="int32").dtype) == ("float32", "int32")
