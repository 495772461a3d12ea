"""Optimizers: the same 40 steps as Keras, and what cannot be recorded."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import optimizers

GOLDEN = Path(__file__).with_name("golden")
sys.path.insert(0, str(GOLDEN))
import rules  # noqa: E402

RECORDED = json.loads((GOLDEN / "rules.json").read_text("utf-8"))["optimizers"]
KINDS = [optimizers.SGD, optimizers.Adagrad, optimizers.RMSprop, optimizers.Adam, optimizers.AdamW, optimizers.Nadam,
         optimizers.Lion, optimizers.Adadelta, optimizers.Adamax]  # fmt: skip


def test_every_program_has_been_recorded():
    assert sorted(RECORDED) == sorted(rules.OPTIMIZERS)


@pytest.mark.parametrize("name", rules.OPTIMIZERS)
def test_same_steps_as_keras(name, float64):
    ours = rules.run_optimizer(keras, name, np.array)
    atol = 1e-8 if name == "adam-schedule" else 1e-13  # Keras's schedules compute in float32
    np.testing.assert_allclose(ours, RECORDED[name], rtol=1e-10, atol=atol)


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_near(kind):
    """In training all is float32; Keras's own float32 is as far away as ours."""
    name = kind.__name__.lower()
    ours = rules.run_optimizer(keras, name, lambda array: array.astype("float32"))
    np.testing.assert_allclose(ours, RECORDED[name], atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_get_config_makes_it_again(kind):
    config = kind(0.5, clipnorm=2.0, weight_decay=0.1, name="mine").get_config()
    assert {"name": "mine", "learning_rate": 0.5, "clipnorm": 2.0, "weight_decay": 0.1}.items() <= config.items()
    assert kind.from_config(config).get_config() == config
    again = optimizers.get({"class_name": kind.__name__, "config": json.loads(json.dumps(config))})
    assert type(again) is kind and again.get_config() == config


def test_config_of_a_schedule():
    schedule = optimizers.schedules.CosineDecay(0.1, 50, alpha=0.2)
    config = json.loads(json.dumps(optimizers.SGD(schedule, 0.9).get_config()))
    again = optimizers.SGD.from_config(config)
    assert again.learning_rate == pytest.approx(0.1)
    assert again.get_config() == config


@pytest.mark.parametrize("name", ["SGD", "sgd", "RMSprop", "RMSPROP", "adamW", "AdaGrad", "nadam", "LION"])
def test_names_in_any_case(name):
    assert type(optimizers.get(name)).__name__.lower() == name.lower()


def test_names_as_in_keras():
    keras.utils.clear_session()
    names = ["sgd", "adagrad", "rm_sprop", "adam", "adam_w", "nadam", "lion", "adadelta", "adamax"]
    assert [kind().name for kind in KINDS] == names


def test_the_decay_of_old_programs_is_ignored_with_a_warning():
    with pytest.warns(UserWarning, match="`decay` is no longer supported"):
        assert optimizers.SGD(0.1, decay=1e-6).learning_rate == pytest.approx(0.1)


def test_serialize_and_deserialize():
    optimizer = optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 50), beta_1=0.8)
    again = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(optimizer))))
    assert type(again) is optimizers.Adam and again.get_config() == optimizer.get_config()


def test_reading_the_rate():
    optimizer = optimizers.SGD(0.1)
    assert optimizer.learning_rate == 0.10000000149011612  # float32's 0.1
    optimizer.learning_rate = 1
    assert optimizer.learning_rate == 1.0
    optimizer = optimizers.SGD(optimizers.schedules.ExponentialDecay(0.5, 1, 0.5))
    weights = [np.zeros(2, "float32")]
    assert optimizer.learning_rate == 0.5
    optimizer.apply([np.ones(2)], weights)
    assert optimizer.learning_rate == 0.25 and weights[0].tolist() == [-0.5, -0.5]
    with pytest.raises(TypeError, match="not settable"):
        optimizer.learning_rate = 0.1


def test_callables_with_and_without_the_step():
    assert optimizers.SGD(lambda step: 0.5**step).learning_rate == 1.0
    assert optimizers.SGD(lambda: 0.25).learning_rate == 0.25


def test_clipnorm_is_for_each_array(float64):
    """The whole of (3, 4) and (0.3, 0.4) is 5.02 long; each array by itself 5 and 0.5."""
    for clipping, expected in [
        ({"clipnorm": 1.0}, [-0.6, -0.8, -0.3, -0.4]),
        ({"clipvalue": 0.35}, [-0.35] * 2 + [-0.3, -0.35]),
    ]:
        weights = [np.zeros(2), np.zeros(2)]
        optimizers.SGD(1.0, **clipping).apply([np.array([3.0, 4]), np.array([0.3, 0.4])], weights)
        assert np.concatenate(weights) == pytest.approx(expected)


def test_clipping_leaves_the_gradient_alone():
    g = np.array([3.0, 4.0], "float32")
    p = np.zeros(2, "float32")
    optimizer = optimizers.Adam(global_clipnorm=1.0)
    optimizer.prepare(p)
    optimizer.step(p, g)
    assert g.tolist() == [3.0, 4.0]


def test_clipnorm_in_fit_knows_the_weights(small_data, make_model):
    """A limit far below every gradient: each of the four weight arrays moves by exactly lr·limit."""
    model = make_model(optimizers.SGD(1.0, clipnorm=1e-3))
    before = model.get_weights()
    model.fit(*small_data, batch_size=60, verbose=0)
    moved = [float(np.linalg.norm(a - b)) for a, b in zip(model.get_weights(), before, strict=True)]
    assert moved == pytest.approx([1e-3] * 4, rel=1e-2)


def test_apply_wants_the_same_variables():
    optimizer = optimizers.Adam()
    weights = [np.zeros((2, 3), "float32"), np.zeros(3, "float32")]
    optimizer.apply([np.ones((2, 3)), np.ones(3)], weights)
    optimizer.apply([np.ones((2, 3)), np.ones(3)])  # those of before
    assert optimizer.iterations == 2
    with pytest.raises(ValueError, match="Unknown variables"):
        optimizer.apply([np.ones(4)], [np.zeros(4, "float32")])
    with pytest.raises(ValueError, match="2 variables, 1 gradients"):
        optimizer.apply([np.ones((2, 3)), None], weights)


@pytest.mark.parametrize("kind", KINDS)
def test_going_on_from_stored_memory(kind):
    """Three steps and two more are five, also when another optimizer makes the two."""

    def steps(optimizer, p, n, start):
        optimizer.prepare(p)
        for number in range(start, start + n):
            optimizer.step(p, np.sin(np.arange(5) + number).astype("float32"))
        return p

    straight = steps(kind(0.1), np.ones(5, "float32"), 5, 0)
    first, store = kind(0.1), {}
    p = steps(first, np.ones(5, "float32"), 3, 0)
    first.save_own_variables(store)
    second = kind(0.9)
    second.prepare(p)
    second.load_own_variables(store)
    assert steps(second, p, 2, 3).tolist() == straight.tolist()


BAD = {
    "unknown argument": (lambda: optimizers.Adam(lr=0.1), "`learning_rate`"),
    "whole number": (lambda: optimizers.SGD(1), "learning_rate=1.0"),
    "text": (lambda: optimizers.SGD("fast"), "'fast'"),
    "negative": (lambda: optimizers.SGD(-0.1), "learning_rate=-0.1"),
    "nan": (lambda: optimizers.SGD(float("nan")), "learning_rate=nan"),
    "two clippings": (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), "Only one of"),
    "momentum": (lambda: optimizers.SGD(momentum=1.5), "momentum=1.5"),
    "whole momentum": (lambda: optimizers.SGD(momentum=1), "momentum=1.0"),
    "decay": (lambda: optimizers.AdamW(weight_decay=None), "`weight_decay`"),
    "name": (lambda: optimizers.get("adem"), "Did you mean 'adam'"),
    "no optimizer": (lambda: optimizers.get(3), "Could not interpret optimizer identifier: 3"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments(case):
    make, text = BAD[case]
    with pytest.raises(ValueError, match=text.replace("(", r"\(")):
        make()
