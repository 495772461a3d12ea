"""Layers: `forward` computes a layer's outputs, `backward` below it sends the loss's gradient back through it.

Letters in names: B rows of the batch, F features coming in, K units going out.
"""

import math

import numpy as np

from lessonlib import activations, initializers, regularizers, utils
from lessonlib.config import floatx
from lessonlib.layer import Chain, Input, InputLayer, Layer  # noqa: F401
from lessonlib.normalization import BatchNormalization, LayerNormalization, Normalization


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
        self.units, self.use_bias = utils.check_whole_number(units, "units"), use_bias
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


class ActivationLayer(Layer):
    """What those have in common that only apply `self.activation`:  a = activation(x)."""

    def forward(self, x, out=None, training=False):
        self.x = x
        self.a = np.empty_like(x) if out is None else out
        np.copyto(self.a, x)
        return self.activation.forward(self.a, np.zeros_like(x))

    def backward(self, d, from_activation=True, to_inputs=True):
        if not from_activation:
            return d
        return self.activation.backward(self.x if self.activation.needs_z else self.a, d, np.empty_like(d))


class Activation(ActivationLayer):
    """An activation as a layer of its own; see `activations`."""

    def __init__(self, activation, **options):
        super().__init__(**options)
        self.activation = activations.get(activation)


class Softmax(ActivationLayer):
    """aᵢ = e^(xᵢ) / Σⱼ e^(xⱼ) along the last axis."""

    activation = activations.softmax


class ReLU(ActivationLayer):
    """a = max(x, 0); with settings, see `activations.Relu`."""

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **options):
        super().__init__(**options)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold
        utils.check_numbers(0, max_value=max_value or 0, negative_slope=negative_slope, threshold=threshold)
        settings = {"max_value": max_value, "negative_slope": negative_slope, "threshold": threshold}
        self.activation = activations.relu.set(**settings) if any(settings.values()) else activations.relu


class LeakyReLU(ActivationLayer):
    """a = x for x > 0, else negative_slope·x. Slope 0.3 (the function `leaky_relu`: 0.2; PyTorch: 0.01)."""

    def __init__(self, negative_slope=0.3, **options):
        super().__init__(**options)
        utils.check_numbers(0, negative_slope=negative_slope)
        self.negative_slope = negative_slope
        self.activation = activations.leaky_relu.set(negative_slope=negative_slope)


class ELU(ActivationLayer):
    """a = x for x > 0, else alpha·(e^x − 1)."""

    def __init__(self, alpha=1.0, **options):
        super().__init__(**options)
        self.alpha, self.activation = alpha, activations.elu.set(alpha=alpha)


class PReLU(Layer):
    """a = x for x > 0, else alpha·x, where every feature has an alpha of its own, which is learned.

    Weights: alpha, of the shape of one row; dloss/dalpha = Σ over the rows of dloss/da·min(x, 0).
    Source: He et al., Delving Deep into Rectifiers (2015). PyTorch begins with alpha = 0.25 and has one for all.
    """

    def __init__(self, alpha_initializer="zeros", alpha_regularizer=None, **options):
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)

    def trainable_shapes(self):
        return {"alpha": self.input_shape}

    def forward(self, x, out=None, training=False):
        self.x = x
        return np.add(np.maximum(x, 0), self.alpha * np.minimum(x, 0), out=out)

    def backward(self, d, from_activation=True, to_inputs=True):
        np.sum(d * np.minimum(self.x, 0), axis=0, out=self.alpha_gradient)
        return d * np.where(self.x > 0, np.ones((), d.dtype), self.alpha)


class Dropout(Layer):
    """In training, set a share `rate` of the inputs to 0 at random, and the others to x / (1 − rate); else x.

    With a `seed` of its own, a layer draws the same masks in every program.
    """

    def __init__(self, rate, seed=None, **options):
        utils.check_numbers(0, 1, rate=rate)
        super().__init__(**options)
        self.rate, self.seed = rate, seed
        self.generator = None if seed is None else np.random.default_rng(seed)

    def build(self, input_shape, generator=None):
        super().build(input_shape, generator)
        self.generator = self.generator or generator or utils.new_generator()

    def forward(self, x, out=None, training=False):
        self.mask = np.ones((), x.dtype)
        if training and self.rate > 0:
            self.mask = (self.generator.random(x.shape, "float32") >= self.rate).astype(x.dtype)
            self.mask /= max(1 - self.rate, 1e-7)
        return np.multiply(x, self.mask, out=out)

    def backward(self, d, from_activation=True, to_inputs=True):
        return np.multiply(d, self.mask, out=d)


class Flatten(Layer):
    """Lay all numbers of a row side by side: (8, 8) becomes (64,)."""

    def output_for(self, input_shape):
        return (math.prod(input_shape),)

    def forward(self, x, out=None, training=False):
        flat = x.reshape(len(x), -1)
        if out is None:
            return flat
        np.copyto(out, flat)
        return out

    def backward(self, d, from_activation=True, to_inputs=True):
        return d.reshape(len(d), *self.input_shape)


class Rescaling(Layer):
    """a = x·scale + offset:  Rescaling(1 / 255) turns bytes into 0…1."""

    def __init__(self, scale, offset=0.0, **options):
        super().__init__(**options)
        self.scale, self.offset = scale, offset

    def forward(self, x, out=None, training=False):
        return np.add(x * np.asarray(self.scale, x.dtype), np.asarray(self.offset, x.dtype), out=out)

    def backward(self, d, from_activation=True, to_inputs=True):
        return np.multiply(d, np.asarray(self.scale, d.dtype), out=d)


CLASSES = {cls.__name__: cls for cls in (
    InputLayer, Dense, Activation, ReLU, LeakyReLU, PReLU, ELU, Softmax, Dropout, Flatten, Rescaling, Normalization,
    BatchNormalization, LayerNormalization,
)}  # fmt: skip
