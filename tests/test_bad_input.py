"""Bad input: the error names the value, what was expected and what to do; and of the type that Keras raises."""

import numpy as np
import pytest

import lessonlib as keras

X = np.zeros((6, 4), "float32")
Y = np.array([0, 1, 0, 1, 0, 1])


def fit(model, x=X, y=Y, **arguments):
    return model.fit(x, y, verbose=0, **arguments)


def with_hole(row, column):
    x = X.copy()
    x[row, column] = np.nan
    return x


CASES = {
    "wrong number of features": (lambda m: fit(m(), np.zeros((6, 3))), ["4 features", "(6, 3)", "Input((3,))"]),
    "one axis": (lambda m: fit(m(), np.zeros(6)), ["two axes", "(6,)", "x[:, None]"]),
    "ragged rows": (lambda m: fit(m(), [[1, 2], [3]]), ["table of numbers", "[[1, 2], [3]]"]),
    "text": (lambda m: fit(m(), [["a", "b"]]), ["table of numbers", "[['a', 'b']]"]),
    "nothing": (lambda m: fit(m(), None), ["table of numbers", "None"]),
    "complex numbers": (lambda m: fit(m(), X + 1j), ["table of numbers", "complex"]),
    "dates": (lambda m: fit(m(), X.astype("datetime64[s]")), ["table of numbers", "datetime64"]),
    "numbers as text": (lambda m: fit(m(), X.astype(str)), ["table of numbers", "<U"]),
    "masked places": (lambda m: fit(m(), np.ma.masked_array(X, X == 0)), ["masked places", "filled"]),
    "y too large for float32": (
        lambda m: fit(m(loss="mse", activation="linear"), X, [0, 1, 1e39, 0, 0, 0]),
        ["`y` holds inf in row 2"],
    ),
    "class numbers for the one-hot loss": (
        lambda m: fit(m(loss="categorical_crossentropy", units=3, activation="softmax")),
        ["If y holds class numbers, choose sparse_categorical_crossentropy"],
    ),
    "class numbers for the one-hot metric": (
        lambda m: fit(
            m(loss="sparse_categorical_crossentropy", units=2, activation="softmax", metrics=["categorical_accuracy"])
        ),
        ["one-hot targets of 2 numbers", "sparse_categorical_accuracy"],
    ),
    "epoch before the first": (lambda m: fit(m(), initial_epoch=-3), ["initial_epoch=-3", "at least 0"]),
    "beta of 1": (lambda m: keras.optimizers.Adam(beta_1=1.0), ["beta_1=1.0", "below 1"]),
    "beta as text": (lambda m: keras.optimizers.Nadam(beta_2="0.9"), ["beta_2='0.9'"]),
    "rho": (lambda m: keras.optimizers.RMSprop(rho=5), ["rho=5", "below 1"]),
    "negative epsilon": (lambda m: keras.optimizers.Adam(epsilon=-1), ["epsilon=-1", "at least 0"]),
    "Input of half a feature": (lambda m: keras.Input(3.5), ["3.5", "Input((10,))"]),
    "a layer for a list": (lambda m: keras.Sequential(keras.layers.Dense(2)), ["list of layers"]),
    "a number as callback": (lambda m: fit(m(), callbacks=3), ["list of Callback objects", "3"]),
    "verbose as list": (lambda m: m().fit(X, Y, verbose=[]), ["verbose=[]"]),
    "no weights": (lambda m: m().set_weights(None), ["4 weights"]),
    "classes that are none": (lambda m: keras.utils.to_categorical([-1, 0.5]), ["class numbers", "[-1, 0.5]"]),
    "a class too many": (lambda m: keras.utils.to_categorical([0, 5], 3), ["num_classes=3", "[0, 5]"]),
    "half a row of data": (lambda m: keras.datasets.make_two_classes(rows=10.5), ["rows=10.5"]),
    "unequal rows": (lambda m: fit(m(), X, Y[:4]), ["cardinality", "'x' sizes: 6", "'y' sizes: 4"]),
    "no rows": (lambda m: fit(m(), X[:0], Y[:0]), ["no rows"]),
    "no targets": (lambda m: fit(m(), X, None), ["`y` is None"]),
    "text targets": (lambda m: fit(m(), X, list("abcabc")), ["`y` must hold numbers", "0, 1, 2"]),
    "NaN in x": (lambda m: fit(m(), with_hole(2, 1)), ["`x` holds nan", "row 2, column 1", "Remove"]),
    "infinite y": (lambda m: fit(m(), X, [0, 1, 0, np.inf, 0, 1]), ["`y` holds inf in row 3"]),
    "NaN in validation data": (
        lambda m: fit(m(), validation_data=(with_hole(0, 3), Y)),
        ["`validation_data[0]` holds nan", "row 0, column 3"],
    ),
    "labels out of range": (
        lambda m: fit(m(loss="sparse_categorical_crossentropy", units=2, activation="softmax"), X, Y + 1),
        ["from 0 to 1", "2 units", "row 1"],
    ),
    "one-hot for the sparse loss": (
        lambda m: fit(m(loss="sparse_categorical_crossentropy", units=2, activation="softmax"), X, np.eye(2)[Y]),
        ["one class number for each row", "(6, 2)", "categorical_crossentropy"],
    ),
    "softmax with binary loss": (
        lambda m: fit(m(units=2, activation="softmax")),
        ["1 and an output row 2", "sparse_categorical_crossentropy"],
    ),
    "binary targets beyond 1": (lambda m: fit(m(), X, Y * 2), ["between 0 and 1", "0 to 2"]),
    "split too large": (lambda m: fit(m(), validation_split=1.5), ["validation_split=1.5", "below 1"]),
    "split leaves nothing": (lambda m: fit(m(), validation_split=0.999), ["6 samples", "validation_split=0.999"]),
    "batch of nothing": (lambda m: fit(m(), batch_size=0), ["batch_size=0", "at least 1"]),
    "half an epoch": (lambda m: fit(m(), epochs=1.5), ["epochs=1.5", "whole number"]),
    "verbose": (lambda m: m().fit(X, Y, verbose=3), ["verbose=3", "'auto', 0, 1, 2"]),
    "validation_data without targets": (lambda m: fit(m(), validation_data=X), ["pair (x, y)", "shape (6, 4)"]),
    "a callback class": (lambda m: fit(m(), callbacks=[keras.callbacks.History]), ["list of Callback objects"]),
    "unknown optimizer": (lambda m: m(optimizer="adm"), ["'adm'", "Did you mean 'adam'?"]),
    "unknown loss": (lambda m: m(loss="msee"), ["'msee'", "Did you mean 'mse'?"]),
    "unknown metric": (lambda m: m(metrics=["accurac"]), ["'accurac'", "binary_accuracy"]),
    "no loss": (lambda m: m(loss=None), ["`loss` is None"]),
    "unknown activation": (lambda m: keras.layers.Dense(2, "rel"), ["'rel'", "Did you mean 'relu'?"]),
    "no units": (lambda m: keras.layers.Dense(0), ["units=0", "whole number of at least 1"]),
    "Input without a number": (lambda m: keras.Input((None,)), ["(None,)", "Input((10,))"]),
    "no layers": (lambda m: keras.Sequential([]).build((None, 4)), ["no layers yet"]),
    "not a layer": (lambda m: keras.Sequential([3]), ["Only layers", "3"]),
    "two inputs": (lambda m: keras.Sequential([keras.Input((2,)), keras.Input((2,))]), ["only one"]),
    "same names": (
        lambda m: keras.Sequential([keras.layers.Dense(1, name="a"), keras.layers.Dense(1, name="a")]),
        ["names of their own", "'a'"],
    ),
    "fit before compile": (
        lambda m: keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]).fit(X, Y),
        ["compile()", "model.compile("],
    ),
    "lr": (lambda m: keras.optimizers.SGD(lr=0.1), ["{'lr': 0.1}", "`learning_rate`"]),
    "negative learning rate": (lambda m: keras.optimizers.Adam(-1), ["learning_rate=-1"]),
    "momentum": (lambda m: keras.optimizers.SGD(momentum=2), ["momentum=2", "0 to 1"]),
    "weights: number": (lambda m: m().set_weights([]), ["length 0", "4 weights"]),
    "weights: shape": (lambda m: m().set_weights([np.zeros((9, 9))] * 4), ["(4, 5)", "(9, 9)"]),
    "predict: features": (lambda m: m().predict(np.zeros((2, 9))), ["4 features", "(2, 9)"]),
    "metrics not a list": (
        lambda m: keras.Sequential([keras.layers.Dense(1)]).compile("sgd", "mse", metrics="mae"),
        ["metrics='mae'", "['mae']"],
    ),
    "floatx": (lambda m: keras.config.set_floatx("float16"), ["'float16'", "'float64'"]),
    "seed": (lambda m: keras.utils.set_random_seed(-1), ["seed=-1"]),
}


@pytest.mark.parametrize("name", CASES)
def test_error_names_the_value_and_the_remedy(name, make_model):
    call, words = CASES[name]
    with pytest.raises((ValueError, TypeError, IndexError)) as caught:
        call(make_model)
    for word in words:
        assert word in str(caught.value)


def test_an_optimizer_serves_one_model_only(small_data, make_model):
    optimizer = keras.optimizers.Adam()
    make_model(optimizer).fit(*small_data, verbose=0)
    with pytest.raises(ValueError, match="Make a new one for each model"):
        make_model(optimizer).fit(*small_data, verbose=0)


def test_weights_that_do_not_fit_change_nothing(make_model):
    model = make_model()
    before = model.parameters.copy()
    with pytest.raises(ValueError):
        model.set_weights([np.ones((4, 5)), np.ones(5), np.ones((5, 1)), np.ones(7)])
    assert np.array_equal(model.parameters, before)


def test_unknown_name_in_the_package():
    with pytest.raises(AttributeError, match="Functional"):
        keras.Functional  # noqa: B018
