"""lessonlib: train dense neural networks in plain numpy, with Keras's names.

    import lessonlib as keras

    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=10, validation_split=0.2)

Importing the package loads nothing: each name below is fetched at its first use (PEP 562), so that
`python -m lessonlib` runs on a Python that has no numpy yet.
"""

from lessonlib.blas import choose_kernels
from lessonlib.lazy import names

choose_kernels()  # it has to be done before numpy is imported, and needs nothing but a look into a file

__version__ = "0.1.0"

# Public name -> the module it lives in; a module's own name stands for itself.
_HOMES = {
    "Sequential": "models",
    "Model": "models",
    "Input": "layers",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Optimizer": "optimizers",
    "Variable": "variable",
    **{
        name: name
        for name in (
            "activations", "backend", "callbacks", "config", "datasets", "diagnosis", "initializers", "layers",
            "loop", "losses", "metrics", "models", "ops", "optimizers", "regularizers", "saving",
            "utils",
        )
    },
}  # fmt: skip

__all__ = sorted(_HOMES)
__getattr__, __dir__ = names(__name__, _HOMES)
