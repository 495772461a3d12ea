"""A training loop by hand, in plain numpy, with nine places to break it: one fault for each step of training."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lessonlib import datasets

EPOCHS, TOO_MANY_EPOCHS = 15, 100
BATCH, UNITS, LEARNING_RATE = 32, 16, 0.1
SILENT, LOUD = "silent", "loud"


@dataclass(frozen=True)
class Fault:
    step: str  # the step of training that is broken
    what: str
    kind: str  # LOUD: the curves show it; SILENT: they look healthy
    sign: str  # how to find it


FAULTS = (
    Fault("Initialization", "all weights begin at 0", LOUD, "The loss stays at 0.693, from first to last."),
    Fault("Forward pass", "relu is forgotten", SILENT, "The curves look healthy, but the bend is 0: a straight line."),
    Fault("Loss", "predictions meet the answers of other rows", LOUD, "The loss never gets far below guessing."),
    Fault("Backpropagation", "the slope of relu is forgotten", SILENT, "The loss falls, but the gradient check fails."),
    Fault("Update", "the step goes uphill", LOUD, "The loss rises from the start, far above guessing."),
    Fault("Iteration", "gradients of all batches pile up", LOUD, "The loss falls at first, then swings up and down."),
    Fault(
        "Validation", "validation rows are trained on too", SILENT, "Better than healthy. Count the rows in both parts."
    ),
    Fault("Convergence", "training never stops", LOUD, "val_loss rises while the training loss goes on falling."),
    Fault("Evaluation", "the test rows choose the epoch", SILENT, "The same curves. Count the looks at the test rows."),
)


@dataclass(frozen=True)
class Report:
    """What one training tells: the curves that everybody looks at, and the readings that few take."""

    losses: tuple[float, ...]
    val_losses: tuple[float, ...]
    val_accuracy: float
    test_accuracy: float  # as reported
    different_units: int
    bend: float
    gradient_error: float
    rows_in_both: int
    looks_at_test: int


@lru_cache(maxsize=1)
def data():
    """(x, y): a thousand rows, scaled by the 640 that are for training; y is a column."""
    x, y = datasets.make_two_classes()
    mean, deviation = x[:640].mean(axis=0), x[:640].std(axis=0)
    return ((x - mean) / deviation).astype("float64"), y[:, None].astype("float64")


class Network:
    """Ten features, a hidden layer with relu, one output with sigmoid; steps 1, 2, 4 and 5 of training."""

    def __init__(self, rng, fault=None):
        self.fault = fault
        width = 0 if fault == "Initialization" else 1
        hidden, output = np.sqrt(6 / (10 + UNITS)), np.sqrt(6 / (UNITS + 1))
        self.w1, self.b1 = width * rng.uniform(-hidden, hidden, (10, UNITS)), np.zeros(UNITS)
        self.w2, self.b2 = width * rng.uniform(-output, output, (UNITS, 1)), np.zeros(1)

    @property
    def weights(self):
        return self.w1, self.b1, self.w2, self.b2

    def scores(self, x):
        self.z = x @ self.w1 + self.b1
        self.h = self.z if self.fault == "Forward pass" else np.maximum(self.z, 0)
        return self.h @ self.w2 + self.b2

    def predict(self, x):
        return 0.5 + 0.5 * np.tanh(0.5 * self.scores(x))  # the sigmoid, with nothing that could overflow

    def gradients(self, x, y, p):
        """After `predict(x)`: the slope of the loss for every weight."""
        d_score = (p - y) / len(y)
        d_z = d_score @ self.w2.T
        if self.fault not in ("Forward pass", "Backpropagation"):
            d_z = d_z * (self.z > 0)
        return x.T @ d_z, d_z.sum(axis=0), self.h.T @ d_score, d_score.sum(axis=0)

    def update(self, gradients):
        downhill = LEARNING_RATE if self.fault == "Update" else -LEARNING_RATE
        for weight, gradient in zip(self.weights, gradients, strict=True):
            weight += downhill * gradient


def loss(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def accuracy(y, p):
    return float(np.mean((p > 0.5) == y))


@lru_cache(maxsize=64)
def train(fault: str | None = None, seed: int = 0) -> Report:
    """Train for 15 epochs, with the fault of this step at work, or healthy.

    >>> train("Initialization").different_units
    1
    """
    (x, y), rng = data(), np.random.default_rng(seed)
    training = slice(0, 800 if fault == "Validation" else 640)
    validation, test = slice(640, 800), slice(800, 1000)
    x_train, y_train = x[training], y[training]
    if fault == "Loss":
        y_train = y_train[np.random.default_rng(seed).permutation(len(y_train))]
    network = Network(rng, fault)
    gradient_error = worst_gradient(network, x_train[:BATCH], y_train[:BATCH])
    epochs, choosing = TOO_MANY_EPOCHS if fault == "Convergence" else EPOCHS, fault == "Evaluation"
    losses, val_losses, test_accuracies, pile = [], [], [], None
    for _ in range(epochs):
        order = rng.permutation(len(x_train))
        x_epoch, y_epoch, p_epoch = x_train[order], y_train[order], np.empty_like(y_train)
        for first in range(0, len(order), BATCH):
            batch = slice(first, first + BATCH)
            p_epoch[batch] = p = network.predict(x_epoch[batch])
            gradients = network.gradients(x_epoch[batch], y_epoch[batch], p)
            if fault == "Iteration" and pile:
                gradients = tuple(old + new for old, new in zip(pile, gradients, strict=True))
            pile = gradients
            network.update(gradients)
        losses.append(loss(y_epoch, p_epoch))
        p = network.predict(x[validation])
        val_losses.append(loss(y[validation], p))
        if choosing or len(losses) == epochs:
            test_accuracies.append(accuracy(y[test], network.predict(x[test])))
    return Report(
        tuple(losses),
        tuple(val_losses),
        accuracy(y[validation], p),
        max(test_accuracies),
        different_units=len(np.unique(network.w1.round(9), axis=1).T),
        bend=bend(network, x),
        gradient_error=gradient_error,
        rows_in_both=training.stop - validation.start,
        looks_at_test=len(test_accuracies),
    )


def worst_gradient(network, x, y, nudge=1e-5) -> float:
    """How far the gradients of the hidden weights are from finite differences, as a share of the largest."""
    computed = network.gradients(x, y, network.predict(x))[0].ravel()[:20]
    measured = []
    for place in np.ndindex(2, 10):
        weights, both = network.w1, []
        for sign in (1, -1):
            network.w1 = weights.copy()
            network.w1[divmod(place[0] * 10 + place[1], UNITS)] += sign * nudge
            both.append(loss(y, network.predict(x)))
        network.w1 = weights
        measured.append((both[0] - both[1]) / (2 * nudge))
    return float(np.max(np.abs(computed - measured)) / max(np.max(np.abs(measured)), 1e-3))


def bend(network, x) -> float:
    """How far the scores half-way between two rows are from the mean of the two rows' scores: 0 for a straight line."""
    one, other = x[:400], x[400:800]
    middle = network.scores((one + other) / 2) - (network.scores(one) + network.scores(other)) / 2
    return float(np.abs(middle).mean() / max(np.abs(network.scores(one)).mean(), 1e-9))
