"""Losses: how wrong a batch of predictions is, and in which direction each prediction should move.

Letters: t the targets, p the predictions, both of shape (B rows, K outputs).
"""

import numpy as np

from lessonlib import activations, utils
from lessonlib.activations import ones
from lessonlib.config import floatx
from lessonlib.utils import row_means

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1, so that their logarithm stays finite
SATURATED = 1 - 1.2e-7  # an error |p − t| beyond this says that p is within EPSILON of the wrong end


class Loss(utils.Configurable):
    """Called as `loss(y_true, y_pred)`, a loss returns its mean over all rows as a Python float.

    For one of your own write a subclass with `per_row(t_BK, p_BK)`, the loss of every row, of shape (B,), and
    `slope(t_BK, p_BK)`, every row's own dloss/dp, of shape (B, K).

    Args:
        reduction: what a call makes of the losses of the rows: "sum_over_batch_size" (their mean), "sum", or
            None (nothing: an array). With weights for the rows, the mean is still over the number of rows.

    Raises:
        ValueError: `y_true` does not fit `y_pred`, or is not of the kind that the loss needs.
    """

    combines_with = None  # the activation whose derivative cancels against this loss's, see `combined_gradient`

    def __init__(self, reduction="sum_over_batch_size", name=None):
        utils.check_choice("reduction", reduction, ("sum_over_batch_size", "mean", "sum", None, "none"))
        self.reduction, self.name = reduction, name or utils.snake_case(type(self).__name__)

    def __call__(self, y_true, y_pred, sample_weight=None):
        values_B = self.rows(y_true, y_pred)
        if sample_weight is not None:
            values_B = values_B * np.asarray(sample_weight, values_B.dtype).reshape(-1)
        return values_B if self.reduction in (None, "none") else float(self.reduced(values_B))

    def reduced(self, values_B):
        """The rows' losses as one number."""
        return np.sum(values_B) / self.divisor(values_B)

    def divisor(self, rows) -> int:
        """What the sum over the rows is divided by."""
        return 1 if self.reduction == "sum" else len(rows)

    def rows(self, y_true, y_pred) -> np.ndarray:
        """The loss of every row; arrays without a second axis are one row."""
        p, t = np.asarray(y_pred, floatx()), np.asarray(y_true)
        p_BK = p.reshape(1, -1) if p.ndim < 2 else p.reshape(-1, p.shape[-1])
        t_BK = self.targets(t[None] if p.ndim < 2 else t, p_BK.shape[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.per_row(t_BK, p_BK)

    def targets(self, y, units: int) -> np.ndarray:
        """`y` as this loss computes with it: an array of floats of shape (B, units)."""
        t_BK = np.asarray(y, floatx())
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

    def gradient(self, t_BK, p_BK, out_BK, w_B=None) -> None:
        """dloss/dp of the reduced loss, into `out_BK`: every row's slope, by its weight, over the rows."""
        np.divide(self.slope(t_BK, p_BK), p_BK.dtype.type(self.divisor(p_BK)), out=out_BK)
        if w_B is not None:
            np.multiply(out_BK, w_B[:, None], out=out_BK)


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
        self._shares = {}  # rows -> what every entry of the combined gradient is multiplied with

    def smoothed(self, t_BK, classes: int):
        s = self.label_smoothing
        return t_BK * (1 - s) + s / classes if s else t_BK

    def combined_gradient(self, t_BK, p_BK, out_BK, w_B=None) -> None:
        """dloss/dz where p = combines_with(z): (p − t) / B."""
        np.subtract(p_BK, t_BK, out=out_BK)
        if out_BK.item(out_BK.argmin()) < -SATURATED or out_BK.item(out_BK.argmax()) > SATURATED:
            self.drop_saturated(t_BK, p_BK, out_BK)
        rows = len(p_BK)
        if rows not in self._shares:
            terms = self.divisor(p_BK) * (p_BK.shape[1] if self.averages_outputs else 1)
            self._shares[rows] = np.array(1 / terms, p_BK.dtype)
        np.multiply(out_BK, self._shares[rows], out=out_BK)
        if w_B is not None:
            np.multiply(out_BK, w_B[:, None], out=out_BK)


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
            self.combines_with = None  # p − t is not all; from now on, go the long way
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
        log_p_BK = p_BK / p_BK.dot(ones(p_BK.shape[1], p_BK.dtype))
        np.clip(log_p_BK, EPSILON, 1 - EPSILON, out=log_p_BK)
        np.log(log_p_BK, out=log_p_BK)
        return -np.multiply(log_p_BK, t_BK, out=log_p_BK).dot(ones(p_BK.shape[1], p_BK.dtype)[0])

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


mean_squared_error, mean_absolute_error = function_form(MeanSquaredError), function_form(MeanAbsoluteError)
huber, hinge, binary_crossentropy = map(function_form, (Huber, Hinge, BinaryCrossentropy))
categorical_crossentropy = function_form(CategoricalCrossentropy)
sparse_categorical_crossentropy = function_form(SparseCategoricalCrossentropy)

_CLASSES = (
    MeanSquaredError, MeanAbsoluteError, Huber, Hinge, BinaryCrossentropy, CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)  # fmt: skip
_KNOWN = utils.names_of(_CLASSES) | {
    "mse": MeanSquaredError, "mae": MeanAbsoluteError, "bce": BinaryCrossentropy, "huber_loss": Huber,
}  # fmt: skip


def get(identifier) -> Loss:
    """The loss named by a string such as "mse", by a function such as `mean_squared_error`, or a configuration.

    Raises:
        ValueError: there is no loss of that name.
    """
    identifier = getattr(identifier, "form_of", identifier)
    if callable(identifier) and not isinstance(identifier, (type, Loss)):
        return FunctionLoss(identifier)
    return utils.from_identifier("loss", identifier, _KNOWN, Loss)


def by_shape(target_width: int, units: int) -> Loss:
    """The loss meant by "crossentropy": the one that suits the targets' and the outputs' width."""
    if units == 1:
        return BinaryCrossentropy()
    return SparseCategoricalCrossentropy() if target_width == 1 else CategoricalCrossentropy()
