"""The beginning of a model: the shape of one row, and the chain of layers that follow."""

import numpy as np

from lessonlib.layers.layer import Chain, Layer


class InputLayer(Layer):
    """The shape of one row. It has no weights and does nothing."""

    def __init__(self, shape=(), batch_size=None, dtype=None, batch_shape=None, name=None):
        super().__init__(name=name)
        shape = batch_shape[1:] if batch_shape else shape
        shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        if not shape or not all(isinstance(n, (int, np.integer)) and n > 0 for n in shape):
            raise ValueError(
                f"Expected `shape` to be the shape of one row, as in Input((10,)) for ten features. "
                f"Received: shape={shape!r}"
            )
        self.shape = tuple(int(n) for n in shape)
        self.build((None, *self.shape))
        self.input = self.output = Chain([self])

    def forward(self, x, out=None, training=False):
        return x


def Input(shape=(), batch_size=None, dtype=None, batch_shape=None, name=None) -> Chain:  # noqa: N802, as in Keras
    """The beginning of a model: `Input((10,))` for rows of ten numbers, (8, 8) for tables.

    `batch_shape=(None, 10)` says the same. The other arguments are Keras's, and change nothing here.

    Raises:
        ValueError: `shape` is not that of one row.

    >>> Input((10,)).shape
    (None, 10)
    """
    return InputLayer(shape, batch_shape=batch_shape, name=name).output
