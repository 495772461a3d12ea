"""Metrics that are a mean over the rows: the accuracies, losses as metrics, functions of your own.

Letters: t the targets, p the predictions, both of shape (B rows, K outputs).
"""

import numpy as np

from lessonlib import losses, utils
from lessonlib.losses.function import look_up_function
from lessonlib.metrics.metric import Mean
from lessonlib.utils import row_means


class MeanMetricWrapper(Mean):
    """The mean of what a function fn(y_true, y_pred) says, one value for a row or one for a whole batch."""

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self.fn, self.settings, self.any_batches = fn, kwargs, False

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(self.fn(np.asarray(y_true), np.asarray(y_pred), **self.settings), sample_weight)

    def get_config(self):
        """With the settings; the function stands there by its name, unless a subclass brings its own."""
        config = super().get_config()
        return config | {name: utils.written(value) for name, value in self.settings.items() if "fn" in config}

    @classmethod
    def from_config(cls, config):
        if "fn" in config:
            made = losses.get if isinstance(config["fn"], dict) else look_up_function
            config = config | {"fn": made(config["fn"])}
        return cls(**config)


class RowMetric(Mean):
    """The mean of one value for each row. Where arrays have one axis, every number is a row of its own."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        values_B = self.rows(y_true, y_pred)
        if sample_weight is not None:
            return super().update_state(values_B, sample_weight)
        self.total += float(np.count_nonzero(values_B) if values_B.dtype == bool else np.add.reduce(values_B))
        self.count += len(values_B)

    def rows(self, y_true, y_pred):
        p = np.asarray(y_pred)
        p_BK = p.reshape(-1, 1) if p.ndim < 2 else p.reshape(-1, p.shape[-1])
        return self.per_row(np.asarray(y_true).reshape(len(p_BK), -1), p_BK)

    def per_row(self, t_BK, p_BK) -> np.ndarray:
        """One value for each row."""
        raise NotImplementedError


class Accuracy(RowMetric):
    """The share of outputs that equal their targets."""

    _direction = "up"

    def per_row(self, t_BK, p_BK):
        return row_means(t_BK == p_BK)


class BinaryAccuracy(Accuracy):
    """The share of outputs on the right side of `threshold` (an output exactly on it counts as 0)."""

    def __init__(self, name=None, dtype=None, threshold=0.5):
        super().__init__(name, dtype)
        self.threshold = threshold

    def per_row(self, t_BK, p_BK):
        return row_means((p_BK > self.threshold) == t_BK)


class CategoricalAccuracy(Accuracy):
    """The share of rows whose largest output stands where the one-hot target has its 1."""

    def per_row(self, t_BK, p_BK):
        if t_BK.shape[1] == 1 < p_BK.shape[1]:
            raise ValueError(
                f"{self.name} needs one-hot targets of {p_BK.shape[1]} numbers. For class numbers choose 'accuracy' or "
                "'sparse_categorical_accuracy'."
            )
        return t_BK.argmax(axis=1) == p_BK.argmax(axis=1)


class SparseCategoricalAccuracy(Accuracy):
    """The share of rows whose largest output stands at the target's class number."""

    def per_row(self, t_BK, p_BK):
        return t_BK[:, 0] == p_BK.argmax(axis=1)


class TopKCategoricalAccuracy(Accuracy):
    """The share of rows where fewer than k outputs are larger than the one at the one-hot target's 1."""

    def __init__(self, k=5, name=None, dtype=None):
        super().__init__(name, dtype)
        self.k = k

    def per_row(self, t_BK, p_BK):
        of_target_B1 = np.take_along_axis(p_BK, self.labels(t_BK), axis=1)
        return (p_BK > of_target_B1).sum(axis=1) < self.k

    def labels(self, t_BK):
        return t_BK.argmax(axis=1)[:, None]


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """The same for class numbers."""

    def labels(self, t_BK):
        return t_BK[:, :1].astype("int64")


class LossMetric(RowMetric):
    """A loss as a metric: its mean over the rows, without penalties; it takes the loss's settings."""

    _direction = "down"
    kind = losses.Loss

    def __init__(self, name=None, dtype=None, **settings):
        super().__init__(name, dtype)
        self.loss, self.settings = self.kind(**settings), settings

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype} | self.settings

    def rows(self, y_true, y_pred):
        return self.loss.rows(y_true, y_pred).reshape(-1)


def _mean_of(loss):
    return type(loss.__name__, (LossMetric,), {"kind": loss, "__doc__": LossMetric.__doc__, "__module__": __name__})


MeanSquaredError, MeanAbsoluteError = _mean_of(losses.MeanSquaredError), _mean_of(losses.MeanAbsoluteError)
BinaryCrossentropy, Hinge = _mean_of(losses.BinaryCrossentropy), _mean_of(losses.Hinge)
CategoricalCrossentropy = _mean_of(losses.CategoricalCrossentropy)
SparseCategoricalCrossentropy = _mean_of(losses.SparseCategoricalCrossentropy)
MeanAbsolutePercentageError = _mean_of(losses.MeanAbsolutePercentageError)
MeanSquaredLogarithmicError = _mean_of(losses.MeanSquaredLogarithmicError)
Poisson, KLDivergence, SquaredHinge = map(_mean_of, (losses.Poisson, losses.KLDivergence, losses.SquaredHinge))


class LogCoshError(_mean_of(losses.LogCosh)):
    """The mean of log cosh(p − t)."""

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(name, dtype)


class RootMeanSquaredError(MeanSquaredError):
    """The square root of the mean of (p − t)²."""

    def result(self):
        return super().result() ** 0.5
