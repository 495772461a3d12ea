"""Trainings as cases: the data cut by the case, the student's function called on them, predictions measured."""

import contextlib
import copy
import random

import numpy as np

from lessonlib.checks.cases import Drawn
from lessonlib.checks.values import show

LARGEST = 200_000  # parameters of a model that a check trains itself
NEAR = 0.02  # two trainings are the same one when their predictions differ by less than this in the mean


def parts(run):
    """Return the parts of the data of a run: a list of (x, y), float32 and the type of the targets.

    >>> from lessonlib.checks.cases import Run
    >>> [x.shape for x, y in parts(Run("load_penguins", seed=1, parts=(0.6, 0.2, 0.2)))]
    [(205, 4), (68, 4), (69, 4)]

    Raises ValueError when there is no such loader.
    """
    return list(run.pieces) if isinstance(run, Drawn) else cut(*data(run), run)


def data(run):
    """Return the rows of a run, and their answers, in the order in which the loader has them.

    Raises ValueError when there is no such loader.
    """
    from lessonlib import datasets

    if run.data not in datasets.__all__ or run.data == "Dataset":
        raise ValueError(f"{type(run).__name__}: data is {run.data!r}; it names a loader of lessonlib.datasets")
    loaded = getattr(datasets, run.data)(**run.options)
    return loaded if isinstance(loaded, tuple) else (loaded.x, loaded.y)


def cut(x, y, run):
    """Return the parts into which a run cuts rows and their answers: see `parts`."""
    order = np.random.default_rng(run.seed).permutation(len(x))
    ends = (len(x) * np.cumsum(run.parts[:-1]) + 1e-9).astype(int)
    pieces = np.split(order, ends)
    mean, scale = (x[pieces[0]].mean(axis=0), x[pieces[0]].std(axis=0)) if run.scaled else (0, 1)
    scale = np.where(scale == 0, 1, scale)
    return [(((x[rows] - mean) / scale).astype("float32"), y[rows]) for rows in pieces]


def train(function, run):
    """Let the student's function train, and return what can be measured, or None for a blank function.

    That is {"predictions": for the last part, "validation": for the part before it if there are three,
    "told": the numbers that the function reports}.

    Raises TypeError when what it returns predicts nothing.
    """
    *known, (x, _) = parts(run)
    with contextlib.redirect_stdout(None):  # a progress bar for every run says nothing that helps
        returned = function(*(array for pair in known for array in pair), run.seed)
        told = {}
        if isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict):
            returned, told = returned
        if returned is None or returned is ...:
            return None
        predict = getattr(returned, "predict", returned)
        if not callable(predict):
            raise TypeError(f"the function returned {show(returned)}; return the trained model, or a function of rows")
        outcome = {"predictions": _predictions(predict, x)}
        if len(known) == 2:
            outcome["validation"] = _predictions(predict, known[1][0])
    return {**outcome, "told": {str(name): _number(value) for name, value in told.items()}}


def _predictions(predict, x):
    predictions = np.asarray(predict(x))
    if predictions.dtype.kind not in "fiub" or predictions.ndim not in (1, 2) or len(predictions) != len(x):
        raise TypeError(f"for {len(x)} rows it predicts {show(predictions)}; one prediction a row was expected")
    return _column(predictions)


def plan(function):
    """Ask the student's function for a compiled model, and return how it is built, as JSON data.

    Raises TypeError when it is none.
    """
    from lessonlib import model_file, models, utils

    with contextlib.redirect_stdout(None):
        returned = function()
    if returned is None or returned is ...:
        return None
    model, batch_size = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, 32)
    if not getattr(model, "compiled", False):
        raise TypeError(f"the function returned {show(model)}; return a compiled model")
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise TypeError(f"the batch size is {show(batch_size)}; return a whole number of 1 or more beside the model")
    return {
        "kind": "Sequential" if isinstance(model, models.Sequential) else "Model",
        "model": model.get_config(),
        "optimizer": utils.written(model.optimizer),
        "loss": utils.written(model_file.loss_asked(model)),
        "batch_size": int(batch_size),
    }


def carry_out(plan, budget):
    """Train the planned model for the updates of a budget; return what can be measured, as `train` does.

    Raises ValueError when the plan cannot be carried out.
    """
    from lessonlib import callbacks, models, optimizers, utils

    class Stop(callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.updates = 0

        def on_train_batch_end(self, batch, logs=None):
            self.updates += 1
            self.model.stop_training = self.updates >= budget.updates

    if _holds_many_numbers(plan):
        raise ValueError("it holds a long list of numbers; plan a model with settings only, without weights")
    (x, y), *_, (x_new, _) = parts(budget)
    with _randomness_kept():
        utils.set_random_seed(budget.seed)
        model = models.KINDS[plan["kind"]].from_config(copy.deepcopy(plan["model"]))
        if not model.built:
            model.build((None, x.shape[1]))
        if model.count_params() > LARGEST:
            raise ValueError(f"the model has {model.count_params():,} parameters; take at most {LARGEST:,}")
        model.compile(optimizers.get(plan["optimizer"]), plan["loss"])
        model.fit(x, y, batch_size=plan["batch_size"], epochs=budget.updates, verbose=0, callbacks=[Stop()])
        return {"predictions": _column(model.predict(x_new, verbose=0)), "told": {}}


def measured(measure, predictions, y):
    """Return a measure of predictions as a number; NaN where it has none.

    Of a classifier the predictions are probabilities: one column for two classes, else a column for each. The loss
    has a value only where these add up to 1: who is certain of every class would always be right.

    >>> measured("accuracy", np.array([0.9, 0.2, 0.7]), np.array([1, 0, 0])).__round__(3)
    0.667
    """
    predictions, y = np.asarray(predictions, float), np.asarray(y)
    if measure in ("mse", "mae"):
        off = predictions - y.reshape(predictions.shape) if predictions.size == y.size else np.array(np.nan)
        return float(np.mean(off**2 if measure == "mse" else abs(off)))
    if not np.isfinite(predictions).all():
        return float("nan")
    if measure == "accuracy":
        classes = predictions > 0.5 if predictions.ndim == 1 else predictions.argmax(axis=1)
        return float(np.mean(classes == y))
    if predictions.ndim == 1:
        right = np.where(y == 1, predictions, 1 - predictions)
    elif y.max() < predictions.shape[1] and abs(predictions.sum(axis=1) - 1).max() < 0.01:
        right = predictions[np.arange(len(y)), y]
    else:
        return float("nan")
    return float(np.mean(-np.log(np.clip(right, 1e-7, 1))))


def same(one, other):
    """Tell whether two outcomes of a training are those of the same training, up to rounding."""
    a, b = np.asarray(one["predictions"], float), np.asarray(other["predictions"], float)
    if a.shape != b.shape or one["told"].keys() != other["told"].keys():
        return False
    numbers = [(value, other["told"][name]) for name, value in one["told"].items()]
    gaps = [abs(a - b).mean(), *(abs(x - y) for x, y in numbers)]
    return all(gap <= NEAR or np.isnan(gap) for gap in gaps)


def sign(outcomes):
    """Return a sentence on what is odd about all these trainings, "" when nothing strikes.

    >>> sign([{"predictions": np.full(9, 0.5), "told": {}}])
    'It predicts the same for every row: has it learned anything?'
    """
    predictions = [np.asarray(outcome["predictions"], float) for outcome in outcomes]
    if all(not np.isfinite(array).all() for array in predictions):
        return "The predictions are not numbers any more (NaN): the weights have grown beyond all bounds."
    if all(np.ptp(array, axis=0).max() < 1e-3 for array in predictions):
        return "It predicts the same for every row: has it learned anything?"
    return ""


def _column(predictions):
    """One column as a plain vector, and few digits: the last ones differ from machine to machine."""
    if predictions.ndim == 2 and predictions.shape[1] == 1:
        predictions = predictions[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        return np.round(predictions.astype(float), 4)


def _holds_many_numbers(config):
    """Whether a plan brings along more numbers than a setting has: then they could be trained weights."""
    if isinstance(config, dict):
        return any(map(_holds_many_numbers, config.values()))
    return isinstance(config, list) and (_numbers(config) > 20 or any(map(_holds_many_numbers, config)))


def _numbers(config):
    """How much stands in a list and the lists in it."""
    return sum(map(_numbers, config)) if isinstance(config, list) else 1


def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


@contextlib.contextmanager
def _randomness_kept():
    """Leave the randomness of the notebook as it was."""
    from lessonlib import utils

    states = random.getstate(), np.random.get_state(), copy.deepcopy(utils._generator)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        utils._generator = states[2]
