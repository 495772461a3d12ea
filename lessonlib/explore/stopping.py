"""The explorer of overfitting and early stopping: how far the training went, and which weights were kept."""

from dataclasses import dataclass
from functools import lru_cache

from lessonlib import datasets, utils
from lessonlib.explore.explorer import explorer
from lessonlib.layers import Dense, Input
from lessonlib.models import Sequential
from lessonlib.optimizers import Adam

MOST_EPOCHS = 100
ROWS = (50, 100, 200, 400, 800)
UNITS = (2, 4, 8, 16, 32, 64)
PATIENCES = ("off", "1", "2", "3", "5", "10", "20", "40")
LATE = 10  # the mission: to stop at most so many epochs after the best one


@dataclass(frozen=True)
class Curves:
    """The four numbers of every epoch of one training."""

    losses: tuple[float, ...]
    val_losses: tuple[float, ...]
    accuracies: tuple[float, ...]
    val_accuracies: tuple[float, ...]

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss, counted from 1."""
        return 1 + self.val_losses.index(min(self.val_losses))


@dataclass(frozen=True)
class Run:
    """A training of MOST_EPOCHS epochs, where it was stopped, and the epoch whose weights were kept."""

    curves: Curves
    stopped: int
    kept: int
    by_patience: bool  # it was the patience that stopped it

    @property
    def mission_accomplished(self) -> bool:
        best = self.curves.best_epoch
        return self.by_patience and self.kept == best and self.stopped - best <= LATE


def data(rows: int):
    """The lesson's hard task: `rows` rows for training, and 200 for validation. Some labels are wrong on purpose.

    >>> (x, y), (x_val, y_val) = data(200)
    >>> x.shape, x_val.shape
    ((200, 10), (200, 10))
    """
    x, y = datasets.make_two_classes(rows=1000, separation=1.0, flipped=0.08)
    x = (x - x[:rows].mean(axis=0)) / x[:rows].std(axis=0)
    return (x[:rows], y[:rows]), (x[800:], y[800:])


@lru_cache(maxsize=32)
def curves(rows: int = 200, units: int = 64, seed: int = 5) -> Curves:
    """Train for MOST_EPOCHS epochs. A training that is stopped earlier goes the same way up to there."""
    (x, y), validation = data(rows)
    utils.set_random_seed(seed)
    layers = [Input((10,)), Dense(units, "relu", name="hidden"), Dense(1, "sigmoid", name="output")]
    model = Sequential(layers, name="explored")
    model.compile(Adam(0.002), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=MOST_EPOCHS, batch_size=32, validation_data=validation, verbose=0).history
    return Curves(*(tuple(history[name]) for name in ("loss", "val_loss", "accuracy", "val_accuracy")))


def stop(val_losses, epochs: int, patience: str, restore_best_weights: bool) -> tuple[int, int, bool]:
    """Where `EarlyStopping` stops, the epoch whose weights are kept, and whether it was the patience that stopped.

    >>> stop((0.7, 0.5, 0.6, 0.4, 0.5), 5, "1", True)
    (3, 2, True)
    >>> stop((0.7, 0.5, 0.6, 0.4, 0.5), 5, "off", False)
    (5, 5, False)
    """
    best, wait, epoch = 1, 0, 1
    for epoch in range(2, epochs + 1):
        if val_losses[epoch - 1] < val_losses[best - 1]:
            best, wait = epoch, 0
        else:
            wait += 1
            if patience != "off" and wait >= int(patience):
                return epoch, best if restore_best_weights else epoch, True
    return epoch, best if restore_best_weights and patience != "off" else epoch, False


def train(rows: int = 200, units: int = 64, epochs: int = 100, patience: str = "off",
          restore_best_weights: bool = False, seed: int = 5) -> Run:  # fmt: skip
    """Train, stop, keep.

    >>> run = train(epochs=3)
    >>> run.stopped, run.kept
    (3, 3)
    """
    whole = curves(rows, units, seed)
    return Run(whole, *stop(whole.val_losses, epochs, patience, restore_best_weights))


def picture():
    """Loss and accuracy over the epochs as a matplotlib figure, and what shows a run in it.

    Pale, what would have come after the stop.
    """
    from matplotlib.figure import Figure

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 3.0), layout="constrained")
    numbers, panels = range(1, MOST_EPOCHS + 1), []
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        pairs = []
        for colour, label in ((figures.BLUE, "train"), (figures.ORANGE, "validation")):
            (later,) = axes.plot([], color=colour, linewidth=1.2, alpha=0.35, label="_later")
            (trained,) = axes.plot([], color=colour, label=label)
            pairs.append((later, trained))
        stop = axes.axvline(0, ymax=0.86, color=figures.MUTED, linewidth=1.2, linestyle="--", label="_stop")
        (kept,) = axes.plot([], color=figures.GREEN, marker="o", linestyle="none", label="kept")
        axes.set(title=name.capitalize(), xlabel="epoch", ylabel=name, xlim=(0, MOST_EPOCHS + 2), xticks=(0, 50, 100))
        panels.append((pairs, stop, kept))
    figure.axes[0].set(ylim=(0, 1.2), yticks=(0, 0.5, 1))
    figure.axes[1].set(ylim=(0.3, 1.02), yticks=(0.4, 0.6, 0.8, 1))
    figure.axes[0].legend(loc="upper left", fontsize="small", ncols=3, columnspacing=1, handlelength=1.2)

    def show(run: Run):
        whole, moving = run.curves, []
        both = (whole.losses, whole.val_losses), (whole.accuracies, whole.val_accuracies)
        for (pairs, stop, kept), curves in zip(panels, both, strict=True):
            for (later, trained), values in zip(pairs, curves, strict=True):
                later.set_data(numbers, values)
                trained.set_data(numbers[: run.stopped], values[: run.stopped])
                moving += [later, trained]
            stop.set_xdata([run.stopped, run.stopped])
            kept.set_data([run.kept], [curves[1][run.kept - 1]])
            moving += [stop, kept]
        return moving

    return figure, show


def verdict(run: Run) -> str:
    """The result in two or three sentences."""
    best, kept = run.curves.best_epoch, run.kept - 1
    text = (
        f"Stopped after epoch {run.stopped}, kept the weights of epoch {run.kept}: validation loss "
        f"{run.curves.val_losses[kept]:.3f}, accuracy {run.curves.val_accuracies[kept]:.2f}. "
        f"The lowest validation loss of {MOST_EPOCHS} epochs is {min(run.curves.val_losses):.3f}, in epoch {best}."
    )
    if run.mission_accomplished:
        return f"{text} Mission accomplished."
    if not run.by_patience:
        return f"{text} The patience has not stopped this training."
    if run.stopped < best:
        return f"{text} Stopped too early, at a bump on the way down."
    if run.stopped - best > LATE:
        return f"{text} Stopped {run.stopped - best} epochs after the lowest point: too late."
    return f"{text} Stopped in time, but the weights that were kept are not the best ones."


def stopping_explorer() -> None:
    """Show the explorer."""
    explorer(
        "explorer of early stopping",
        mission=f"let the patience stop the training at most {LATE} epochs after the lowest validation loss, "
        "and keep the weights of that lowest point.",
        train=train,
        picture=picture,
        verdict=verdict,
        solved=lambda run: run.mission_accomplished,
        rows=(ROWS, 200),
        units=(UNITS, 64),
        epochs=(range(1, MOST_EPOCHS + 1), MOST_EPOCHS),
        patience=(PATIENCES, "off"),
        restore_best_weights=((False, True), False),
    )
