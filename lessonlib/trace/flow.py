"""Data flow: the five stages from raw rows to a validated model, with the shapes and samples of this run."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Stage:
    """One stage: what goes in, what is done, what comes out, and a look at some of the numbers."""

    title: str
    before: str
    what: str
    after: str
    samples: tuple[tuple[str, str], ...]  # (name, text)


@dataclass(frozen=True)
class Flow:
    """Stages in their order."""

    title: str
    stages: tuple[Stage, ...]

    def __repr__(self):
        from lessonlib.trace import text

        return text.flow(self)

    def _repr_html_(self):
        from lessonlib.trace import html

        return html.flow(self)


def data_flow(raw, scaled, train, validation, model, history, title="From raw rows to a validated model") -> Flow:
    """The five stages that one training run sends its data through.

    Args:
        raw: features as they came, (rows, features).
        scaled: the same after preprocessing.
        train, validation: the two parts, each (x, y).
        model: the model after `fit`.
        history: what `fit` returned.
    """
    (x_train, _), (x_val, _) = train, validation
    steps, epochs = history.params["steps"], len(history.epoch)
    updates = steps * (epochs - 1) + history.batches  # the last epoch may have been cut short
    product = f"{steps} updates x {epochs} epochs = " if updates == steps * epochs else ""
    batch = -(-len(x_train) // steps)
    last = {name: values[-1] for name, values in history.history.items() if name.startswith("val_")}
    measured = ", ".join(f"{name} {value:.2f}" for name, value in sorted(last.items(), reverse=True))
    return Flow(
        title,
        (
            Stage(
                "Input data",
                shape(raw),
                "The rows as they came, before anything is done to them.",
                shape(raw),
                (("raw", sample(raw)),),
            ),
            Stage(
                "Preprocessing",
                shape(raw),
                f"Bring every feature to one scale: from {low_high(raw)} to {low_high(scaled)}.",
                shape(scaled),
                (("scaled", sample(scaled)),),
            ),
            Stage(
                "Train/validation split",
                shape(scaled),
                f"Keep {len(x_val)} rows that training never sees.",
                f"train: {shape(x_train)}; validation: {shape(x_val)}",
                (("train", sample(x_train)), ("validation", sample(x_val))),
            ),
            Stage(
                "Model training",
                shape(x_train),
                f"fit() feeds {steps} batches of up to {batch} rows an epoch, and changes the weights after each.",
                f"{product}{updates} updates of {model.count_params()} parameters",
                (("rows in", sample(x_train)), ("first kernel after", sample(model.weights[0]))),
            ),
            Stage(
                "Validation",
                shape(x_val),
                "After each epoch, measure on the rows kept aside. No weight changes here.",
                measured,
                (("predictions", sample(model.predict(x_val, verbose=0))),),
            ),
        ),
    )


def shape(x) -> str:
    """
    >>> shape(np.zeros((1000, 10)))
    '1000 rows x 10 features'
    """
    return f"{len(x)} rows x {np.shape(x)[1]} features"


def sample(x, rows: int = 2) -> str:
    """The first rows of a table, the middle of each left out.

    >>> sample(np.arange(20).reshape(2, 10) / 10)
    '[[0.00, 0.10, …, 0.90], [1.00, 1.10, …, 1.90]]'
    """
    shown = ["[" + numbers(row) + "]" for row in np.asarray(x)[:rows]]
    return "[" + ", ".join(shown) + (", …]" if len(x) > rows else "]")


def numbers(row) -> str:
    text = [f"{value:.2f}" for value in row]
    return ", ".join(text if len(text) <= 4 else [*text[:2], "…", text[-1]])


def low_high(x) -> str:
    """
    >>> low_high(np.array([[0.0, 12.5]]))
    '[0.00, 12.50]'
    """
    return f"[{np.min(x):.2f}, {np.max(x):.2f}]"
