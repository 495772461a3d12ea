"""Mistakes get the error type that Keras raises for them; tests/golden/misuse.py holds them, misuse.json the types."""

import json
import sys
from pathlib import Path

import pytest

import lessonlib

GOLDEN = Path(__file__).with_name("golden")
sys.path.insert(0, str(GOLDEN))
from misuse import MISUSE, error_of  # noqa: E402

RECORDED = json.loads((GOLDEN / "misuse.json").read_text("utf-8"))["results"]


def test_every_mistake_has_been_recorded():
    assert sorted(RECORDED) == sorted(MISUSE)


@pytest.mark.parametrize("name", MISUSE)
def test_same_error_type_as_keras(name):
    assert error_of(lessonlib, name) == RECORDED[name]
