"""The one number format of the engine: float32, unless told otherwise."""

from contextlib import contextmanager

import numpy as np

_FLOATX = "float32"


def floatx() -> str:
    """The name of the floating-point type of all weights and computations.

    >>> floatx()
    'float32'
    """
    return _FLOATX


def set_floatx(value: str) -> None:
    """Compute in `value`, "float32" or "float64", in every model built from now on.

    float32 is what networks are trained in; float64 is for checking gradients by finite differences. A model that
    was built in the one format cannot be used in the other.

    Raises:
        ValueError: `value` is neither of the two.
    """
    global _FLOATX
    if value not in ("float32", "float64"):
        raise ValueError(f"Unknown `floatx` value: {value!r}. Use 'float32' or 'float64'.")
    _FLOATX = value


@contextmanager
def in_float64():
    """Compute in float64 inside of a `with`, whatever the format is outside."""
    global _FLOATX
    before, _FLOATX = _FLOATX, "float64"
    try:
        yield
    finally:
        _FLOATX = before


def constant(value: float) -> np.ndarray:
    """`value` as an array without axes.

    numpy's in-place arithmetic takes such a constant in half the time that it needs for a Python
    float, and the inner loop of training consists of little else.
    """
    return np.array(value, "float32")


def epsilon() -> float:
    """The small number that keeps logarithms and quotients finite.

    >>> epsilon()
    1e-07
    """
    return 1e-7


def quiet():
    """No warnings: the sigmoid of a hopeless score meets e^x beyond float32's range, and 1/(1 + inf) is right."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")
