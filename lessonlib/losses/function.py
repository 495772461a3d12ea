"""Losses that are functions, and functions that are made of losses."""

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx
from lessonlib.losses.loss import Loss
from lessonlib.utils import row_means


class FunctionLoss(Loss):
    """A loss of your own, fn(y_true, y_pred): one number for each row, or for each output, or for the whole batch.

    Nothing here differentiates a function by itself, so its slope is measured, in float64, at every output p:

        dloss/dp = (fn(t, p + h) − fn(t, p − h)) / 2h,  h = 1e-4

    That is right to seven digits and takes two calls of `fn` for each output, or, where fn says one number for the
    batch, for each number in it. For more, write a subclass of `Loss` that knows its slope.

    >>> FunctionLoss(lambda y_true, y_pred: abs(y_true - y_pred) ** 3)([[0.0], [1.0]], [[2.0], [1.0]])
    4.0
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None):
        super().__init__(reduction, name or getattr(fn, "__name__", None))
        self.fn = fn

    def written(self):
        """In a file it is its name; whoever loads the file names it in `custom_objects`."""
        return self.name

    def per_row(self, t_BK, p_BK):
        values = np.asarray(self.fn(t_BK, p_BK))
        return np.broadcast_to(values, len(p_BK)) if values.ndim == 0 else row_means(values.reshape(len(p_BK), -1))

    def slope(self, t_BK, p_BK):
        t_BK, p_BK, h = t_BK.astype("float64"), p_BK.astype("float64"), 1e-4
        of_batch = np.ndim(self.fn(t_BK, p_BK)) == 0
        slope_BK = np.zeros_like(p_BK)
        for place in np.ndindex(p_BK.shape) if of_batch else ((slice(None), k) for k in range(p_BK.shape[1])):
            step_BK = np.zeros_like(p_BK)
            step_BK[place] = h
            change_B = self.per_row(t_BK, p_BK + step_BK) - self.per_row(t_BK, p_BK - step_BK)
            slope_BK[place] = (change_B.sum() if of_batch else change_B) / (2 * h)
        return slope_BK


def function_form(cls):
    """The function form of a loss or a metric: called with y_true and y_pred, it returns one value for each row."""

    def function(y_true, y_pred, **settings):
        values_B = cls(**settings).rows(y_true, y_pred).astype(floatx())
        return values_B[0] if issubclass(cls, Loss) and np.ndim(y_pred) < 2 else values_B

    function.__name__ = function.__qualname__ = utils.snake_case(cls.__name__)
    function.__doc__ = f"The function form of `{cls.__name__}`: one value for each row."
    function.form_of = cls
    return function
