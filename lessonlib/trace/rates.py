"""The learning rate, epoch by epoch: what it was, how far it can have carried the weights, what the loss did."""

from dataclasses import dataclass

VISIBLE = 0.005  # smaller changes of the loss than this are not worth a word


@dataclass(frozen=True)
class Stretch:
    """One epoch: its updates, its rate, the sum of the rates of all updates so far, its loss, an observation."""

    number: int  # counted from 1
    updates: str
    rate: float
    total: float
    loss: float
    change: float | None
    observation: str


@dataclass(frozen=True)
class Rates:
    """The epochs of one `fit`, in their order."""

    epochs: tuple[Stretch, ...]

    def __repr__(self):
        from lessonlib.trace import text

        return text.rates(self)

    def _repr_html_(self):
        from lessonlib.trace import html

        return html.rates(self)


def rates(history) -> Rates:
    """The trace of the learning rate in a `History` that has it, one number an epoch.

    Every observation is derived from the numbers, by the rules in `observe`.

    Raises:
        ValueError: there is no `learning_rate` in the history.
    """
    numbers = getattr(history, "history", None) or {}
    if "learning_rate" not in numbers or "loss" not in numbers:
        raise ValueError(
            "Expected a history with learning_rate in it. The callbacks LearningRateScheduler and ReduceLROnPlateau "
            f"put it there; a schedule inside the optimizer does not. Received: {history!r}"
        )
    steps, epochs, total = history.params["steps"], [], 0.0
    for index, (epoch, rate, loss) in enumerate(
        zip(history.epoch, numbers["learning_rate"], numbers["loss"], strict=True)
    ):
        first, last = index * steps, (index + 1) * steps
        if epoch == history.epoch[-1]:
            last = first + history.batches  # it may have been cut short
        total += (last - first) * rate
        epochs.append(
            Stretch(
                epoch + 1,
                f"{first + 1}–{last}",
                rate,
                total,
                loss,
                loss - numbers["loss"][index - 1] if index else None,
                observe(numbers["learning_rate"][: index + 1], numbers["loss"][: index + 1]),
            )
        )
    return Rates(tuple(epochs))


def observe(rates, losses) -> str:
    """What the last of these epochs shows: what became of the rate, and what of the loss.

    >>> observe([0.1], [0.64])
    'The first rate.'
    >>> observe([0.1, 0.05], [0.64, 0.52])
    'Rate halved. Loss down 0.12.'
    >>> observe([0.1, 0.1, 0.01], [0.40, 0.39, 0.33])
    'Rate divided by 10. Loss down 0.06, more than in the epoch before.'
    >>> observe([0.01, 0.1], [0.64, 0.66])
    'Rate times 10. Loss up 0.02.'
    """
    if len(rates) == 1:
        return "The first rate."
    factor = rates[-1] / rates[-2] if rates[-2] else float("inf")
    if abs(factor - 1) < 1e-4:
        text = "Same rate."
    elif abs(factor - 0.5) < 1e-4:
        text = "Rate halved."
    else:
        text = f"Rate divided by {1 / factor:.3g}." if factor < 1 else f"Rate times {factor:.3g}."
    fall = losses[-2] - losses[-1]
    if abs(fall) < VISIBLE:
        return f"{text} Loss as before."
    text += f" Loss {'down' if fall > 0 else 'up'} {abs(fall):.2f}"
    if len(losses) > 2 and factor < 0.9999 and fall > 0 and fall > losses[-3] - losses[-2]:
        return f"{text}, more than in the epoch before."
    return f"{text}."
