"""Record what Keras does, as the numbers that test_keras_golden.py compares with.

    pip install keras jax numpy
    python tests/golden/record_keras.py

It writes keras.json and pieces.json beside this file. The programs stand in programs.py and pieces.py, and run
under both libraries.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import keras
from pieces import PIECES, run_piece
from programs import PROGRAMS, run


def write(name: str, results: dict) -> None:
    text = json.dumps({"keras": keras.__version__, "results": results}, indent=None if name == "pieces" else 1)
    Path(__file__).with_name(name + ".json").write_text(text.replace('}, "', '},\n"') + "\n", "utf-8")
    print(len(results), "programs recorded with Keras", keras.__version__)


if __name__ == "__main__":
    write("keras", {name: run(keras, **program) for name, program in PROGRAMS.items()})
    write("pieces", {name: run_piece(keras, name) for name in PIECES})
