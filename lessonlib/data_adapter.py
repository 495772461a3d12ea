"""Between the caller's arrays and the engine: what `fit`, `evaluate` and `predict` accept, checked once, here."""

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx


def features(x, input_shape: tuple | None = None, name: str = "x") -> np.ndarray:
    """`x` as an array of floats with one row for each sample, as the model expects them if it knows already.

    Where the model's rows are single numbers, `x` may have one axis, as in Keras.

    Raises:
        ValueError: it is not a table of numbers, or its rows are not of the model's shape.
    """
    rows = np.ascontiguousarray(numbers(x, name))
    axes = len(input_shape) if input_shape else max(rows.ndim, 2)
    if rows.ndim == axes - 1 and input_shape and input_shape[-1] == 1:
        rows = rows[..., None]
    elif rows.ndim == axes + 1 and rows.shape[-1] == 1:
        rows = rows[..., 0]
    if rows.ndim != axes:
        wanted = "two axes, (rows, features)" if axes == 2 else f"{axes} axes, (rows, *{input_shape[1:]})"
        hint = f" For one row write {name}[None, :], for one feature {name}[:, None]." if rows.ndim == 1 else ""
        raise ValueError(f"`{name}` must have {wanted}. Received: {name} of shape {rows.shape}.{hint}")
    if input_shape and rows.shape[1:] != input_shape[1:]:
        wanted, given = (shape[0] if len(shape) == 1 else shape for shape in (input_shape[1:], rows.shape[1:]))
        raise ValueError(
            f"The first layer expects rows of {wanted} features. Received: `{name}` of shape {rows.shape}, rows of "
            f"{given}. Change the data, or the model's Input({rows.shape[1:]})."
        )
    return rows


def numbers(x, name: str) -> np.ndarray:
    """`x` as an array of floats.

    Raises:
        ValueError: it holds anything but real numbers, or rows of different lengths, or masked places.

    >>> numbers([[1, 2], [3, 4.5]], "x").tolist()
    [[1.0, 2.0], [3.0, 4.5]]
    """
    if isinstance(x, (dict, list, tuple)) and (isinstance(x, dict) or getattr(utils.only(x), "ndim", 0) > 1):
        x = utils.only(x)  # as Keras has it for a model with several inputs
    if type(x).__name__ == "MaskedArray" and np.any(x.mask):  # by name, for importing numpy.ma takes ten milliseconds
        raise ValueError(
            f"`{name}` has masked places: fill them, for instance with {name}.filled(0), or drop the rows."
        )
    try:
        array = np.asarray(x)
        if array.dtype == object:  # a list of mixed numbers is well; None is not
            array = array.astype(floatx())
    except (TypeError, ValueError):
        array = None
    if x is None or array is None or array.dtype.kind not in "biuf":
        raise ValueError(
            f"`{name}` must be a table of numbers, one row for each sample, all rows equally long. "
            f"Received: {describe(x)}."
        )
    with np.errstate(over="ignore"):  # what is too large becomes inf, and is told below
        return array.astype(floatx(), copy=False)


def no_gaps(rows: np.ndarray, name: str) -> None:
    """Raise a ValueError, which says where, if a number is NaN or infinite: it would spread to every weight."""
    # One fast pass: a sum is finite only if all its parts are (and if it is not for another reason, we look again).
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(rows.sum()) or np.isfinite(rows).all():
            return
    wrong = ~np.isfinite(rows)
    place = ", ".join(f"{axis} {index}" for axis, index in zip(("row", "column"), np.argwhere(wrong)[0], strict=False))
    raise ValueError(
        f"`{name}` holds {rows[wrong][0]} in {place} ({wrong.sum()} such value(s) in all). Remove those rows, "
        f"or fill the gaps, before training."
    )


def rows(x, y, sample_weight=None, class_weight=None, names=("x", "y", "sample_weight")) -> tuple:
    """Features, targets and weights (or None) with the same number of rows, free of NaN.

    Raises:
        ValueError: see `features` and `no_gaps`; or the numbers of rows differ; or there is no y, or no row.
    """
    x_name, y_name, w_name = names
    if y is None:
        raise ValueError(f"Training and evaluation need targets: `{y_name}` is None. Give one target for each row.")
    x = numbers(x, x_name)
    if isinstance(y, dict) or (isinstance(y, (list, tuple)) and np.shape(utils.only(y))[:1] == x.shape[:1]):
        y = utils.only(y)
    targets = np.asarray(y)
    if targets.dtype == object and all(isinstance(value, (int, float, np.number)) for value in targets.flat):
        targets = targets.astype(floatx())
    if targets.ndim == 0 or targets.dtype.kind not in "biuf":
        raise ValueError(
            f"`{y_name}` must hold numbers, one target for each row of `{x_name}`. Received: {describe(y)}. "
            "Turn names of classes into the numbers 0, 1, 2, … first."
        )
    if x.ndim == 0 or len(x) != len(targets):
        raise ValueError(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. "
            f"'{x_name}' sizes: {len(np.atleast_1d(x))}, '{y_name}' sizes: {len(targets)}"
        )
    if len(x) == 0:
        raise ValueError(f"`{x_name}` has no rows; at least one is needed.")
    no_gaps(x, x_name)
    no_gaps(numbers(targets, y_name), y_name)
    return x, targets, weights(targets, sample_weight, class_weight, w_name)


def weights(y, sample_weight, class_weight, name: str = "sample_weight") -> np.ndarray | None:
    """How much every row counts; None where all count 1.

    >>> weights(np.array([0, 1, 1]), None, {1: 3.0}).tolist()
    [1.0, 3.0, 3.0]
    """
    if class_weight is not None:
        if sample_weight is not None:
            raise ValueError("You cannot give `class_weight` and `sample_weight` at once. Multiply them first.")
        if not isinstance(class_weight, dict):
            raise ValueError(f"`class_weight` is a dictionary, {{class: weight}}. Received: {describe(class_weight)}.")
        labels = y.argmax(axis=-1) if y.ndim > 1 and y.shape[-1] > 1 else np.round(y.reshape(-1))
        return np.array([class_weight.get(int(label), 1.0) for label in labels], floatx())
    if sample_weight is None:
        return None
    w_B = np.asarray(sample_weight, floatx())
    if w_B.shape not in ((len(y),), (len(y), 1)):
        raise ValueError(
            f"`{name}` must hold one number for each row, {len(y)} in all. Received: {describe(sample_weight)}."
        )
    no_gaps(w_B, name)
    return w_B.reshape(-1)


def training_rows(x, y, sample_weight, class_weight, validation_split, validation_data) -> tuple:
    """(x, y, weights) to train on, and the same for validation, or None: what `fit` is given, checked."""
    training, validation = rows(x, y, sample_weight), None
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            raise ValueError(
                f"`validation_data` must be a pair (x, y), or (x, y, sample_weight). Received: "
                f"{describe(validation_data)}. Write validation_data=(x_val, y_val)."
            )
        validation = rows(*validation_data, names=[f"validation_data[{number}]" for number in range(3)])
    elif validation_split:
        training, validation = split(training, validation_split)
    if class_weight is not None:  # it is for training only
        training = *training[:2], weights(training[1], sample_weight, class_weight)
    return training, validation


def split(arrays, validation_split: float):
    """Cut off the *last* rows for validation, before any shuffling: training keeps the first ⌊n·(1 − split)⌋.

    Raises:
        ValueError: the share is not in [0, 1), or one of the two parts would be empty.

    >>> train, validation = split((np.zeros((11, 2)), np.zeros(11), None), 0.2)
    >>> len(train[0]), len(validation[0])
    (8, 3)
    """
    utils.check_numbers(0, below=1, validation_split=validation_split)
    rows_in_all = len(arrays[0])
    n = int(rows_in_all * (1 - validation_split))
    if n == 0 or n == rows_in_all:
        raise ValueError(
            f"Training data contains {rows_in_all} samples, which is not sufficient to split it into a validation and "
            f"training set as specified by `validation_split={validation_split}`. Either provide more data, or a "
            f"different value for the `validation_split` argument."
        )
    return tuple(tuple(None if a is None else a[part] for a in arrays) for part in (slice(n), slice(n, None)))


def describe(value) -> str:
    """What a value is, briefly, for an error message."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
