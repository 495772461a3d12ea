"""Two ways to find weights: draw them at random and keep the best, or train. For the picture at a lesson's start."""

import numpy as np

from lessonlib import datasets, utils
from lessonlib.callbacks import LambdaCallback
from lessonlib.layers import Dense, Input
from lessonlib.models import Sequential
from lessonlib.optimizers import SGD


def rows() -> tuple[np.ndarray, np.ndarray]:
    """The training rows of the lesson about `fit`, each column from 0 to 1."""
    x, y = datasets.make_two_classes()
    x, y = x[:800], y[:800]
    low, high = x.min(axis=0), x.max(axis=0)
    return (x - low) / (high - low), y


def best_at_random(tries: int, seed: int) -> np.ndarray:
    """The accuracy of the best network so far, after each try with new random weights.

    >>> best_at_random(3, seed=0).shape
    (3,)
    """
    (x, y), rng = rows(), np.random.default_rng(seed)
    right = np.empty(tries)
    for number in range(tries):
        hidden = np.maximum(x @ (rng.uniform(-1, 1, (10, 16)) * np.sqrt(6 / 26)), 0)
        scores = hidden @ (rng.uniform(-1, 1, (16, 2)) * np.sqrt(6 / 18))
        right[number] = np.mean(scores.argmax(axis=1) == y)
    return np.maximum.accumulate(right)


def trained(epochs: int, seed: int) -> np.ndarray:
    """The accuracy of one network after each of its updates, 25 an epoch.

    >>> trained(epochs=2, seed=0).shape
    (50,)
    """
    x, y = rows()
    utils.set_random_seed(seed)
    layers = [Input((10,)), Dense(16, "relu", name="hidden"), Dense(2, "softmax", name="output")]
    model, right = Sequential(layers, name="explored"), []
    model.compile(SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy")
    measure = LambdaCallback(
        on_train_batch_end=lambda batch, logs: right.append(np.mean(model.predict(x, verbose=0).argmax(axis=1) == y))
    )
    model.fit(x, y, epochs=epochs, callbacks=[measure], verbose=0)
    return np.array(right)


def draw(tries: int = 1000, epochs: int = 3, starts: int = 10):
    """Both, over the number of tries or updates, from several starts, as a matplotlib figure."""
    from matplotlib.figure import Figure

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.subplots()
    ways = {
        "best of the random networks so far": ([best_at_random(tries, seed) for seed in range(starts)], figures.ORANGE),
        "one network, trained": ([trained(epochs, seed) for seed in range(starts)], figures.BLUE),
    }
    for label, (curves, color) in ways.items():
        figures.band(axes, np.arange(1, len(curves[0]) + 1), curves, label, color)
    axes.set(xscale="log", xlabel="networks tried, or updates made", ylabel="share of the rows right", ylim=(0.3, 1))
    axes.set_xticks((1, 3, 10, 30, 100, 300, 1000), ("1", "3", "10", "30", "100", "300", "1000"))
    axes.minorticks_off()
    axes.legend(loc="lower right")
    return figure
