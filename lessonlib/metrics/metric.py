"""What all metrics share, and the two that every other is made of: a sum and a mean."""

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx


class Metric(utils.Configurable):
    """A number over all rows seen since the last `reset_state`. Subclasses write those three methods.

    >>> from lessonlib.metrics import BinaryAccuracy
    >>> metric = BinaryAccuracy()
    >>> metric.update_state([[1], [0]], [[0.9], [0.8]])
    >>> metric.update_state([[1], [1]], [[0.7], [0.6]])
    >>> metric.result()
    0.75
    """

    any_batches = False  # whether the result is the same however the rows are cut into batches
    # `_direction`, where a metric has it, is "up" if more is better and "down" if less is.

    def __init__(self, name: str | None = None, dtype=None):
        """A metric without a name is called `precision`, the next of its class `precision_1`, as layers are."""
        self.name, self.dtype = name or utils.unique_name(utils.snake_case(type(self).__name__)), dtype
        self.reset_state()

    def __call__(self, *args, **kwargs) -> float:
        self.update_state(*args, **kwargs)
        return self.result()

    def reset_state(self) -> None:
        raise NotImplementedError

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        raise NotImplementedError

    def result(self):
        raise NotImplementedError


class Sum(Metric):
    """The sum of all values seen, each times its weight."""

    any_batches = True

    def __init__(self, name=None, dtype=None):
        super().__init__(name or utils.snake_case(type(self).__name__), dtype)  # without numbers, as in Keras

    def reset_state(self):
        self.total, self.count = 0.0, 0.0

    def update_state(self, values, sample_weight=None):
        values = np.asarray(values, floatx())
        weights = np.ones((), floatx()) if sample_weight is None else np.asarray(sample_weight, floatx())
        if weights.ndim and values.ndim == 2 and (weights.ndim == 1 or weights.shape[1] == 1):
            values, weights = self.over_row(values), weights.reshape(-1)
        self.total += float(np.sum(values * weights))
        self.count += float(np.broadcast_to(weights, values.shape).sum())

    def over_row(self, values):
        return values.sum(axis=-1)

    def result(self):
        return self.total


class Mean(Sum):
    """The mean of all values seen, each counted with its weight.

    >>> Mean()([1.0, 3.0, 5.0], sample_weight=[1, 1, 0])
    2.0
    """

    def over_row(self, values):
        return values.mean(axis=-1)

    def result(self):
        return self.total / self.count if self.count else 0.0
