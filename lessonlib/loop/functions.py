"""The few functions of the module `torch` that loops are written with."""

import numpy as np

from lessonlib import activations
from lessonlib.loop.module import Tensor, tensor

float = float32 = np.float32
float64 = np.float64
long = int64 = np.int64
from_numpy = as_tensor = tensor


def sigmoid(x) -> Tensor:
    """
    >>> sigmoid(tensor([[0.0]])).tolist()
    [[0.5]]
    """
    return tensor(activations.sigmoid(x))


def softmax(x, dim: int) -> Tensor:
    return tensor(activations.softmax(x, dim))


def max(x, dim=None):
    """The largest number; with `dim`, a pair: the largest along it, and where they stand.

    >>> max(tensor([[0.2, 0.8], [0.9, 0.1]]), 1)[1].tolist()
    [1, 0]
    """
    return x.max(dim)


def argmax(x, dim=None) -> Tensor:
    return x.argmax(dim)


class Generator:
    """Where random numbers come from: `Generator().manual_seed(0)`, for a DataLoader or `random_split`."""

    def __init__(self):
        self.manual_seed(None)

    def manual_seed(self, seed):
        self.random = np.random.default_rng(seed)
        return self

    def permutation(self, n: int) -> np.ndarray:
        return self.random.permutation(n)
