"""Metrics: what people watch. Unlike a loss, a metric need not have a useful slope.

A metric is fed batch by batch (`update_state`) and then says its value over all rows seen (`result`).
"""

import numpy as np

from lessonlib import utils
from lessonlib.utils import row_means


class Metric:
    """A number over all rows seen since the last `reset_state`; here, a mean of one value for each row.

    >>> metric = BinaryAccuracy()
    >>> metric.update_state([[1], [0]], [[0.9], [0.8]])
    >>> metric.update_state([[1], [1]], [[0.7], [0.6]])
    >>> metric.result()
    0.75
    """

    name = "metric"

    def __init__(self, name: str | None = None):
        self.name = name or self.name
        self.reset_state()

    def __call__(self, y_true, y_pred) -> float:
        self.update_state(y_true, y_pred)
        return self.result()

    def reset_state(self) -> None:
        self.total, self.rows = 0.0, 0

    def update_state(self, y_true, y_pred) -> None:
        y_pred = np.asarray(y_pred)
        values = self.per_row(np.asarray(y_true).reshape(len(y_pred), -1), y_pred.reshape(len(y_pred), -1))
        self.total += float(np.sum(values))
        self.rows += len(values)

    def result(self) -> float:
        return self.total / self.rows if self.rows else 0.0

    def per_row(self, y_true, y_pred) -> np.ndarray:
        """One value for each row; both arrays have two axes."""
        raise NotImplementedError


class BinaryAccuracy(Metric):
    """The share of outputs on the right side of `threshold` (an output exactly on it counts as 0)."""

    name = "binary_accuracy"

    def __init__(self, name=None, threshold=0.5):
        super().__init__(name)
        self.threshold = threshold

    def per_row(self, y_true, y_pred):
        return row_means((y_pred > self.threshold) == y_true)


class CategoricalAccuracy(Metric):
    """The share of rows whose largest output stands where the one-hot target has its 1."""

    name = "categorical_accuracy"

    def per_row(self, y_true, y_pred):
        return y_true.argmax(axis=1) == y_pred.argmax(axis=1)


class SparseCategoricalAccuracy(Metric):
    """The share of rows whose largest output stands at the target's class number."""

    name = "sparse_categorical_accuracy"

    def per_row(self, y_true, y_pred):
        return y_true[:, 0] == y_pred.argmax(axis=1)


class MeanSquaredError(Metric):
    """The mean of (y_pred − y_true)²."""

    name = "mean_squared_error"

    def per_row(self, y_true, y_pred):
        return row_means(np.square(y_pred - y_true))


class MeanAbsoluteError(Metric):
    """The mean of |y_pred − y_true|."""

    name = "mean_absolute_error"

    def per_row(self, y_true, y_pred):
        return row_means(np.abs(y_pred - y_true))


_CLASSES = (
    BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, MeanSquaredError, MeanAbsoluteError,
)  # fmt: skip
_KNOWN = {cls.name: cls for cls in _CLASSES} | {cls.__name__.lower(): cls for cls in _CLASSES}
_KNOWN |= {"mse": MeanSquaredError, "mae": MeanAbsoluteError}


def get(identifier, target_width: int = 1, units: int = 1) -> Metric:
    """The metric named by a string; it keeps that spelling as its name. A metric is itself.

    "accuracy" means a different thing for each kind of target: with one output the binary accuracy, with
    several outputs and class numbers the sparse categorical one, with one-hot targets the categorical one.

    Args:
        target_width: numbers in one row of y.
        units: outputs of the model.

    Raises:
        ValueError: there is no metric of that name.

    >>> type(get("accuracy", target_width=1, units=3)).__name__
    'SparseCategoricalAccuracy'
    """
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in ("accuracy", "acc"):
        if units == 1:
            return BinaryAccuracy(identifier)
        return SparseCategoricalAccuracy(identifier) if target_width == 1 else CategoricalAccuracy(identifier)
    return utils.look_up("metric", identifier, _KNOWN)(identifier)
