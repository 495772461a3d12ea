"""Callbacks: what Keras's say and do on the same numbers; then in real trainings; then what only ours do."""

import csv
import json
import math
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import callbacks

GOLDEN = Path(__file__).with_name("golden")
sys.path.insert(0, str(GOLDEN))
import rules  # noqa: E402

GOLDEN_NUMBERS = json.loads((GOLDEN / "rules.json").read_text("utf-8"))
RECORDED = GOLDEN_NUMBERS["callbacks"]


def test_every_program_has_been_recorded():
    assert sorted(RECORDED) == sorted(rules.CALLBACKS) and sorted(GOLDEN_NUMBERS["fits"]) == sorted(rules.FITS)


@pytest.mark.parametrize("name", rules.CALLBACKS)
def test_same_as_keras(name):
    ours, theirs = rules.run_callback(keras, name), RECORDED[name]
    assert ours["problem"] == theirs["problem"]
    assert ours["printed"] == theirs["printed"]
    assert ours["rates"] == theirs["rates"]  # to the last digit: both keep the rate in float32
    assert ours["files"] == theirs["files"]
    assert ours["warned"] == theirs["warned"]
    assert [list(logs) for logs in ours["logs"]] == [list(logs) for logs in theirs["logs"]]
    np.testing.assert_array_equal([*map(values, ours["logs"])], [*map(values, theirs["logs"])])
    if theirs["logs"]:  # else the weights are still the random ones
        assert ours["weights"] == theirs["weights"]


def values(logs: dict) -> list:
    return list(logs.values())


@pytest.mark.parametrize("name", rules.FITS)
def test_same_fit_as_keras(name):
    ours, theirs = rules.run_fit(keras, name), GOLDEN_NUMBERS["fits"][name]
    assert list(ours["history"]) == list(theirs["history"])
    assert ours["printed"] == theirs["printed"]
    for key, recorded in theirs["history"].items():
        assert ours["history"][key] == pytest.approx(recorded, abs=5e-5), key
    assert ours["weights"] == pytest.approx(theirs["weights"], rel=1e-4)


@pytest.fixture
def train(small_data, make_model):
    """Fit six epochs of three batches with some callbacks, from the same weights; the model and its history."""

    def run(*with_callbacks, optimizer="sgd", epochs=6, **arguments):
        model = make_model(optimizer)
        arguments = {"batch_size": 20, "validation_split": 0.2, "verbose": 0} | arguments
        return model, model.fit(*small_data, epochs=epochs, callbacks=list(with_callbacks), **arguments)

    return run


def test_the_rate_stands_in_the_history(train):
    _, history = train(callbacks.LearningRateScheduler(lambda epoch: 0.1 * 0.5**epoch), epochs=3)
    assert list(history.history)[-1] == "learning_rate" and len(history.history) == 5
    assert history.history["learning_rate"] == pytest.approx([0.1, 0.05, 0.025])
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    with pytest.raises(TypeError, match="not settable"):
        train(callbacks.LearningRateScheduler(lambda epoch: 0.1), optimizer=keras.optimizers.SGD(schedule))


def test_early_stopping_restores_the_best_epoch(train, small_data):
    """A huge rate makes the loss jump; the model measures again what the history says of its best epoch."""
    stopping = callbacks.EarlyStopping("loss", patience=2, restore_best_weights=True)
    x, y = small_data
    model, history = train(
        stopping, optimizer=keras.optimizers.SGD(20.0), epochs=50, validation_data=(x, y), validation_split=0.0
    )
    best = int(np.argmin(history.history["loss"]))
    assert len(history.epoch) == best + 3 < 50
    assert model.evaluate(x, y, verbose=0)[0] == pytest.approx(history.history["val_loss"][best], rel=1e-5)


def test_hooks_in_keras_order(train):
    seen = []
    everything = {
        hook: lambda *arguments, hook=hook: seen.append(hook.removeprefix("on_"))
        for hook in vars(callbacks.Callback)
        if hook.startswith("on_") and "on_batch" not in hook
    }
    recorder = type("Recorder", (callbacks.Callback,), everything)()
    recorder_of_old_names = callbacks.LambdaCallback(on_batch_end=lambda batch, logs: seen.append(f"old {batch}"))
    model, _ = train(recorder, recorder_of_old_names, epochs=1, batch_size=24, validation_batch_size=6)
    batch = ["train_batch_begin", "train_batch_end"]
    assert seen == [
        "train_begin", "epoch_begin", *batch, "old 0", *batch, "old 1",
        "test_begin", *["test_batch_begin", "test_batch_end"] * 2, "test_end", "epoch_end", "train_end",
    ]  # fmt: skip
    seen.clear()
    model.evaluate(np.zeros((40, 4)), np.zeros(40), callbacks=[recorder], verbose=0)
    model.predict(np.zeros((3, 4)), callbacks=[recorder], verbose=0)
    test, predict = (
        [f"{kind}_begin", *[f"{kind}_batch_begin", f"{kind}_batch_end"] * n, f"{kind}_end"]
        for kind, n in (("test", 2), ("predict", 1))
    )
    assert seen == test + predict


def test_a_history_of_ones_own_goes_on(train, small_data):
    mine = callbacks.History()
    model, history = train(mine, epochs=2)
    assert history is mine is model.history
    model.fit(*small_data, epochs=1, callbacks=[mine], verbose=0)
    assert len(mine.history["loss"]) == 3 and mine.epoch == [0]  # as Keras has it


def test_callback_list_for_a_loop_of_ones_own(make_model):
    """Keras's documented use: made by hand, with the parameters by name."""
    seen = []
    model = make_model()
    calls = callbacks.CallbackList(
        [callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((epoch, logs)))],
        add_history=True, model=model, verbose=0, epochs=1, steps=1,
    )  # fmt: skip
    calls.on_train_begin()
    calls.on_epoch_begin(0)
    calls.on_train_batch_begin(0)
    calls.on_train_batch_end(0)
    calls.on_epoch_end(0, {"loss": 1.0})
    calls.on_train_end()
    assert seen == [(0, {"loss": 1.0})] and calls.history.history == {"loss": [1.0]} and calls.params["steps"] == 1


def test_checkpoints_can_be_loaded(train, small_data, tmp_path):
    path = str(tmp_path / "sub" / "at-{epoch:02d}.npz")
    model, history = train(callbacks.ModelCheckpoint(path, save_best_only=True), epochs=4)
    names = sorted(file.name for file in (tmp_path / "sub").iterdir())
    best = int(np.argmin(history.history["val_loss"])) + 1
    assert names[-1] == f"at-{best:02d}.npz"
    again = keras.models.load_model(tmp_path / "sub" / names[-1])
    x, y = small_data
    assert again.evaluate(x[48:], y[48:], verbose=0)[0] == pytest.approx(min(history.history["val_loss"]), rel=1e-5)


def test_a_wrong_ending_is_told_at_once():
    with pytest.raises(ValueError, match=r"\.keras or \.npz"):
        callbacks.ModelCheckpoint("best")
    with pytest.raises(ValueError, match=r"\.weights\.h5"):
        callbacks.ModelCheckpoint("best.keras", save_weights_only=True)


class Interruption(callbacks.Callback):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nadam"])
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(train, tmp_path, optimizer):
    straight, _ = train(optimizer=optimizer)
    backup = callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        train(backup, Interruption(4), optimizer=optimizer)
    assert (tmp_path / "backup" / "backup.npz").exists()
    resumed, history = train(callbacks.BackupAndRestore(tmp_path / "backup"), optimizer=optimizer)
    assert history.epoch == [4, 5]
    assert all((a == b).all() for a, b in zip(straight.get_weights(), resumed.get_weights(), strict=True))
    assert not (tmp_path / "backup").exists()


@pytest.mark.parametrize("seed", [None, 7])
def test_an_interrupted_training_goes_on_with_the_same_dropout(tmp_path, seed):
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40.0)

    def trained(*more):
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5, seed=seed), keras.layers.Dense(1)]
        model = keras.Sequential([keras.Input((3,)), *layers])
        model.compile("adam", "mse")
        model.fit(x, y, epochs=5, verbose=0, callbacks=list(more))
        return model.get_weights()

    with pytest.raises(KeyboardInterrupt):
        trained(callbacks.BackupAndRestore(tmp_path / "backup"), Interruption(3))
    resumed = trained(callbacks.BackupAndRestore(tmp_path / "backup"))
    assert all(map(np.array_equal, trained(), resumed))


def test_backup_leaves_other_files_alone(train, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    train(callbacks.BackupAndRestore(tmp_path, save_freq=2))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_csv_appends_without_a_second_head(train, tmp_path):
    file = tmp_path / "log.csv"
    train(callbacks.CSVLogger(file), epochs=2)
    train(callbacks.CSVLogger(file, append=True), epochs=1)
    lines = file.read_text().splitlines()
    assert lines[0] == "epoch,accuracy,loss,val_accuracy,val_loss"
    assert [line.split(",")[0] for line in lines] == ["epoch", "0", "1", "0"]


def test_nan_stops_the_fit(train, capsys):
    _, history = train(callbacks.TerminateOnNaN(), optimizer=keras.optimizers.SGD(lambda step: math.nan))
    assert len(history.epoch) == 1 and "Batch 1: Invalid loss, terminating training" in capsys.readouterr().out


def test_a_metric_that_is_an_array(tmp_path, capsys):
    """Lines and curves show its mean, as in Keras; a table has all of it; and nothing can be better than it."""
    keras.utils.set_random_seed(0)
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.eye(3)[np.arange(40) % 3]
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[keras.metrics.F1Score()])
    written = [callbacks.CSVLogger(tmp_path / "log.csv"), callbacks.LivePlot()]
    (value,) = model.fit(x, y, verbose=2, callbacks=written).history["f1_score"]
    assert value.shape == (3,)
    said = capsys.readouterr().out
    assert f"f1_score: {value.mean():.4f}" in said and f"f1_score: {value.mean():.3g} to" in said
    with open(tmp_path / "log.csv", newline="") as file:
        _, (_, cell, _, _, _) = csv.reader(file)
    assert cell == f'"{value.tolist()}"'
    model.fit(x, y, verbose=1)
    for watching in (callbacks.EarlyStopping, callbacks.ReduceLROnPlateau):
        with pytest.raises(ValueError, match="f1_score is an array"):
            model.fit(x, y, verbose=0, callbacks=[watching(monitor="f1_score")])
    saves = callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="f1_score", save_best_only=True)
    with pytest.warns(UserWarning, match="only when f1_score is one number"):
        model.fit(x, y, verbose=0, callbacks=[saves])
    assert (tmp_path / "best.keras").exists()


def test_live_plot_outside_a_notebook(train, capsys):
    _, history = train(callbacks.LivePlot(), epochs=3)
    text = capsys.readouterr().out
    losses = history.history["loss"]
    assert f"loss: {losses[0]:.3g} to {losses[-1]:.3g}, lowest {min(losses):.3g} (epoch" in text


def test_live_plot_in_a_notebook(train, monkeypatch):
    """One display, renewed; the same colours and words as other figures; not more often than asked."""
    shown = []

    def display(content, raw, display_id):
        shown.append(("new", content))
        return types.SimpleNamespace(update=lambda content, raw: shown.append(("update", content)))

    monkeypatch.setattr(callbacks.live_plot, "in_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(display=display))
    train(callbacks.LivePlot(seconds=0), epochs=3)
    assert [kind for kind, _ in shown] == ["new", "update", "update", "update"]
    html = shown[-1][1]["text/html"]
    assert "<svg" in html and "validation" in html and "var(--ll-blue" in html and "lowest" in html
    shown.clear()
    train(callbacks.LivePlot(seconds=100), epochs=3)
    assert [kind for kind, _ in shown] == ["new", "update"]  # the first epoch, and the end


def test_verbose_2_asks_for_no_logs_at_batches(train, monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(callbacks.CallbackList, "on_train_batch_end", lambda *arguments: calls.append(arguments))
    train(verbose=2, epochs=1)
    assert not calls
    train(verbose=1, epochs=1)
    assert len(calls) == 3
