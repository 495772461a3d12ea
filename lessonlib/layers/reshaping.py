"""Layers without weights: Dropout, Flatten, Rescaling."""

import math

import numpy as np

from lessonlib import utils
from lessonlib.layers.layer import Layer


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
