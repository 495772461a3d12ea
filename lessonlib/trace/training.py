"""Training, epoch by epoch: the numbers of a `History`, and one observation for each epoch that they support."""

import math
from dataclasses import dataclass

VISIBLE = 0.005  # smaller changes than this are not worth a word


@dataclass(frozen=True)
class Epoch:
    number: int  # counted from 1
    values: dict[str, float]
    observation: str


@dataclass(frozen=True)
class Training:
    """The epochs of one `fit`, in their order."""

    epochs: tuple[Epoch, ...]

    def __repr__(self):
        from lessonlib.trace import text

        return text.training(self)

    def _repr_html_(self):
        from lessonlib.trace import html

        return html.training(self)

    def plot(self):
        """Loss and accuracy over the epochs, as a matplotlib figure."""
        from lessonlib.trace import plot

        return plot.training(self)


def training(history) -> Training:
    """The trace of a `History`. Every observation is derived from its numbers, by the rules in `observe`.

    Raises:
        ValueError: `history` is not what `fit` has returned after at least one epoch.
    """
    if not getattr(history, "history", None) or "loss" not in history.history:
        raise ValueError(f"Expected what model.fit(...) returns, after at least one epoch. Received: {history!r}")
    # What belongs together stands together, the loss first: loss, val_loss, accuracy, val_accuracy.
    names = sorted(history.history, key=lambda name: (name.removeprefix("val_") != "loss", name.removeprefix("val_")))
    rows = [dict(zip(names, values, strict=True)) for values in zip(*map(history.history.get, names), strict=True)]
    chance = guessing(history.model)
    said = [observe(rows[: index + 1], chance) for index in range(len(rows))]
    if history.batches < history.params["steps"]:
        said[-1] = cut_short(history.batches, history.params["steps"])
    return Training(tuple(Epoch(epoch + 1, *shown) for epoch, *shown in zip(history.epoch, rows, said, strict=True)))


def cut_short(batches: int, steps: int) -> str:
    """What is said of a last epoch that `stop_training` has ended before its last batch.

    >>> cut_short(2, 38)
    'Cut short after 2 of 38 batches. Its loss is the mean of these few, so it is not compared.'
    """
    few = "of this one" if batches == 1 else "of these few" if batches < 10 else "of these"
    return f"Cut short after {batches} of {steps} batches. Its loss is the mean {few}, so it is not compared."


def guessing(model) -> float | None:
    """The cross-entropy of giving every class the same probability, log(classes); None for other losses."""
    if "crossentropy" not in model.loss.name:
        return None
    return math.log(2 if model.loss.name == "binary_crossentropy" else model.units)


def observe(rows: list[dict], chance: float | None = None) -> str:
    """What the last of these epochs shows, compared with those before it.

    >>> observe([{"loss": 0.68}], chance=math.log(2))
    'The mean over this epoch is still close to guessing (0.69).'
    >>> observe([{"loss": 0.68}, {"loss": 0.50}])
    'Loss down 26 %.'
    >>> observe([{"loss": 0.68, "val_loss": 0.6}, {"loss": 0.50, "val_loss": 0.7}])
    'Loss down 26 %. Validation loss up 0.10: noise, or the start of overfitting.'
    >>> observe([{"loss": 0.50}, {"loss": 0.52}])
    'Loss up 4 %: this epoch did not help.'
    """
    now = rows[-1]
    if len(rows) == 1:
        if chance is None:
            return f"Training starts at a loss of {now['loss']:.2f}."
        if now["loss"] > chance * 1.05:
            return f"Worse than guessing ({chance:.2f}): the first weights were bad, or the first steps."
        if now["loss"] > chance * 0.9:
            return f"The mean over this epoch is still close to guessing ({chance:.2f})."
        return f"Already below guessing ({chance:.2f}): the first updates found something."
    before = rows[-2]
    pairs = list(zip(rows, rows[1:], strict=False))
    falls = [earlier["loss"] - later["loss"] for earlier, later in pairs]
    rises = [later.get("val_loss", 0) - earlier.get("val_loss", math.inf) for earlier, later in pairs]
    change = (before["loss"] - now["loss"]) / before["loss"]
    if change <= 0:
        return f"Loss up {-change:.0%}: this epoch did not help.".replace("%", " %")
    text = f"Loss down {change:.0%}".replace("%", " %")
    if "accuracy" in now and now["accuracy"] - before["accuracy"] >= VISIBLE:
        text += f", accuracy up {now['accuracy'] - before['accuracy']:.2f}"
    if rises[-1] >= VISIBLE:
        twice = len(rises) > 1 and rises[-2] >= VISIBLE
        meaning = "the second time in a row, overfitting is likely." if twice else "noise, or the start of overfitting."
        return f"{text}. Validation loss up {rises[-1]:.2f}: {meaning}"
    if len(falls) > 1 and falls[-1] == max(falls):
        return text + ": the largest fall so far."
    if change < 0.1:
        return text + ": training is levelling off."
    return text + "."
