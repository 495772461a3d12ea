"""Regularizers: what large weights cost. The penalty is added to the loss, and its slope to the gradient."""

import numpy as np

from lessonlib import utils


class Regularizer(utils.Configurable):
    """Called with weights w, returns their penalty; `add_gradient(w, gradient)` adds dpenalty/dw to an array."""


class L1L2(Regularizer):
    """penalty = l1·Σ|w| + l2·Σw²;  dpenalty/dw = l1·sign(w) + 2·l2·w.

    At w = 0 the slope of |w| counts as 0 (in JAX: as 1).
    Differs from PyTorch: `weight_decay` there is l2 with a ½ before it, so twice the number.

    >>> L1L2(l1=0.1, l2=0.5)(np.array([1.0, -2.0]))
    2.8
    """

    def __init__(self, l1=0.0, l2=0.0):
        try:
            utils.check_numbers(0, l1=l1, l2=l2)
        except TypeError as error:  # Keras calls this a ValueError, too
            raise ValueError(*error.args) from None
        self.l1, self.l2 = float(l1), float(l2)

    def __call__(self, w) -> float:
        w = np.asarray(w)
        return self.l1 * float(np.abs(w).sum()) + self.l2 * float(np.square(w).sum())

    def add_gradient(self, w, gradient) -> None:
        if self.l1:
            gradient += self.l1 * np.sign(w)
        if self.l2:
            gradient += 2 * self.l2 * w


class L1(L1L2):
    """penalty = l1·Σ|w|: pulls small weights to zero."""

    def __init__(self, l1=0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """penalty = l2·Σw², without a ½: pulls every weight towards zero in proportion to its size.

    >>> L2(0.1)(np.array([1.0, -2.0]))
    0.5
    """

    def __init__(self, l2=0.01):
        super().__init__(l2=l2)


l1, l2, l1_l2 = L1, L2, L1L2
_KNOWN = {"l1": L1, "l2": L2, "l1l2": L1L2}


def get(identifier) -> Regularizer | None:
    """The regularizer named by a string such as "l2", or by a saved configuration; `None` is none.

    Raises:
        ValueError: there is no regularizer of that name.
    """
    return None if identifier is None else utils.from_identifier("regularizer", identifier, _KNOWN, Regularizer)


serialize, deserialize = utils.written, get
