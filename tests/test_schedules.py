"""Schedules: Keras's rate at every step; OneCycle against its own description."""

import json
import sys
from pathlib import Path

import pytest

import lessonlib as keras
from lessonlib.optimizers import schedules

GOLDEN = Path(__file__).with_name("golden")
sys.path.insert(0, str(GOLDEN))
import rules  # noqa: E402

RECORDED = json.loads((GOLDEN / "rules.json").read_text("utf-8"))["schedules"]


def test_every_program_has_been_recorded():
    assert sorted(RECORDED) == sorted(rules.SCHEDULES)


@pytest.mark.parametrize("name", rules.SCHEDULES)
def test_same_rates_as_keras(name):
    assert rules.run_schedule(keras, name) == pytest.approx(RECORDED[name], rel=2e-6, abs=2e-8)


@pytest.mark.parametrize("name", rules.SCHEDULES)
def test_written_and_read_again(name):
    schedule = rules.made(schedules, *rules.SCHEDULES[name])
    assert rules.SCHEDULES[name][1].items() <= schedule.get_config().items()
    again = schedules.deserialize(json.loads(json.dumps(schedules.serialize(schedule))))
    assert type(again) is type(schedule) and again(17) == schedule(17)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_one_cycle(strategy):
    rate = schedules.OneCycle(1.0, 100, pct_start=0.3, div_factor=10, final_div_factor=100, anneal_strategy=strategy)
    rates = [rate(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and max(rates) == rates[29] == 1.0 and rates[99] == pytest.approx(0.001)
    assert rates[:30] == sorted(rates[:30]) and rates[29:] == sorted(rates[29:], reverse=True)
    assert rate(1000) == rates[99]
    if strategy == "linear":
        assert rates[64] == pytest.approx((1 + 0.001) / 2)


def test_a_schedule_drives_fit(small_data, make_model):
    """A rate of 0 from the second epoch on: the weights stay as the first epoch left them."""

    def train(epochs):
        model = make_model(keras.optimizers.SGD(schedules.PiecewiseConstantDecay([5], [0.5, 0.0])))
        history = model.fit(*small_data, batch_size=10, epochs=epochs, shuffle=False, verbose=0)
        return model.get_weights(), history.history

    (one, _), (three, history) = train(1), train(3)
    assert all((a == b).all() for a, b in zip(one, three, strict=True))
    assert "learning_rate" not in history


BAD = {
    "steps": (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps=0"),
    "restarts": (lambda: schedules.CosineDecayRestarts(0.1, -1), "first_decay_steps=-1"),
    "ever shorter waves": (lambda: schedules.CosineDecayRestarts(0.1, 5, t_mul=0.5), "t_mul=0.5"),
    "lengths": (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "1 less than"),
    "strategy": (lambda: schedules.OneCycle(0.1, 10, anneal_strategy="cosine"), "'cosine'"),
    "share": (lambda: schedules.OneCycle(0.1, 10, pct_start=30), "pct_start=30"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments(case):
    make, text = BAD[case]
    with pytest.raises(ValueError, match=text):
        make()


def test_a_schedule_without_a_rule():
    with pytest.raises(NotImplementedError, match="must override"):
        schedules.LearningRateSchedule()(0)
