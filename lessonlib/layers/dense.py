"""The dense layer: `forward` computes its outputs, `backward` below sends the loss's gradient back through it.

Letters in names: B rows of the batch, F features coming in, K units going out.
"""

import numpy as np

from lessonlib import activations, initializers, regularizers, utils
from lessonlib.config import floatx
from lessonlib.layers.layer import Layer


class Workspace:
    """The arrays that a layer computes in, for one number of rows: made once, used again for every batch."""

    def __init__(self, rows: int, inputs: int, units: int):
        self.a_BK, self.z_BK, self.scratch_BK, self.zeros_BK, self.bias_BK = np.zeros((5, rows, units), floatx())
        self.d_BF = np.zeros((rows, inputs), floatx())
        self.ones_B = np.ones(rows, floatx())


class Dense(Layer):
    """Every unit looks at every input:  z = x·kernel + bias,  a = activation(z).

    Args:
        units: how many outputs.
        activation: a name ("relu", "sigmoid", "tanh", "softmax", "linear", …) or one of `activations`.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: first values, see `initializers`.
        kernel_regularizer, bias_regularizer: what large values cost, see `regularizers`.
        options: what every layer takes: name (`dense`, `dense_1`, … when none is given), input_shape (instead of an
            Input before it), trainable (False keeps the weights as they are; it counts from the next `compile`).

    Weights: kernel (inputs, units), bias (units,).
    Differs from PyTorch: `torch.nn.Linear` keeps its weight as (units, inputs).

    >>> layer = Dense(2, "relu")
    >>> layer.units, layer.activation
    (2, relu)
    """

    def __init__(self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, **options):  # fmt: skip
        super().__init__(**options)
        self.units, self.use_bias, self.bias = utils.check_whole_number(units, "units"), use_bias, None
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)

    def output_for(self, input_shape):
        if len(input_shape) != 1:
            raise ValueError(
                f"{self.name} takes rows of numbers, but each of its inputs has the shape {input_shape}. "
                "Put a Flatten() before it."
            )
        self.inputs, self._workspaces = input_shape[0], {}
        return (self.units,)

    def trainable_shapes(self):
        shapes = {"kernel": (self.inputs, self.units), "bias": (self.units,)}
        return shapes if self.use_bias else {"kernel": shapes["kernel"]}

    def workspace(self, rows: int) -> Workspace:
        if rows not in self._workspaces:
            if len(self._workspaces) > 8:  # somebody sends batches of ever new sizes: keep only the latest
                self._workspaces.clear()
            self._workspaces[rows] = Workspace(rows, self.inputs, self.units)
        return self._workspaces[rows]

    def forward(self, x_BF, out_BK=None, training=False):
        """The layer's outputs for a batch, written into `out_BK` where one is given."""
        space = self.space = self._workspaces.get(len(x_BF)) or self.workspace(len(x_BF))
        a_BK = space.a_BK if out_BK is None else out_BK
        x_BF.dot(self.kernel, a_BK)
        if self.use_bias:
            space.bias_BK[...] = self.bias  # numpy adds a vector to every row slowly: copy it there, then add
            np.add(a_BK, space.bias_BK, out=a_BK)
        if self.activation.needs_z:
            np.copyto(space.z_BK, a_BK)
        self.x_BF, self.a_BK = x_BF, self.activation.forward(a_BK, space.zeros_BK)
        return self.a_BK

    def backward(self, d_BK, from_activation=True, to_inputs=True):
        """Send d = dloss/da back: to the weights, and on to the inputs.

            dz = dloss/dz;  dloss/dx = dz·kernelᵀ
            dloss/dkernel = xᵀ·dz;  dloss/dbias = Σ dz over the rows

        Where `from_activation` is False, d_BK is dloss/dz already: the loss has done both steps.
        Where `to_inputs` is False, nobody needs dloss/dx (the first layer).
        """
        space = self.space
        if from_activation:
            seen_BK = space.z_BK if self.activation.needs_z else self.a_BK
            d_BK = self.activation.backward(seen_BK, d_BK, space.scratch_BK)
        self.x_BF.T.dot(d_BK, self.kernel_gradient)
        if self.use_bias:
            space.ones_B.dot(d_BK, self.bias_gradient)
        return d_BK.dot(self.kernel.T, space.d_BF) if to_inputs else None
