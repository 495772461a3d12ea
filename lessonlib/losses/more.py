"""Losses for special targets: of all sizes, counts, distributions; and one for outliers.

Letters: t the targets, p the predictions, both of shape (B rows, K outputs); e = p − t.
"""

import numpy as np

from lessonlib.losses.crossentropy import EPSILON
from lessonlib.losses.loss import Loss
from lessonlib.losses.regression import Hinge
from lessonlib.utils import row_means


class MeanAbsolutePercentageError(Loss):
    """loss = mean over the outputs of 100·|e| / |t|;  dloss/dp = 100·sign(e) / |t| / K. |t| counts as at least 1e-7.

    >>> MeanAbsolutePercentageError()([[2.0], [10.0]], [[1.0], [10.0]])
    25.0
    """

    def per_row(self, t_BK, p_BK):
        return 100 * row_means(np.abs(p_BK - t_BK) / np.maximum(np.abs(t_BK), EPSILON))

    def slope(self, t_BK, p_BK):
        return 100 * np.sign(p_BK - t_BK) / np.maximum(np.abs(t_BK), EPSILON) / p_BK.shape[1]


class MeanSquaredLogarithmicError(Loss):
    """loss = mean over the outputs of (log(1 + p) − log(1 + t))²;  dloss/dp = 2·(the difference) / (1 + p) / K.

    Numbers below 1e-7 count as that, and send no gradient.
    """

    def difference(self, t_BK, p_BK):
        return np.log1p(np.maximum(p_BK, EPSILON)) - np.log1p(np.maximum(t_BK, EPSILON))

    def per_row(self, t_BK, p_BK):
        return row_means(np.square(self.difference(t_BK, p_BK)))

    def slope(self, t_BK, p_BK):
        return np.where(p_BK > EPSILON, 2 * self.difference(t_BK, p_BK) / (1 + p_BK) / p_BK.shape[1], 0)


class LogCosh(Loss):
    """loss = mean over the outputs of log cosh e: about e²/2 for small errors, |e| − log 2 for large ones.

    dloss/dp = tanh(e) / K
    """

    def per_row(self, t_BK, p_BK):
        e_BK = p_BK - t_BK
        return row_means(np.logaddexp(e_BK, -e_BK) - np.log(2).astype(p_BK.dtype))

    def slope(self, t_BK, p_BK):
        return np.tanh(p_BK - t_BK) / p_BK.shape[1]


class Poisson(Loss):
    """For counts:  loss = mean over the outputs of p − t·log(p + 1e-7);  dloss/dp = (1 − t / (p + 1e-7)) / K."""

    def per_row(self, t_BK, p_BK):
        return row_means(p_BK - t_BK * np.log(p_BK + p_BK.dtype.type(EPSILON)))

    def slope(self, t_BK, p_BK):
        return (1 - t_BK / (p_BK + p_BK.dtype.type(EPSILON))) / p_BK.shape[1]


class KLDivergence(Loss):
    """How far the distribution p is from t:  loss = Σ t·log(t / p), both from 1e-7 to 1;  dloss/dp = −t / p."""

    def per_row(self, t_BK, p_BK):
        t_BK, p_BK = np.clip(t_BK, EPSILON, 1), np.clip(p_BK, EPSILON, 1)
        return (t_BK * np.log(t_BK / p_BK)).sum(axis=1)

    def slope(self, t_BK, p_BK):
        inside_BK = (p_BK >= EPSILON) & (p_BK <= 1)
        return np.where(inside_BK, -np.clip(t_BK, EPSILON, 1) / np.clip(p_BK, EPSILON, 1), 0)


class SquaredHinge(Hinge):
    """The square of `Hinge`:  loss = mean over the outputs of max(1 − t·p, 0)²."""

    def per_row(self, t_BK, p_BK):
        return row_means(np.square(np.maximum(1 - t_BK * p_BK, 0)))

    def slope(self, t_BK, p_BK):
        return -2 * t_BK * np.maximum(1 - t_BK * p_BK, 0) / p_BK.shape[1]
