"""Losses for numbers.

Letters: t the targets, p the predictions, both of shape (B rows, K outputs).
"""

import numpy as np

from lessonlib.losses.loss import Loss
from lessonlib.utils import row_means


class MeanSquaredError(Loss):
    """loss = mean over the outputs of (p − t)²;  dloss/dp = 2·(p − t) / K.

    >>> MeanSquaredError()([[0.0], [1.0]], [[0.5], [1.0]])
    0.125
    """

    def per_row(self, t_BK, p_BK):
        return row_means(np.square(p_BK - t_BK))

    def slope(self, t_BK, p_BK):
        return (p_BK - t_BK) * p_BK.dtype.type(2 / p_BK.shape[1])


class MeanAbsoluteError(Loss):
    """loss = mean over the outputs of |p − t|;  dloss/dp = sign(p − t) / K.

    >>> MeanAbsoluteError()([[0.0], [1.0]], [[0.5], [1.0]])
    0.25
    """

    def per_row(self, t_BK, p_BK):
        return row_means(np.abs(p_BK - t_BK))

    def slope(self, t_BK, p_BK):
        return np.sign(p_BK - t_BK) / p_BK.dtype.type(p_BK.shape[1])


class Huber(Loss):
    """Squared for small errors e = p − t, straight for large ones, so that outliers pull less.

        loss = mean over the outputs of  ½·e² where |e| ≤ delta,  else delta·|e| − ½·delta²
        dloss/dp = e, but never beyond ±delta, / K

    >>> Huber()([[0.0], [0.0]], [[1.0], [3.0]])
    1.5
    """

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name=None):
        super().__init__(reduction, name or "huber_loss")
        self.delta = delta

    def per_row(self, t_BK, p_BK):
        size_BK = np.abs(p_BK - t_BK)
        straight_BK = self.delta * size_BK - 0.5 * self.delta**2
        return row_means(np.where(size_BK <= self.delta, 0.5 * size_BK**2, straight_BK))

    def slope(self, t_BK, p_BK):
        return np.clip(p_BK - t_BK, -self.delta, self.delta) / p_BK.dtype.type(p_BK.shape[1])


class Hinge(Loss):
    """For targets −1 and 1 (0 and 1 are turned into those):  loss = mean over the outputs of max(1 − t·p, 0).

    dloss/dp = −t / K where t·p < 1, else 0.

    >>> Hinge()([[0], [1]], [[-2.0], [0.5]])
    0.25
    """

    def targets(self, y, units):
        t_BK = super().targets(y, units)
        return 2 * t_BK - 1 if np.isin(t_BK, (0, 1)).all() else t_BK

    def per_row(self, t_BK, p_BK):
        return row_means(np.maximum(1 - t_BK * p_BK, 0))

    def slope(self, t_BK, p_BK):
        return np.where(t_BK * p_BK < 1, -t_BK, 0) / p_BK.dtype.type(p_BK.shape[1])
