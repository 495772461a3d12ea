"""Keras's name for a few settings of the engine; here there is one backend, numpy."""

from lessonlib.config import epsilon, floatx, set_floatx  # noqa: F401
from lessonlib.utils import clear_session  # noqa: F401


def backend() -> str:
    """
    >>> backend()
    'numpy'
    """
    return "numpy"
