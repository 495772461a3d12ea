"""What all four need: loss and gradient at the present weights, and a model that comes back as it was."""

from contextlib import contextmanager

import numpy as np

from lessonlib import data_adapter, model_file
from lessonlib.config import quiet


@contextmanager
def unchanged(model):
    """The model, whose weights and states may be changed inside; afterwards they are as before."""
    parameters, states = model.parameters.copy(), model.states.copy()
    generators = model_file.generators(model)
    random = [generator.bit_generator.state for generator in generators]
    try:
        with quiet():
            yield model
    finally:
        model.parameters[...], model.states[...] = parameters, states
        for generator, state in zip(generators, random, strict=True):
            generator.bit_generator.state = state


def prepared(model, x, y):
    """(x, t): rows and targets as the model's loss takes them. The model must be compiled."""
    model._require_compiled()
    rows = model._prepare(*data_adapter.rows(x, y))
    return rows.x, rows.t


def loss(model, x_BF, t_BK, training=False) -> float:
    """The loss, with its penalties, of these rows."""
    p_BK = model._empty_outputs(len(x_BF))
    model.forward(x_BF, p_BK, training)
    return reduced(model, t_BK, p_BK)


def reduced(model, t_BK, p_BK) -> float:
    """The loss, with its penalties, of these predictions; in float64, as differences of it are looked at."""
    return float(model.loss.reduced(model.loss.per_row(t_BK, p_BK).astype("float64"))) + model.penalty()


def gradient(model, x_BF, t_BK, training=False) -> np.ndarray:
    """The gradient of that loss, a copy."""
    p_BK = model._empty_outputs(len(x_BF))
    model.forward(x_BF, p_BK, training)
    model.backward(t_BK, p_BK)
    return model.gradients.copy()


def trained(model) -> list:
    """(layer, name, weight array) of what lies in `model.parameters`, in its order."""
    return [(layer, name, getattr(layer, name)) for layer, name in model._trained]
