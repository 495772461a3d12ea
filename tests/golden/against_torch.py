"""The recorded loops again, against the PyTorch that is installed.

pip install torch pytest
python -m pytest tests/golden/against_torch.py
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from lessonlib import loop

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
import loops  # noqa: E402
from record_torch import pytorch  # noqa: E402
from test_loop import flat, module  # noqa: E402


@pytest.fixture(scope="module")
def theirs():
    return pytorch()


@pytest.mark.parametrize("name", loops.PROGRAMS)
def test_loop(name, theirs):
    ours, real = loops.run(loop, module, **loops.PROGRAMS[name]), loops.run(*theirs, **loops.PROGRAMS[name])
    for key in ("rates", "losses", "val_losses", "weights"):
        assert ours[key] == pytest.approx(real[key], rel=2e-4, abs=1e-5), key


def test_words(theirs):
    ours, real = loops.run_words(loop, module), loops.run_words(*theirs)
    assert list(ours) == list(real)
    for key in real:
        assert flat(ours[key]) == pytest.approx(flat(real[key]), rel=2e-4, abs=1e-5), key


@pytest.mark.parametrize("name", loops.TABLES)
def test_table(name, theirs):
    ours, real = loops.run_table(loop, module, name), loops.run_table(*theirs, name)
    np.testing.assert_allclose(ours, real, rtol=1e-6, atol=1e-12)
