"""How much of the targets' variance a regression explains."""

import numpy as np

from lessonlib import utils
from lessonlib.metrics.metric import Metric


class R2Score(Metric):
    """The coefficient of determination, 1 − Σ(t − p)² / Σ(t − mean t)²: 1 is perfect, 0 is as good as the mean.

    Args:
        class_aggregation: with several outputs, their mean ("uniform_average"), their mean weighted by the variances
            of the targets ("variance_weighted_average"), or None: an array, one number an output.

    >>> round(R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.0]]), 2)
    0.5
    """

    _direction = "up"

    def __init__(self, class_aggregation="uniform_average", name="r2_score", dtype=None):
        choices = None, "uniform_average", "variance_weighted_average"
        utils.check_choice("class_aggregation", class_aggregation, choices)
        super().__init__(name, dtype)
        self.class_aggregation = class_aggregation
        R2Score.reset_state(self)

    def reset_state(self):
        self.errors = self.sum = self.squares = self.count = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        p_BK = np.asarray(y_pred, "float64")
        t_BK = np.asarray(y_true, "float64").reshape(p_BK.shape)
        w_B1 = np.ones((len(p_BK), 1)) if sample_weight is None else np.asarray(sample_weight).reshape(-1, 1)
        self.errors = self.errors + (w_B1 * (t_BK - p_BK) ** 2).sum(axis=0)
        self.sum = self.sum + (w_B1 * t_BK).sum(axis=0)
        self.squares = self.squares + (w_B1 * t_BK**2).sum(axis=0)
        self.count = self.count + w_B1.sum()

    def result(self):
        total = self.squares - self.sum**2 / self.count
        score = 1 - np.divide(self.errors, total, out=np.ones_like(total), where=total != 0)
        if self.class_aggregation is None:
            return score
        return float(np.average(score, weights=total if self.class_aggregation != "uniform_average" else None))
