"""Optimizers: how a gradient changes the parameters. Their rules are in `rules`, what they share in `optimizer`."""

from lessonlib import utils
from lessonlib.optimizers import schedules
from lessonlib.optimizers.optimizer import Optimizer
from lessonlib.optimizers.rules import SGD, Adagrad, Adam, AdamW, Lion, Nadam, RMSprop

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Lion", "Nadam", "Optimizer", "RMSprop", "get", "schedules"]

_KNOWN = {cls.__name__.lower(): cls for cls in (SGD, Adagrad, RMSprop, Adam, AdamW, Nadam, Lion)}


def get(identifier) -> Optimizer:
    """The optimizer named by a string such as "adam", with its default settings; an optimizer is itself.

    A dictionary {"class_name": …, "config": …} gives the optimizer of that configuration.

    Raises:
        ValueError: there is no optimizer of that name.
    """
    return utils.from_identifier("optimizer", identifier, _KNOWN, Optimizer)
