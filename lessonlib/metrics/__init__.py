"""Metrics: what people watch. Unlike a loss, a metric need not have a useful slope.

A metric is fed batch by batch (`update_state`) and then says its value over all rows seen (`result`).
"""

from lessonlib import losses, utils
from lessonlib.losses import function_form
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

__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "F1Score", "FalseNegatives", "FalsePositives", "Hinge", "Mean", "MeanAbsoluteError", "MeanMetricWrapper",
    "MeanSquaredError", "Metric", "Precision", "R2Score", "Recall", "RootMeanSquaredError", "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy", "Sum", "TopKCategoricalAccuracy", "TrueNegatives",
    "TruePositives", "binary_accuracy", "binary_crossentropy", "categorical_accuracy", "categorical_crossentropy",
    "flat", "get", "hinge", "mean_absolute_error", "mean_squared_error", "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy", "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy",
]  # fmt: skip

binary_accuracy, categorical_accuracy = function_form(BinaryAccuracy), function_form(CategoricalAccuracy)
sparse_categorical_accuracy = function_form(SparseCategoricalAccuracy)
top_k_categorical_accuracy = function_form(TopKCategoricalAccuracy)
sparse_top_k_categorical_accuracy = function_form(SparseTopKCategoricalAccuracy)
mean_squared_error, mean_absolute_error = losses.mean_squared_error, losses.mean_absolute_error
binary_crossentropy, categorical_crossentropy = losses.binary_crossentropy, losses.categorical_crossentropy
sparse_categorical_crossentropy, hinge = losses.sparse_categorical_crossentropy, losses.hinge

_CLASSES = (
    Sum, Mean, Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, TopKCategoricalAccuracy,
    SparseTopKCategoricalAccuracy, MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, BinaryCrossentropy,
    CategoricalCrossentropy, SparseCategoricalCrossentropy, Hinge, TruePositives, FalsePositives, TrueNegatives,
    FalseNegatives, Precision, Recall, AUC, F1Score, MeanAbsolutePercentageError, MeanSquaredLogarithmicError,
    LogCoshError, Poisson, KLDivergence, SquaredHinge, R2Score,
)  # fmt: skip
_KNOWN = utils.names_of(_CLASSES) | {
    "mse": MeanSquaredError, "mae": MeanAbsoluteError, "rmse": RootMeanSquaredError, "bce": BinaryCrossentropy,
    "f1_score": F1Score, "mape": MeanAbsolutePercentageError, "msle": MeanSquaredLogarithmicError,
}  # fmt: skip


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
        if not isinstance(metric, type):  # to make one would take its name away
            get(metric)
    return found
