"""What all metrics share, and the two that every other is made of: a sum and a mean."""

import numpy as np

from lessonlib import initializers, utils
from lessonlib.config import floatx
from lessonlib.variable import Variable


class Metric(utils.Configurable):
    """A number over all rows seen since the last `reset_state`.

    Subclasses write `update_state` and `result`, and keep what they count in `add_weight`, which `reset_state` sets
    to 0, as it does those of other metrics that they hold; or in what they like, with a `reset_state` of their own.

    >>> from lessonlib.metrics import BinaryAccuracy
    >>> metric = BinaryAccuracy()
    >>> metric.update_state([[1], [0]], [[0.9], [0.8]])
    >>> metric.update_state([[1], [1]], [[0.7], [0.6]])
    >>> metric.result()
    0.75
    """

    # `_direction`, where a metric has it, is "up" if more is better and "down" if less is.

    def __init__(self, name: str | None = None, dtype=None):
        """A metric without a name is called `precision`, the next of its class `precision_1`, as layers are."""
        self.name = name or utils.unique_name(utils.snake_case(type(self).__name__))
        self.dtype, self._variables = dtype or floatx(), []
        # Whether the result is the same however the rows are cut into batches; unknown where the class is yours.
        self.any_batches = type(self).update_state.__module__.startswith(__package__)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"

    def __call__(self, *args, **kwargs) -> float:
        self.update_state(*args, **kwargs)
        return self.result()

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None) -> Variable:
        """An array to count in, of the shape and with the first values asked for."""
        self._variables.append(Variable(initializers.get(initializer)(shape), dtype or self.dtype, name))
        return self._variables[-1]

    def add_weight(self, shape=(), initializer="zeros", dtype=None, name=None) -> Variable:
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        inside = [metric.variables for metric in vars(self).values() if isinstance(metric, Metric)]
        return sum(inside, list(self._variables))

    def reset_state(self) -> None:
        for metric in vars(self).values():
            if isinstance(metric, Metric):
                metric.reset_state()
        for variable in self._variables:
            variable.assign(0)

    def update_state(self, y_true, y_pred, sample_weight=None) -> None:
        raise NotImplementedError

    def result(self):
        raise NotImplementedError


class Sum(Metric):
    """The sum of all values seen, each times its weight."""

    def __init__(self, name=None, dtype=None):
        super().__init__(name or utils.snake_case(type(self).__name__), dtype)  # without numbers, as in Keras
        self.total = self.count = 0.0

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
