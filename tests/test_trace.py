"""Traces: every number and every sentence comes from the run."""

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import trace
from lessonlib.callbacks import History
from lessonlib.trace.training import observe


@pytest.fixture(scope="module")
def run():
    raw, y = keras.datasets.make_two_classes(rows=100, features=4)
    x = (raw - raw.min(axis=0)) / (raw.max(axis=0) - raw.min(axis=0))
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=3, batch_size=30, validation_split=0.2, verbose=0)
    return raw, x, y, model, history


def test_data_flow_has_five_stages_with_the_shapes_of_the_run(run):
    raw, x, y, model, history = run
    flow = trace.data_flow(raw, x, (x[:80], y[:80]), (x[80:], y[80:]), model, history)
    assert [stage.title for stage in flow.stages] == [
        "Input data", "Preprocessing", "Train/validation split", "Model training", "Validation",
    ]  # fmt: skip
    assert flow.stages[2].after == "train: 80 rows x 4 features; validation: 20 rows x 4 features"
    assert flow.stages[3].after == "3 updates x 3 epochs = 9 updates of 23 parameters"
    assert f"val_loss {history.history['val_loss'][-1]:.2f}" in flow.stages[4].after
    assert f"[{raw[0, 0]:.2f}, " in flow.stages[0].samples[0][1]
    for text in (repr(flow), flow._repr_html_()):
        assert "Train/validation split" in text and f"{x[0, 0]:.2f}" in text


def test_training_trace_repeats_the_history(run):
    *_, history = run
    table = trace.training(history)
    assert [epoch.number for epoch in table.epochs] == [1, 2, 3]
    assert [epoch.values["val_loss"] for epoch in table.epochs] == history.history["val_loss"]
    assert table._repr_html_().count("<tr>") == 4
    assert f"{history.history['loss'][2]:.4f}" in repr(table)


@pytest.mark.parametrize(
    "losses, val_losses, words",
    [
        ([0.69], None, "close to guessing (0.69)"),
        ([0.40], None, "below guessing"),
        ([5.0], None, "Worse than guessing"),
        ([0.6, 0.5], None, "Loss down 17 %."),
        ([0.6, 0.59], None, "levelling off"),
        ([0.6, 0.5, 0.2], None, "the largest fall so far"),
        ([0.6, 0.61], None, "did not help"),
        ([0.6, 0.5], [0.5, 0.52], "noise, or the start of overfitting"),
        ([0.6, 0.5, 0.4], [0.5, 0.52, 0.6], "second time in a row, overfitting is likely"),
        ([0.6, 0.5, 0.42], [0.5, 0.45, 0.4], "Loss down 16 %."),
        ([0.6, 0.5], [0.5, 0.502], "Loss down 17 %."),
    ],
)
def test_observations_follow_from_the_numbers(losses, val_losses, words):
    rows = [{"loss": loss} for loss in losses]
    for row, value in zip(rows, val_losses or [], strict=False):
        row["val_loss"] = value
    assert words in observe(rows, chance=np.log(2))


def test_an_epoch_that_was_cut_short_is_not_compared(run):
    raw, x, y, _, _ = run

    class After(keras.callbacks.Callback):
        def __init__(self, updates):
            self.updates = updates

        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = self.model.optimizer.iterations == self.updates

    for stop, words, updates in (
        (4, "Cut short after 1 of 3 batches. Its loss is the mean of this one", "4 updates"),
        (6, "Loss ", "3 updates x 2 epochs = 6 updates"),
    ):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
        model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
        split = {"batch_size": 30, "validation_split": 0.2}
        history = model.fit(x, y, epochs=9, callbacks=[After(stop)], verbose=0, **split)
        assert trace.training(history).epochs[-1].observation.startswith(words)
        flow = trace.data_flow(raw, x, (x[:80], y[:80]), (x[80:], y[80:]), model, history)
        assert flow.stages[3].after.startswith(updates)


def test_a_regression_is_not_compared_with_guessing():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit([[1.0], [2.0]], [1.0, 2.0], verbose=0)
    assert "guessing" not in trace.training(history).epochs[0].observation


def test_prediction_trace_agrees_with_predict(run):
    _, x, y, model, _ = run
    walk = trace.prediction(model, x[90], ("no", "yes"), y[90])
    p = model.predict(x[90:91], verbose=0)[0]
    assert walk.steps[-1].values == pytest.approx(p)
    assert walk.steps[0].values == pytest.approx(x[90])
    said = ("no", "yes")[int(p.argmax())]
    assert walk.decision.startswith(f"Prediction: {said}, with probability {p.max():.2f}.")
    assert walk.decision.endswith("Right." if p.argmax() == y[90] else "Wrong.")
    on = np.count_nonzero(walk.steps[1].values)
    assert walk.steps[1].remark == f"{on} of 3 units answer; relu has set the other {3 - on} to zero."


def test_prediction_of_one_sigmoid():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    model.set_weights([[[0.0]], [-1.0]])
    walk = trace.prediction(model, [3.0])
    assert walk.decision == "Prediction: class 0, with probability 0.73."


def test_layers_without_a_kernel_are_steps_too():
    layers = [keras.Input((3,)), keras.layers.Rescaling(0.5), keras.layers.Dense(2, "relu"), keras.layers.Dropout(0.5)]
    walk = trace.prediction(keras.Sequential(layers), [2.0, 4.0, 6.0])
    assert walk.steps[1].values == (1.0, 2.0, 3.0) and walk.steps[1].formula == "a = Rescaling(x)"
    assert walk.steps[3].values == walk.steps[2].values  # nothing is dropped when predicting


def test_plot_shows_loss_first_with_both_curves(run):
    figure = trace.training(run[-1]).plot()
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    assert [line.get_label() for line in figure.axes[0].lines] == ["train", "validation"]
    assert figure.axes[0].lines[0].get_markevery() == 1
    import matplotlib.pyplot as plt

    plt.close(figure)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"row": np.zeros((2, 4))}, ["one row of 4 features", "(2, 4)"]),
        ({"row": np.zeros(7)}, ["one row of 4 features", "(7,)"]),
        ({"row": np.zeros(4), "class_names": ("no",)}, ["2 classes", "('no',)"]),
        ({"row": np.zeros(4), "truth": 7}, ["from 0 to 1", "truth=7"]),
    ],
)
def test_a_prediction_that_cannot_be_traced_says_why(run, arguments, words):
    with pytest.raises(ValueError) as caught:
        trace.prediction(run[3], **arguments)
    assert all(word in str(caught.value) for word in words)


def test_a_model_without_weights_and_a_history_without_epochs_say_so(run):
    with pytest.raises(ValueError, match="no weights yet"):
        trace.prediction(keras.Sequential([keras.layers.Dense(1)]), [1.0])
    for nothing in (None, History()):
        with pytest.raises(ValueError, match="at least one epoch"):
            trace.training(nothing)


def test_names_are_escaped():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid", name="<b>")])
    assert "<b>: " not in trace.prediction(model, [3.0])._repr_html_()


def test_a_history_without_validation(run):
    _, x, y, _, _ = run
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(x, y, epochs=2, verbose=0)
    assert isinstance(history, History) and "val_loss" not in repr(trace.training(history))
