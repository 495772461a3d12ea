"""Losses that are functions, and functions that are made of losses."""

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx
from lessonlib.losses.loss import Loss


class FunctionLoss(Loss):
    """A loss of your own, fn(y_true, y_pred): one number for each row, or for each output, or for the whole batch.

    >>> FunctionLoss(lambda y_true, y_pred: abs(y_true - y_pred) ** 3)([[0.0], [1.0]], [[2.0], [1.0]])
    4.0
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None):
        super().__init__(reduction, name or getattr(fn, "__name__", None))
        self.call = fn

    def targets(self, y, units):
        """As they came, but with the one axis more that a single output has."""
        t = np.asarray(y, floatx())
        return t[:, None] if t.ndim == units == 1 else t

    def get_config(self):
        """The function stands there by its name; whoever loads it names it in `custom_objects`."""
        return super().get_config() | {"fn": getattr(self.call, "__name__", self.name)}

    @classmethod
    def from_config(cls, config):
        return cls(**config | {"fn": look_up_function(config["fn"])})


FORMS = {}  # name -> function form; the losses and the accuracies have one


def look_up_function(name: str):
    """The function that a configuration names: one of your own, or the function form of a loss or a metric."""
    return utils.look_up("function", name, FORMS)


def function_form(cls):
    """The function form of a loss or a metric: called with y_true and y_pred, it returns one value for each row."""

    def function(y_true, y_pred, *settings, **named):
        return cls(*settings, **named).rows(y_true, y_pred).astype(floatx())

    function.__name__ = function.__qualname__ = utils.snake_case(cls.__name__)
    function.__module__ = f"lessonlib.{'losses' if issubclass(cls, Loss) else 'metrics'}"  # where pickle finds it
    function.__doc__ = f"The function form of `{cls.__name__}`: one value for each row."
    function.form_of = cls
    return function
