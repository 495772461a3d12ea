"""What activation functions share, and the six that networks of dense layers mostly use.

An activation is called like a function, `relu(x)`. Inside a layer it works in place: `forward` turns the
weighted sums z into the activations a, `backward` below it turns d = dloss/da into dloss/dz.
"""

import inspect
from functools import lru_cache

import numpy as np

from lessonlib import utils
from lessonlib.config import constant, floatx

ONE = constant(1)
KNOWN = {}  # all names of this package's activations, filled by the package


class Activation:
    """What all activations share: being called, and their name. `Formula` is for those of your own."""

    needs_z = False  # whether `backward` wants to see z; most derivatives are simpler in a

    def __init__(self, name=None):
        self.__name__, self.settings = name or utils.snake_case(type(self).__name__), {}
        self.__module__ = "lessonlib.activations"  # where pickle finds `relu`

    def __call__(self, x, *settings, **named):
        """Apply the function to any array; `x` itself is left as it is.

        >>> relu([-1.0, 2.0]).tolist(), relu([-1.0, 2.0], 0.5).tolist()
        ([0.0, 2.0], [-0.5, 2.0])
        """
        z = np.array(x, floatx())
        with np.errstate(over="ignore"):
            return (self.set(*settings, **named) if settings or named else self).forward(z, np.zeros_like(z))

    def __repr__(self):
        return self.__name__

    def __reduce_ex__(self, protocol):  # copies of `relu` are `relu`
        return self.__name__ if KNOWN.get(self.__name__) is self else super().__reduce_ex__(protocol)

    def written(self):
        """In a configuration it is its name, with its settings where they are not the usual ones."""
        return {"class_name": self.__name__, "config": self.settings} if self.settings else self.__name__

    def set(self, *settings, **named) -> "Activation":
        """The same activation with other settings."""
        raise TypeError(f"{self} takes no settings. Received: {settings or named}")

    def forward(self, z, zeros):
        """Turn z into a, in place. `zeros` is an array of zeros in the shape of z."""
        raise NotImplementedError

    def backward(self, a, d, scratch):
        """Turn d = dloss/da into dloss/dz, in place. `scratch` is an array in the shape of d to work in."""
        raise NotImplementedError


class Linear(Activation):
    """a = z;  da/dz = 1."""

    def forward(self, z, zeros):
        return z

    def backward(self, a, d, scratch):
        return d


class Relu(Activation):
    """a = max(z, 0);  da/dz = 1 where a > 0, else 0 (so also at z = 0).

    With settings, `relu(x, negative_slope=0.1)`: a = max_value from there on, z from threshold on,
    negative_slope·(z − threshold) below.
    """

    def set(self, *settings, **named):
        return Formula("relu", piecewise, piecewise_slope, self.__doc__).set(*settings, **named)

    def forward(self, z, zeros):
        return np.maximum(z, zeros, out=z)  # against an array of zeros: twice as fast as against the number 0

    def backward(self, a, d, scratch):
        np.sign(a, out=scratch)
        return np.multiply(d, scratch, out=d)


class Sigmoid(Activation):
    """a = 1 / (1 + e^(−z));  da/dz = a·(1 − a)."""

    def forward(self, z, zeros):
        np.negative(z, out=z)
        np.exp(z, out=z)
        np.add(z, ONE, out=z)
        return np.reciprocal(z, out=z)

    def backward(self, a, d, scratch):
        np.subtract(ONE, a, out=scratch)
        np.multiply(scratch, a, out=scratch)
        return np.multiply(d, scratch, out=d)


class Tanh(Activation):
    """a = tanh(z);  da/dz = 1 − a²."""

    def forward(self, z, zeros):
        return np.tanh(z, out=z)

    def backward(self, a, d, scratch):
        np.multiply(a, a, out=scratch)
        np.subtract(ONE, scratch, out=scratch)
        return np.multiply(d, scratch, out=d)


@lru_cache(32)
def ones(k: int, dtype) -> np.ndarray:
    """A (k, k) table of ones: x·ones holds in every place the sum of x's row, much faster than numpy's sum."""
    return np.ones((k, k), dtype)


class Softmax(Activation):
    """aᵢ = e^(zᵢ) / Σⱼ e^(zⱼ) along each row;  dloss/dzᵢ = aᵢ·(dᵢ − Σⱼ aⱼ·dⱼ)."""

    def __call__(self, x, axis=-1):
        return np.moveaxis(super().__call__(np.moveaxis(np.asarray(x), axis, -1)), -1, axis)

    def forward(self, z, zeros):
        # Subtracting the largest z of the row changes nothing in the quotient, and keeps e^z from overflowing. It is
        # slow and seldom needed: the largest and the smallest z of the whole batch are found in a tenth of the time.
        if not (z.size and -60 < z.item(z.argmin()) and z.item(z.argmax()) < 60):
            np.subtract(z, np.maximum.reduce(z, -1, keepdims=True), out=z)
        np.exp(z, out=z)
        return np.divide(z, z.dot(ones(z.shape[-1], z.dtype)), out=z)

    def backward(self, a, d, scratch):
        np.multiply(a, d, out=scratch)
        np.subtract(d, scratch.dot(ones(a.shape[-1], a.dtype)), out=d)
        return np.multiply(d, a, out=d)


class LogSoftmax(Softmax):
    """aᵢ = zᵢ − log Σⱼ e^(zⱼ);  dloss/dzᵢ = dᵢ − e^(aᵢ)·Σⱼ dⱼ."""

    def forward(self, z, zeros):
        np.subtract(z, np.maximum.reduce(z, -1, keepdims=True), out=z)
        return np.subtract(z, np.log(np.exp(z).sum(axis=-1, keepdims=True)), out=z)

    def backward(self, a, d, scratch):
        return np.subtract(d, np.exp(a) * d.sum(axis=-1, keepdims=True), out=d)


class Formula(Activation):
    """An activation from two functions of z: a = value(z) and da/dz = slope(z); both take the settings, too.

    >>> square = Formula("square", value=lambda z: z**2, slope=lambda z: 2 * z)
    >>> square([3.0]).tolist()
    [9.0]
    """

    needs_z = True

    def __init__(self, name, value, slope, doc=__doc__, **settings):
        super().__init__(name)
        self.value, self.slope, self.__doc__, self.settings = value, slope, doc, settings

    def set(self, *settings, **named):
        _, *given = inspect.signature(self.value).bind(None, *settings, **named).arguments.items()
        return Formula(self.__name__, self.value, self.slope, self.__doc__, **self.settings | dict(given))

    def forward(self, z, zeros):
        z[...] = self.value(z, **self.settings)
        return z

    def backward(self, z, d, scratch):
        return np.multiply(d, self.slope(z, **self.settings), out=d, casting="same_kind")


def piecewise(z, negative_slope=0.0, max_value=None, threshold=0.0):
    below = negative_slope * (z - threshold) if negative_slope else 0.0  # 0·∞ would be no number
    a = np.where(z <= threshold, below, z)
    return a if max_value is None else np.minimum(a, max_value)


def piecewise_slope(z, negative_slope=0.0, max_value=None, threshold=0.0):
    slope = np.where(z > threshold, 1.0, negative_slope)
    return slope if max_value is None else slope * (z < max_value)


linear, relu, sigmoid, tanh, softmax, log_softmax = Linear(), Relu(), Sigmoid(), Tanh(), Softmax(), LogSoftmax()
