"""The recorded programs again, against the Keras that is installed.

    pip install keras jax pytest
    python -m pytest tests/golden/against_keras.py

Keras compiles every one of them, which takes minutes; the other tests compare with what was recorded.
"""

import os
import sys
from pathlib import Path

import pytest

import lessonlib

sys.path.insert(0, str(Path(__file__).parent))
from misuse import MISUSE, error_of  # noqa: E402
from pieces import PIECES, plain, run_piece  # noqa: E402
from programs import PROGRAMS, run  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    return keras


def same(ours, theirs) -> None:
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key in theirs:
            same(ours[key], theirs[key])
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for pair in zip(ours, theirs, strict=True):
            same(*pair)
    else:
        assert ours == theirs or ours == pytest.approx(theirs, rel=2e-5, abs=2e-5, nan_ok=True)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, keras):
    same(plain(run(lessonlib, **PROGRAMS[name])), plain(run(keras, **PROGRAMS[name])))


@pytest.mark.parametrize("name", PIECES)
def test_piece(name, keras):
    same(run_piece(lessonlib, name), run_piece(keras, name))


@pytest.mark.parametrize("name", [name for name in MISUSE if name != "a callback class"])
def test_mistake(name, keras):
    assert error_of(lessonlib, name) == error_of(keras, name)
