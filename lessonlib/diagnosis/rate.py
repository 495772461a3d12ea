"""Which learning rate? Train one short while with a rate that grows at every step, and watch the loss."""

import itertools
from dataclasses import dataclass

import numpy as np

from lessonlib import optimizers
from lessonlib.batches import Batches, Rows
from lessonlib.diagnosis.model import prepared, reduced, unchanged


@dataclass(frozen=True)
class RateSearch:
    """The rates tried, the loss of each step's batch, and the losses' running mean."""

    rates: np.ndarray
    losses: np.ndarray
    smooth: np.ndarray

    @property
    def steepest(self) -> float:
        """The rate at which the loss fell fastest: a good first choice."""
        if len(self.rates) < 3:
            return float(self.rates[0])
        first = min(10, len(self.rates) - 3)  # so many losses make a mean; before, it is the luck of the first batches
        lowest = max(int(self.smooth.argmin()) + 1, first + 3)
        slopes = np.gradient(self.smooth[:lowest], np.log(self.rates[:lowest]))
        return float(self.rates[first + slopes[first:].argmin()])

    def plot(self):
        """Loss over the rate."""
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots()
        axes.plot(self.rates, self.losses, ".", color="0.8", label="one batch")
        axes.plot(self.rates, self.smooth, label="running mean")
        axes.axvline(self.steepest, linestyle="--", label=f"steepest at {self.steepest:.2g}")
        axes.set(xscale="log", xlabel="learning rate", ylabel="loss of the batch", title="Learning-rate search")
        axes.set_ylim(top=2 * float(self.smooth[0]))
        axes.legend()
        return figure


def find_learning_rate(model, x, y, lowest=1e-5, highest=10.0, steps=100, batch_size=32, optimizer=None) -> RateSearch:
    """Train with rates from `lowest` to `highest`, each larger than the last by the same factor.

    It stops early when the loss has grown to four times its best.

    Args:
        model: a compiled model; its weights are restored afterwards, and its optimizer is not used.
        optimizer: the name of one, or its configuration; by default of the kind that the model was compiled with.

    Source: Smith, Cyclical Learning Rates for Training Neural Networks (2017).
    """
    x_BF, t_BK = prepared(model, x, y)
    config = model.optimizer.get_config() if optimizer is None else optimizers.get(optimizer).get_config()
    kind = type(model.optimizer if optimizer is None else optimizers.get(optimizer))
    trial = kind.from_config(config | {"learning_rate": lowest})
    trial.prepare(model.parameters, model.trained_shapes)
    rates, losses, smooth, mean = np.geomspace(lowest, highest, steps), [], [], 0.0
    batches = Batches(Rows(x_BF, t_BK, t_BK), model._empty_outputs(len(x_BF)), batch_size, shuffle=True)
    with unchanged(model):
        endless = itertools.chain.from_iterable(batches.epoch(model.generator) for _ in itertools.count())
        for number, (rate, (x, t, _, p)) in enumerate(zip(rates, endless, strict=False)):
            model.forward(x, p, True)
            model.backward(t, p)
            losses.append(reduced(model, t, p))
            mean = 0.9 * mean + 0.1 * losses[-1]
            smooth.append(mean / (1 - 0.9 ** (number + 1)))
            if not smooth[-1] < 4 * min(smooth):
                break
            trial.learning_rate = float(rate)
            trial.step(model.parameters, model.gradients)
    return RateSearch(rates[: len(losses)], np.array(losses), np.array(smooth))
