"""The explorer of optimizers: a real network, with features on good or bad scales, against Adam."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from lessonlib import datasets, utils
from lessonlib.explore.bowl import make
from lessonlib.explore.explorer import explorer
from lessonlib.explore.fit import BatchLosses
from lessonlib.layers import Dense, Input
from lessonlib.models import Sequential
from lessonlib.optimizers import Optimizer

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
MOMENTA = (0.0, 0.3, 0.5, 0.7, 0.9)
SCALES = ("mixed units", "standardised")
NAMED = {"SGD": ("SGD", 0.0), "momentum": ("SGD", 0.9), "RMSprop": ("RMSprop", 0.0), "Adam": ("Adam", 0.9)}
EPOCHS, MEAN_OF = 5, 5  # how long is trained; how many batches one point of the picture is the mean of
SHOWN = (0.02, 5)  # the losses that the picture has room for


@dataclass(frozen=True)
class Run:
    """One training: the losses of its batches, and the loss of all rows for training and validation at its end."""

    batch_losses: tuple[float, ...]
    loss: float
    val_loss: float
    optimizer: str = ""

    @property
    def mission_accomplished(self) -> bool:
        return self.optimizer == "SGD" and self.loss <= adam().loss


@cache
def data(features: str = "mixed units"):
    """The lesson's 1000 rows, their ten features "0 to 1", "standardised", or in "mixed units": from 0.1 to 10 wide.

    Nothing is learned from the last 200 rows, not even their range.
    """
    x, y = datasets.make_two_classes(rows=1000, features=10, separation=1.85, flipped=0.0, seed=3)
    if features == "0 to 1":
        low, high = x[:800].min(axis=0), x[:800].max(axis=0)
        return (x - low) / (high - low), y
    x = (x - x[:800].mean(axis=0)) / x[:800].std(axis=0)
    return (x if features == "standardised" else x * np.geomspace(0.1, 10, 10, dtype="float32")), y


def network(optimizer: Optimizer, seed: int = 0) -> Sequential:
    """The lesson's network, compiled with this optimizer; the same seed gives the same first weights."""
    utils.set_random_seed(seed)
    # With names of their own, these many models do not use up dense_1, dense_2, … of the notebook's models.
    layers = [Input((10,)), Dense(16, "relu", name="hidden"), Dense(2, "softmax", name="output")]
    model = Sequential(layers, name="explored")
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(optimizer="SGD", learning_rate=0.01, momentum=0.0, features="mixed units", seed=0) -> Run:
    """Train the network for five epochs with these settings.

    >>> len(train("Adam", 0.01, 0.9).batch_losses)
    125
    """
    x, y = data(features)
    model = network(make(optimizer, learning_rate, momentum), seed)
    batches = BatchLosses(800, 32)
    history = model.fit(x, y, validation_split=0.2, epochs=EPOCHS, callbacks=[batches], verbose=0).history
    loss = model.evaluate(x[:800], y[:800], verbose=0)[0]
    return Run(tuple(batches.losses), loss, history["val_loss"][-1], optimizer)


@cache
def adam() -> Run:
    """What is to be matched: Adam with rate 0.01, on the features in mixed units."""
    return train("Adam", 0.01, 0.9)


def picture():
    """The loss over the updates beside Adam's, as a matplotlib figure, and what shows a run in it."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    axes = figure.subplots()
    (adams,) = axes.plot(*shown(adam()), color=figures.ORANGE, linestyle="--", label="Adam, rate 0.01, mixed units")
    (yours,) = axes.plot(*shown(adam()), color=figures.BLUE, label="yours")
    axes.set(xlabel="updates", ylabel=f"loss (mean of {MEAN_OF} batches)", yscale="log", ylim=SHOWN)
    axes.set_yticks((0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5), ("0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.legend(loc="upper right", fontsize="small")

    def show(run: Run):
        yours.set_data(*shown(run))
        return [adams, yours]

    return figure, show


def shown(run: Run):
    """Updates, and the mean loss of those few batches, where the picture has room for it."""
    means = np.reshape(run.batch_losses, (-1, MEAN_OF)).mean(axis=1)
    return MEAN_OF * np.arange(1, len(means) + 1), np.clip(means, *SHOWN)


def verdict(run: Run) -> str:
    """The result in a sentence or two."""
    target = adam().loss
    if not np.isfinite(run.loss):
        return "The loss is not a number any more: the steps were far too long."
    text = f"Training loss {run.loss:.3f} (Adam: {target:.3f}), validation loss {run.val_loss:.3f}."
    if run.mission_accomplished:
        return f"{text} Mission accomplished."
    return f"{text} {'Good, but the mission asks for SGD.' if run.loss <= target else 'Not there yet.'}"


def optimizer_explorer() -> None:
    """Show the explorer: choose an optimizer and its settings, and compare with Adam."""
    explorer(
        "explorer of optimizers",
        mission="make SGD match Adam: a training loss at most as high as Adam's.",
        train=train,
        picture=picture,
        verdict=verdict,
        solved=lambda run: run.mission_accomplished,
        optimizer=(("SGD", "RMSprop", "Adam"), "SGD"),
        learning_rate=(RATES, 0.01),
        momentum=(MOMENTA, 0.0),
        features=(SCALES, "mixed units"),
    )
