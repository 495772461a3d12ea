"""What several test files need."""

import numpy as np
import pytest

import lessonlib as keras


@pytest.fixture
def small_data():
    """60 rows x 4 features, two classes that can be told apart."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4)).astype("float32")
    return x, (x[:, 0] + x[:, 1] > 0).astype(int)


@pytest.fixture
def make_model():
    """A function that makes a compiled model for rows of four features."""

    def make(optimizer="sgd", loss="binary_crossentropy", metrics=("accuracy",), units=1, activation="sigmoid", seed=0):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(5, "relu"), keras.layers.Dense(units, activation)]
        )
        model.compile(optimizer, loss, metrics=list(metrics))
        return model

    return make


@pytest.fixture
def float64():
    """Compute in float64 for one test."""
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")
