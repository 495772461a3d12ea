"""Activation functions, each with the derivative that backpropagation needs directly below it.

An activation is called like a function, `relu(x)`. Inside a layer it works in place: `forward` turns the
weighted sums z into the activations a, `backward` turns d = dloss/da into dloss/dz.
"""

import math
from functools import lru_cache

import numpy as np

from lessonlib import utils
from lessonlib.config import constant, floatx

ONE = constant(1)


class Activation(utils.Configurable):
    """What all activations share: being called, and their name."""

    needs_z = False  # whether `backward` wants to see z; most derivatives are simpler in a

    def __call__(self, x, **settings):
        """Apply the function to any array; `x` itself is left as it is.

        >>> relu([-1.0, 2.0]).tolist(), elu([-1.0], alpha=0.0).tolist()
        ([0.0, 2.0], [-0.0])
        """
        z = np.array(x, floatx())
        with np.errstate(over="ignore"):
            return (type(self)(**settings) if settings else self).forward(z, np.zeros_like(z))

    def __repr__(self):
        return self.__name__

    def written(self):
        """In a configuration it is its name, with its settings where they are not the usual ones."""
        return self.__name__ if _KNOWN.get(self.__name__) is self else super().written()

    @property
    def __name__(self):
        return utils.snake_case(type(self).__name__)

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

    Called with settings, `relu(x, negative_slope=0.1)`, it is `PiecewiseLinear`.
    """

    def __call__(self, x, **settings):
        return PiecewiseLinear(**settings)(x) if settings else super().__call__(x)

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


class LogSoftmax(Activation):
    """aᵢ = zᵢ − log Σⱼ e^(zⱼ);  dloss/dzᵢ = dᵢ − e^(aᵢ)·Σⱼ dⱼ."""

    def forward(self, z, zeros):
        np.subtract(z, np.maximum.reduce(z, -1, keepdims=True), out=z)
        return np.subtract(z, np.log(np.exp(z).sum(axis=-1, keepdims=True)), out=z)

    def backward(self, a, d, scratch):
        np.exp(a, out=scratch)
        return np.subtract(d, scratch * d.sum(axis=-1, keepdims=True), out=d)


class PiecewiseLinear(Activation):
    """a = max_value from there on, z from threshold on, negative_slope·(z − threshold) below."""

    needs_z = True

    def __init__(self, negative_slope=0.0, max_value=None, threshold=0.0):
        for name, value in (("negative_slope", negative_slope), ("max_value", max_value), ("threshold", threshold)):
            if (value is None and name != "max_value") or (value is not None and value < 0):
                raise ValueError(f"`{name}` must be a number of at least 0. Received: {name}={value!r}")
        self.negative_slope, self.max_value, self.threshold = negative_slope, max_value, threshold

    def forward(self, z, zeros):
        np.copyto(z, self.negative_slope * (z - self.threshold), where=z <= self.threshold)
        return z if self.max_value is None else np.minimum(z, self.max_value, out=z)

    def backward(self, z, d, scratch):
        np.multiply(d, self.negative_slope, out=d, where=z <= self.threshold)
        if self.max_value is not None:
            np.copyto(d, 0, where=z >= self.max_value)
        return d


class LeakyRelu(PiecewiseLinear):
    """a = z for z > 0, else negative_slope·z;  da/dz = 1 or negative_slope. Slope 0.2 (PyTorch: 0.01)."""

    def __init__(self, negative_slope=0.2):
        super().__init__(negative_slope)


class Relu6(PiecewiseLinear):
    """a = min(max(z, 0), 6);  da/dz = 1 between 0 and 6, else 0."""

    def __init__(self):
        super().__init__(max_value=6.0)


class Elu(Activation):
    """a = z for z > 0, else alpha·(e^z − 1);  da/dz = 1, or a + alpha."""

    scale = 1.0

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, z, zeros):
        np.copyto(z, self.alpha * np.expm1(np.minimum(z, 0)), where=z <= 0)
        return np.multiply(z, self.scale, out=z)

    def backward(self, a, d, scratch):
        np.copyto(scratch, np.where(a > 0, self.scale, a + self.scale * self.alpha))
        return np.multiply(d, scratch, out=d)


class Selu(Elu):
    """a = 1.0507·elu(z) with alpha 1.6733: keeps mean 0 and variance 1 through layers with lecun_normal kernels.

    Source: Klambauer et al., Self-Normalizing Neural Networks (2017).
    """

    scale = 1.0507009873554804934193349852946

    def __init__(self):
        super().__init__(alpha=1.6732632423543772848170429916717)


class Gelu(Activation):
    """a = z·Φ(z), Φ the normal distribution's share below z;  da/dz = Φ(z) + z·φ(z), φ its density.

    With approximate=True: a = z·s, s = sigmoid(2u), u = √(2/π)·(z + 0.044715·z³);
    da/dz = s + 2z·s·(1 − s)·√(2/π)·(1 + 0.134145·z²).

    >>> round(float(gelu(1.0)), 4)
    0.8413
    """

    needs_z = True

    def __init__(self, approximate=False):
        self.approximate = approximate

    def share(self, z):
        if self.approximate:
            return 0.5 + 0.5 * np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))
        return 0.5 + 0.5 * erf(z / math.sqrt(2))

    def forward(self, z, zeros):
        return np.multiply(z, self.share(z), out=z)

    def backward(self, z, d, scratch):
        s = self.share(z)
        if self.approximate:
            slope = 2 * s * (1 - s) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z**2)
        else:
            slope = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
        return np.multiply(d, s + z * slope, out=d)


ERF = np.array([math.erf(i / 256) for i in range(-6 * 256, 6 * 256 + 1)])


def erf(x) -> np.ndarray:
    """The error function, which numpy lacks: the nearest of 3,073 known values, and a Taylor step from there.

    >>> abs(float(erf(0.7)) - math.erf(0.7)) < 1e-11
    True
    """
    x = np.clip(x, -6, 6)
    i = np.rint(x * 256).astype("int64")
    c, known = i / 256, ERF[i + 6 * 256]
    h = x - c
    step = h * (1 - h * c + h**2 * (4 * c**2 - 2) / 6 - h**3 * (2 * c**3 - 3 * c) / 6)
    return (known + 2 / math.sqrt(math.pi) * np.exp(-(c**2)) * step).astype(x.dtype)


class Silu(Activation):
    """a = z·s, s = sigmoid(z);  da/dz = s + a·(1 − s). Also called swish."""

    needs_z = True

    def forward(self, z, zeros):
        return np.divide(z, 1 + np.exp(-z), out=z)

    def backward(self, z, d, scratch):
        s = 1 / (1 + np.exp(-z))
        return np.multiply(d, s + z * s * (1 - s), out=d)


class Softplus(Activation):
    """a = log(1 + e^z);  da/dz = 1 − e^(−a)."""

    def forward(self, z, zeros):
        return np.logaddexp(z, zeros, out=z)

    def backward(self, a, d, scratch):
        return np.multiply(d, -np.expm1(-a), out=d)


class Softsign(Activation):
    """a = z / (1 + |z|);  da/dz = (1 − |a|)²."""

    def forward(self, z, zeros):
        return np.divide(z, 1 + np.abs(z), out=z)

    def backward(self, a, d, scratch):
        return np.multiply(d, (1 - np.abs(a)) ** 2, out=d)


class Exponential(Activation):
    """a = e^z;  da/dz = a."""

    def forward(self, z, zeros):
        return np.exp(z, out=z)

    def backward(self, a, d, scratch):
        return np.multiply(d, a, out=d)


class HardSigmoid(Activation):
    """a = min(max(z/6 + ½, 0), 1);  da/dz = 1/6 where 0 < a < 1, else 0."""

    def forward(self, z, zeros):
        return np.clip(z / 6 + 0.5, 0, 1, out=z)

    def backward(self, a, d, scratch):
        return np.multiply(d, ((a > 0) & (a < 1)) / np.array(6, d.dtype), out=d, casting="same_kind")


class Mish(Activation):
    """a = z·w, w = tanh(softplus(z));  da/dz = w + z·(1 − w²)·sigmoid(z)."""

    needs_z = True

    def forward(self, z, zeros):
        return np.multiply(z, np.tanh(np.logaddexp(z, zeros)), out=z)

    def backward(self, z, d, scratch):
        w = np.tanh(np.logaddexp(z, np.zeros_like(z)))
        return np.multiply(d, w + z * (1 - w**2) / (1 + np.exp(-z)), out=d)


linear, relu, sigmoid, tanh, softmax, log_softmax = Linear(), Relu(), Sigmoid(), Tanh(), Softmax(), LogSoftmax()
leaky_relu, relu6, elu, selu, gelu, silu = LeakyRelu(), Relu6(), Elu(), Selu(), Gelu(), Silu()
softplus, softsign, exponential, hard_sigmoid, mish = Softplus(), Softsign(), Exponential(), HardSigmoid(), Mish()
swish = silu
_KNOWN = {name: value for name, value in vars().items() if isinstance(value, Activation)}
_CLASSES = utils.names_of(type(activation) for activation in _KNOWN.values()) | utils.names_of([PiecewiseLinear])


def get(identifier) -> Activation:
    """The activation named by a string; `None` is the linear one; an activation is itself.

    Raises:
        ValueError: there is no activation of that name, or it is a function whose derivative nobody has told.

    >>> get("relu"), get(None)
    (relu, linear)
    """
    identifier = getattr(identifier, "activation", identifier)  # a layer such as layers.LeakyReLU(0.1)
    if identifier is None:
        return linear
    if isinstance(identifier, Activation):
        return identifier
    if isinstance(identifier, dict):
        return utils.from_identifier("activation function", identifier, _CLASSES)
    if callable(identifier):
        raise ValueError(
            f"The derivative of {getattr(identifier, '__name__', identifier)!r} is not known. Take one of "
            f"{', '.join(_KNOWN)}, or write a subclass of lessonlib.activations.Activation with forward and backward."
        )
    return utils.look_up("activation function", identifier, _KNOWN)
