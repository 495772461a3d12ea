"""The same programs as Keras, the same numbers: history, order of its keys, evaluate, predict, weights."""

import json
import sys
from pathlib import Path

import pytest

import lessonlib

GOLDEN = Path(__file__).with_name("golden")
sys.path.insert(0, str(GOLDEN))
from programs import PROGRAMS, run  # noqa: E402

RECORDED = json.loads((GOLDEN / "keras.json").read_text("utf-8"))["results"]


def test_every_program_has_been_recorded():
    assert sorted(RECORDED) == sorted(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_numbers_as_keras(name):
    ours, theirs = run(lessonlib, **PROGRAMS[name]), RECORDED[name]
    assert list(ours["history"]) == list(theirs["history"])
    assert ours["epoch"] == theirs["epoch"]
    for key, values in theirs["history"].items():
        assert ours["history"][key] == pytest.approx(values, abs=2e-5), key
    for key in ("evaluate", "predict", "bias"):
        assert ours[key] == pytest.approx(theirs[key], abs=2e-5), key
