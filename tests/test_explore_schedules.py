"""The explorer of schedules: a pure function that trains, and a mission that no constant rate can win."""

import numpy as np
import pytest

from lessonlib.explore import schedules
from lessonlib.optimizers import SGD


def test_training_is_a_pure_function():
    assert schedules.train("plateau", 0.2, 1, 4) == schedules.train("plateau", 0.2, 1, 4)


@pytest.mark.parametrize("kind", schedules.KINDS)
def test_every_schedule_reaches_its_highest_rate_and_never_exceeds_it(kind):
    run = schedules.train(kind, 0.2, pace=3, epochs=10)
    assert len(run.rates) == len(run.batch_losses) == 250
    assert max(run.rates) == pytest.approx(0.2, rel=0.01) and min(run.rates) >= 0
    assert run.about.startswith(kind)


def test_pace_says_how_often_how_long_or_how_patiently():
    def rates(kind, pace):
        return np.array(schedules.train(kind, 0.1, pace, epochs=12).rates)

    assert list(np.flatnonzero(np.diff(rates("staircase", 3))) + 1) == [75, 150, 225]
    assert rates("exponential", 4)[100] == pytest.approx(0.05)
    assert rates("warm-up, then cosine", 5).argmax() == 125
    assert np.count_nonzero(np.diff(rates("plateau", 1))) > np.count_nonzero(np.diff(rates("plateau", 3)))


def test_the_rates_are_those_that_the_optimizer_used():
    run = schedules.fit(SGD(lambda step: 0.1 / (1 + step)), epochs=1, seed=0)
    assert run.rates == pytest.approx([0.1 / (1 + step) for step in range(25)])


def test_the_mission_is_lost_with_every_constant_rate_and_at_the_start():
    start = schedules.train("staircase", 0.1, 2, 20)  # wrong in both: no single move wins
    assert start.losses[-1] > schedules.TARGET + 0.003 and start.epochs > schedules.MOST_EPOCHS
    assert not schedules.train("staircase", 0.1, 2, 12).mission_accomplished
    for rate in schedules.RATES:
        for epochs in range(4, schedules.MOST_EPOCHS + 1):
            assert schedules.train("constant", rate, 2, epochs).losses[-1] > schedules.TARGET + 0.003


def test_the_mission_is_neither_luck_nor_a_gift():
    tried = [
        schedules.train(kind, rate, pace, epochs).mission_accomplished
        for kind in schedules.KINDS[1:]
        for rate in schedules.RATES
        for pace in ((2,) if kind in ("cosine", "one-cycle") else (1, 2, 3, 5, 8))
        for epochs in (10, 11, 12)
    ]
    assert 0.005 < np.mean(tried) < 0.1
    assert schedules.train("cosine", 0.2, 2, 12).mission_accomplished  # what the hint says


def test_a_low_loss_after_too_many_epochs_does_not_count():
    run = schedules.train("cosine", 0.2, 2, 20)
    assert run.losses[-1] < schedules.TARGET and not run.mission_accomplished
    assert "but in more than 12 epochs" in schedules.verdict(run)
