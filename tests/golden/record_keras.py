"""Record what Keras does, as the numbers that test_keras_golden.py compares with.

    pip install keras jax numpy
    python tests/golden/record_keras.py

It writes keras.json beside this file. The programs stand in programs.py, and run under both libraries.
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import keras
from programs import PROGRAMS, run

results = {name: run(keras, **program) for name, program in PROGRAMS.items()}
text = json.dumps({"keras": keras.__version__, "results": results}, indent=1)
Path(__file__).with_name("keras.json").write_text(text + "\n", "utf-8")
print(len(results), "programs recorded with Keras", keras.__version__)
