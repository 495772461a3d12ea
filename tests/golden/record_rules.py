"""Record what Keras's optimizers, schedules and callbacks do alone: rules.json, for the tests of their names.

    pip install keras jax numpy
    python tests/golden/record_rules.py

The programs stand in rules.py. The optimizers compute in float64, so that only their rules can differ.
"""

import json
import os
from pathlib import Path

if __name__ == "__main__":
    os.environ |= {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1"}

    import keras
    import rules

    keras.config.set_floatx("float64")
    variable = keras.Variable
    results = {
        "keras": keras.__version__,
        "optimizers": {name: rules.run_optimizer(keras, name, variable) for name in rules.OPTIMIZERS},
    }
    keras.config.set_floatx("float32")
    results["schedules"] = {name: rules.run_schedule(keras, name) for name in rules.SCHEDULES}
    results["callbacks"] = {name: rules.run_callback(keras, name) for name in rules.CALLBACKS}
    results["fits"] = {name: rules.run_fit(keras, name) for name in rules.FITS}
    text = json.dumps(results)
    Path(__file__).with_name("rules.json").write_text(text + "\n", "utf-8")
    print(
        {kind: len(results[kind]) for kind in ("optimizers", "schedules", "callbacks", "fits")},
        "with Keras",
        keras.__version__,
    )
