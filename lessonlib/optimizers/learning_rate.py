"""The learning rate of an optimizer, as it is given and as it is read."""

import inspect

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx
from lessonlib.optimizers import schedules


class LearningRate(float):
    """The current value, with the two methods of Keras's variables that programs use.

    >>> from lessonlib.optimizers import SGD
    >>> optimizer = SGD(0.5)
    >>> optimizer.learning_rate.assign(0.25); optimizer.learning_rate.numpy()
    np.float32(0.25)
    """

    optimizer = None

    def assign(self, value) -> None:
        self.optimizer.learning_rate = value

    def numpy(self):
        return np.asarray(self, floatx())[()]


def from_written(rate):
    """What was given as rate, from what a configuration holds: a number, a schedule's settings, a function's name."""
    if isinstance(rate, dict):
        return schedules.deserialize(rate)
    return utils.look_up("learning rate", rate, {}) if isinstance(rate, str) else rate


def by_step(rate):
    """`rate` as a function of the step; Keras also takes one that is called without arguments."""
    if not isinstance(rate, schedules.LearningRateSchedule):
        try:
            inspect.signature(rate).bind()
        except TypeError:  # it wants an argument
            return rate
        return lambda step: rate()
    return rate
