"""Activations as layers of their own."""

import numpy as np

from lessonlib import activations, initializers, regularizers, utils
from lessonlib.layers.layer import Layer
from lessonlib.layers.normalization import last_axis


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

    def __init__(self, axis=-1, **options):
        super().__init__(**options)
        self.axis = axis

    def output_for(self, input_shape):
        last_axis(self.axis, input_shape, self.name)
        return input_shape


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
        negative_slope = options.pop("alpha", negative_slope)  # its name in older programs
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
