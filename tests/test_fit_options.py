"""The arguments of fit, evaluate, predict and compile that the comparison with Keras cannot see from outside."""

import re

import numpy as np
import pytest

import lessonlib as keras

L = keras.layers


class Recorder(keras.callbacks.Callback):
    """Notes every hook of `kinds` that is called."""

    def __init__(self, *kinds):
        self.calls = []
        for kind in kinds:
            for hook in ("begin", "end", "batch_begin", "batch_end"):
                note = lambda *args, name=f"{kind}_{hook}": self.calls.append((name, *args))  # noqa: E731
                setattr(self, f"on_{kind}_{hook}", note)


def names(recorder):
    return [call[0] for call in recorder.calls]


def test_test_hooks_are_called_in_evaluate_and_inside_fit(small_data, make_model):
    x, y = small_data
    recorder = Recorder("train", "test")
    model = make_model()
    model.evaluate(x, y, batch_size=40, verbose=0, callbacks=[recorder])
    one_test = ["test_begin", "test_batch_begin", "test_batch_end", "test_batch_begin", "test_batch_end", "test_end"]
    assert names(recorder) == one_test
    assert sorted(recorder.calls[-1][1]) == ["accuracy", "loss"]
    recorder.calls.clear()
    model.fit(x, y, validation_data=(x, y), validation_batch_size=40, batch_size=60, verbose=0, callbacks=[recorder])
    assert names(recorder) == ["train_begin", "train_batch_begin", "train_batch_end", *one_test, "train_end"]


def test_predict_hooks_see_the_outputs_and_can_stop(small_data, make_model):
    x, _ = small_data
    recorder = Recorder("predict")
    model = make_model()
    p = model.predict(x, batch_size=25, verbose=0, callbacks=recorder)
    assert names(recorder).count("predict_batch_end") == 3
    assert np.array_equal(recorder.calls[2][2]["outputs"], p[:25])
    assert p == pytest.approx(model.predict(x, verbose=0), abs=1e-6)

    class Stop(keras.callbacks.Callback):
        def on_predict_batch_end(self, batch, logs=None):
            self.model.stop_predicting = True

    assert len(model.predict(x, batch_size=25, verbose=0, callbacks=[Stop()])) == 25


def test_batchwise_and_whole_evaluation_agree(small_data, make_model):
    model = make_model(metrics=["accuracy", "AUC", "mse"])
    whole = model.evaluate(*small_data, verbose=0)
    assert model.evaluate(*small_data, batch_size=7, verbose=0, callbacks=[Recorder("test")]) == pytest.approx(whole)


def test_a_metric_of_whole_batches_is_asked_batch_by_batch(small_data, make_model):
    sizes = []

    def largest_error(y_true, y_pred):
        sizes.append(len(y_pred))
        return np.max(np.abs(y_pred - y_true))

    history = make_model(metrics=[largest_error]).fit(*small_data, batch_size=25, shuffle=False, verbose=0)
    assert sizes == [25, 25, 10] and 0.5 < history.history["largest_error"][0] <= 1


def test_weights_of_zero_leave_rows_out(small_data, make_model):
    x, y = small_data
    model, twin = make_model("sgd"), make_model("sgd")
    weights = (np.arange(60) < 30).astype(float) * 2
    model.fit(x, y, batch_size=60, sample_weight=weights, verbose=0)
    twin.fit(x[:30], y[:30], batch_size=30, verbose=0)
    assert model.parameters == pytest.approx(twin.parameters, abs=1e-6)


def test_weights_stay_with_their_rows_when_shuffled(small_data, make_model):
    x, y = small_data
    model = make_model(metrics=())
    model.optimizer.learning_rate = 0.0
    weights = np.random.default_rng(1).random(60)
    history = model.fit(x, y, sample_weight=weights, epochs=3, verbose=0)
    assert history.history["loss"] == pytest.approx([history.history["loss"][0]] * 3, abs=1e-6)
    assert history.history["loss"][0] == pytest.approx(model.evaluate(x, y, verbose=0, sample_weight=weights), abs=1e-6)


def test_one_feature_may_come_without_its_axis(capsys):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), L.Dense(1)])
    model.compile("adam", "mse")
    x = np.linspace(0, 1, 20)
    model.fit(x, 2 * x, epochs=2, verbose=0)
    assert model.predict(x, verbose=0).shape == (20, 1)


def test_input_shape_on_the_first_layer_stands_for_an_input():
    model = keras.Sequential([L.Dense(3, input_shape=(4,)), L.Dense(1)])
    other = keras.Sequential([L.Dense(3, input_dim=4)])
    assert model.built and model.count_params() == 19 and other.input_shape == (None, 4)


def test_rows_with_more_axes():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8)), L.Flatten(), L.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).random((10, 8, 8))
    model.fit(x, np.arange(10) % 2, epochs=1, validation_split=0.2, verbose=0)
    flat = keras.Sequential([keras.Input((64,)), L.Dense(2, "softmax")])
    flat.set_weights(model.get_weights())
    assert np.array_equal(model.predict(x, verbose=0), flat.predict(x.reshape(10, 64), verbose=0))
    with pytest.raises(ValueError, match=r"\(10, 7, 8\)"):
        model.predict(np.zeros((10, 7, 8)), verbose=0)
    with pytest.raises(ValueError, match="Flatten"):
        keras.Sequential([keras.Input((8, 8)), L.Dense(2)])


def test_keras_compiler_switches_are_accepted(small_data):
    model = keras.Sequential([L.Dense(1, "sigmoid")])
    model.compile(loss="binary_crossentropy", run_eagerly=True, jit_compile=False, steps_per_execution=4)
    model.fit(*small_data, verbose=0)
    assert type(model.optimizer).__name__ == "RMSprop"


def test_epochs_of_some_batches_go_on_with_the_rest_in_the_same_order(small_data, make_model):
    whole, parts = make_model("sgd"), make_model("sgd")
    parts.set_weights(whole.get_weights())
    for model in (whole, parts):
        model.generator = np.random.default_rng(0)
    whole.fit(*small_data, epochs=2, batch_size=len(small_data[0]) // 4, verbose=0)
    history = parts.fit(*small_data, epochs=4, batch_size=len(small_data[0]) // 4, steps_per_epoch=2, verbose=0)
    assert len(history.epoch) == 4 and history.params["steps"] == 2
    assert np.array_equal(whole.parameters, parts.parameters)  # each row once in two epochs, shuffled alike


@pytest.mark.parametrize("steps", [0, -1, 2.5, "3"])
def test_steps_are_whole_numbers(steps, small_data, make_model):
    x, y = small_data
    for name, call in {
        "steps_per_epoch": lambda: make_model().fit(x, y, steps_per_epoch=steps),
        "validation_steps": lambda: make_model().fit(x, y, validation_split=0.2, validation_steps=steps, verbose=0),
        "steps": lambda: make_model().evaluate(x, y, steps=steps),
    }.items():
        with pytest.raises(TypeError if steps in (2.5, "3") else ValueError, match=name):
            call()


def test_more_steps_than_batches_take_all_rows_and_say_so(small_data, make_model):
    model = make_model()
    with pytest.warns(UserWarning, match="steps=999"):
        assert model.evaluate(*small_data, steps=999, verbose=0) == model.evaluate(*small_data, verbose=0)
    with pytest.warns(UserWarning, match="steps_per_epoch=999"):
        model.fit(*small_data, steps_per_epoch=999, verbose=0)


def test_freezing_counts_from_the_next_compile(small_data, make_model):
    model = make_model("adam")
    model.layers[0].trainable = False
    model.compile("adam", "binary_crossentropy")
    before = model.get_weights()
    model.fit(*small_data, epochs=2, verbose=0)
    after = model.get_weights()
    assert np.array_equal(before[0], after[0]) and not np.array_equal(before[2], after[2])
    assert len(model.trainable_weights) == len(model.non_trainable_weights) == 2
    model.layers[0].trainable = True
    model.compile("adam", "binary_crossentropy")
    model.fit(*small_data, verbose=0)
    assert not np.array_equal(model.get_weights()[0], after[0])


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD(0.1, clipnorm=0.1), "adam"], ids=["clipped", "adam"])
def test_who_freezes_between_compile_and_fit_need_not_compile_again(small_data, make_model, optimizer):
    frozen = make_model(optimizer)
    frozen.layers[0].trainable = False
    before = frozen.get_weights()
    frozen.fit(*small_data, verbose=0)
    after = frozen.get_weights()
    assert np.array_equal(before[0], after[0]) and not np.array_equal(before[2], after[2]) and frozen.trainable
    frozen.layers[0].trainable = True
    for train in (frozen.fit, frozen.train_on_batch):
        with pytest.raises(ValueError, match="after the training began"):
            train(*small_data)
    assert frozen.evaluate(*small_data, verbose=0) and all(map(np.array_equal, after, frozen.get_weights()))


def test_predict_gives_the_moving_statistics_and_no_dropout(small_data):
    x, y = small_data
    model = keras.Sequential([keras.Input((4,)), L.BatchNormalization(), L.Dropout(0.5), L.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    assert np.array_equal(model.predict(x, verbose=0), model.predict(x, verbose=0))
    assert not np.array_equal(model(x, training=True), model(x, training=True))


def test_pop_add_and_get_layer():
    model = keras.Sequential([keras.Input((4,)), L.Dense(3, name="first"), L.Dense(2)])
    kernel = model.get_weights()[0]
    assert model.pop().units == 2 and model.output_shape == (None, 3)
    model.add(L.Dense(5))
    assert np.array_equal(model.get_layer("first").kernel, kernel) and model.get_layer(index=1).units == 5
    assert model.parameters.size == model.count_params() == 15 + 20


def test_configuration_builds_the_same_model():
    model = keras.Sequential([keras.Input((4,)), L.Dense(3, "relu"), L.Dropout(0.1), L.Dense(1)], name="mine")
    again = keras.Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config() and again.name == "mine" and again.built


def test_summary_counts_what_is_trained_what_is_not_and_the_optimizers(small_data, capsys):
    model = keras.Sequential([keras.Input((4,)), L.Dense(3), L.BatchNormalization(), L.Dense(1)])
    model.compile("adam", "mse")
    model.summary()
    assert " Trainable params: 25 (100.00 B)\n Non-trainable params: 6 (24.00 B)" in capsys.readouterr().out
    model.fit(*small_data, verbose=0)
    lines = []
    model.summary(print_fn=lines.append)
    assert " Total params: 83 (332.00 B)" in lines[0] and " Optimizer params: 52 (208.00 B)" in lines[0]


def test_summary_breaks_long_names_as_keras_does(capsys):
    model = keras.Sequential([keras.Input((8,)), L.BatchNormalization(name="a_very_long_name_for_a_layer_indeed")])
    model.summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[4:6] == [
        "│ a_very_long_name_for_a_layer_i… │ (None, 8)              │            32 │",
        "│ (BatchNormalization)            │                        │               │",
    ]


def test_names_of_layers_are_keras_names():
    keras.utils.clear_session()
    layers = [L.Dense(1), L.Dense(1), L.BatchNormalization(), L.LeakyReLU(), L.ReLU(), L.ELU()]
    assert [layer.name for layer in layers] == [
        "dense", "dense_1", "batch_normalization", "leaky_re_lu", "re_lu", "elu",
    ]  # fmt: skip


def test_evaluate_and_predict_draw_one_bar(small_data, make_model, capsys):
    model = make_model()
    model.evaluate(*small_data)
    model.predict(small_data[0])
    lines = capsys.readouterr().out.rstrip("\n").split("\n")
    assert re.search(r"2/2.*━.*accuracy: 0\.\d{4} - loss: \d", lines[0]) and re.search("2/2.*━", lines[-1])
    model.evaluate(*small_data, verbose=2)
    assert re.match(r"2/2 - 0s - \d+(us|ms)/step - accuracy", capsys.readouterr().out)


def test_confusion_matrix():
    matrix = keras.utils.confusion_matrix
    assert matrix([0, 1, 2, 2], [0, 2, 2, 2]).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 2]]
    assert matrix(np.eye(3)[[0, 1]], [[0.1, 0.8, 0.1], [0.2, 0.5, 0.3]]).tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert matrix([0, 1], [[0.5], [0.51]], num_classes=3).shape == (3, 3)


@pytest.mark.parametrize(
    ("optimizer", "totals"),
    [
        ("sgd", "Total params: 9 (68.00 B); Trainable params: 5 (40.00 B); Non-trainable params: 2 (16.00 B); "
                "Optimizer params: 2 (12.00 B)"),
        ("adam", "Total params: 19 (148.00 B); Trainable params: 5 (40.00 B); Non-trainable params: 2 (16.00 B); "
                 "Optimizer params: 12 (92.00 B)"),
    ],
)  # fmt: skip
def test_the_summary_counts_bytes_of_the_numbers_that_there_are(float64, optimizer, totals):
    """The totals are those that Keras 3.15.1 prints."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1), keras.layers.BatchNormalization()])
    model.compile(optimizer, "mse")
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    lines = []
    model.summary(print_fn=lines.append)
    assert "; ".join(line.strip() for line in lines[0].splitlines()[-4:]) == totals
