"""Optimizers compared over many learning rates and starts, and how far their steps go."""

import numpy as np

from lessonlib.explore.optimizers import NAMED, RATES, data, network, train
from lessonlib.optimizers import Optimizer


def compare(features: str, rates=RATES, seeds=range(10)) -> dict[str, np.ndarray]:
    """The training loss at the end: for each of the four optimizers an array of shape (rates, seeds).

    >>> compare("standardised", rates=(0.01,), seeds=range(2))["SGD"].shape
    (1, 2)
    """
    return {
        name: np.array([[train(kind, rate, momentum, features, seed).loss for seed in seeds] for rate in rates])
        for name, (kind, momentum) in NAMED.items()
    }


def best(results: dict[str, np.ndarray]) -> dict[str, tuple[float, np.ndarray]]:
    """For each optimizer the rate with the lowest mean, and the losses of all starts there.

    >>> best({"SGD": np.array([[3.0, 3.0], [1.0, 2.0], *[[9.0, 9.0]] * 8])})
    {'SGD': (0.001, array([1., 2.]))}
    """
    places = {name: losses.mean(axis=1).argmin() for name, losses in results.items()}
    return {name: (RATES[place], results[name][place]) for name, place in places.items()}


def draw(results: dict[str, np.ndarray], title: str):
    """The mean loss over the rates, and a band from the best start to the worst, as a matplotlib figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes = figure.subplots()
    for (name, losses), marker in zip(results.items(), "osD^", strict=True):
        (line,) = axes.plot(RATES, losses.mean(axis=1), marker=marker, label=name)
        axes.fill_between(RATES, losses.min(axis=1), losses.max(axis=1), alpha=0.15, color=line.get_color())
    axes.set(xscale="log", xlabel="learning rate", ylabel="training loss after 5 epochs", ylim=(0, 1), title=title)
    axes.set_xticks((0.001, 0.01, 0.1, 1, 10), ("0.001", "0.01", "0.1", "1", "10"))
    figure.legend(loc="outside lower center", ncols=4)
    return figure


def moves_by_feature(optimizer: Optimizer, features: str = "mixed units", seed: int = 0) -> np.ndarray:
    """After one epoch: how far the next update moves the weights of each feature, the mean over the 16 units."""
    x, y = data(features)
    model = network(optimizer, seed)
    model.fit(x, y, validation_split=0.2, verbose=0)
    before = model.get_weights()[0]
    model.train_on_batch(x[:32], y[:32])
    return np.abs(model.get_weights()[0] - before).mean(axis=1)


def draw_moves(moves: dict[str, np.ndarray]):
    """The moves of several optimizers over the scale of the feature, as a matplotlib figure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    axes = figure.subplots()
    for (name, moved), marker in zip(moves.items(), "osD^", strict=False):
        axes.plot(np.geomspace(0.1, 10, 10), moved, marker=marker, label=name)
    axes.set(xscale="log", yscale="log", xlabel="scale of the feature", ylabel="mean move of its weights")
    axes.set_xticks((0.1, 1, 10), ("0.1", "1", "10"))
    axes.set_yticks((0.0001, 0.001, 0.01, 0.1), ("0.0001", "0.001", "0.01", "0.1"))
    figure.legend(loc="outside lower center", ncols=len(moves))
    told = (
        f"{name}: from {moved[0]:.2g} at scale 0.1 to {moved[-1]:.2g} at scale 10, the largest "
        f"{moved.max() / moved.min():.0f} times the smallest"
        for name, moved in moves.items()
    )
    figure.set_label(f"How far one update moves the weights of each feature. {'; '.join(told)}.")
    return figure
