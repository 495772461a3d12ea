"""More activation functions, each from two formulas: its value and its slope."""

import math
from functools import cache

import numpy as np

from lessonlib.activations.activation import Formula, piecewise, piecewise_slope


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


@cache
def known_values():
    return np.array([math.erf(i / 256) for i in range(-6 * 256, 6 * 256 + 1)])


def erf(x) -> np.ndarray:
    """The error function, which numpy lacks: the nearest of 3,073 known values, and a Taylor step from there.

    >>> abs(float(erf(0.7)) - math.erf(0.7)) < 1e-11
    True
    """
    x = np.clip(x, -6, 6)
    i = np.rint(np.nan_to_num(x) * 256).astype("int64")
    c, known = i / 256, known_values()[i + 6 * 256]
    h = x - c
    step = h * (1 - h * c + h**2 * (4 * c**2 - 2) / 6 - h**3 * (2 * c**3 - 3 * c) / 6)
    return (known + 2 / math.sqrt(math.pi) * np.exp(-(c**2)) * step).astype(x.dtype)


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
