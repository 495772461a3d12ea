"""Layers: `forward` computes a layer's outputs, `backward` below it sends the loss's gradient back through it.

Letters in names: B rows of the batch, F features coming in, K units going out.
"""

import numpy as np

from lessonlib import activations, initializers, utils
from lessonlib.config import floatx


class InputLayer:
    """The shape of one row of data, as the first entry of a `Sequential`. It has no weights and does nothing."""

    def __init__(self, shape):
        if isinstance(shape, (int, np.integer)):
            shape = (shape,)
        if len(shape) != 1 or not isinstance(shape[0], (int, np.integer)) or shape[0] < 1:
            raise ValueError(
                f"Expected `shape` to be the number of features of one row, as in Input((10,)). "
                f"Received: shape={shape!r}"
            )
        self.shape = tuple(shape)


def Input(shape) -> InputLayer:
    """Declare the shape of one row: `Input((10,))` for rows of ten numbers.

    >>> Input((10,)).shape
    (10,)
    """
    return InputLayer(shape)


class Layer:
    """A step of a `Sequential` model.

    A layer says which weights it needs (`weight_shapes`); the model keeps all weights in one vector and
    hands the layer its own part of it, as attributes of these names (`kernel`), and the same for the
    gradients (`kernel_gradient`). Whoever changes the vector changes the layer.
    """

    def __init__(self, name: str | None = None):
        self.name = name or utils.unique_name(type(self).__name__.lower())
        self.built = False
        self.inputs = None  # the number of features that come in, known once the layer is built

    @property
    def weights(self) -> list[np.ndarray]:
        return [getattr(self, name) for name in self.weight_shapes()] if self.built else []

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights, in the order kernel, bias."""
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights) -> None:
        """Copy `weights` into the layer.

        Raises:
            ValueError: the number of arrays, or the shape of one, is not the layer's.
        """
        copy_weights(weights, self.weights, self.name)

    def count_params(self) -> int:
        return sum(weight.size for weight in self.weights)


def copy_weights(sources, targets, owner: str) -> None:
    """Copy a list of arrays into a list of weights of the same shapes; `owner` names them in errors."""
    if len(sources) != len(targets):
        raise ValueError(
            f"You called `set_weights(weights)` on {owner!r} with a weight list of length {len(sources)}, "
            f"but it has {len(targets)} weights."
        )
    for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
        if np.shape(source) != target.shape:
            raise ValueError(
                f"Weight {number} of {owner!r} has shape {target.shape}, which does not fit the given "
                f"array of shape {np.shape(source)}."
            )
    for source, target in zip(sources, targets, strict=True):
        target[...] = source


class Workspace:
    """The arrays that a layer computes in, for one number of rows: made once, used again for every batch."""

    def __init__(self, rows: int, inputs: int, units: int):
        self.a_BK, self.d_BK, self.scratch_BK, self.zeros_BK = np.zeros((4, rows, units), floatx())
        self.d_BF = np.zeros((rows, inputs), floatx())
        self.ones_B = np.ones(rows, floatx())


class Dense(Layer):
    """Every unit looks at every input:  z = x·kernel + bias,  a = activation(z).

    Args:
        units: how many outputs.
        activation: a name ("relu", "sigmoid", "tanh", "softmax", "linear") or one of `activations`.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: first values, see `initializers`.
        name: the layer's name; `dense`, `dense_1`, … when none is given.

    Weights: kernel (inputs, units), bias (units,).
    Differs from PyTorch: `torch.nn.Linear` keeps its weight as (units, inputs).

    >>> layer = Dense(2, "relu")
    >>> layer.units, layer.activation
    (2, relu)
    """

    def __init__(self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", name=None):  # fmt: skip
        if not isinstance(units, (int, np.integer)) or units < 1:
            raise ValueError(
                f"Received an invalid value for `units`, expected a positive integer. Received: units={units!r}"
            )
        super().__init__(name)
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def weight_shapes(self) -> dict[str, tuple]:
        shapes = {"kernel": (self.inputs, self.units), "bias": (self.units,)}
        return shapes if self.use_bias else {"kernel": shapes["kernel"]}

    def build(self, inputs: int) -> None:
        self.inputs = inputs
        self._workspaces = {}
        self.built = True

    def workspace(self, rows: int) -> Workspace:
        if rows not in self._workspaces:
            if len(self._workspaces) > 8:  # somebody sends batches of ever new sizes: keep only the latest
                self._workspaces.clear()
            self._workspaces[rows] = Workspace(rows, self.inputs, self.units)
        return self._workspaces[rows]

    def forward(self, x_BF, out_BK=None):
        """The layer's outputs for a batch, written into `out_BK` where one is given."""
        space = self.space = self.workspace(len(x_BF))
        a_BK = space.a_BK if out_BK is None else out_BK
        x_BF.dot(self.kernel, a_BK)
        if self.use_bias:
            np.add(a_BK, self.bias, out=a_BK)
        self.x_BF, self.a_BK = x_BF, self.activation.forward(a_BK, space.zeros_BK)
        return self.a_BK

    def backward(self, d_BK, from_activation=True, to_inputs=True):
        """Send d = dloss/da back: to the weights, and on to the inputs.

            dz = dloss/dz;  dloss/dkernel = xᵀ·dz;  dloss/dbias = Σ dz over the rows;  dloss/dx = dz·kernelᵀ

        Where `from_activation` is False, d_BK is dloss/dz already (the loss has done both steps in one).
        Where `to_inputs` is False, nobody needs dloss/dx (the first layer).
        """
        space = self.space
        if from_activation:
            d_BK = self.activation.backward(self.a_BK, d_BK, space.scratch_BK)
        self.x_BF.T.dot(d_BK, self.kernel_gradient)
        if self.use_bias:
            space.ones_B.dot(d_BK, self.bias_gradient)
        return d_BK.dot(self.kernel.T, space.d_BF) if to_inputs else None
