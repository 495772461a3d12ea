"""The same programs as Keras, the same numbers: history, order of its keys, evaluate, predict, weights; and pieces."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import lessonlib

GOLDEN = Path(__file__).with_name("golden")
sys.path.insert(0, str(GOLDEN))
from pieces import PIECES, run_piece  # noqa: E402
from programs import PROGRAMS, run  # noqa: E402

RECORDED = json.loads((GOLDEN / "keras.json").read_text("utf-8"))["results"]
PIECES_RECORDED = json.loads((GOLDEN / "pieces.json").read_text("utf-8"))["results"]


def test_every_program_has_been_recorded():
    assert sorted(RECORDED) == sorted(PROGRAMS)
    assert sorted(PIECES_RECORDED) == sorted(PIECES)


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_numbers_as_keras(name):
    ours, theirs = run(lessonlib, **PROGRAMS[name]), RECORDED[name]
    assert list(ours["history"]) == list(theirs["history"])
    assert ours["epoch"] == theirs["epoch"]
    for key, values in theirs["history"].items():
        assert ours["history"][key] == pytest.approx(values, abs=2e-5), key
    for key in ("evaluate", "predict", "bias"):
        assert ours[key] == pytest.approx(theirs[key], abs=2e-5), key


@pytest.mark.parametrize("name", PIECES)
def test_same_piece_as_keras(name):
    compare(run_piece(lessonlib, name), PIECES_RECORDED[name], name)


def compare(ours, theirs, where: str) -> None:
    """The same structure, the same keys in the same order, the same numbers to five digits."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for key, value in theirs.items():
            compare(ours[key], value, f"{where}/{key}")
    elif isinstance(theirs, str):
        assert ours == theirs, where
    elif isinstance(theirs, list) and any(isinstance(entry, (list, dict, str)) for entry in theirs):
        assert len(ours) == len(theirs), where
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            compare(mine, other, f"{where}/{number}")
    else:
        assert np.shape(ours) == np.shape(theirs), where
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-5, err_msg=where)
