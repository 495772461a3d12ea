"""First values of the weights."""

import math

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx


class Initializer(utils.Configurable):
    """Called with a shape, returns first values; the same ones when it is called again, or has the same `seed`.

    For one of your own, write a function of shape and dtype, or a subclass with such a `__call__`.
    """

    seed = None
    _again = None  # the seed that an initializer without one has drawn for its calls

    def __call__(self, shape, dtype=None):
        self._again = self._again or int(utils.new_generator().integers(2**63))
        return self.drawn(shape, np.random.default_rng(self._again)).astype(dtype or floatx())

    def drawn(self, shape, generator):
        """First values for a layer, from the generator of its model unless there is a seed."""
        if type(self).__call__ is not Initializer.__call__:
            return self(shape, dtype=floatx())
        if self.seed is not None:
            generator = np.random.default_rng(self.seed)
        return self.values(tuple(shape), generator or utils.new_generator())

    def values(self, shape, generator):
        raise NotImplementedError(f"An initializer must override `__call__(self, shape, dtype)`: {type(self).__name__}")


class FunctionInitializer(Initializer):
    """A function fn(shape, dtype) of your own."""

    def __init__(self, fn):
        self.fn = fn

    def __call__(self, shape, dtype=None):
        return np.asarray(self.fn(shape, dtype=dtype or floatx()))

    def written(self):
        return self.fn.__name__


class Constant(Initializer):
    """The same `value` everywhere.

    >>> Constant(0.5)((2,)).tolist()
    [0.5, 0.5]
    """

    def __init__(self, value=0.0):
        self.value = value

    def values(self, shape, generator):
        return np.full(shape, self.value)


class Zeros(Constant):
    """All zero: right for biases, and useless for kernels, whose units would all stay alike."""

    def __init__(self):
        super().__init__(0.0)


class Ones(Constant):
    """All one."""

    def __init__(self):
        super().__init__(1.0)


class RandomNormal(Initializer):
    """Normal with the given mean and standard deviation."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def values(self, shape, generator):
        return generator.normal(self.mean, self.stddev, shape)


class TruncatedNormal(RandomNormal):
    """Normal, but values beyond two standard deviations are drawn anew."""

    def values(self, shape, generator):
        return self.mean + self.stddev * truncated(shape, generator)


class RandomUniform(Initializer):
    """Uniform between minval and maxval."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def values(self, shape, generator):
        return generator.uniform(self.minval, self.maxval, shape)


class Identity(Initializer):
    """`gain` on the diagonal, 0 elsewhere: a square layer that at first lets everything through."""

    def __init__(self, gain=1.0):
        self.gain = gain

    def values(self, shape, generator):
        return self.gain * np.eye(*two_axes(shape))


class Orthogonal(Initializer):
    """Columns (or rows, where there are fewer) at right angles and of length `gain`."""

    def __init__(self, gain=1.0, seed=None):
        self.gain, self.seed = gain, seed

    def values(self, shape, generator):
        rows, columns = two_axes(shape)
        q, r = np.linalg.qr(generator.normal(size=(max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))  # makes the drawing uniform over all rotations
        return self.gain * (q if rows >= columns else q.T)


class VarianceScaling(Initializer):
    """Values whose variance is scale / n, n the inputs, the outputs, or the mean of both.

        uniform            between −limit and limit, limit = √(3·scale / n)
        truncated_normal   standard deviation √(scale / n) after the cut at two of them

    The named ones below keep the size of activations and gradients about the same from layer to layer.
    Differs from PyTorch: `torch.nn.Linear` draws from ±1/√inputs, biases too.

    >>> bool(abs(GlorotUniform(seed=0)((10, 20))).max() <= (6 / 30) ** 0.5)
    True
    """

    MODES = ("fan_in", "fan_out", "fan_avg")
    DISTRIBUTIONS = ("uniform", "normal", "truncated_normal", "untruncated_normal")

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None):
        if scale <= 0:
            raise ValueError(f"Argument `scale` must be a positive number. Received: scale={scale}")
        utils.check_choice("mode", mode, self.MODES)
        utils.check_choice("distribution", distribution, self.DISTRIBUTIONS)
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution, seed

    def values(self, shape, generator):
        inputs, outputs = (shape[0], shape[-1]) if shape else (1, 1)
        n = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[self.mode]
        deviation = math.sqrt(self.scale / max(1.0, n))
        if self.distribution == "uniform":
            return generator.uniform(-math.sqrt(3) * deviation, math.sqrt(3) * deviation, shape)
        if self.distribution == "untruncated_normal":
            return generator.normal(0.0, deviation, shape)
        return deviation / 0.87962566103423978 * truncated(shape, generator)  # the cut narrows it by this factor


def _named(name: str, scale: float, mode: str, distribution: str, source: str):
    """The class of a `VarianceScaling` with these settings, which takes nothing but a seed."""

    def __init__(self, seed=None):
        VarianceScaling.__init__(self, scale, mode, distribution, seed)

    doc = f"{distribution.replace('_', ' ').capitalize()} with variance {scale:g} / {mode}. Source: {source}."
    return type(name, (VarianceScaling,), {"__init__": __init__, "__doc__": doc, "__module__": __name__})


_GLOROT = "Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010)"
_HE = "He et al., Delving Deep into Rectifiers (2015)"
_LECUN = "LeCun et al., Efficient BackProp (1998)"
GlorotUniform = _named("GlorotUniform", 1.0, "fan_avg", "uniform", _GLOROT)
GlorotNormal = _named("GlorotNormal", 1.0, "fan_avg", "truncated_normal", _GLOROT)
HeUniform = _named("HeUniform", 2.0, "fan_in", "uniform", _HE)
HeNormal = _named("HeNormal", 2.0, "fan_in", "truncated_normal", _HE)
LecunUniform = _named("LecunUniform", 1.0, "fan_in", "uniform", _LECUN)
LecunNormal = _named("LecunNormal", 1.0, "fan_in", "truncated_normal", _LECUN)


def truncated(shape, generator) -> np.ndarray:
    """Standard normal values, those beyond ±2 drawn anew."""
    values = generator.normal(size=shape)
    while (far := np.abs(values) > 2).any():
        values = np.where(far, generator.normal(size=shape), values)
    return values


def two_axes(shape) -> tuple:
    if len(shape) != 2:
        raise ValueError(f"This initializer makes a matrix, for a kernel; for a bias take 'zeros'. Received: {shape=}")
    return shape


_CLASSES = [
    Constant, Zeros, Ones, RandomNormal, TruncatedNormal, RandomUniform, Identity, Orthogonal, VarianceScaling,
    GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal,
]  # fmt: skip
globals().update({utils.snake_case(kind.__name__): kind for kind in _CLASSES})  # he_normal, … are names here, too
_KNOWN = utils.names_of(_CLASSES) | {"normal": RandomNormal, "uniform": RandomUniform, "zero": Zeros, "one": Ones}


def get(identifier) -> Initializer:
    """The initializer named by a string such as "he_normal", or by a saved configuration.

    Raises:
        ValueError: there is no initializer of that name.
    """
    identifier = utils.own(identifier)
    if callable(identifier) and not isinstance(identifier, (type, Initializer)):
        return FunctionInitializer(identifier)
    return utils.from_identifier("initializer", identifier, _KNOWN, Initializer)


serialize, deserialize = utils.written, get
