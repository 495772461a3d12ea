"""Numbers that have a name and are changed in place."""

import numpy as np

from lessonlib.config import floatx


class Variable(np.ndarray):
    """An array with the words of Keras's variables that programs use: name, numpy() and assign(values).

    >>> total = Variable(0.0, name="total")
    >>> total.assign_add(2.5).numpy(), total.name
    (array(2.5, dtype=float32), 'total')
    """

    name = None
    __array_priority__ = -1  # what is computed of it and of arrays is an array

    def __new__(cls, initializer, dtype=None, name=None):
        variable = np.array(initializer, dtype or floatx()).view(cls)
        variable.name = name
        return variable

    def numpy(self) -> np.ndarray:
        return np.array(self)

    def assign(self, value) -> "Variable":
        self[...] = value
        return self

    def assign_add(self, value) -> "Variable":
        return self.assign(self + value)

    def assign_sub(self, value) -> "Variable":
        return self.assign(self - value)
