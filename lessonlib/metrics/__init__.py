"""Metrics: what people watch. Unlike a loss, a metric need not have a useful slope.

A metric is fed batch by batch (`update_state`) and then says its value over all rows seen (`result`).
"""

from lessonlib import losses, utils
from lessonlib.losses.function import FORMS, function_form
from lessonlib.metrics.confusion import (
    AUC,
    F1Score,
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from lessonlib.metrics.determination import R2Score
from lessonlib.metrics.means import (
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanMetricWrapper,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    SquaredHinge,
    TopKCategoricalAccuracy,
)
from lessonlib.metrics.metric import Mean, Metric, Sum

_CLASSES = (
    Sum, Mean, Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, TopKCategoricalAccuracy,
    SparseTopKCategoricalAccuracy, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, BinaryCrossentropy,
    CategoricalCrossentropy, SparseCategoricalCrossentropy, Hinge, TruePositives, FalsePositives, TrueNegatives,
    FalseNegatives, Precision, Recall, AUC, F1Score, MeanAbsolutePercentageError, MeanSquaredLogarithmicError,
    LogCoshError, Poisson, KLDivergence, SquaredHinge, R2Score,
)  # fmt: skip
_ACCURACIES = [kind for kind in _CLASSES if issubclass(kind, Accuracy) and kind is not Accuracy]
FORMS.update({form.__name__: form for form in map(function_form, _ACCURACIES)})
globals().update(FORMS)  # binary_accuracy, …, and those of the losses are names here, too
_NAMES = [kind.__name__ for kind in _CLASSES]
__all__ = ["MeanMetricWrapper", "Metric", "deserialize", "flat", "get", "serialize", *_NAMES, *FORMS]
_KNOWN = utils.names_of(_CLASSES) | {
    "acc": Accuracy, "mse": MeanSquaredError, "mae": MeanAbsoluteError, "rmse": RootMeanSquaredError,
    "bce": BinaryCrossentropy, "f1_score": F1Score, "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}  # fmt: skip
_WRITTEN = losses._WRITTEN | _KNOWN | utils.names_of([MeanMetricWrapper])  # what stands in configurations


def get(identifier, target_width: int = 1, units: int = 1) -> Metric:
    """The metric named by a string, which keeps that spelling as its name; or made of a function; or itself.

    "accuracy" means a different thing for each kind of target: with one output the binary accuracy, with
    several outputs and class numbers the sparse categorical one, with one-hot targets the categorical one.

    Args:
        target_width: numbers in one row of y.
        units: outputs of the model.

    Raises:
        ValueError: there is no metric of that name.

    >>> type(get("accuracy", target_width=1, units=3)).__name__
    'SparseCategoricalAccuracy'
    """
    if isinstance(identifier, str) and identifier.lower() in ("accuracy", "acc"):
        if units == 1:
            return BinaryAccuracy(identifier)
        return SparseCategoricalAccuracy(identifier) if target_width == 1 else CategoricalAccuracy(identifier)
    identifier = utils.own(identifier)
    if isinstance(identifier, dict):
        identifier = utils.from_identifier("metric", identifier, _WRITTEN, Metric)
    if isinstance(identifier, losses.Loss):
        return MeanMetricWrapper(identifier.rows, identifier.name)
    if callable(identifier) and not isinstance(identifier, (type, Metric)):
        return MeanMetricWrapper(identifier)
    metric = utils.from_identifier("metric", identifier, _KNOWN, Metric)
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


serialize, deserialize = utils.written, get


def flat(asked, name="metrics") -> list:
    """The entries of a list of metrics, of lists in it, or of a dictionary's values; a wrong one is told here.

    >>> flat(["accuracy", ["mse"]])
    ['accuracy', 'mse']
    """
    if asked and not isinstance(asked, (list, tuple, dict)):
        raise ValueError(
            f"Expected `{name}` argument to be a list, tuple, or dict. Received instead: {name}={asked!r} of type "
            f"{type(asked).__name__}. Write {name}=[{asked!r}]."
        )
    found = []
    for entry in asked.values() if isinstance(asked, dict) else asked or ():
        found += flat(entry) if isinstance(entry, (list, tuple)) else [entry]
    for metric in found:
        if isinstance(metric, str):
            utils.look_up("metric", metric, _KNOWN)  # not `get`: to make one would take its name away
        elif not isinstance(metric, type):
            get(metric)
    return found
