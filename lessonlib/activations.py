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


class Activation:
    """What all activations share: being called, and their name. `Formula` is for those of your own."""

    needs_z = False  # whether `backward` wants to see z; most derivatives are simpler in a

    def __init__(self, name=None):
        self.__name__, self.settings = name or utils.snake_case(type(self).__name__), {}

    def __call__(self, x, **settings):
        """Apply the function to any array; `x` itself is left as it is.

        >>> relu([-1.0, 2.0]).tolist(), elu([-1.0], alpha=0.0).tolist()
        ([0.0, 2.0], [-0.0])
        """
        z = np.array(x, floatx())
        with np.errstate(over="ignore"):
            return (self.set(**settings) if settings else self).forward(z, np.zeros_like(z))

    def __repr__(self):
        return self.__name__

    def __reduce_ex__(self, protocol):  # copies of `relu` are `relu`
        return self.__name__ if _KNOWN.get(self.__name__) is self else super().__reduce_ex__(protocol)

    def written(self):
        """In a configuration it is its name, with its settings where they are not the usual ones."""
        return {"class_name": self.__name__, "config": self.settings} if self.settings else self.__name__

    def set(self, **settings) -> "Activation":
        """The same activation with other settings."""
        raise TypeError(f"{self} takes no settings. Received: {settings}")

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

    def set(self, **settings):
        return Formula("relu", piecewise, piecewise_slope, self.__doc__, **settings)

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

    def set(self, **settings):
        return Formula(self.__name__, self.value, self.slope, self.__doc__, **self.settings | settings)

    def forward(self, z, zeros):
        z[...] = self.value(z, **self.settings)
        return z

    def backward(self, z, d, scratch):
        return np.multiply(d, self.slope(z, **self.settings), out=d, casting="same_kind")


def piecewise(z, negative_slope=0.0, max_value=None, threshold=0.0):
    a = np.where(z > threshold, z, negative_slope * (z - threshold))
    return a if max_value is None else np.minimum(a, max_value)


def piecewise_slope(z, negative_slope=0.0, max_value=None, threshold=0.0):
    slope = np.where(z > threshold, 1.0, negative_slope)
    return slope if max_value is None else slope * (z < max_value)


def logistic(z):
    return 1 / (1 + np.exp(-z))


def gelu_share(z, approximate):
    if approximate:
        return 0.5 + 0.5 * np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))
    return 0.5 + 0.5 * erf(z / math.sqrt(2))


def gelu_slope(z, approximate=False):
    s = gelu_share(z, approximate)
    if approximate:
        return s + z * 2 * s * (1 - s) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z**2)
    return s + z * np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)


def mish_slope(z):
    w = np.tanh(np.logaddexp(z, 0))
    return w + z * (1 - w**2) * logistic(z)


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


linear, relu, sigmoid, tanh, softmax, log_softmax = Linear(), Relu(), Sigmoid(), Tanh(), Softmax(), LogSoftmax()
leaky_relu = Formula(
    "leaky_relu",
    lambda z, negative_slope=0.2: piecewise(z, negative_slope),
    lambda z, negative_slope=0.2: piecewise_slope(z, negative_slope),
    "a = z for z > 0, else negative_slope·z;  da/dz = 1 or negative_slope. Slope 0.2 (PyTorch: 0.01).",
)
relu6 = Formula(
    "relu6", lambda z: piecewise(z, max_value=6.0), lambda z: piecewise_slope(z, max_value=6.0),
    "a = min(max(z, 0), 6);  da/dz = 1 between 0 and 6, else 0.",
)  # fmt: skip
elu = Formula(
    "elu",
    lambda z, alpha=1.0: np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
    lambda z, alpha=1.0: np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0))),
    "a = z for z > 0, else alpha·(e^z − 1);  da/dz = 1, or alpha·e^z.",
)
selu = Formula(
    "selu",
    lambda z: 1.0507009873554805 * elu.value(z, 1.6732632423543772),
    lambda z: 1.0507009873554805 * elu.slope(z, 1.6732632423543772),
    "a = 1.0507·elu(z) with alpha 1.6733: keeps mean 0 and variance 1 through layers with lecun_normal kernels.\n\n"
    "Source: Klambauer et al., Self-Normalizing Neural Networks (2017).",
)
gelu = Formula(
    "gelu", lambda z, approximate=False: z * gelu_share(z, approximate), gelu_slope,
    "a = z·Φ(z), Φ the normal distribution's share below z;  da/dz = Φ(z) + z·φ(z), φ its density.\n\n"
    "approximate=True takes ½ + ½·tanh(√(2/π)·(z + 0.044715·z³)) for Φ. gelu(1.0) is 0.8413.",
)  # fmt: skip
silu = Formula(
    "silu", lambda z: z * logistic(z), lambda z: logistic(z) * (1 + z * (1 - logistic(z))),
    "a = z·s, s = sigmoid(z);  da/dz = s·(1 + z·(1 − s)). Also called swish.",
)  # fmt: skip
softplus = Formula(
    "softplus", lambda z: np.logaddexp(z, 0), logistic, "a = log(1 + e^z);  da/dz = sigmoid(z)."
)  # fmt: skip
softsign = Formula(
    "softsign", lambda z: z / (1 + np.abs(z)), lambda z: 1 / (1 + np.abs(z)) ** 2,
    "a = z / (1 + |z|);  da/dz = 1 / (1 + |z|)².",
)  # fmt: skip
exponential = Formula("exponential", np.exp, np.exp, "a = e^z;  da/dz = e^z.")
hard_sigmoid = Formula(
    "hard_sigmoid", lambda z: np.clip(z / 6 + 0.5, 0, 1), lambda z: (np.abs(z) < 3) / 6,
    "a = min(max(z/6 + ½, 0), 1);  da/dz = 1/6 where |z| < 3, else 0.",
)  # fmt: skip
mish = Formula(
    "mish", lambda z: z * np.tanh(np.logaddexp(z, 0)), mish_slope,
    "a = z·w, w = tanh(softplus(z));  da/dz = w + z·(1 − w²)·sigmoid(z).",
)  # fmt: skip
swish = silu
celu = Formula(
    "celu",
    lambda z, alpha=1.0: elu.value(z / alpha, 1.0) * alpha,
    lambda z, alpha=1.0: elu.slope(z / alpha, 1.0),
    "a = z for z > 0, else alpha·(e^(z/alpha) − 1);  da/dz = 1, or e^(z/alpha).",
)
hard_silu = Formula(
    "hard_silu", lambda z: z * hard_sigmoid.value(z), lambda z: hard_sigmoid.value(z) + z * hard_sigmoid.slope(z),
    "a = z·h, h = hard_sigmoid(z);  da/dz = h + z·dh/dz. Also called hard_swish.",
)  # fmt: skip
hard_swish = hard_silu
hard_tanh = Formula(
    "hard_tanh", lambda z: np.clip(z, -1, 1), lambda z: np.abs(z) < 1,
    "a = min(max(z, −1), 1);  da/dz = 1 where |z| < 1, else 0.",
)  # fmt: skip
log_sigmoid = Formula(
    "log_sigmoid", lambda z: -np.logaddexp(-z, 0), lambda z: logistic(-z),
    "a = log sigmoid(z) = −log(1 + e^(−z));  da/dz = 1 − sigmoid(z).",
)  # fmt: skip
tanh_shrink = Formula(
    "tanh_shrink", lambda z: z - np.tanh(z), lambda z: np.tanh(z) ** 2, "a = z − tanh(z);  da/dz = tanh(z)²."
)  # fmt: skip
hard_shrink = Formula(
    "hard_shrink",
    lambda z, threshold=0.5: np.where(np.abs(z) > threshold, z, 0),
    lambda z, threshold=0.5: np.abs(z) > threshold,
    "a = z where |z| > threshold, else 0;  da/dz = 1 there, else 0.",
)
soft_shrink = Formula(
    "soft_shrink",
    lambda z, threshold=0.5: z - np.clip(z, -threshold, threshold),
    lambda z, threshold=0.5: np.abs(z) > threshold,
    "a = z moved by threshold towards 0, or 0 where |z| is less;  da/dz = 1 where |z| > threshold, else 0.",
)
squareplus = Formula(
    "squareplus",
    lambda z, b=4.0: (z + np.sqrt(z**2 + b)) / 2,
    lambda z, b=4.0: (1 + z / np.sqrt(z**2 + b)) / 2,
    "a = (z + √(z² + b)) / 2;  da/dz = (1 + z/√(z² + b)) / 2.",
)

_KNOWN = {name: value for name, value in vars().items() if isinstance(value, Activation)}


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
        return utils.look_up("activation function", identifier["class_name"], _KNOWN).set(**identifier["config"])
    if callable(identifier):
        raise ValueError(
            f"The derivative of {getattr(identifier, '__name__', identifier)!r} is not known. Take one of "
            f"{', '.join(_KNOWN)}, or tell it: lessonlib.activations.Formula(name, value, slope), two functions."
        )
    return utils.look_up("activation function", identifier, _KNOWN)
