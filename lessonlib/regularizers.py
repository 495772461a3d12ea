"""Regularizers: what large weights cost. The penalty is added to the loss, and its slope to the gradient."""

import math

import numpy as np

from lessonlib import utils


class Regularizer(utils.Configurable):
    """Called with weights w, returns their penalty; `add_gradient` adds dpenalty/dw to an array."""

    def __call__(self, w) -> float:
        raise NotImplementedError

    def add_gradient(self, w, gradient) -> None:
        raise NotImplementedError


class L1L2(Regularizer):
    """penalty = l1·Σ|w| + l2·Σw²;  dpenalty/dw = l1·sign(w) + 2·l2·w.

    Differs from PyTorch: `weight_decay` there is l2 with a ½ before it, so twice the number.

    >>> L1L2(l1=0.1, l2=0.5)(np.array([1.0, -2.0]))
    2.8
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = strength(l1, "l1"), strength(l2, "l2")

    def __call__(self, w):
        w = np.asarray(w)
        return self.l1 * float(np.abs(w).sum()) + self.l2 * float(np.square(w).sum())

    def add_gradient(self, w, gradient):
        if self.l1:
            gradient += self.l1 * np.sign(w)
        if self.l2:
            gradient += 2 * self.l2 * w


class L1(L1L2):
    """penalty = l1·Σ|w|: pulls small weights to zero. At w = 0 its slope counts as 0 (in JAX: as 1).

    >>> L1(0.1)(np.array([1.0, -2.0]))
    0.30000000000000004
    """

    def __init__(self, l1=0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """penalty = l2·Σw², without a ½: pulls every weight towards zero in proportion to its size.

    >>> L2(0.1)(np.array([1.0, -2.0]))
    0.5
    """

    def __init__(self, l2=0.01):
        super().__init__(l2=l2)


def strength(value, name: str) -> float:
    """`value` as a float, or a ValueError if it is not a finite number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(
            f"Invalid value for argument {name}: expected a non-negative float, for instance {name}=0.01. "
            f"Received: {name}={value!r}"
        )
    return float(value)


def l1_l2(l1=0.01, l2=0.01) -> L1L2:
    """Both penalties; unlike in the class, both are on by default, as in Keras."""
    return L1L2(l1, l2)


l1, l2 = L1, L2
_KNOWN = {"l1": L1, "l2": L2, "l1l2": L1L2, "l1_l2": l1_l2}


def get(identifier) -> Regularizer | None:
    """The regularizer named by a string such as "l2", or by a saved configuration; `None` is none.

    Raises:
        ValueError: there is no regularizer of that name.
    """
    if identifier is None or isinstance(identifier, Regularizer):
        return identifier
    return utils.from_identifier("regularizer", identifier, _KNOWN)
