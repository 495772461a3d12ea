"""Layers beyond their comparison with Keras: randomness, views, what is left untouched."""

import copy

import numpy as np
import pytest

import lessonlib as keras

L = keras.layers
ALL = [
    L.Dense(3, "silu"), L.Activation("tanh"), L.ReLU(), L.LeakyReLU(), L.ELU(), L.Softmax(), L.Dropout(0.5),
    L.Flatten(), L.Rescaling(2.0), L.Normalization(), L.BatchNormalization(), L.LayerNormalization(),
]  # fmt: skip


@pytest.mark.parametrize("layer", ALL, ids=lambda layer: type(layer).__name__)
@pytest.mark.parametrize("training", [False, True])
def test_a_layer_leaves_its_inputs_alone_and_writes_where_it_is_told(layer, training):
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    before = x.copy()
    layer.build(x.shape) if not layer.built else None
    out = np.empty((5, *layer.output_shape), "float32")
    assert layer.forward(x, out, training) is out or np.shares_memory(layer.forward(x, out, training), out)
    assert np.array_equal(x, before) and out.dtype == np.float32


@pytest.mark.parametrize("layer", ALL, ids=lambda layer: type(layer).__name__)
def test_weights_move_into_the_vector_of_the_model_and_stay_views(layer):
    weights = layer.get_weights()
    model = keras.Sequential([keras.Input((4,)), layer, L.Dense(1)])
    for kept, weight in zip(weights, layer.weights, strict=True):
        assert np.array_equal(kept, weight)
    model.parameters[...], model.states[...] = 7, 8
    assert all((weight == 7).all() for weight in model.trainable_weights)
    assert all((weight == 8).all() for weight in model.non_trainable_weights)
    assert model.parameters.size + model.states.size == model.count_params()


def test_dropout_keeps_the_mean_and_the_share():
    x = np.ones((200, 500), "float32")
    y = L.Dropout(0.3, seed=1)(x, training=True)
    assert np.mean(y == 0) == pytest.approx(0.3, abs=0.01) and y.mean() == pytest.approx(1, abs=0.01)
    assert set(np.unique(y).tolist()) == {0.0, np.float32(1) / np.float32(0.7)}
    assert np.array_equal(L.Dropout(0.3)(x), x) and np.array_equal(L.Dropout(0.0)(x, training=True), x)
    assert not L.Dropout(1)(x, training=True).any()


def test_dropout_draws_anew_each_time_but_the_same_with_the_same_seed():
    x = np.ones((3, 50), "float32")
    first, second = L.Dropout(0.5, seed=4), L.Dropout(0.5, seed=4)
    draws = [first(x, training=True) for _ in range(2)]
    assert not np.array_equal(*draws) and np.array_equal(draws[0], second(x, training=True))


def test_batch_normalization_sees_the_batch_in_training_only():
    x = np.random.default_rng(0).normal(5, 3, (64, 2)).astype("float32")
    layer = L.BatchNormalization(momentum=0.0)
    out = layer(x, training=True)
    assert out.mean(axis=0) == pytest.approx([0, 0], abs=1e-5) and out.std(axis=0) == pytest.approx([1, 1], abs=1e-3)
    assert layer.moving_mean == pytest.approx(x.mean(axis=0), abs=1e-4)
    assert layer(x) == pytest.approx(out, abs=1e-3)


def test_normalization_measures_training_rows_only_and_can_be_undone():
    x = np.random.default_rng(0).normal(5, 3, (64, 2)).astype("float32")
    layer = L.Normalization()
    layer.adapt(x)
    assert layer(x).mean(axis=0) == pytest.approx([0, 0], abs=1e-5)
    back = L.Normalization(mean=layer.mean, variance=layer.variance, invert=True)
    assert back(layer(x)) == pytest.approx(x, abs=1e-4)
    with pytest.raises(ValueError, match="built for rows"):
        layer.adapt(np.ones((3, 5)))


def test_regularizers_weigh_in_the_loss_of_fit_and_evaluate(small_data):
    model = keras.Sequential([keras.Input((4,)), L.Dense(1, kernel_regularizer=keras.regularizers.L2(0.5))])
    model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mse"])
    loss, mse = model.evaluate(*small_data, verbose=0)
    assert loss - mse == pytest.approx(0.5 * float((model.layers[0].kernel ** 2).sum()), abs=1e-5)
    assert model.fit(*small_data, verbose=0).history["loss"][0] == pytest.approx(loss, abs=1e-5)


def test_axes_other_than_the_last_are_refused():
    for layer in (L.BatchNormalization(axis=0), L.LayerNormalization(axis=2), L.Normalization(axis=3)):
        with pytest.raises(ValueError, match="last axis"):
            layer.build((None, 4, 5) if layer.axis != 2 else (None, 4, 5, 6))


def test_a_layer_is_not_called_on_a_layer_that_was_not_called():
    with pytest.raises(TypeError, match="has not been called"):
        L.Dense(2)(L.Dense(3))


def test_a_model_of_calls_must_lead_from_inputs_to_outputs():
    inputs = keras.Input((3,))
    outputs = L.Dense(2)(inputs)
    for wrong in ((keras.Input((3,)), outputs), (outputs, inputs), (inputs, [1]), ([1], outputs)):
        with pytest.raises(ValueError, match="`outputs` must come from `inputs`"):
            keras.Model(*wrong)
    with pytest.raises(ValueError, match="no layers yet"):
        keras.Model(inputs, inputs)
    with pytest.raises(ValueError, match="names of their own"):
        keras.Model(inputs, L.Dense(3, name="twice")(L.Dense(3, name="twice")(inputs)))


def test_a_model_of_calls_is_looked_into_like_a_list_of_layers(small_data):
    x, y = small_data
    inputs = keras.Input((x.shape[1],))
    model = keras.Model(inputs, L.Dense(1, "sigmoid")(L.Dense(4, "relu")(inputs)))
    model.compile("sgd", "binary_crossentropy")
    seen = keras.diagnosis.layer_statistics(model, x, y).layers
    assert [one.name for one in seen] == [layer.name for layer in model.layers]
    assert keras.diagnosis.check_gradients(model, x, y).error < 0.02
    twin = copy.deepcopy(model)
    twin.fit(x, y, verbose=0)
    assert not np.array_equal(twin.parameters, model.parameters)


def test_a_layer_that_moved_into_another_model_is_trained_by_both(small_data):
    first = keras.Sequential([keras.Input((small_data[0].shape[1],)), L.Dense(4, "tanh"), L.Dense(1)])
    first.compile("sgd", "mse")
    second = keras.Sequential([*first.layers[:1], L.Dense(1)])
    second.compile("adam", "mse")
    seen = []
    for model in (second, first, second):
        model.fit(*small_data, verbose=0)
        seen.append(first.layers[0].get_weights()[0])
        assert np.shares_memory(model.parameters, model.layers[0].kernel)
    assert not np.array_equal(seen[0], seen[1]) and not np.array_equal(seen[1], seen[2])


def test_a_model_of_calls_is_saved_and_read_again(small_data, tmp_path):
    inputs = keras.Input((small_data[0].shape[1],), name="features")
    model = keras.Model(inputs, L.Dense(1, "sigmoid")(L.Dense(4, "relu")(inputs)))
    model.compile("adam", "mse")
    model.fit(*small_data, verbose=0)
    model.save(tmp_path / "calls.keras")
    again = keras.models.load_model(tmp_path / "calls.keras")
    assert type(again) is keras.Model and [layer.name for layer in again.layers] == [
        layer.name for layer in model.layers
    ]
    assert again.evaluate(*small_data, verbose=0) == model.evaluate(*small_data, verbose=0)
    assert keras.models.model_from_json(model.to_json()).count_params() == model.count_params()


def test_weights_know_the_words_of_keras_variables():
    model = keras.Sequential([keras.Input((2,)), L.Dense(1)])
    kernel, bias = model.weights
    kernel.assign([[1.0], [2.0]])
    assert model.parameters.tolist() == [1, 2, 0] and (kernel.name, bias.name) == ("kernel", "bias")
    copied = kernel.numpy()
    copied[...] = 0
    assert type(copied) is np.ndarray and kernel.tolist() == [[1], [2]]
