"""Keras's `ops`, for losses and metrics of your own: on numpy's arrays they are numpy's functions, and a few more.

>>> from lessonlib import ops
>>> float(ops.mean(ops.square(ops.cast([1, 3], "float32"))))
5.0
"""

import numpy as np

from lessonlib.activations import (  # noqa: F401
    elu,
    gelu,
    leaky_relu,
    log_softmax,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from lessonlib.utils import to_categorical as one_hot  # noqa: F401


def __getattr__(name: str):
    """All other names, such as `mean`, `abs`, `where`, `log`, `maximum`, are numpy's."""
    if not name.startswith("_") and callable(getattr(np, name, None)):
        return getattr(np, name)
    raise AttributeError(f"lessonlib.ops has no function {name!r}: neither has numpy.")


def cast(x, dtype) -> np.ndarray:
    return np.asarray(x).astype(dtype)


def convert_to_tensor(x, dtype=None) -> np.ndarray:
    return np.asarray(x, dtype)


convert_to_numpy = convert_to_tensor
