"""Between the caller's arrays and the engine: what `fit`, `evaluate` and `predict` accept, checked once, here."""

import numpy as np

from lessonlib.config import floatx


def features(x, name: str = "x") -> np.ndarray:
    """`x` as an array of floats with one row for each sample.

    Raises:
        ValueError: it is not a table of numbers.
    """
    try:
        rows = np.ascontiguousarray(x, floatx())
    except (TypeError, ValueError) as problem:
        raise ValueError(
            f"`{name}` must be a table of numbers with one row for each sample, all rows equally long. "
            f"Received: {describe(x)} ({problem})."
        ) from None
    if rows.ndim != 2:
        hint = f" For one row write {name}[None, :], for one feature {name}[:, None]." if rows.ndim == 1 else ""
        raise ValueError(
            f"`{name}` must have two axes, (rows, features). Received: {name} of shape {rows.shape}.{hint}"
        )
    return rows


def fits_model(rows: np.ndarray, inputs: int, layer: str, name: str = "x") -> None:
    """Raise a ValueError unless the rows have as many features as the model's first layer expects."""
    if rows.shape[1] != inputs:
        raise ValueError(
            f"The first layer ({layer}) expects rows of {inputs} features. Received: `{name}` of shape {rows.shape}, "
            f"rows of {rows.shape[1]}. Change the data, or the model's Input(({rows.shape[1]},))."
        )


def no_gaps(rows: np.ndarray, name: str) -> None:
    """Raise a ValueError, which says where, if a number is NaN or infinite: it would spread to every weight."""
    if np.isfinite(rows.sum(dtype="float64")):  # one fast pass; a sum is finite only if all its parts are
        return
    wrong = ~np.isfinite(rows)
    place = ", ".join(f"{axis} {index}" for axis, index in zip(("row", "column"), np.argwhere(wrong)[0], strict=False))
    raise ValueError(
        f"`{name}` holds {rows[wrong][0]} in {place} ({wrong.sum()} such value(s) in all). Remove those rows, "
        f"or fill the gaps, before training."
    )


def pair(x, y, names=("x", "y")) -> tuple[np.ndarray, np.ndarray]:
    """Features and targets with the same number of rows, free of NaN.

    Raises:
        ValueError: see `features` and `no_gaps`; or the numbers of rows differ; or there is no y, or no row.
    """
    x_name, y_name = names
    if y is None:
        raise ValueError(f"Training and evaluation need targets: `{y_name}` is None. Give one target for each row.")
    rows, targets = features(x, x_name), np.asarray(y)
    if targets.ndim == 0 or targets.dtype.kind not in "biuf":
        raise ValueError(
            f"`{y_name}` must hold numbers, one target for each row of `{x_name}`. Received: {describe(y)}. "
            "Turn names of classes into the numbers 0, 1, 2, … first."
        )
    if len(rows) != len(targets):
        raise ValueError(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. "
            f"'{x_name}' sizes: {len(rows)}, '{y_name}' sizes: {len(targets)}"
        )
    if len(rows) == 0:
        raise ValueError(f"`{x_name}` has no rows; at least one is needed.")
    no_gaps(rows, x_name)
    no_gaps(targets, y_name)
    return rows, targets


def validation_pair(validation_data) -> tuple[np.ndarray, np.ndarray]:
    """The (x, y) given as `validation_data`, checked as `pair` does."""
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
        raise ValueError(
            f"`validation_data` must be a pair (x, y). Received: {describe(validation_data)}. "
            "Write validation_data=(x_val, y_val)."
        )
    return pair(*validation_data, names=("validation_data[0]", "validation_data[1]"))


def split(x, y, validation_split: float):
    """Cut off the *last* rows for validation, before any shuffling: training keeps the first ⌊n·(1 − split)⌋.

    Raises:
        ValueError: the share is not in [0, 1), or one of the two parts would be empty.

    >>> train, validation = split(np.zeros((11, 2)), np.zeros(11), 0.2)
    >>> len(train[0]), len(validation[0])
    (8, 3)
    """
    if not isinstance(validation_split, (int, float, np.number)) or not 0 <= validation_split < 1:
        raise ValueError(
            f"`validation_split` is the share of rows kept for validation, from 0 to below 1 (0.2 is a fifth). "
            f"Received: validation_split={validation_split!r}"
        )
    n = int(len(x) * (1 - validation_split))
    if n == 0 or n == len(x):
        raise ValueError(
            f"Training data contains {len(x)} samples, which is not sufficient to split it into a validation and "
            f"training set as specified by `validation_split={validation_split}`. Either provide more data, or a "
            f"different value for the `validation_split` argument."
        )
    return (x[:n], y[:n]), (x[n:], y[n:])


class Batches:
    """The training rows in the order of this epoch, and a view of them for each batch, made once for all epochs.

    `views` is a list of (x_BF, t_BK, y_BK, p_BK): features, targets for the loss, targets for the metrics, and the
    place where the batch's predictions are kept until the end of the epoch.
    """

    def __init__(self, x, t, y, batch_size: int, shuffle: bool):
        self.sources = (x, t, y)
        if shuffle:  # never in the caller's own arrays
            x, t, y = np.empty_like(x), np.empty_like(t), np.empty_like(y)
            if self.sources[1] is self.sources[2]:
                y = t
        self.x, self.t, self.y, self.p = x, t, y, np.empty_like(t)
        starts = range(0, len(x), batch_size)
        self.views = [tuple(a[s : s + batch_size] for a in (self.x, self.t, self.y, self.p)) for s in starts]

    def shuffle(self, generator: np.random.Generator) -> None:
        """Bring all rows into a new random order."""
        order = generator.permutation(len(self.x))
        targets = [self.x, self.t] if self.y is self.t else [self.x, self.t, self.y]
        for source, target in zip(self.sources, targets, strict=False):
            source.take(order, axis=0, out=target, mode="clip")  # "clip" checks nothing, and so copies directly


def whole_number(value, name: str, least: int = 1) -> int:
    """`value` as an int, or a ValueError if it is not a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"`{name}` must be a whole number of at least {least}. Received: {name}={value!r}")
    return int(value)


def describe(value) -> str:
    """What a value is, briefly, for an error message."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
