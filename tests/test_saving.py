"""Files: what comes back, that training goes on as if never interrupted, and what is refused."""

import json
import pickle
import zipfile

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import model_file

L = keras.layers


def build(x):
    keras.utils.set_random_seed(3)
    normalization = L.Normalization()
    normalization.adapt(x)
    model = keras.Sequential(
        [
            keras.Input((4,)), normalization,
            L.Dense(5, "gelu", kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02)),
            L.BatchNormalization(momentum=0.8), L.LeakyReLU(0.1), L.Dropout(0.2, name="drop"),
            L.Dense(3, L.ReLU(max_value=2.0), kernel_initializer="he_normal"),
            L.LayerNormalization(), L.Rescaling(0.5), L.Dense(1, "sigmoid"),
        ]
    )  # fmt: skip
    model.compile(
        keras.optimizers.Adam(0.02), keras.losses.BinaryCrossentropy(label_smoothing=0.1),
        metrics=["acc", keras.metrics.AUC(num_thresholds=50)], weighted_metrics=["mse"],
    )  # fmt: skip
    return model


def test_a_loaded_model_is_the_model_and_trains_on(tmp_path, small_data):
    x, y = small_data
    model = build(x)
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "model.npz")
    again = keras.models.load_model(tmp_path / "model.npz")
    assert again.get_config() == model.get_config()
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert again.evaluate(x, y, verbose=0, return_dict=True) == model.evaluate(x, y, verbose=0, return_dict=True)
    first, second = (one.fit(x, y, epochs=3, verbose=0).history for one in (model, again))
    assert first == second and again.optimizer.iterations == 10
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), again.get_weights(), strict=True))


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw", "adagrad", "nadam", "lion"])
def test_every_optimizer_goes_on_where_it_was(tmp_path, small_data, make_model, optimizer):
    model = make_model(optimizer)
    model.fit(*small_data, epochs=2, verbose=0)
    model.save(tmp_path / "m.npz")
    again = keras.models.load_model(tmp_path / "m.npz")
    assert again.fit(*small_data, epochs=2, verbose=0).history == model.fit(*small_data, epochs=2, verbose=0).history


def test_a_model_that_was_never_compiled_or_trained(tmp_path, make_model):
    plain = keras.Sequential([keras.Input((8, 8)), L.Flatten(), L.Dense(2)])
    plain.save(tmp_path / "plain.npz")
    again = keras.models.load_model(tmp_path / "plain.npz")
    assert not again.compiled and np.array_equal(again.layers[1].kernel, plain.layers[1].kernel)
    make_model().save(tmp_path / "compiled.npz")
    assert keras.models.load_model(tmp_path / "compiled.npz").optimizer.iterations == 0
    assert not keras.models.load_model(tmp_path / "compiled.npz", compile=False).compiled


def test_weights_alone(tmp_path, make_model, small_data):
    first, second = make_model(seed=1), make_model(seed=2)
    first.save_weights(tmp_path / "w.npz")
    second.load_weights(tmp_path / "w.npz")
    assert np.array_equal(first.parameters, second.parameters)
    first.fit(*small_data, verbose=0)
    first.save(tmp_path / "m.npz")
    second.load_weights(str(tmp_path / "m.npz"))
    assert np.array_equal(first.parameters, second.parameters)


def test_weights_that_do_not_fit_change_nothing(tmp_path, make_model):
    make_model(units=3).save_weights(tmp_path / "w.npz")
    model = make_model()
    before = model.parameters.copy()
    with pytest.raises(ValueError, match="shape"):
        model.load_weights(tmp_path / "w.npz")
    assert np.array_equal(model.parameters, before)


def test_a_layer_of_ones_own(tmp_path):
    class Doubling(L.Rescaling):
        def __init__(self, name=None):
            super().__init__(2.0, name=name)

    model = keras.Sequential([keras.Input((2,)), Doubling(), L.Dense(1)])
    model.save(tmp_path / "m.npz")
    with pytest.raises(ValueError, match="custom_objects"):
        keras.models.load_model(tmp_path / "m.npz")
    again = keras.models.load_model(tmp_path / "m.npz", custom_objects={"Doubling": Doubling})
    assert np.array_equal(again(np.ones((1, 2))), model(np.ones((1, 2))))


@pytest.mark.parametrize("name", ["m.h5", "w.weights.h5", "m"])
def test_other_names_are_refused_with_those_to_take(name, tmp_path, make_model):
    with pytest.raises(ValueError, match=r"\.keras or \.npz"):
        make_model().save(tmp_path / name)
    with pytest.raises(ValueError, match=r"\.keras or \.npz"):
        keras.models.load_model(tmp_path / name)


def test_keras_names_are_taken_for_our_own_format(tmp_path, make_model, small_data):
    model, other = make_model("adam", seed=1), make_model(seed=2)
    model.fit(*small_data, verbose=0)
    model.save(tmp_path / "m.keras")
    model.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert np.array_equal(keras.models.load_model(tmp_path / "m.keras").parameters, model.parameters)
    assert np.array_equal(other.parameters, model.parameters)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.keras", "m.weights.h5"]


def test_a_file_of_keras_itself_is_told(tmp_path):
    """Such a file is a zip archive with these three members."""
    with zipfile.ZipFile(tmp_path / "real.keras", "w") as archive:
        for member in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(member, "{}")
    with pytest.raises(ValueError, match="one of Keras itself"):
        keras.models.load_model(tmp_path / "real.keras")


def test_losses_and_metrics_of_ones_own(tmp_path, small_data, make_model):
    def distance(y_true, y_pred):
        return np.abs(y_true - y_pred).mean(axis=-1)

    class Fourth(keras.losses.Loss):
        def per_row(self, t_BK, p_BK):
            return ((p_BK - t_BK) ** 4).mean(axis=1)

        def slope(self, t_BK, p_BK):
            return 4 * (p_BK - t_BK) ** 3 / p_BK.shape[1]

    model = make_model()
    model.compile("sgd", Fourth(), metrics=[distance])
    before = model.evaluate(*small_data, verbose=0)
    model.save(tmp_path / "m.keras")
    own = {"distance": distance, "Fourth": Fourth}
    assert keras.models.load_model(tmp_path / "m.keras", own).evaluate(*small_data, verbose=0) == before
    with pytest.raises(ValueError, match="Fourth|distance"):
        keras.models.load_model(tmp_path / "m.keras")


def test_what_is_no_file_of_ours_is_refused(tmp_path, make_model):
    with pytest.raises(ValueError, match="File not found"):
        keras.models.load_model(tmp_path / "none.npz")
    with pytest.raises(FileNotFoundError):
        make_model().load_weights(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    np.savez(tmp_path / "objects.npz", head=np.array([{"format": 1}], dtype=object))
    np.savez(tmp_path / "newer.npz", head=np.array(json.dumps({"format": 99})))
    for name in ("text", "other", "objects", "newer"):
        with pytest.raises(ValueError, match="not a file|format 99"):
            keras.models.load_model(tmp_path / f"{name}.npz")
    make_model().save_weights(tmp_path / "weights.npz")
    with pytest.raises(ValueError, match="weights only"):
        keras.models.load_model(tmp_path / "weights.npz")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, make_model, monkeypatch):
    model = make_model()
    model.save(tmp_path / "m.npz")
    before = (tmp_path / "m.npz").read_bytes()

    def half(file, **arrays):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(model_file.np, "savez", half)
    with pytest.raises(OSError, match="disk full"):
        model.save(tmp_path / "m.npz")
    assert (tmp_path / "m.npz").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_overwriting_can_be_forbidden(tmp_path, make_model):
    make_model().save(tmp_path / "m.npz")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        make_model().save(tmp_path / "m.npz", overwrite=False)


@pytest.mark.parametrize("layer", [
    L.Dense(3, "elu", use_bias=False, kernel_initializer=keras.initializers.RandomNormal(stddev=0.3, seed=1)),
    L.Activation("mish"), L.ReLU(6.0, 0.1, 0.2), L.LeakyReLU(0.1), L.ELU(0.5), L.Softmax(), L.Dropout(0.3, seed=2),
    L.Flatten(), L.Rescaling(2.0, 1.0), L.Normalization(mean=[1.0, 2.0], variance=[1.0, 4.0]),
    L.Normalization(axis=None), L.BatchNormalization(scale=False),
    L.LayerNormalization(epsilon=1e-5, gamma_regularizer="l2"),
], ids=lambda layer: type(layer).__name__)  # fmt: skip
def test_every_layer_comes_back_from_its_configuration(layer):
    again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    assert again.get_config() == layer.get_config()
    x = np.random.default_rng(0).normal(size=(5, 2))
    layer.build(x.shape)
    again.build(x.shape)
    again.set_weights(layer.get_weights())
    assert np.array_equal(again(x), layer(x))


def test_a_pickled_model_goes_on_training(small_data, make_model):
    model = make_model("adam")
    model.fit(*small_data, shuffle=False, verbose=0)
    again = pickle.loads(pickle.dumps(model))
    histories = [each.fit(*small_data, shuffle=False, verbose=0).history for each in (model, again)]
    assert histories[0] == histories[1] and np.array_equal(model.parameters, again.parameters)
    assert np.array_equal(np.concatenate([weight.ravel() for weight in again.get_weights()]), again.parameters)


def cube(z):
    return z**3


def halves(shape, dtype=None):
    return np.full(shape, 0.5, dtype)


def squares(w):
    return 0.1 * np.sum(w**2)


def test_functions_of_your_own_come_back_under_their_names(tmp_path):
    own = {"cube": cube, "halves": halves, "squares": squares}
    layer = L.Dense(2, activation=cube, kernel_initializer=halves, kernel_regularizer=squares)
    model = keras.Sequential([keras.Input((3,)), layer])
    model.save(tmp_path / "m.keras")
    x = np.ones((2, 3), "float32")
    again = keras.models.load_model(tmp_path / "m.keras", custom_objects=own)
    assert np.array_equal(again(x), model(x)) and again.penalty() == model.penalty() > 0
    with keras.saving.custom_object_scope(own):
        assert np.array_equal(keras.models.load_model(tmp_path / "m.keras")(x), model(x))
    with pytest.raises(ValueError, match="activation function identifier: 'cube'.*custom_objects"):
        keras.models.load_model(tmp_path / "m.keras")


def test_a_model_with_several_outputs_keeps_them(tmp_path):
    inputs = keras.Input((3,))
    hidden = L.Dense(4, "relu")(inputs)
    model = keras.Model(inputs, [hidden, L.Dense(1)(hidden)])
    model.save(tmp_path / "m.keras")
    x = np.ones((2, 3), "float32")
    again = keras.models.load_model(tmp_path / "m.keras")
    for one, other in zip(model.predict(x, verbose=0), again.predict(x, verbose=0), strict=True):
        assert np.array_equal(one, other)
    assert [out.shape for out in keras.models.clone_model(model).predict(x, verbose=0)] == [(2, 4), (2, 1)]


def test_what_is_registered_is_known_by_its_name_everywhere():
    def distance(y_true, y_pred):
        return np.mean(abs(y_true - y_pred), axis=-1)

    model = keras.Sequential([keras.Input((2,)), L.Dense(1, kernel_initializer="ones")])
    with keras.saving.custom_object_scope({"distance": distance}):
        model.compile("sgd", loss="distance", metrics=["distance"])
        measured = model.evaluate(np.ones((4, 2)), np.zeros((4, 1)), verbose=0, return_dict=True)
    assert measured == {"distance": 2.0, "loss": 2.0}
    with pytest.raises(ValueError, match="custom_objects"):
        keras.losses.get("distance")


def test_an_optimizer_a_schedule_and_a_rate_of_ones_own_come_back(tmp_path, small_data, make_model):
    class Mine(keras.optimizers.SGD):
        pass

    class Half(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, first):
            self.first = first

        def __call__(self, step):
            return self.first / 2**step

    def rate(step):
        return 0.3 / (1 + step)

    for number, optimizer in enumerate([Mine(0.1), keras.optimizers.SGD(Half(0.2)), keras.optimizers.Adam(rate)]):
        model = make_model(optimizer)
        model.fit(*small_data, verbose=0)
        model.save(tmp_path / f"{number}.keras")
        again = keras.models.load_model(tmp_path / f"{number}.keras", {"Mine": Mine, "Half": Half, "rate": rate})
        assert type(again.optimizer) is type(optimizer)
        assert again.fit(*small_data, verbose=0).history == model.fit(*small_data, verbose=0).history
        assert not {"Mine", "Half", "rate"} & keras.utils.get_custom_objects().keys()
        with pytest.raises(ValueError, match="Mine|Half|learning rate identifier: 'rate'.*custom_objects"):
            keras.models.load_model(tmp_path / f"{number}.keras")


def own_error(y_true, y_pred, k=1):
    return k * np.abs(y_true - y_pred).mean(axis=-1)


@pytest.mark.parametrize("metric", [
    keras.losses.Huber(0.1), keras.losses.huber, keras.losses.log_cosh, keras.metrics.MeanAbsoluteError,
    keras.metrics.MeanMetricWrapper(own_error, "thrice", k=3), keras.metrics.MeanMetricWrapper(keras.losses.Huber(0.1)),
    keras.metrics.MeanMetricWrapper(keras.metrics.binary_accuracy, "low", threshold=0.1), own_error,
], ids=lambda metric: getattr(metric, "name", getattr(metric, "__name__", "")))  # fmt: skip
def test_every_metric_that_compile_takes_comes_back(tmp_path, small_data, make_model, metric):
    keras.utils.clear_session()
    model = make_model(metrics=[metric])
    before = model.evaluate(*small_data, verbose=0, return_dict=True)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras", {"own_error": own_error})
    assert again.evaluate(*small_data, verbose=0, return_dict=True) == before and len(before) == 2


def test_a_name_in_a_file_stands_for_no_other_function(tmp_path, make_model):
    def mse(y_true, y_pred):
        return np.zeros(len(y_true))

    for settings in ({"metrics": [mse]}, {"loss": mse}):
        make_model(**settings).save(tmp_path / "m.keras")
        with pytest.raises(ValueError, match="function identifier: 'mse'.*custom_objects"):
            keras.models.load_model(tmp_path / "m.keras")


@pytest.mark.parametrize("settings", [{"reduction": "sum"}, {"name": "other"}, {}], ids=str)
def test_a_function_as_loss_keeps_its_settings(tmp_path, small_data, make_model, settings):
    for fn in (own_error, keras.losses.huber):
        model = make_model(loss=keras.losses.FunctionLoss(fn, **settings))
        model.save(tmp_path / "m.keras")
        again = keras.models.load_model(tmp_path / "m.keras", {"own_error": own_error})
        assert again.evaluate(*small_data, verbose=0) == model.evaluate(*small_data, verbose=0)
        assert again.loss.name == model.loss.name


def test_more_than_a_thousand_weights_keep_their_order(tmp_path):
    model = keras.Sequential([keras.Input((1,)), *(L.Dense(1, use_bias=False) for _ in range(1002))])
    model.set_weights([np.full((1, 1), i) for i in range(1002)])
    model.save_weights(tmp_path / "w.npz")
    before = model.get_weights()
    model.set_weights([np.zeros((1, 1))] * 1002)
    model.load_weights(tmp_path / "w.npz")
    assert np.array_equal(model.get_weights(), before)


def test_a_clone_has_the_classes_and_functions_of_the_model():
    class My(L.Dense):
        pass

    class Half(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.5

    model = keras.Sequential([keras.Input((2,)), keras.Sequential([keras.Input((2,)), My(3)]), My(1)])
    for rate, value in ((lambda step: 0.25, 0.25), (Half(), 0.5), (0.125, 0.125)):
        model.compile(keras.optimizers.SGD(rate), "mse")
        clone = keras.models.clone_model(model)
        assert [type(layer) for layer in clone.leaves] == [type(layer) for layer in model.leaves]
        clone.fit(np.ones((2, 2)), np.ones(2), verbose=0)
        assert clone.optimizer.learning_rate == value and model.optimizer.iterations == 0
