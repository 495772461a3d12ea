"""What all four need: loss and gradient at the present weights, and a model that comes back as it was."""

from contextlib import contextmanager

import numpy as np

from lessonlib import data_adapter
from lessonlib.config import quiet


@contextmanager
def unchanged(model):
    """The model, whose weights and states may be changed inside; afterwards they are as before."""
    parameters, states = model.parameters.copy(), model.states.copy()
    random = model.generator.bit_generator.state
    try:
        with quiet():
            yield model
    finally:
        model.parameters[...], model.states[...] = parameters, states
        model.generator.bit_generator.state = random


def prepared(model, x, y):
    """(x, t): rows and targets as the model's loss takes them. The model must be compiled."""
    model._require_compiled()
    rows = model._prepare(*data_adapter.rows(x, y))
    return rows.x, rows.t


def loss(model, x_BF, t_BK, training=False) -> float:
    """The loss, with its penalties, of these rows."""
    p_BK = model._empty_outputs(len(x_BF))
    model.forward(x_BF, p_BK, training)
    return float(np.mean(model.loss.per_row(t_BK, p_BK), dtype="float64")) + model.penalty()


def gradient(model, x_BF, t_BK, training=False) -> np.ndarray:
    """The gradient of that loss, a copy."""
    p_BK = model._empty_outputs(len(x_BF))
    model.forward(x_BF, p_BK, training)
    model.backward(t_BK, p_BK)
    return model.gradients.copy()
