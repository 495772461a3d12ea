"""Record what Keras does, as the numbers that test_keras_golden.py compares with.

    pip install keras jax numpy
    python tests/golden/record_keras.py

It writes keras.json, pieces.json and misuse.json beside this file. The programs stand in programs.py, pieces.py and
misuse.py, and run under both libraries. Names of these three after the command record only those; names of single
pieces replace these in pieces.json.
"""

import json
import os
import sys
from pathlib import Path


def write(name: str, results: dict, version: str) -> None:
    text = json.dumps({"keras": version, "results": results}, indent=None if name == "pieces" else 1)
    Path(__file__).with_name(name + ".json").write_text(text.replace('}, "', '},\n"') + "\n", "utf-8")
    print(len(results), "programs recorded with Keras", version)


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    from misuse import MISUSE, error_of
    from pieces import PIECES, run_piece
    from programs import PROGRAMS, run

    wanted = sys.argv[1:] or ["keras", "pieces", "misuse"]
    if "keras" in wanted:
        write("keras", {name: run(keras, **program) for name, program in PROGRAMS.items()}, keras.__version__)
    if "pieces" in wanted:
        write("pieces", {name: run_piece(keras, name) for name in PIECES}, keras.__version__)
    single = [name for name in wanted if name in PIECES and name not in ("keras", "pieces", "misuse")]
    if single:
        known = json.loads(Path(__file__).with_name("pieces.json").read_text("utf-8"))["results"]
        write("pieces", known | {name: run_piece(keras, name) for name in single}, keras.__version__)
    if "misuse" in wanted:
        write("misuse", {name: error_of(keras, name) for name in MISUSE}, keras.__version__)
