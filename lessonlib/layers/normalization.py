"""Layers that bring their inputs to mean 0 and variance 1: by measured, by the batch's or by the row's statistics."""

import numpy as np

from lessonlib import initializers, regularizers
from lessonlib.config import floatx
from lessonlib.layers.layer import Layer


class Normalization(Layer):
    """a = (x − mean) / √variance, with the mean and variance of each feature that `adapt` has measured.

    Args:
        axis: −1 for one mean a feature, None for one in all.
        mean, variance: these, instead of measuring.
        invert: a = x·√variance + mean instead.

    >>> layer = Normalization()
    >>> layer.adapt(np.array([[0.0], [4.0]]))
    >>> layer([[4.0]]).tolist()
    [[1.0]]
    """

    mean_initializer, variance_initializer, count_initializer = map(initializers.get, ("zeros", "ones", "zeros"))

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **options):
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. Received: "
                f"mean={mean!r} and variance={variance!r}"
            )
        super().__init__(**options)
        self.axis, self.invert, self.given = axis, invert, mean is not None
        self.mean, self.variance = (np.asarray(mean), np.asarray(variance)) if self.given else (None, None)

    def get_config(self):
        return super().get_config() | ({} if self.given else {"mean": None, "variance": None})

    def output_for(self, input_shape):
        self.kept = last_axis(self.axis, input_shape, self.name) if self.axis is not None else ()
        return input_shape

    def state_shapes(self):
        return {} if self.given else {"mean": self.kept, "variance": self.kept, "count": ()}

    def adapt(self, data) -> None:
        """Measure mean and variance of these rows. Do it before `fit`, with the training rows only."""
        data = np.asarray(data, floatx())
        data = data[:, None] if data.ndim == 1 else data
        if not self.built:
            self.build(data.shape)
        if data.shape[1:] != self.input_shape:
            raise ValueError(f"{self.name} was built for rows of {self.input_shape}. Received: {data.shape[1:]}.")
        axes = tuple(range(data.ndim - len(self.kept)))
        self.mean[...], self.variance[...] = data.mean(axes, "float64"), data.var(axes, "float64")

    def deviation(self, dtype):
        return np.maximum(np.sqrt(np.asarray(self.variance, dtype)), 1e-7, dtype=dtype)

    def forward(self, x, out=None, training=False):
        mean, deviation = np.asarray(self.mean, x.dtype), self.deviation(x.dtype)
        if self.invert:
            return np.add(x * deviation, mean, out=out)
        return np.divide(x - mean, deviation, out=out)

    def backward(self, d, from_activation=True, to_inputs=True):
        return (np.multiply if self.invert else np.divide)(d, self.deviation(d.dtype), out=d)


class _Normalizing(Layer):
    """What batch and layer normalization share:  n = (x − mean) / √(variance + epsilon),  a = gamma·n + beta."""

    def __init__(self, axis=-1, epsilon=1e-3, center=True, scale=True, beta_initializer="zeros",
                 gamma_initializer="ones", beta_regularizer=None, gamma_regularizer=None, **options):  # fmt: skip
        super().__init__(**options)
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale
        self.beta_initializer, self.gamma_initializer = map(initializers.get, (beta_initializer, gamma_initializer))
        self.beta_regularizer, self.gamma_regularizer = map(regularizers.get, (beta_regularizer, gamma_regularizer))

    def output_for(self, input_shape):
        self.kept = last_axis(self.axis, input_shape, self.name)
        return input_shape

    def trainable_shapes(self):
        return ({"gamma": self.kept} if self.scale else {}) | ({"beta": self.kept} if self.center else {})

    def normalized(self, x, mean, variance, out):
        self.deviation = np.sqrt(variance + np.asarray(self.epsilon, x.dtype))
        self.n = (x - mean) / self.deviation
        a = np.multiply(self.n, self.gamma if self.scale else np.ones((), x.dtype), out=out)
        return np.add(a, self.beta, out=a) if self.center else a

    def backward(self, d, from_activation=True, to_inputs=True):
        """Where mean and variance came from x itself (over `self.over`), x moves them too:

        dn = d·gamma;  dloss/dx = (dn − mean(dn) − n·mean(dn·n)) / √(variance + epsilon)
        """
        rows = tuple(range(d.ndim - 1))
        if self.scale:
            np.sum(d * self.n, axis=rows, out=self.gamma_gradient)
        if self.center:
            np.sum(d, axis=rows, out=self.beta_gradient)
        if not to_inputs:
            return None
        dn = d * self.gamma if self.scale else d
        if self.over is None:
            return dn / self.deviation
        means = dn.mean(self.over, keepdims=True), (dn * self.n).mean(self.over, keepdims=True)
        return (dn - means[0] - self.n * means[1]) / self.deviation


class BatchNormalization(_Normalizing):
    """In training, mean and variance are each feature's over the batch; later, their moving means are used.

        moving = moving·momentum + batch's·(1 − momentum)

    Weights: gamma, beta; moving_mean and moving_variance, which are not trained.
    Source: Ioffe and Szegedy, Batch Normalization (2015).
    Differs from PyTorch: momentum 0.99 is 0.01 there (0.1 by default); epsilon is 1e-5; the moving variance is
    that of the batch, while PyTorch multiplies it by B / (B − 1).
    """

    def __init__(self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True,
                 moving_mean_initializer="zeros", moving_variance_initializer="ones", **options):  # fmt: skip
        super().__init__(axis, epsilon, center, scale, **options)
        self.momentum = momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def state_shapes(self):
        return {"moving_mean": self.kept, "moving_variance": self.kept}

    def forward(self, x, out=None, training=False):
        self.over = tuple(range(x.ndim - 1)) if training and self.trainable else None
        if self.over is None:
            return self.normalized(x, self.moving_mean, self.moving_variance, out)
        mean, variance = x.mean(self.over), x.var(self.over)
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving += (now - moving) * np.asarray(1 - self.momentum, x.dtype)
        return self.normalized(x, mean, variance, out)


class LayerNormalization(_Normalizing):
    """Mean and variance are those of each row, so that training and prediction do the same.

    Weights: gamma, beta. Source: Ba, Kiros and Hinton, Layer Normalization (2016).
    Differs from PyTorch: epsilon is 1e-3 (there 1e-5).
    """

    over = (-1,)

    def forward(self, x, out=None, training=False):
        return self.normalized(x, x.mean(-1, keepdims=True), x.var(-1, keepdims=True), out)


def last_axis(axis, input_shape: tuple, name: str) -> tuple:
    """The length of the last axis, or a ValueError if `axis` is another one."""
    if axis not in (-1, len(input_shape), [-1], [len(input_shape)], (-1,), (len(input_shape),)):
        raise ValueError(
            f"{name} works along the last axis only: axis=-1, here the same as axis={len(input_shape)}. "
            f"Received: axis={axis!r}"
        )
    return input_shape[-1:]
