"""The explorer of the capstone: forty updates on handwritten digits, and four settings to spend them well."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from lessonlib import datasets, utils
from lessonlib.callbacks import Callback
from lessonlib.explore.explorer import explorer
from lessonlib.layers import Dense, Input
from lessonlib.models import Sequential
from lessonlib.optimizers import SGD, Adam

UPDATES, TARGET = 40, 0.95
OPTIMIZERS = {
    "SGD": SGD,
    "SGD with momentum 0.9": lambda learning_rate: SGD(learning_rate, momentum=0.9),
    "Adam": Adam,
}
LEARNING_RATES = (0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
BATCH_SIZES = (8, 16, 32, 64, 128, 256)
UNITS = (8, 16, 32, 64, 128, 256)
STARTS = 3


@dataclass(frozen=True)
class Run:
    """Three trainings that differ only in their random start."""

    batch_size: int
    losses: tuple[tuple[float, ...], ...]  # of each start, the loss of each batch
    accuracies: tuple[float, ...]  # of each start, on the validation rows

    @property
    def mission_accomplished(self) -> bool:
        return min(self.accuracies) >= TARGET


class Spend(Callback):
    """Stops the training when the budget is spent, and keeps the loss of every batch."""

    def on_train_begin(self, logs=None):
        self.losses = []

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 0:
            self.total = 0.0

    def on_train_batch_end(self, batch, logs=None):
        total = (batch + 1) * logs["loss"]  # logs hold the mean of the epoch so far
        self.losses.append(total - self.total)
        self.total = total
        self.model.stop_training = len(self.losses) >= UPDATES


@cache
def digits() -> tuple[np.ndarray, ...]:
    """Training and validation rows of the lesson, standardised by the training rows: x, y, x_val, y_val."""
    data = datasets.load_digits()
    order = np.random.default_rng(0).permutation(len(data.x))
    training, validation = order[:1200], order[1200:1500]
    mean, deviation = data.x[training].mean(axis=0), data.x[training].std(axis=0)
    x = (data.x - mean) / np.where(deviation == 0, 1, deviation)  # some corners are empty in every image
    return x[training], data.y[training], x[validation], data.y[validation]


def train(optimizer: str = "SGD", learning_rate: float = 0.01, batch_size: int = 32, units: int = 32) -> Run:
    """Spend the budget three times with these settings.

    >>> [len(losses) for losses in train().losses]
    [40, 40, 40]
    """
    x, y, x_val, y_val = digits()
    losses, accuracies = [], []
    for seed in range(STARTS):
        utils.set_random_seed(seed)
        layers = [Input((64,)), Dense(units, "relu", name="hidden"), Dense(10, "softmax", name="output")]
        model = Sequential(layers, name="explored")
        model.compile(OPTIMIZERS[optimizer](learning_rate), "sparse_categorical_crossentropy")
        spend = Spend()
        model.fit(x, y, batch_size=batch_size, epochs=UPDATES, callbacks=[spend], verbose=0)
        losses.append(tuple(spend.losses))
        accuracies.append(float(np.mean(model.predict(x_val, verbose=0).argmax(axis=1) == y_val)))
    return Run(batch_size, tuple(losses), tuple(accuracies))


def picture():
    """The losses of the batches and the accuracies, as a matplotlib figure, and what shows a run in it."""
    from matplotlib.figure import Figure

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    updates, lines, bars = np.arange(1, UPDATES + 1), [], []
    for number, colour in enumerate((figures.BLUE, figures.ORANGE, figures.PURPLE), 1):
        lines += left.plot(updates, 0 * updates, color=colour, linewidth=1.4, label=f"start {number}")
        bars += right.bar(number, 0, color=colour, width=0.6)
    left.set(xlabel="update", ylabel="loss of the batch", ylim=(0, 4.05))
    left.legend(loc="upper right", ncols=3, fontsize="small")
    target = right.axhline(TARGET, color=figures.GREEN, linewidth=1.4, linestyle="--")
    right.set(xlabel="start", ylabel="validation accuracy", ylim=(0, 1.02), xticks=(1, 2, 3))

    def show(run: Run):
        for line, losses, bar, accuracy in zip(lines, run.losses, bars, run.accuracies, strict=True):
            line.set_ydata(np.clip(losses, 0, 4))
            bar.set_height(accuracy)
        return [*lines, *bars, target]

    return figure, show


def verdict(run: Run) -> str:
    """The result in words.

    >>> verdict(Run(32, ((2.0,) * 40,) * 3, (0.5, 0.6, 0.55)))
    '40 updates showed the model 1280 rows. Validation accuracy 0.50, 0.60 and 0.55. Not yet 0.95 from every start.'
    """
    shown = "{:.2f}, {:.2f} and {:.2f}".format(*run.accuracies)
    text = f"{UPDATES} updates showed the model {UPDATES * run.batch_size} rows. Validation accuracy {shown}."
    if run.mission_accomplished:
        return f"{text} Mission accomplished."
    return f"{text} Not yet {TARGET} from every start."


def budget_explorer() -> None:
    """Show the explorer: an optimizer to choose, and three sliders; every move spends the budget three times."""
    explorer(
        "explorer of the budget",
        mission=f"a validation accuracy of at least {TARGET} from all three starts.",
        train=train,
        picture=picture,
        verdict=verdict,
        solved=lambda run: run.mission_accomplished,
        optimizer=(tuple(OPTIMIZERS), "SGD"),
        learning_rate=(LEARNING_RATES, 0.01),
        batch_size=(BATCH_SIZES, 32),
        units=(UNITS, 32),
    )
