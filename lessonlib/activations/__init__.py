"""Activation functions, each with the derivative that backpropagation needs directly below it."""

from lessonlib import utils
from lessonlib.activations import activation, formulas
from lessonlib.activations.activation import KNOWN, Activation, Formula, Relu, linear  # noqa: F401
from lessonlib.activations.own import FunctionActivation

for _module in (activation, formulas):
    KNOWN.update({name: value for name, value in vars(_module).items() if isinstance(value, Activation)})
globals().update(KNOWN)  # relu, gelu, … are names of this package
__all__ = ["Activation", "Formula", "get", *KNOWN]


def get(identifier) -> Activation:
    """The activation named by a string, or made of a function; `None` is the linear one; an activation is itself.

    Raises:
        ValueError: there is no activation of that name.

    >>> get("relu"), get(None)
    (relu, linear)
    """
    identifier = utils.own(getattr(identifier, "activation", identifier))  # a layer such as layers.LeakyReLU(0.1)
    if identifier is None:
        return linear
    if isinstance(identifier, Activation):
        return identifier
    if isinstance(identifier, dict):
        return utils.look_up("activation function", identifier["class_name"], KNOWN).set(**identifier["config"])
    if callable(identifier) and not isinstance(identifier, type):
        return FunctionActivation(identifier)
    return utils.look_up("activation function", identifier, KNOWN)


serialize, deserialize = utils.written, get
