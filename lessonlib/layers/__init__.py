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

serialize = utils.written


def deserialize(config: dict, custom_objects: dict | None = None) -> Layer:
    """The layer that `serialize` has described, with new weights.

    >>> deserialize(serialize(Dense(3, "relu"))).units
    3
    """
    name, classes = config["class_name"], CLASSES | utils.registered | (custom_objects or {})
    if name not in classes:
        raise ValueError(
            f"There is no layer called {name!r}. If it is yours, give custom_objects={{{name!r}: the class}}."
        )
    return classes[name].from_config(config["config"])
