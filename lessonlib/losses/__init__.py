"""Losses: how wrong a batch of predictions is, and in which direction each prediction should move."""

from lessonlib import utils
from lessonlib.losses.crossentropy import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from lessonlib.losses.function import FunctionLoss, function_form
from lessonlib.losses.loss import Loss
from lessonlib.losses.more import (
    KLDivergence,
    LogCosh,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    Poisson,
    SquaredHinge,
)
from lessonlib.losses.regression import Hinge, Huber, MeanAbsoluteError, MeanSquaredError

__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "FunctionLoss", "Hinge", "Huber", "KLDivergence", "LogCosh",
    "Loss", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError",
    "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge", "binary_crossentropy", "by_shape",
    "categorical_crossentropy", "deserialize", "get", "hinge", "huber", "kl_divergence", "log_cosh",
    "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
    "poisson", "serialize", "sparse_categorical_crossentropy", "squared_hinge",
]  # fmt: skip

mean_squared_error, mean_absolute_error = function_form(MeanSquaredError), function_form(MeanAbsoluteError)
huber, hinge, binary_crossentropy = map(function_form, (Huber, Hinge, BinaryCrossentropy))
categorical_crossentropy = function_form(CategoricalCrossentropy)
sparse_categorical_crossentropy = function_form(SparseCategoricalCrossentropy)
mean_absolute_percentage_error = function_form(MeanAbsolutePercentageError)
mean_squared_logarithmic_error = function_form(MeanSquaredLogarithmicError)
log_cosh, poisson, kl_divergence, squared_hinge = map(function_form, (LogCosh, Poisson, KLDivergence, SquaredHinge))

_CLASSES = (
    MeanSquaredError, MeanAbsoluteError, Huber, Hinge, BinaryCrossentropy, CategoricalCrossentropy,
    SparseCategoricalCrossentropy, MeanAbsolutePercentageError, MeanSquaredLogarithmicError, LogCosh, Poisson,
    KLDivergence, SquaredHinge,
)  # fmt: skip
_KNOWN = utils.names_of(_CLASSES) | {
    "mse": MeanSquaredError, "mae": MeanAbsoluteError, "bce": BinaryCrossentropy, "huber_loss": Huber,
    "mape": MeanAbsolutePercentageError, "msle": MeanSquaredLogarithmicError, "kld": KLDivergence,
}  # fmt: skip


def get(identifier) -> Loss:
    """The loss named by a string such as "mse", by a function such as `mean_squared_error`, or a configuration.

    Raises:
        ValueError: there is no loss of that name.
    """
    identifier = utils.own(getattr(identifier, "form_of", identifier))
    if callable(identifier) and not isinstance(identifier, (type, Loss)):
        return FunctionLoss(identifier)
    return utils.from_identifier("loss", identifier, _KNOWN, Loss)


serialize, deserialize = utils.written, get


def by_shape(target_width: int, units: int) -> Loss:
    """The loss meant by "crossentropy": the one that suits the targets' and the outputs' width."""
    if units == 1:
        return BinaryCrossentropy()
    return SparseCategoricalCrossentropy() if target_width == 1 else CategoricalCrossentropy()
