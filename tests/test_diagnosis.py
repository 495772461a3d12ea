"""Gradient checker, layer statistics, learning-rate finder, loss surface: right numbers, and the model untouched."""

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import diagnosis
from lessonlib.batches import Batches


@pytest.fixture
def model(make_model, small_data):
    model = make_model("adam")
    model.fit(*small_data, epochs=2, verbose=0)
    return model


CALLS = {
    "gradients": diagnosis.check_gradients,
    "statistics": diagnosis.layer_statistics,
    "rate": lambda model, x, y: diagnosis.find_learning_rate(model, x, y, steps=40),
    "surface": lambda model, x, y: diagnosis.loss_surface(model, x, y, points=5),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_model_and_its_training_stay_as_they_were(name, model, small_data, make_model):
    twin = make_model("adam")
    twin.fit(*small_data, epochs=2, verbose=0)
    CALLS[name](model, *small_data)
    assert np.array_equal(model.parameters, twin.parameters)
    assert model.optimizer.iterations == twin.optimizer.iterations
    assert model.fit(*small_data, verbose=0).history == twin.fit(*small_data, verbose=0).history


@pytest.mark.parametrize("name", CALLS)
def test_each_result_has_a_plot(name, model, small_data):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    figure = CALLS[name](model, *small_data).plot()
    assert figure.axes and all(axes.has_data() for axes in figure.axes)
    matplotlib.pyplot.close(figure)


def test_gradient_check_finds_a_wrong_backward(float64, small_data, make_model, monkeypatch):
    assert diagnosis.check_gradients(make_model(), *small_data).error < 1e-6

    def wrong(self, a, d, scratch):
        return np.multiply(d, 1.1 * np.sign(a), out=d)

    monkeypatch.setattr(keras.activations.Relu, "backward", wrong)
    assert diagnosis.check_gradients(make_model(), *small_data).error > 0.01


def test_gradient_check_names_the_parameters(model, small_data):
    names = diagnosis.check_gradients(model, *small_data, samples=1000).names
    assert len(set(names)) == model.count_params() and f"{model.layers[0].name}/kernel[3, 4]" in names


def test_statistics_of_known_layers():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "relu"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.set_weights([[[1.0, -1.0], [0.0, 0.0]], [0.0, 0.0], [[1.0], [1.0]], [0.0]])
    first, second = diagnosis.layer_statistics(model, [[1.0, 0.0], [3.0, 0.0]], [0.0, 0.0]).layers
    assert (first.mean, first.zeros, first.dead) == (1.0, 0.5, 0.5)
    # outputs 1 and 3: dloss/doutput = 1 and 3; the kernel's gradient is [1·1 + 3·3, 0], the bias's 4
    assert second.gradient_norm == pytest.approx((10**2 + 4**2) ** 0.5) and second.weight_norm == pytest.approx(2**0.5)
    assert second.update_share == pytest.approx(116**0.5 / 2**0.5)


def test_surface_meets_the_loss_of_the_model_in_the_middle(model, small_data):
    surface = diagnosis.loss_surface(model, *small_data, points=5)
    assert surface.losses[2, 2] == pytest.approx(model.evaluate(*small_data, verbose=0)[0], abs=1e-6)
    ones = np.ones(model.parameters.size)
    moved = diagnosis.loss_surface(model, *small_data, directions=(ones, 0 * ones), radius=0.1, points=3)
    model.parameters += np.float32(0.1)
    assert moved.losses[2, 0] == pytest.approx(model.evaluate(*small_data, verbose=0)[0], abs=1e-6)


def test_rate_finder_falls_and_then_breaks_off(small_data, make_model):
    search = diagnosis.find_learning_rate(make_model("sgd"), *small_data, highest=1e4)
    assert 1e-3 < search.steepest < 100 and search.smooth.min() < 0.9 * search.smooth[0]
    assert np.array_equal(search.rates, np.sort(search.rates)) and len(search.losses) == len(search.rates)


def test_rate_finder_trains_on_the_same_rows_where_batches_are_fetched(small_data, make_model, monkeypatch):
    """Rows of many bytes have no shuffled copy; features and targets still belong together."""
    copied = diagnosis.find_learning_rate(make_model("sgd"), *small_data, steps=40)
    monkeypatch.setattr(Batches, "MOST_BYTES_COPIED", 0)
    fetched = diagnosis.find_learning_rate(make_model("sgd"), *small_data, steps=40)
    assert fetched.losses.tolist() == copied.losses.tolist() and len(set(fetched.losses)) == 40


def test_the_loss_is_the_sum_where_the_model_sums(small_data, make_model):
    x, y = small_data
    loss = keras.losses.MeanSquaredError(reduction="sum")
    assert diagnosis.check_gradients(make_model(loss=loss), x, y).error < 0.01
    surface = diagnosis.loss_surface(make_model(loss=loss), x, y, points=3)
    search = diagnosis.find_learning_rate(make_model(loss=loss), x, y, steps=1, batch_size=60)
    evaluated = make_model(loss=loss).evaluate(x, y, batch_size=60, verbose=0)[0]
    assert surface.losses[1, 1] == pytest.approx(evaluated, rel=1e-5)
    assert search.losses[0] == pytest.approx(evaluated, rel=1e-5)


def of_models(trainable=True):
    """A model in a model, with Dropout of its own seed; the inner layers may be frozen."""
    keras.utils.set_random_seed(0)
    dense, dropout = keras.layers.Dense(5, "tanh", name="deep"), keras.layers.Dropout(0.5, seed=1, name="drop")
    inner = keras.Sequential([keras.Input((4,)), dense, dropout], name="inner")
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(1, "sigmoid", name="last")])
    model.compile("adam", "binary_crossentropy")
    inner.trainable = trainable
    return model


def test_models_in_models(small_data):
    model = of_models()
    checked = diagnosis.check_gradients(model, *small_data, samples=1000)
    assert checked.error < 0.01
    assert {name.split("[")[0] for name in checked.names} == {"deep/kernel", "deep/bias", "last/kernel", "last/bias"}
    layers = diagnosis.layer_statistics(model, *small_data, training=True).layers
    assert [layer.name for layer in layers] == ["deep", "drop", "last"] and 0.3 < layers[1].zeros < 0.7
    assert layers[0].gradient_norm > 0 and layers[1].gradient_norm is None


@pytest.mark.parametrize("name", CALLS)
def test_what_was_frozen_after_compile_is_still_what_is_trained(name, small_data):
    """Freezing counts from the next `compile`; so do the parameters that are looked at."""
    result = CALLS[name](of_models(trainable=False), *small_data)
    if name == "gradients":
        assert result.error < 0.01 and {name.split("/")[0] for name in result.names} == {"deep", "last"}


@pytest.mark.parametrize("name", CALLS)
def test_the_random_numbers_of_a_layer_go_on_as_if_nothing_had_been(name, small_data):
    looked_at, twin = of_models(), of_models()
    CALLS[name](looked_at, *small_data)
    assert looked_at.fit(*small_data, verbose=0).history == twin.fit(*small_data, verbose=0).history
