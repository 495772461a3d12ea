"""What fit, evaluate, predict and History mean; and in which order things happen."""

import copy
import re

import numpy as np
import pytest

import lessonlib as keras
from lessonlib.batches import Batches, Rows


def test_history_has_keras_keys_in_keras_order(small_data, make_model):
    history = make_model().fit(*small_data, epochs=2, validation_split=0.2, batch_size=16, verbose=0)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [0, 1]
    assert history.params == {"verbose": 0, "epochs": 2, "steps": 3}
    assert all(type(value) is float for values in history.history.values() for value in values)


def test_metric_strings_keep_their_spelling(small_data, make_model):
    history = make_model(metrics=["acc"]).fit(*small_data, verbose=0)
    assert list(history.history) == ["acc", "loss"]


def test_reported_loss_is_the_mean_of_batches_before_their_updates(small_data, make_model):
    x, y = small_data
    model, twin = make_model(), make_model()
    twin.set_weights(model.get_weights())
    reported = model.fit(x, y, batch_size=16, shuffle=False, verbose=0).history["loss"][0]
    total = 0.0
    for start in range(0, 60, 16):  # 16, 16, 16 and 12 rows
        rows = slice(start, start + 16)
        total += twin.train_on_batch(x[rows], y[rows])[0] * len(x[rows])
    assert reported == pytest.approx(total / 60, abs=1e-6)
    assert np.array_equal(model.parameters, twin.parameters)


def test_validation_split_keeps_the_last_rows_and_does_not_train_on_them(small_data, make_model):
    x, y = small_data
    first, second = make_model(), make_model()
    first.fit(x, y, validation_split=0.25, epochs=2, verbose=0)
    history = second.fit(x[:45], y[:45], validation_data=(x[45:], y[45:]), epochs=2, verbose=0)
    assert np.array_equal(first.parameters, second.parameters)
    assert history.history["val_loss"][-1] == second.evaluate(x[45:], y[45:], verbose=0)[0]


def test_validation_data_wins_over_validation_split(small_data, make_model):
    x, y = small_data
    history = make_model().fit(x, y, validation_split=0.5, validation_data=(x, y), batch_size=60, verbose=0)
    assert history.params["steps"] == 1


def test_a_second_fit_goes_on_and_returns_a_new_history(small_data, make_model):
    model = make_model("adam")
    first = model.fit(*small_data, epochs=3, verbose=0)
    steps = model.optimizer.iterations
    second = model.fit(*small_data, epochs=1, verbose=0)
    assert second is not first and model.history is second and len(second.epoch) == 1
    assert second.history["loss"][0] < first.history["loss"][0]
    assert model.optimizer.iterations == steps + 2


def test_initial_epoch_counts_on(small_data, make_model):
    assert make_model().fit(*small_data, initial_epoch=3, epochs=5, verbose=0).epoch == [3, 4]


def test_the_same_seed_gives_the_same_training(small_data, make_model):
    runs = [make_model(seed=seed).fit(*small_data, epochs=2, verbose=0).history["loss"] for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_shuffling_changes_the_order_but_not_the_callers_arrays(small_data, make_model):
    x, y = small_data
    x_before, y_before = x.copy(), y.copy()
    shuffled, plain = make_model(), make_model()
    plain.set_weights(shuffled.get_weights())
    shuffled.fit(x, y, batch_size=7, verbose=0)
    plain.fit(x, y, batch_size=7, shuffle=False, verbose=0)
    assert not np.array_equal(shuffled.parameters, plain.parameters)
    assert np.array_equal(x, x_before) and np.array_equal(y, y_before)


def test_shuffled_rows_stay_with_their_targets():
    x = np.arange(20.0).reshape(10, 2)
    y = x[:, :1].copy()
    batches = Batches(Rows(x, y, y, y[:, 0]), np.empty_like(y), batch_size=3, shuffle=True)
    for seed in range(5):
        batches.shuffle(np.random.default_rng(seed))
        rows = batches.rows
        assert np.array_equal(rows.x[:, 0], rows.t[:, 0]) and np.array_equal(rows.t[:, 0], rows.w)
        assert sorted(rows.w) == sorted(y[:, 0])
    assert [len(view[0]) for view in batches.views] == [3, 3, 3, 1]


def test_callbacks_are_called_in_keras_order(small_data, make_model):
    calls = []

    class Recorder(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            calls.append("train_begin")

        def on_epoch_begin(self, epoch, logs=None):
            calls.append(f"epoch_begin {epoch}")

        def on_train_batch_begin(self, batch, logs=None):
            calls.append(f"batch_begin {batch}")

        def on_train_batch_end(self, batch, logs=None):
            calls.append(f"batch_end {batch} {sorted(logs)}")

        def on_epoch_end(self, epoch, logs=None):
            calls.append(f"epoch_end {epoch}")
            logs["extra"] = 1.0  # the dictionary is shared: History comes later and keeps it

        def on_train_end(self, logs=None):
            calls.append("train_end")

    model = make_model()
    history = model.fit(*small_data, batch_size=30, callbacks=[Recorder()], verbose=0)
    logs = "['accuracy', 'loss']"
    assert calls == [
        "train_begin", "epoch_begin 0", "batch_begin 0", f"batch_end 0 {logs}", "batch_begin 1",
        f"batch_end 1 {logs}", "epoch_end 0", "train_end",
    ]  # fmt: skip
    assert history.history["extra"] == [1.0]


def test_logs_at_a_batch_are_running_means(small_data, make_model):
    x, y = small_data
    seen = []

    class Losses(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["loss"])

    model, twin = make_model(), make_model()
    twin.set_weights(model.get_weights())
    history = model.fit(x, y, batch_size=20, shuffle=False, callbacks=[Losses()], verbose=0)
    single = [twin.train_on_batch(x[i : i + 20], y[i : i + 20])[0] for i in (0, 20, 40)]
    assert seen == pytest.approx([np.mean(single[:1]), np.mean(single[:2]), np.mean(single)], abs=1e-6)
    assert history.history["loss"][0] == pytest.approx(seen[-1], abs=1e-6)


def test_stop_training_ends_after_the_batch_and_reports_only_rows_seen(small_data, make_model):
    x, y = small_data

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    model, twin = make_model(), make_model()
    twin.set_weights(model.get_weights())
    history = model.fit(x, y, batch_size=10, epochs=5, shuffle=False, callbacks=[Stop()], verbose=0)
    single = [twin.train_on_batch(x[i : i + 10], y[i : i + 10])[0] for i in (0, 10)]
    assert len(history.epoch) == 1 and model.optimizer.iterations == 2
    assert history.history["loss"][0] == pytest.approx(np.mean(single), abs=1e-6)


def test_evaluate_returns_list_number_or_dictionary(small_data, make_model):
    model = make_model()
    loss, accuracy = model.evaluate(*small_data, verbose=0)
    assert model.evaluate(*small_data, verbose=0, return_dict=True) == {"accuracy": accuracy, "loss": loss}
    assert make_model(metrics=()).evaluate(*small_data, verbose=0) == pytest.approx(loss)


def test_predict_gives_new_float32_rows_in_any_number(make_model):
    model = make_model()
    x = np.random.default_rng(0).normal(size=(2500, 4))
    p = model.predict(x, verbose=0)
    assert p.shape == (2500, 1) and p.dtype == np.float32
    again = model.predict(x[:7], verbose=0)
    assert np.allclose(again, p[:7], atol=1e-6)
    model.predict(x[7:14], verbose=0)
    assert np.allclose(again, p[:7], atol=1e-6)  # not a view of a buffer that the next call overwrites


def test_a_model_without_input_is_built_by_its_first_data(small_data):
    model = keras.Sequential([keras.layers.Dense(3, "relu"), keras.layers.Dense(1, "sigmoid")])
    assert not model.built
    model.compile("adam", "binary_crossentropy")
    model.fit(*small_data, verbose=0)
    assert [weight.shape for weight in model.weights] == [(4, 3), (3,), (3, 1), (1,)]


def test_weights_are_views_of_one_vector(make_model):
    model = make_model()
    model.parameters[:] = 0
    assert all(not weight.any() for weight in model.get_weights())
    model.set_weights([np.ones_like(weight) for weight in model.weights])
    assert model.parameters.sum() == model.count_params() == 31


def test_a_copy_trains_by_itself(small_data, make_model):
    model = make_model("adam")
    model.fit(*small_data, verbose=0)
    twin, before = copy.deepcopy(model), model.get_weights()
    assert np.array_equal(twin.parameters, model.parameters)
    shuffling = {"shuffle": False, "verbose": 0}
    twin.fit(*small_data, **shuffling)
    assert all(np.array_equal(now, then) for now, then in zip(model.get_weights(), before, strict=True))
    model.fit(*small_data, **shuffling)  # the optimizer's memory has been copied too
    assert np.array_equal(twin.parameters, model.parameters)
    assert not np.array_equal(twin.get_weights()[0], before[0])


def test_two_models_may_share_layers(small_data, make_model):
    model = make_model()
    hidden = keras.Sequential(model.layers[:-1])
    before = model.get_weights()
    model.fit(*small_data, verbose=0)
    assert not any(np.array_equal(now, then) for now, then in zip(model.get_weights(), before, strict=True))
    a = np.maximum(small_data[0] @ model.layers[0].kernel + model.layers[0].bias, 0)
    assert np.allclose(hidden.predict(small_data[0], verbose=0), a, atol=1e-6)


def test_add_keeps_the_weights_below():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    kernel = model.get_weights()[0]
    model.add(keras.layers.Dense(2))
    assert np.array_equal(model.get_weights()[0], kernel) and model.count_params() == 23


def test_initial_kernels_fill_the_glorot_range():
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(200)
    keras.Sequential([keras.Input((100,)), layer])
    limit = (6 / 300) ** 0.5
    assert 0.99 * limit < layer.kernel.max() <= limit and abs(layer.kernel.mean()) < 0.01 * limit * 3
    assert not layer.bias.any()


def test_hopeless_scores_and_saturated_outputs_warn_nobody(recwarn, make_model):
    x = np.array([[1e6, -1e6, 1e6, 1e6], [-1e6, 1e6, -1e6, -1e6]])
    for activation, units, loss in (
        ("sigmoid", 1, "binary_crossentropy"), ("softmax", 2, "sparse_categorical_crossentropy"),
    ):  # fmt: skip
        model = make_model(loss=loss, units=units, activation=activation)
        history = model.fit(x, [0, 1], epochs=2, verbose=0)
        assert np.isfinite(history.history["loss"]).all()
    assert not recwarn.list


def test_verbose_2_has_keras_line_format(small_data, make_model, capsys):
    make_model().fit(*small_data, epochs=2, validation_split=0.2, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    number = r"\d+\.\d{4}(e-\d\d)?"
    metrics = "".join(f" - {name}: {number}" for name in ("accuracy", "loss", "val_accuracy", "val_loss"))
    assert re.fullmatch(rf"2/2 - 0s - \d+(us|ms|s)/step{metrics}", lines[1])


def test_verbose_1_draws_a_full_bar_at_the_end_of_each_epoch(small_data, make_model, capsys):
    make_model().fit(*small_data, epochs=1)
    out = capsys.readouterr().out
    assert "Epoch" not in out  # a single epoch needs no number, as in Keras
    assert out.endswith("\n") and "\x1b[1m2/2\x1b[0m \x1b[32m" + "━" * 20 in out and " - loss: " in out


def test_summary_counts_like_keras(make_model, capsys):
    make_model().summary()
    out = capsys.readouterr().out
    assert " Total params: 31 (124.00 B)" in out and "(None, 5)" in out and "│            25 │" in out


def test_targets_may_be_numbers_of_any_kind(small_data, make_model):
    x, y = small_data
    losses = [
        make_model().fit(x, kind, shuffle=False, verbose=0).history["loss"]
        for kind in (y, y.tolist(), y.astype(bool), y.astype(object), y.astype("float64")[:, None], y.astype("int8"))
    ]
    assert all(loss == losses[0] for loss in losses)


def test_string_identifiers_in_any_case(small_data, make_model):
    model = make_model(optimizer="ADAM", loss="BinaryCrossentropy", metrics=["BinaryAccuracy", "mse"])
    history = model.fit(*small_data, verbose=0)
    assert list(history.history) == ["BinaryAccuracy", "loss", "mse"]


def test_accuracy_resolves_by_shapes():
    y, p = [2, 0, 1], np.eye(3)[[2, 0, 0]]
    assert keras.metrics.get("accuracy", 1, 3)(y, p) == pytest.approx(2 / 3)
    assert keras.metrics.get("accuracy", 3, 3)(np.eye(3)[y], p) == pytest.approx(2 / 3)
    assert keras.metrics.get("accuracy", 1, 1)([1, 1, 0], [0.51, 0.5, 0.2]) == pytest.approx(2 / 3)


def test_learning_rate_may_be_a_function_of_the_step():
    seen = []
    optimizer = keras.optimizers.SGD(lambda step: seen.append(step) or 0.1)
    p = np.ones(2, "float32")
    optimizer.prepare(p)
    for _ in range(3):
        optimizer.step(p, np.ones(2, "float32"))
    assert seen == [0, 1, 2] and optimizer.iterations == 3 and p == pytest.approx([0.7, 0.7])


def test_many_features_are_fetched_batch_by_batch_with_the_same_numbers(small_data, make_model, monkeypatch):
    x, y = small_data
    runs = []
    for most in (2**25, 0):
        monkeypatch.setattr(Batches, "MOST_BYTES_COPIED", most)
        model = make_model("adam")
        history = model.fit(x, y, batch_size=7, epochs=3, sample_weight=np.linspace(0, 1, 60), verbose=0)
        runs.append((history.history, model.parameters))
    assert runs[0][0] == runs[1][0] and np.array_equal(runs[0][1], runs[1][1])
