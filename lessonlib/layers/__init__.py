"""Layers: `forward` computes a layer's outputs, `backward` below it sends the loss's gradient back through it."""

from lessonlib import utils
from lessonlib.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from lessonlib.layers.dense import Dense
from lessonlib.layers.inputs import Input, InputLayer
from lessonlib.layers.layer import Layer
from lessonlib.layers.normalization import BatchNormalization, LayerNormalization, Normalization
from lessonlib.layers.reshaping import Dropout, Flatten, Rescaling

__all__ = [
    "ELU", "Activation", "BatchNormalization", "Dense", "Dropout", "Flatten", "Input", "InputLayer", "Layer",
    "LayerNormalization", "LeakyReLU", "Normalization", "PReLU", "ReLU", "Rescaling", "Softmax", "deserialize",
    "serialize",
]  # fmt: skip

CLASSES = {cls.__name__: cls for cls in (
    InputLayer, Dense, Activation, ReLU, LeakyReLU, PReLU, ELU, Softmax, Dropout, Flatten, Rescaling, Normalization,
    BatchNormalization, LayerNormalization,
)}  # fmt: skip


def deserialize(config: dict) -> Layer:
    """The layer, with new weights, that `serialize` made the dictionary of.

    >>> deserialize(serialize(Dense(3, "relu"))).units
    3
    """
    return utils.from_identifier("layer", config, {name.lower(): cls for name, cls in CLASSES.items()}, Layer)


serialize = utils.written
