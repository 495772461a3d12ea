"""The explorer of learning-rate schedules: a rate for every update, and the loss it makes."""

from dataclasses import dataclass

import numpy as np

from lessonlib import datasets, utils
from lessonlib.callbacks import Callback, ReduceLROnPlateau
from lessonlib.explore.explorer import explorer
from lessonlib.explore.fit import BatchLosses
from lessonlib.layers import Dense, Input
from lessonlib.models import Sequential
from lessonlib.optimizers import SGD
from lessonlib.optimizers.schedules import CosineDecay, ExponentialDecay, OneCycle

UPDATES_PER_EPOCH = 25  # 800 rows in batches of 32
KINDS = ("constant", "staircase", "exponential", "cosine", "warm-up, then cosine", "one-cycle", "plateau")
RATES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
TARGET, MOST_EPOCHS = 0.3, 12  # the mission


@dataclass(frozen=True)
class Run:
    """What one training showed: the rate and the loss of every update, and the losses of every epoch."""

    about: str
    rates: tuple[float, ...]
    batch_losses: tuple[float, ...]
    losses: tuple[float, ...]
    val_losses: tuple[float, ...]

    @property
    def epochs(self) -> int:
        return len(self.losses)

    @property
    def mission_accomplished(self) -> bool:
        return self.losses[-1] <= TARGET and self.epochs <= MOST_EPOCHS


class Rates(Callback):
    """Keeps the learning rate that each update is made with, whoever has set it."""

    def on_train_begin(self, logs=None):
        self.rates = []

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))


def make(kind: str, rate: float, pace: int, epochs: int):
    """The learning rate of such a schedule, as an optimizer takes it, and what the schedule does in words.

    >>> rate, does = make("staircase", 0.1, pace=2, epochs=6)
    >>> rate(49), rate(50), does
    (0.1, 0.05, 'halved every 2 epochs')
    """
    per, total = UPDATES_PER_EPOCH, epochs * UPDATES_PER_EPOCH
    every = f"every {pace} epochs" if pace > 1 else "every epoch"
    if kind == "staircase":
        return ExponentialDecay(rate, pace * per, 0.5, staircase=True), f"halved {every}"
    if kind == "exponential":
        return ExponentialDecay(rate, pace * per, 0.5), f"a little lower at every update, half {every}"
    if kind == "cosine":
        return CosineDecay(rate, total), "half a wave down to 0 (pace plays no part)"
    if kind == "warm-up, then cosine":
        rise = min(pace, epochs - 1)
        made = CosineDecay(rate / 25, total - rise * per, warmup_target=rate, warmup_steps=rise * per)
        return made, f"up in {rise} epochs, then half a wave down"
    if kind == "one-cycle":
        return OneCycle(rate, total), "up in three tenths of the updates, then far down (pace plays no part)"
    if kind == "plateau":
        return rate, f"halved when the validation loss has not improved for {pace} epochs"
    return rate, "the same at every update (pace plays no part)"


def train(schedule="constant", learning_rate=0.1, pace=2, epochs=20, seed=0) -> Run:
    """Train the lesson's model on the lesson's data, with SGD and momentum, by this schedule.

    Args:
        schedule: one of `KINDS`.
        learning_rate: its highest rate.
        pace: in epochs: how often it halves, how long it warms up, or how long it waits.

    >>> train("staircase", epochs=6).rates[49:51]
    (0.1, 0.05)
    """
    rate, does = make(schedule, learning_rate, pace, epochs)
    waits = [ReduceLROnPlateau(factor=0.5, patience=pace)] if schedule == "plateau" else []
    return fit(SGD(rate, momentum=0.9), epochs, seed, f"{schedule} {learning_rate:g}: {does}", waits)


def fit(optimizer, epochs: int, seed: int, about: str = "", callbacks=(), batch_size: int = 32) -> Run:
    """Train the lesson's model with any optimizer, from the first weights of this seed.

    >>> len(fit(SGD(0.3), epochs=2, seed=0, batch_size=8).rates)
    200
    """
    x, y = datasets.make_two_classes(separation=1.28)
    low, high = x[:800].min(axis=0), x[:800].max(axis=0)
    x = (x - low) / (high - low)
    utils.set_random_seed(seed)
    # With names of their own, these many models do not use up dense_1, dense_2, … of the notebook's models.
    layers = [Input((10,)), Dense(32, "relu", name="hidden"), Dense(1, "sigmoid", name="output")]
    model = Sequential(layers, name="explored")
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    rates, batches = Rates(), BatchLosses(800, batch_size)
    history = model.fit(
        x,
        y,
        batch_size=batch_size,
        epochs=epochs,
        validation_split=0.2,
        callbacks=[rates, batches, *callbacks],
        verbose=0,
    ).history
    return Run(about, tuple(rates.rates), tuple(batches.losses), tuple(history["loss"]), tuple(history["val_loss"]))


def picture():
    """The rate above the loss, over the updates, as a matplotlib figure, and what shows a run in it."""
    from matplotlib.figure import Figure

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 4.0), layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=(2, 3))
    (rates,) = above.plot([], color=figures.PURPLE, label="learning rate", drawstyle="steps-post")
    above.set(ylabel="rate")
    (batches,) = below.plot([], color=figures.MUTED, linewidth=0.7, alpha=0.6, label="each batch")
    (training,) = below.plot([], color=figures.BLUE, marker="o", markersize=4, label="epoch mean (train)")
    (validation,) = below.plot([], color=figures.ORANGE, marker="s", markersize=4, label="validation")
    target = below.axhline(TARGET, color=figures.GREEN, linewidth=1.2, linestyle="--", label="_target")
    name = below.text(0.02, TARGET - 0.01, f"target {TARGET:.2f}", color=figures.GREEN, va="top", fontsize="small",
                      transform=below.get_yaxis_transform())  # fmt: skip
    below.set(xlabel="updates", ylabel="loss", ylim=(0.2, 0.75), yticks=(0.2, 0.4, 0.6))
    below.legend(loc="upper right", ncols=3, fontsize="small")

    def show(run: Run):
        ends = np.linspace(0, len(run.rates), run.epochs + 1)[1:]
        for line, values in ((rates, run.rates), (batches, run.batch_losses)):
            line.set_data(range(1, len(values) + 1), values)
        training.set_data(ends, run.losses)
        validation.set_data(ends, run.val_losses)
        above.set(xlim=(0, 1.03 * len(run.rates)), ylim=(0, 1.15 * max(run.rates)), yticks=(0, max(run.rates)))
        return [rates, batches, training, validation, target, name]

    return figure, show


def draw_shapes(runs: dict, constant):
    """The rate above the loss for six schedules, several trainings each, with those of a constant rate behind.

    Args:
        runs: name -> the runs of that schedule, all as long; those of a plateau differ in their rates, too.
        constant: the runs of the constant rate.
    """
    import matplotlib.pyplot as plt

    from lessonlib.style import figures

    epochs = np.arange(1, constant[0].epochs + 1)
    updates = np.arange(len(constant[0].rates)) / UPDATES_PER_EPOCH
    figure, panels = plt.subplots(4, 3, figsize=(7.2, 7.6), sharex=True, sharey="row", height_ratios=(2, 3, 2, 3))
    for number, (name, some) in enumerate(runs.items()):
        above, below = panels[2 * (number // 3) : 2 * (number // 3) + 2, number % 3]
        for rates in dict.fromkeys(run.rates for run in some[:3]):
            above.plot(updates, rates, color=figures.PURPLE, label="learning rate", drawstyle="steps-post")
        figures.band(below, epochs, [run.losses for run in constant], "constant", figures.MUTED)
        figures.band(below, epochs, [run.losses for run in some], name, figures.BLUE)
        above.set(title=name, ylabel="learning rate")
        below.set(ylim=(0.27, 0.42), ylabel="training loss", xlabel="epoch")
        above.label_outer()
        below.label_outer()
    return figure


def verdict(run: Run) -> str:
    """The result in two sentences, with the state of the mission.

    >>> verdict(Run("constant 0.1: the same", (0.1,) * 500, (0.4,) * 500, (0.295,) * 20, (0.3,) * 20))
    'constant 0.1: the same. Training loss 0.295 in epoch 20. Low enough, but in more than 12 epochs.'
    """
    text = f"{run.about}. Training loss {run.losses[-1]:.3f} in epoch {run.epochs}."
    if run.mission_accomplished:
        return f"{text} Mission accomplished."
    if run.losses[-1] <= TARGET:
        return f"{text} Low enough, but in more than {MOST_EPOCHS} epochs."
    if run.epochs <= MOST_EPOCHS:
        return f"{text} Few enough epochs, but the loss is still above {TARGET:.2f}."
    return f"{text} Too many epochs, and the loss is still above {TARGET:.2f}."


def schedule_explorer() -> None:
    """Show the explorer: a list of schedules and three sliders; each move trains a model anew."""
    explorer(
        "explorer of learning-rate schedules",
        mission=f"a training loss of at most {TARGET:.2f} within {MOST_EPOCHS} epochs. No constant rate reaches it.",
        train=train,
        picture=picture,
        verdict=verdict,
        solved=lambda run: run.mission_accomplished,
        schedule=(KINDS, "staircase"),
        learning_rate=(RATES, 0.1),
        pace=(range(1, 11), 2),
        epochs=(range(4, 31), 20),
    )
