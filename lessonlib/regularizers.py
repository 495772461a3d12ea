"""Regularizers: what large weights cost. The penalty is added to the loss, and its slope to the gradient."""

import numpy as np

from lessonlib import utils


class Regularizer(utils.Configurable):
    """Called with weights w, returns their penalty; `add_gradient(w, gradient)` adds dpenalty/dw to an array.

    For one of your own write a function, or a subclass with `__call__`. Its slope is then measured, in float64, by two
    calls for each weight; a subclass that knows it better has its own `add_gradient`.

    >>> gradient = np.zeros(2)
    >>> FunctionRegularizer(lambda w: 0.1 * np.sum(w**2)).add_gradient(np.array([1.0, -3.0]), gradient)
    >>> gradient.round(6).tolist()
    [0.2, -0.6]
    """

    def add_gradient(self, w, gradient) -> None:
        w, h = np.array(w, "float64"), 1e-4
        for place in np.ndindex(w.shape):
            step = np.zeros_like(w)
            step[place] = h
            gradient[place] += (self(w + step) - self(w - step)) / (2 * h)


class FunctionRegularizer(Regularizer):
    """A function of your own, from weights to their penalty. In a configuration it is its name."""

    def __init__(self, fn):
        self.fn = fn

    def __call__(self, w):
        return self.fn(w)

    def written(self):
        return self.fn.__name__


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
    if identifier is None:
        return None
    identifier = utils.own(identifier)
    if callable(identifier) and not isinstance(identifier, (type, Regularizer)):
        return FunctionRegularizer(identifier)
    return utils.from_identifier("regularizer", identifier, _KNOWN, Regularizer)


serialize, deserialize = utils.written, get
