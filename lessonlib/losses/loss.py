"""What all losses share: a loss says how wrong a batch of predictions is, and where each should move.

Letters: t the targets, p the predictions, both of shape (B rows, K outputs).
"""

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx
from lessonlib.losses.measured import measured_slope
from lessonlib.utils import row_means


class Loss(utils.Configurable):
    """Called as `loss(y_true, y_pred)`, a loss returns its mean over all rows as a Python float.

    For one of your own write a function, or a subclass with `call(y_true, y_pred)`: one number for each row, or for
    each output, or for the whole batch. Its slope is then measured. Where you know it, write instead
    `per_row(t_BK, p_BK)`, the loss of every row, of shape (B,), and `slope(t_BK, p_BK)`, every row's own dloss/dp.

    Args:
        reduction: what a call makes of the losses of the rows: "sum_over_batch_size" (their mean), "sum", or
            None (nothing: an array). With weights for the rows, the mean is still over the number of rows.

    Raises:
        ValueError: `y_true` does not fit `y_pred`, or is not of the kind that the loss needs.
    """

    combines_with = None  # the activation whose derivative cancels against this loss's, see `combined_gradient`

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        utils.check_choice("reduction", reduction, ("sum_over_batch_size", "mean", "sum", None, "none"))
        self.reduction, self.name = reduction, name or utils.snake_case(type(self).__name__)

    def __call__(self, y_true, y_pred, sample_weight=None):
        values_B = self.rows(y_true, y_pred)
        if sample_weight is not None:
            weights = np.asarray(sample_weight, values_B.dtype).reshape(-1, *[1] * (values_B.ndim - 1))
            values_B = values_B * weights
        return values_B if self.reduction in (None, "none") else float(self.reduced(values_B.reshape(-1)))

    by_batch = property(lambda self: self.reduction == "sum" or getattr(self.call, "__func__", None) is not Loss.call)

    def reduced(self, values_B):
        """The rows' losses as one number."""
        return np.sum(values_B) / self.divisor(values_B)

    def divisor(self, rows) -> int:
        """What the sum over the rows is divided by."""
        return 1 if self.reduction == "sum" else len(rows)

    def rows(self, y_true, y_pred) -> np.ndarray:
        """The loss of every row; an array with one axis is one row, one with three a table of rows."""
        p, t = np.asarray(y_pred, floatx()), np.asarray(y_true)
        p_BK = p.reshape(1, -1) if p.ndim < 2 else p.reshape(-1, p.shape[-1])
        t = t.reshape(p_BK.shape) if t.shape == p.shape else t.reshape(-1, *t.shape[max(p.ndim - 1, 0) :])
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.per_row(self.targets(t, p_BK.shape[1]), p_BK).reshape(p.shape[:-1])

    def targets(self, y, units: int) -> np.ndarray:
        """`y` as this loss computes with it: an array of floats of shape (B, units); as it came for a `call`."""
        t_BK = np.asarray(y, floatx())
        if type(self).call is not Loss.call:
            return t_BK
        t_BK = t_BK.reshape(len(t_BK), -1)
        width = t_BK.shape[1]
        if width != units:
            remedy = f"Give the last layer {width} units."
            if width == 1 < units and "crossentropy" in self.name:
                remedy = "If y holds class numbers, choose sparse_categorical_crossentropy. Else: " + remedy
            raise ValueError(
                f"{self.name} compares target and output number by number, but a target row has {width} and an output "
                f"row {units}: y has shape {np.shape(y)}. {remedy}"
            )
        return t_BK

    def call(self, y_true, y_pred):
        raise NotImplementedError(f"A loss must override `call(self, y_true, y_pred)`; {type(self).__name__} does not.")

    def per_row(self, t_BK, p_BK):
        values = np.asarray(self.call(t_BK, p_BK))
        if values.shape[:1] != (len(p_BK),):  # one number for the batch
            return np.full(len(p_BK), values.mean())
        return row_means(values.reshape(len(p_BK), -1))

    slope = measured_slope

    def gradient(self, t_BK, p_BK, w_B=None) -> np.ndarray:
        """dloss/dp of the reduced loss: every row's slope, by its weight, over the rows."""
        d_BK = np.divide(self.slope(t_BK, p_BK), p_BK.dtype.type(self.divisor(p_BK)), dtype=p_BK.dtype)
        return d_BK if w_B is None else np.multiply(d_BK, w_B[:, None], out=d_BK)
