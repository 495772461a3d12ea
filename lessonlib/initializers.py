"""First values of the weights."""

import numpy as np

from lessonlib import utils


class Initializer:
    """Called with a shape, returns first values. With a `seed` of its own, always the same ones."""

    def __init__(self, seed: int | None = None):
        self.seed = seed

    def __call__(self, shape, generator: np.random.Generator | None = None):
        if self.seed is not None:
            generator = np.random.default_rng(self.seed)
        return self.values(shape, generator or utils.new_generator())

    def values(self, shape, generator):
        raise NotImplementedError


class Zeros(Initializer):
    """All zero: right for biases, and useless for kernels, whose units would all stay alike.

    >>> Zeros()((2,)).tolist()
    [0.0, 0.0]
    """

    def __init__(self):
        super().__init__()

    def values(self, shape, generator):
        return np.zeros(shape)


class GlorotUniform(Initializer):
    """Uniform between −limit and limit, limit = √(6 / (inputs + outputs)).

    It keeps the size of activations and gradients about the same from layer to layer.
    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks (2010). Differs from PyTorch: `torch.nn.Linear` draws from ±1/√inputs, biases too.

    >>> bool(abs(GlorotUniform(seed=0)((10, 20))).max() <= (6 / 30) ** 0.5)
    True
    """

    def values(self, shape, generator):
        limit = (6 / sum(shape)) ** 0.5
        return generator.uniform(-limit, limit, shape)


_KNOWN = {"zeros": Zeros, "glorot_uniform": GlorotUniform, "glorotuniform": GlorotUniform}


def get(identifier) -> Initializer:
    """The initializer named by a string such as "glorot_uniform"; an initializer is itself.

    Raises:
        ValueError: there is no initializer of that name.
    """
    if isinstance(identifier, Initializer):
        return identifier
    return utils.look_up("initializer", identifier, _KNOWN)()
