"""Losses: how wrong a batch of predictions is, and in which direction each prediction should move.

Letters: t the targets, p the predictions, both of shape (B rows, K outputs).
"""

import numpy as np

from lessonlib import activations, utils
from lessonlib.config import floatx
from lessonlib.utils import row_means

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, so that their logarithm stays finite


class Loss:
    """Called as `loss(y_true, y_pred)`, a loss returns its mean over all rows as a Python float.

    Raises:
        ValueError: `y_true` does not fit `y_pred`, or is not of the kind that the loss needs.
    """

    name = "loss"
    combines_with = None  # the activation whose derivative cancels against this loss's, see `combined_gradient`

    def __call__(self, y_true, y_pred) -> float:
        p_BK = np.asarray(y_pred, floatx())
        p_BK = p_BK.reshape(len(p_BK), -1)
        return float(np.mean(self.per_row(self.targets(y_true, p_BK.shape[1]), p_BK)))

    def targets(self, y, units: int) -> np.ndarray:
        """`y` as this loss computes with it: an array of floats of shape (B, units)."""
        t_BK = np.asarray(y, floatx())
        t_BK = t_BK.reshape(len(t_BK), -1)
        if t_BK.shape[1] != units:
            raise ValueError(
                f"{self.name} compares target and output number by number, but a target row has "
                f"{t_BK.shape[1]} and an output row {units}: y has shape {np.shape(y)}. Give the last layer "
                f"{t_BK.shape[1]} units, or choose another loss{self.other_loss(t_BK.shape[1], units)}."
            )
        return t_BK

    def other_loss(self, targets: int, units: int) -> str:
        return " (sparse_categorical_crossentropy takes class numbers)" if targets == 1 < units else ""

    def per_row(self, t_BK, p_BK) -> np.ndarray:
        """The loss of every row, shape (B,)."""
        raise NotImplementedError

    def gradient(self, t_BK, p_BK, out_BK) -> None:
        """dloss/dp of the mean over the rows, into `out_BK`."""
        raise NotImplementedError

    def combined_gradient(self, t_BK, p_BK, out_BK) -> None:
        """dloss/dz where p = combines_with(z): sigmoid and softmax both leave just (p − t) / B."""
        np.subtract(p_BK, t_BK, out=out_BK)
        np.divide(out_BK, np.array(len(p_BK), out_BK.dtype), out=out_BK)


class MeanSquaredError(Loss):
    """loss = mean over the outputs of (p − t)²;  dloss/dp = 2·(p − t) / (B·K).

    >>> MeanSquaredError()([[0.0], [1.0]], [[0.5], [1.0]])
    0.125
    """

    name = "mean_squared_error"

    def per_row(self, t_BK, p_BK):
        return row_means(np.square(p_BK - t_BK))

    def gradient(self, t_BK, p_BK, out_BK):
        np.subtract(p_BK, t_BK, out=out_BK)
        np.multiply(out_BK, 2 / p_BK.size, out=out_BK)


class BinaryCrossentropy(Loss):
    """For yes-or-no targets and probabilities p of yes:  loss = −t·log p − (1 − t)·log(1 − p).

    A coin-flip guess of p = 0.5 costs log 2 = 0.693 whatever the target is. p is kept within
    [1e-7, 1 − 1e-7]. dloss/dp = (p − t) / (p·(1 − p)) / (B·K).

    >>> round(BinaryCrossentropy()([[0], [1]], [[0.5], [0.5]]), 4)
    0.6931
    """

    name = "binary_crossentropy"
    combines_with = activations.sigmoid

    def targets(self, y, units):
        t_BK = super().targets(y, units)
        if t_BK.size and not 0 <= t_BK.min() <= t_BK.max() <= 1:
            raise ValueError(
                f"binary_crossentropy needs targets between 0 and 1; y goes from {t_BK.min():g} to "
                f"{t_BK.max():g}. Recode the two classes as 0 and 1, or take sparse_categorical_crossentropy "
                f"for more than two classes."
            )
        return t_BK

    def per_row(self, t_BK, p_BK):
        p_BK = np.clip(p_BK, EPSILON, 1 - EPSILON)
        return row_means(-t_BK * np.log(p_BK) - (1 - t_BK) * np.log(1 - p_BK))

    def gradient(self, t_BK, p_BK, out_BK):
        p_BK = np.clip(p_BK, EPSILON, 1 - EPSILON)
        np.divide(p_BK - t_BK, p_BK * (1 - p_BK) * p_BK.size, out=out_BK)

    def combined_gradient(self, t_BK, p_BK, out_BK):
        np.subtract(p_BK, t_BK, out=out_BK)
        np.divide(out_BK, np.array(p_BK.size, out_BK.dtype), out=out_BK)


class CategoricalCrossentropy(Loss):
    """For one-hot targets and one probability for each class:  loss = −Σₖ tₖ·log pₖ.

    Every row of p is first divided by its sum. dloss/dp = (Σₖ tₖ / Σₖ pₖ − t / p) / B.

    >>> round(CategoricalCrossentropy()([[0, 1]], [[0.2, 0.8]]), 4)
    0.2231
    """

    name = "categorical_crossentropy"
    combines_with = activations.softmax

    def per_row(self, t_BK, p_BK):
        p_BK = np.clip(p_BK / p_BK.sum(axis=1, keepdims=True), EPSILON, 1 - EPSILON)
        return -np.sum(t_BK * np.log(p_BK), axis=1)

    def gradient(self, t_BK, p_BK, out_BK):
        total_B1 = p_BK.sum(axis=1, keepdims=True)
        p_BK = np.clip(p_BK, EPSILON, None)
        np.divide(t_BK.sum(axis=1, keepdims=True) / total_B1 - t_BK / p_BK, len(p_BK), out=out_BK)


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """Categorical cross-entropy for targets that are class numbers 0, 1, 2, …:  loss = −log p[class].

    >>> round(SparseCategoricalCrossentropy()([1], [[0.2, 0.8]]), 4)
    0.2231
    """

    name = "sparse_categorical_crossentropy"

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


_CLASSES = (MeanSquaredError, BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy)
_KNOWN = {cls.name: cls for cls in _CLASSES} | {cls.__name__.lower(): cls for cls in _CLASSES}
_KNOWN |= {"mse": MeanSquaredError, "bce": BinaryCrossentropy}


def get(identifier) -> Loss:
    """The loss named by a string such as "mse" or "binary_crossentropy"; a loss is itself.

    Raises:
        ValueError: there is no loss of that name.
    """
    if isinstance(identifier, Loss):
        return identifier
    return utils.look_up("loss", identifier, _KNOWN)()
