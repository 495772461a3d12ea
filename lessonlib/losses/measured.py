"""The slope of a loss that does not know its own.

Letters: t the targets, p the predictions, of shape (B rows, K outputs).
"""

import numpy as np

from lessonlib.config import in_float64


def measured_slope(loss, t_BK, p_BK):
    """dloss/dp of every row. Nothing here differentiates your code by itself: the slope is measured, in float64.

        dloss/dp = (loss(t, p + h) − loss(t, p − h)) / 2h,  h = 1e-4

    That is right to seven digits and takes two calls for each output, or, where a call says one number for the
    batch, for each number in it.
    """
    t_BK, p_BK, h = t_BK.astype("float64"), p_BK.astype("float64"), 1e-4
    slope_BK = np.zeros_like(p_BK)
    with in_float64():
        of_batch = np.shape(loss.call(t_BK, p_BK))[:1] != (len(p_BK),)
        for place in np.ndindex(p_BK.shape) if of_batch else ((slice(None), k) for k in range(p_BK.shape[1])):
            step_BK = np.zeros_like(p_BK)
            step_BK[place] = h
            change_B = loss.per_row(t_BK, p_BK + step_BK) - loss.per_row(t_BK, p_BK - step_BK)
            slope_BK[place] = (change_B.sum() if of_batch else change_B) / (2 * h)
    return slope_BK
