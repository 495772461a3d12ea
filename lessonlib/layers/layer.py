"""What all layers share: their weights, which the model keeps, and their configuration."""

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx
from lessonlib.variable import Variable


class Weighted:
    """What layers and models have in common: `weights`, which are arrays; Keras also calls them variables."""

    variables = property(lambda self: self.weights)
    trainable_variables = property(lambda self: self.trainable_weights)
    non_trainable_variables = property(lambda self: self.non_trainable_weights)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights: kernel, bias; in the normalizations gamma, beta, mean, variance."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, weights) -> None:
        """Copy `weights`, as `get_weights` returns them, into the layer or model.

        Raises:
            ValueError: the number of arrays, or the shape of one, is another; nothing is changed then.
        """
        given, own = [np.shape(weight) for weight in weights or ()], [weight.shape for weight in self.weights]
        if given != own:
            raise ValueError(
                f"You called `set_weights(weights)` on {self.name!r} with a weight list of length {len(given)} and "
                f"shapes {given}, but its {len(own)} weights have the shapes {own}."
            )
        for source, target in zip(weights or (), self.weights, strict=True):
            target[...] = source

    def count_params(self) -> int:
        """The number of all weights' numbers, the trained and the others."""
        self.require_weights()
        return sum(weight.size for weight in self.weights)

    def require_weights(self) -> None:
        if not self.built:
            raise ValueError(
                f"{self.name!r} has no weights yet: begin the model with Input((features,)), or show it data, first."
            )


class Layer(Weighted, utils.Configurable):
    """A step of a `Sequential` model.

    A layer says which weights it needs: `trainable_shapes`, which the loss's gradient changes, and
    `state_shapes`, which it keeps itself. The model keeps the trainable weights of all layers in one vector and
    hands the layer its own part of it, as attributes of these names (`kernel`), and the same for the gradients
    (`kernel_gradient`). Whoever changes the vector changes the layer.
    """

    activation = None  # where the last layer has one, the loss may do its derivative, too

    def __init__(self, name=None, trainable=True, **others):
        """What every layer takes besides its own arguments; `input_shape=(10,)` stands for an `Input` before it."""
        width = others.pop("input_dim", None)
        self.given_shape = others.pop("input_shape", None if width is None else (width,))
        if others.keys() - {"dtype"}:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: {others}")
        self.name = name or utils.unique_name(utils.snake_case(type(self).__name__))
        self.trainable, self.built = trainable, False

    def __call__(self, x, training=False) -> np.ndarray:
        """The layer's outputs for a table of numbers, a new array; for an `Input`, see `Chain`."""
        if isinstance(x, Chain):
            if not self.built:
                self.build(x.shape)
            return Chain([*x.layers, self])
        if isinstance(x, Layer):
            raise TypeError(
                f"A layer is called on numbers, on Input((10,)), or on what another layer returned when it was called. "
                f"Received: {x!r}, a layer that has not been called. Or put both in a list: Sequential([…])."
            )
        x = np.array(x, floatx())
        if not self.built:
            self.build(x.shape)
        return np.array(self.forward(x, training=training))

    def build(self, input_shape, generator=None) -> None:
        """Make the weights for inputs of this shape, whose first axis is the rows."""
        self.input_shape = tuple(input_shape[1:])
        self.output_shape = self.output_for(self.input_shape)
        for name, shape in self.weight_shapes().items():
            values = getattr(self, name + "_initializer").drawn(shape, generator)
            setattr(self, name, Variable(values))
            setattr(self, name + "_gradient", np.zeros(shape, floatx()))
        self.built = True

    def output_for(self, input_shape: tuple) -> tuple:
        return input_shape

    def compute_output_shape(self, input_shape) -> tuple:
        return (input_shape[0], *self.output_for(tuple(input_shape[1:])))

    def trainable_shapes(self) -> dict[str, tuple]:
        return {}

    def state_shapes(self) -> dict[str, tuple]:
        return {}

    def weight_shapes(self) -> dict[str, tuple]:
        return self.trainable_shapes() | self.state_shapes()

    def forward(self, x, out=None, training=False) -> np.ndarray:
        """The outputs for a batch, written into `out` where one is given; x is left as it is."""
        raise NotImplementedError

    def backward(self, d, from_activation=True, to_inputs=True):
        """From d = dloss/doutputs, the gradients of the weights, and dloss/dx, which is returned."""
        raise NotImplementedError

    @property
    def weights(self) -> list[Variable]:
        views = {name: getattr(self, name).view(Variable) for name in self.weight_shapes()} if self.built else {}
        for name, view in views.items():
            view.name = name
        return list(views.values())

    @property
    def trainable_weights(self) -> list[np.ndarray]:
        return self.weights[: len(self.trainable_shapes())] if self.built and self.trainable else []

    @property
    def non_trainable_weights(self) -> list[np.ndarray]:
        return self.weights[len(self.trainable_weights) :]

    def penalized(self):
        """(name, regularizer) of every weight that has a regularizer."""
        pairs = ((name, getattr(self, name + "_regularizer", None)) for name in self.trainable_shapes())
        return [(name, regularizer) for name, regularizer in pairs if regularizer]


class Chain:
    """What stands for the numbers that leave a layer while a model is written down: the layers that lead to them.

    >>> from lessonlib.layers import Dense, Input
    >>> Dense(1)(Dense(8, "relu")(Input((10,)))).shape
    (None, 1)
    """

    def __init__(self, layers):
        self.layers = layers

    def __repr__(self):
        return f"<{type(self).__name__} shape={self.shape}>"

    @property
    def shape(self) -> tuple:
        return (None, *utils.row_of(self.layers[-1].output_shape))
