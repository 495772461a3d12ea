"""Losses: how wrong a batch of predictions is, and in which direction each prediction should move."""

from lessonlib import utils
from lessonlib.losses.crossentropy import BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy
from lessonlib.losses.function import FORMS, FunctionLoss, function_form
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

_CLASSES = (
    MeanSquaredError, MeanAbsoluteError, Huber, Hinge, BinaryCrossentropy, CategoricalCrossentropy,
    SparseCategoricalCrossentropy, MeanAbsolutePercentageError, MeanSquaredLogarithmicError, LogCosh, Poisson,
    KLDivergence, SquaredHinge,
)  # fmt: skip
FORMS.update({form.__name__: form for form in map(function_form, _CLASSES)})
globals().update(FORMS)  # mean_squared_error, … are names here, too
_NAMES = [kind.__name__ for kind in _CLASSES]
__all__ = ["FunctionLoss", "Loss", "by_shape", "deserialize", "get", "serialize", *_NAMES, *FORMS]
_KNOWN = utils.names_of(_CLASSES) | {
    "mse": MeanSquaredError, "mae": MeanAbsoluteError, "bce": BinaryCrossentropy, "huber_loss": Huber,
    "mape": MeanAbsolutePercentageError, "msle": MeanSquaredLogarithmicError, "kld": KLDivergence,
}  # fmt: skip
_WRITTEN = _KNOWN | utils.names_of([FunctionLoss])  # what stands in configurations


def get(identifier) -> Loss:
    """The loss named by a string such as "mse", by a function such as `mean_squared_error`, or a configuration.

    Raises:
        ValueError: there is no loss of that name.
    """
    identifier = utils.own(getattr(identifier, "form_of", identifier))
    if callable(identifier) and not isinstance(identifier, (type, Loss)):
        return FunctionLoss(identifier)
    return utils.from_identifier("loss", identifier, _WRITTEN if isinstance(identifier, dict) else _KNOWN, Loss)


serialize, deserialize = utils.written, get


def by_shape(target_width: int, units: int) -> Loss:
    """The loss meant by "crossentropy": the one that suits the targets' and the outputs' width."""
    if units == 1:
        return BinaryCrossentropy()
    return SparseCategoricalCrossentropy() if target_width == 1 else CategoricalCrossentropy()
