"""Losses for classes: the cross-entropies.

Letters: t the targets, p the predictions, both of shape (B rows, K outputs).
"""

import numpy as np

from lessonlib import activations, utils
from lessonlib.activations.activation import ones
from lessonlib.config import floatx
from lessonlib.losses.loss import Loss
from lessonlib.utils import row_means

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, so that their logarithm stays finite
SATURATED = 1 - 1.2e-7  # an error |p − t| beyond this says that p is within EPSILON of the wrong end


class Crossentropy(Loss):
    """What the cross-entropies share.

    Args:
        from_logits: the model ends with raw scores z; the loss itself applies sigmoid or softmax.
        label_smoothing: from 0 to 1: take this share of every target away and give all classes the same of it.

    Where the model ends with the activation that belongs to the loss, and every target is 0 or 1, both derivatives
    together are just p − t. A probability within 1e-7 of the wrong end is held there by the clipping, so it sends
    no gradient, as in Keras.
    """

    activation = None  # turns scores into probabilities
    averages_outputs = False  # whether the loss of a row is a mean over its outputs

    def __init__(self, from_logits=False, label_smoothing=0.0, reduction="sum_over_batch_size", name=None):
        super().__init__(reduction, name)
        utils.check_numbers(0, 1, label_smoothing=label_smoothing)
        self.from_logits, self.label_smoothing = from_logits, label_smoothing
        self.combines_with = None if from_logits else self.activation
        self._kept = {}  # shape of a batch -> what every entry of the gradient is multiplied with, and its array

    def smoothed(self, t_BK, classes: int):
        s = self.label_smoothing
        return t_BK * (1 - s) + s / classes if s else t_BK

    def combined_gradient(self, t_BK, p_BK, w_B=None) -> np.ndarray:
        """dloss/dz where p = combines_with(z): (p − t) / B, in an array that the next call overwrites."""
        share, d_BK = self._kept.get(p_BK.shape) or self.keep(p_BK)
        np.subtract(p_BK, t_BK, out=d_BK)
        if d_BK.item(d_BK.argmin()) < -SATURATED or d_BK.item(d_BK.argmax()) > SATURATED:
            self.drop_saturated(t_BK, p_BK, d_BK)
        np.multiply(d_BK, share, out=d_BK)
        return d_BK if w_B is None else np.multiply(d_BK, w_B[:, None], out=d_BK)

    def keep(self, p_BK) -> tuple:
        """What `combined_gradient` needs for batches of this shape, made once."""
        if len(self._kept) > 8:  # somebody sends batches of ever new sizes: keep only the latest
            self._kept.clear()
        terms = self.divisor(p_BK) * (p_BK.shape[1] if self.averages_outputs else 1)
        self._kept[p_BK.shape] = np.array(1 / terms, p_BK.dtype), np.empty_like(p_BK)
        return self._kept[p_BK.shape]

    def drop_saturated(self, t_BK, p_BK, out_BK) -> None:
        """Set to 0 what comes from probabilities that the clipping holds."""
        raise NotImplementedError


class BinaryCrossentropy(Crossentropy):
    """For yes-or-no targets and probabilities p of yes:  loss = −t·log p − (1 − t)·log(1 − p).

    A coin-flip guess of p = 0.5 costs log 2 = 0.693 whatever the target is. p is kept within
    [1e-7, 1 − 1e-7]. dloss/dp = (p − t) / (p·(1 − p)) / K; for scores, dloss/dz = (sigmoid(z) − t) / K.
    With label smoothing s, t becomes t·(1 − s) + s/2.

    >>> round(BinaryCrossentropy()([[0], [1]], [[0.5], [0.5]]), 4)
    0.6931
    """

    activation = activations.sigmoid
    averages_outputs = True

    def targets(self, y, units):
        t_BK = super().targets(y, units)
        if t_BK.size and not 0 <= t_BK.min() <= t_BK.max() <= 1:
            raise ValueError(
                f"binary_crossentropy needs targets between 0 and 1; y goes from {t_BK.min():g} to "
                f"{t_BK.max():g}. Recode the two classes as 0 and 1, or take sparse_categorical_crossentropy "
                f"for more than two classes."
            )
        t_BK = self.smoothed(t_BK, 2)
        if not ((t_BK == 0) | (t_BK == 1)).all():
            self.combines_with = None  # drop_saturated knows the wrong end of 0 and 1 only: go the long way
        return t_BK

    def per_row(self, t_BK, p_BK):
        if self.from_logits:
            return row_means(np.logaddexp(0, p_BK) - t_BK * p_BK)
        p_BK = np.clip(p_BK, EPSILON, 1 - EPSILON)
        return row_means(-t_BK * np.log(p_BK) - (1 - t_BK) * np.log(1 - p_BK))

    def slope(self, t_BK, p_BK):
        if self.from_logits:
            return (self.activation(p_BK) - t_BK) / p_BK.shape[1]
        inside_BK = (p_BK >= EPSILON) & (p_BK <= 1 - EPSILON)
        p_BK = np.clip(p_BK, EPSILON, 1 - EPSILON)
        return inside_BK * (p_BK - t_BK) / (p_BK * (1 - p_BK) * p_BK.dtype.type(p_BK.shape[1]))

    def drop_saturated(self, t_BK, p_BK, out_BK):
        np.copyto(out_BK, 0, where=np.abs(out_BK) > SATURATED)


class CategoricalCrossentropy(Crossentropy):
    """For one-hot targets and one probability for each class:  loss = −Σₖ tₖ·log pₖ.

    Every row of p is first divided by its sum. dloss/dp = Σₖ tₖ / Σₖ pₖ − t / p; for scores,
    dloss/dz = Σₖ tₖ·softmax(z) − t. With label smoothing s, t becomes t·(1 − s) + s/K.

    >>> round(CategoricalCrossentropy()([[0, 1]], [[0.2, 0.8]]), 4)
    0.2231
    """

    activation = activations.softmax

    def targets(self, y, units):
        t_BK = self.smoothed(super().targets(y, units), units)
        if not (((t_BK == 0) | (t_BK == 1)).all() and (t_BK.sum(axis=1) == 1).all()):
            self.combines_with = None
        return t_BK

    def per_row(self, t_BK, p_BK):
        if self.from_logits:
            return -np.sum(t_BK * activations.log_softmax(p_BK), axis=1)
        q_BK = p_BK / p_BK.dot(ones(p_BK.shape[1], p_BK.dtype))
        np.clip(q_BK, EPSILON, 1 - EPSILON, out=q_BK)
        log_q_BK = np.log(q_BK, out=q_BK)
        return -np.multiply(log_q_BK, t_BK, out=log_q_BK).dot(ones(p_BK.shape[1], p_BK.dtype)[0])

    def slope(self, t_BK, p_BK):
        if self.from_logits:
            return self.activation(p_BK) * t_BK.sum(axis=1, keepdims=True) - t_BK
        total_B1 = p_BK.sum(axis=1, keepdims=True)
        q_BK = p_BK / total_B1
        inside_BK = (q_BK >= EPSILON) & (q_BK <= 1 - EPSILON)
        t_BK = t_BK * inside_BK
        return (t_BK.sum(axis=1, keepdims=True) - t_BK / np.maximum(q_BK, EPSILON)) / total_B1

    def drop_saturated(self, t_BK, p_BK, out_BK):
        out_BK[(t_BK * p_BK).sum(axis=1) < EPSILON] = 0


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """Categorical cross-entropy for targets that are class numbers 0, 1, 2, …:  loss = −log p[class].

    >>> round(SparseCategoricalCrossentropy()([1], [[0.2, 0.8]]), 4)
    0.2231
    """

    def __init__(self, from_logits=False, reduction="sum_over_batch_size", name=None):
        super().__init__(from_logits, 0.0, reduction, name)

    def targets(self, y, units):
        labels = np.asarray(y)
        if labels.size != len(labels):
            raise ValueError(
                f"sparse_categorical_crossentropy needs one class number for each row; y has shape {labels.shape}. "
                f"For one-hot rows take categorical_crossentropy."
            )
        numbers = labels.reshape(-1).astype("int64")
        wrong = (numbers != labels.reshape(-1)) | (numbers < 0) | (numbers >= units)
        if wrong.any():
            raise ValueError(
                f"sparse_categorical_crossentropy needs class numbers from 0 to {units - 1}, because the last "
                f"layer has {units} units; y has {labels.reshape(-1)[wrong][0]!r} in row {int(wrong.argmax())}."
            )
        return np.eye(units, dtype=floatx())[numbers]
