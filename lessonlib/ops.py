"""Keras's `ops`, for losses and metrics of your own: on numpy's arrays they are numpy's functions, and a few more.

>>> from lessonlib import ops
>>> float(ops.mean(ops.square(ops.cast([1, 3], "float32"))))
5.0
"""

import numpy as np
from numpy.linalg import norm  # noqa: F401

from lessonlib import activations
from lessonlib.config import floatx
from lessonlib.utils import normalize  # noqa: F401


def __getattr__(name: str):
    """All other names are activations, such as `relu`, or numpy's, such as `mean`, `where`, `log`."""
    for place in (activations.KNOWN, vars(np)):
        if not name.startswith("_") and callable(place.get(name)):
            return place[name]
    raise AttributeError(f"lessonlib.ops has no function {name!r}: neither has numpy.")


def cast(x, dtype) -> np.ndarray:
    return np.asarray(x).astype(dtype)


def convert_to_tensor(x, dtype=None) -> np.ndarray:
    return np.asarray(x, dtype)


convert_to_numpy = convert_to_tensor


def stop_gradient(x):
    """x: nothing here is differentiated on the way."""
    return x


def rsqrt(x) -> np.ndarray:
    return 1 / np.sqrt(x)


def logsumexp(x, axis=None, keepdims=False) -> np.ndarray:
    """
    >>> round(float(logsumexp([1000.0, 1000.0])), 4)  # e^1000 alone is infinite
    1000.6931
    """
    return np.logaddexp.reduce(np.asarray(x), axis=axis, keepdims=keepdims)


def one_hot(x, num_classes, axis=-1, dtype=None) -> np.ndarray:
    """A 1 at the place of every class number, along a new axis; only zeros where there is no such class.

    >>> one_hot([0, 2, 3], 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    hot = np.asarray(x)[..., None] == np.arange(num_classes)
    return np.moveaxis(hot, -1, axis).astype(dtype or floatx())


def moments(x, axes, keepdims=False) -> tuple:
    """Mean and variance."""
    axes = tuple(np.atleast_1d(axes))
    return np.mean(x, axes, keepdims=keepdims), np.var(x, axes, keepdims=keepdims)


def top_k(x, k, sorted=True) -> tuple:
    """The k largest values along the last axis, and where they stand.

    >>> [part.tolist() for part in top_k([1.0, 3.0, 2.0], 2)]
    [[3.0, 2.0], [1, 2]]
    """
    places = np.argsort(-np.asarray(x), axis=-1, kind="stable")[..., :k]
    return np.take_along_axis(np.asarray(x), places, axis=-1), places
