"""The explorer of `model.fit()`: batch size, epochs and learning rate, and what they do to the loss."""

from dataclasses import dataclass

import numpy as np

from lessonlib import datasets, utils
from lessonlib.callbacks import Callback
from lessonlib.explore.explorer import explorer
from lessonlib.layers import Dense, Input
from lessonlib.models import Sequential
from lessonlib.optimizers import SGD

BATCH_SIZES = (8, 16, 32, 64, 128, 256, 800)
LEARNING_RATES = (0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)
TARGET, MOST_UPDATES = 0.25, 40  # the mission
TOPS = (0.8, 1.4, 2.0)  # the highest loss in the picture: the first that is enough, or the last


@dataclass(frozen=True)
class Run:
    """What one training showed: the loss of every single batch, and the means of every epoch."""

    batch_losses: tuple[float, ...]
    losses: tuple[float, ...]
    val_losses: tuple[float, ...]
    val_accuracies: tuple[float, ...]

    @property
    def updates(self) -> int:
        return len(self.batch_losses)

    @property
    def mission_accomplished(self) -> bool:
        return self.val_losses[-1] <= TARGET and self.updates <= MOST_UPDATES


class BatchLosses(Callback):
    """Keeps the loss of each single batch, which `logs` holds only inside a mean over all rows so far.

    The mean times the rows so far is a sum. What a batch has added to it, divided by its own rows, is its loss.
    """

    def __init__(self, rows: int, batch_size: int):
        self.rows, self.batch_size = rows, batch_size

    def on_train_begin(self, logs=None):
        self.losses = []

    def on_epoch_begin(self, epoch, logs=None):
        self.seen, self.total = 0, 0.0

    def on_train_batch_end(self, batch, logs=None):
        seen = min(self.seen + self.batch_size, self.rows)  # the last batch may be smaller
        total = seen * logs["loss"]
        self.losses.append((total - self.total) / (seen - self.seen))
        self.seen, self.total = seen, total


def train(batch_size: int = 32, epochs: int = 5, learning_rate: float = 0.01, seed: int = 0) -> Run:
    """Train the lesson's model on the lesson's data, with these settings.

    >>> train(batch_size=800, epochs=3).updates
    3
    """
    x, y = datasets.make_two_classes()
    low, high = x[:800].min(axis=0), x[:800].max(axis=0)
    x = (x - low) / (high - low)
    utils.set_random_seed(seed)
    # With names of their own, these many models do not use up dense_1, dense_2, … of the notebook's models.
    layers = [Input((10,)), Dense(16, "relu", name="hidden"), Dense(2, "softmax", name="output")]
    model = Sequential(layers, name="explored")
    model.compile(SGD(learning_rate, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    batches = BatchLosses(800, batch_size)
    history = model.fit(
        x, y, batch_size=batch_size, epochs=epochs, validation_split=0.2, callbacks=[batches], verbose=0
    ).history
    return Run(
        tuple(batches.losses), tuple(history["loss"]), tuple(history["val_loss"]), tuple(history["val_accuracy"])
    )


def picture():
    """The losses over the updates, as a matplotlib figure, and what shows a run in it."""
    from matplotlib.figure import Figure

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    axes = figure.subplots()
    (batches,) = axes.plot([], color=figures.MUTED, linewidth=0.8, alpha=0.7, label="each batch")
    (training,) = axes.plot([], color=figures.BLUE, marker="o", label="epoch mean (train)")
    (validation,) = axes.plot([], color=figures.ORANGE, marker="s", label="validation")
    target = axes.axhline(TARGET, color=figures.GREEN, linewidth=1.2, linestyle="--", label="_target")
    name = axes.text(0.02, TARGET, f"target {TARGET}", color=figures.GREEN, va="bottom", fontsize="small",
                     transform=axes.get_yaxis_transform())  # fmt: skip
    axes.set(xlabel="updates", ylabel="loss")
    axes.legend(loc="upper right", ncols=3, fontsize="small")

    def show(run: Run):
        ends = np.linspace(0, run.updates, len(run.losses) + 1)[1:]
        batches.set_data(range(1, run.updates + 1), run.batch_losses)
        training.set_data(ends, run.losses)
        validation.set_data(ends, run.val_losses)
        top = next((top for top in TOPS if top >= max(run.batch_losses)), TOPS[-1])
        axes.set(xlim=(0, 1.03 * run.updates), ylim=(0, top))
        return [batches, training, validation, target, name]

    return figure, show


def verdict(run: Run) -> str:
    """The result in one sentence, with the state of the mission.

    >>> verdict(Run((0.7,) * 60, (0.7,), (0.24,), (0.9,)))
    'Validation loss 0.240 and accuracy 0.90 after 60 updates. The loss is low enough, but not within 40 updates.'
    """
    text = (
        f"Validation loss {run.val_losses[-1]:.3f} and accuracy {run.val_accuracies[-1]:.2f} "
        f"after {run.updates} updates."
    )
    if run.mission_accomplished:
        return f"{text} Mission accomplished."
    if run.val_losses[-1] <= TARGET:
        return f"{text} The loss is low enough, but not within {MOST_UPDATES} updates."
    if run.updates <= MOST_UPDATES:
        return f"{text} Few enough updates, but the loss is still above {TARGET}."
    return f"{text} Too many updates, and the loss is still above {TARGET}."


def fit_explorer() -> None:
    """Show the explorer: three sliders, and a model that is trained anew whenever one of them moves."""
    explorer(
        "explorer of model.fit()",
        mission=f"a validation loss of at most {TARGET} with at most {MOST_UPDATES} updates.",
        train=train,
        picture=picture,
        verdict=verdict,
        solved=lambda run: run.mission_accomplished,
        batch_size=(BATCH_SIZES, 32),
        epochs=(range(1, 21), 5),
        learning_rate=(LEARNING_RATES, 0.01),
    )
