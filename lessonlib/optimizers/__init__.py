"""Optimizers: how a gradient changes the parameters. The rules: `rules`, `more_rules`; what they share: `optimizer`."""

from lessonlib import utils
from lessonlib.optimizers import schedules
from lessonlib.optimizers.more_rules import Adadelta, Adamax
from lessonlib.optimizers.optimizer import Optimizer
from lessonlib.optimizers.rules import SGD, Adagrad, Adam, AdamW, Lion, Nadam, RMSprop

__all__ = [
    "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "Optimizer", "RMSprop", "deserialize",
    "get", "schedules", "serialize",
]  # fmt: skip

_CLASSES = SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Adamax, Nadam, Lion
_KNOWN = {cls.__name__.lower(): cls for cls in _CLASSES}


def get(identifier) -> Optimizer:
    """The optimizer named by a string such as "adam", with its default settings; an optimizer is itself.

    A dictionary {"class_name": …, "config": …} gives the optimizer of that configuration.

    Raises:
        ValueError: there is no optimizer of that name.
    """
    return utils.from_identifier("optimizer", identifier, _KNOWN, Optimizer)


serialize, deserialize = utils.written, get
