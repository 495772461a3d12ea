"""What the capstone says in words, asserted over many trainings."""

import numpy as np
import pytest

import lessonlib as keras
from lessonlib.checks import Budget, training
from lessonlib.explore import budget

SGD, Adam, CosineDecay = keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.schedules.CosineDecay


@pytest.fixture(scope="module")
def rows():
    data = keras.datasets.load_digits()
    order = np.random.default_rng(0).permutation(len(data.x))
    parts = order[:1200], order[1200:1500], order[1500:]
    mean, deviation = data.x[parts[0]].mean(axis=0), data.x[parts[0]].std(axis=0)
    x = (data.x - mean) / np.where(deviation == 0, 1, deviation)
    return [(x[part], data.y[part]) for part in parts]


def plan(optimizer, units=32):
    layers = [keras.Input((64,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential(layers)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def spend(rows, optimizer, batch_size=32, units=32, seeds=range(10)):
    """Validation and test accuracies of forty updates, one row for each start."""
    found = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        model = plan(optimizer(), units)
        model.fit(*rows[0], batch_size=batch_size, epochs=40, callbacks=[budget.Spend()], verbose=0)
        found.append([model.evaluate(*part, verbose=0)[1] for part in rows[1:]])
    return np.array(found)


def test_the_explorer_and_the_lesson_have_the_same_rows(rows):
    for mine, its in zip((*rows[0], *rows[1]), budget.digits(), strict=True):
        assert np.array_equal(mine, its)


def test_the_first_plan_ends_near_guessing(rows):
    scores = spend(rows, lambda: SGD(0.01))[:, 0]
    assert 0.25 < scores.mean() < 0.35 and 0.1 < scores.min() and scores.max() < 0.4


def test_the_first_plan_hardly_moves_in_its_last_two_updates_and_is_no_better_than_not_knowing(rows):
    keras.utils.set_random_seed(0)
    model = plan(SGD(0.01))
    spend_all = {"epochs": 40, "callbacks": [budget.Spend()], "verbose": 0}
    history = model.fit(*rows[0], validation_data=rows[1], **spend_all).history
    assert len(history["loss"]) == 2
    assert abs(history["val_loss"][1] - history["val_loss"][0]) < 0.05
    assert history["val_loss"][1] > np.log(10) and history["val_accuracy"][1] == pytest.approx(0.2, abs=0.01)
    x, y = rows[1]
    probabilities = model.predict(x, verbose=0)
    losses, wrong = -np.log(probabilities[np.arange(len(y)), y]), probabilities.argmax(axis=1) != y
    assert losses[wrong].mean() > np.log(10) + 0.3 and losses[~wrong].mean() < np.log(10) - 0.5  # too sure


def test_steps_ten_times_as_long_read_most_digits(rows):
    assert spend(rows, lambda: SGD(0.1))[:, 0].min() > 0.75


def test_a_longer_step_or_adam_alone_repairs_it_and_more_rows_or_units_alone_do_not(rows):
    assert spend(rows, lambda: SGD(0.5))[:, 0].min() > 0.85
    assert spend(rows, lambda: Adam(0.01))[:, 0].min() > 0.85
    assert spend(rows, lambda: SGD(0.01), batch_size=256)[:, 0].max() < 0.85
    assert spend(rows, lambda: SGD(0.01), units=256)[:, 0].max() < 0.85


def test_more_units_double_the_share_because_one_update_moves_the_answer_further(rows):
    few, many = (spend(rows, lambda: SGD(0.01), units=units)[:, 0] for units in (32, 256))
    assert many.mean() == pytest.approx(0.54, abs=0.01) and 1.8 < many.mean() / few.mean() < 2.2

    def moved(units, seed):
        """How far one update moves the logarithms of the probabilities, beside their mean."""
        keras.utils.set_random_seed(seed)
        model, (x, y) = plan(SGD(0.01), units), rows[0]
        before = np.log(model.predict(x, verbose=0))
        model.train_on_batch(x[:32], y[:32])
        change = np.log(model.predict(x, verbose=0)) - before
        return np.abs(change - change.mean(axis=1, keepdims=True)).mean()

    assert sum(moved(256, seed) > moved(32, seed) for seed in range(10)) >= 9


def test_the_reports_numbers(rows):
    small, large = (spend(rows, lambda: Adam(0.01), batch_size, units=128) for batch_size in (8, 256))
    assert small[:, 0].mean() == pytest.approx(0.9, abs=0.02)
    assert large[:, 0].mean() == pytest.approx(0.97, abs=0.005) and large[:, 0].mean() > 0.97  # the gold
    assert large[:, 1].mean() == pytest.approx(0.975, abs=0.005)
    assert np.ptp(large[:, 1]) < 0.015
    decayed = spend(rows, lambda: Adam(CosineDecay(0.01, 40)), 128, 64)
    assert decayed[:, 0].mean() < spend(rows, lambda: Adam(0.01), 128, 64)[:, 0].mean() - 0.01


def test_the_errors_of_an_accuracy():
    def error(n):
        return (0.96 * 0.04 / n) ** 0.5

    assert error(300) == pytest.approx(0.011, abs=0.0005) and error(1536) == pytest.approx(0.005)
    assert 5 <= 1536 / 300 < 5.5 and error(1536) < error(300) / 2


def gradient(model, first, x, y):
    """The gradient of the weights `first`, read off one step of plain SGD with a learning rate of 1."""
    model.set_weights(first)
    model.train_on_batch(x, y)
    return np.concatenate([(a - b).ravel() for a, b in zip(first, model.get_weights(), strict=True)])


def test_four_times_the_rows_halve_the_noise_of_the_gradient(rows):
    x, y = rows[0]
    for seed in range(10):
        keras.utils.set_random_seed(seed)
        model, rng = plan(SGD(1.0)), np.random.default_rng(seed)
        first = model.get_weights()
        full, noise = gradient(model, first, x, y), []
        for size in (8, 32, 128, 512):
            batches = [rng.choice(len(x), size) for _ in range(30)]
            noise.append(np.mean([np.linalg.norm(gradient(model, first, x[b], y[b]) - full) for b in batches]))
        assert np.divide(noise[:-1], noise[1:]) == pytest.approx([2, 2, 2], rel=0.15)
        assert min(noise[:2]) > np.linalg.norm(full) > max(noise[2:])


def test_most_of_the_lead_of_the_best_is_gone_on_other_rows(rows):
    x, y = rows[1]
    halves = [rows[0], (x[:150], y[:150]), (x[150:], y[150:])]
    scores = spend(halves, lambda: SGD(0.1), seeds=range(600)).reshape(30, 20, 2)
    best = scores[np.arange(30), scores[:, :, 0].argmax(axis=1)]
    lead = best - scores.mean(axis=1)
    assert lead[:, 0].mean() > 0.03
    assert lead[:, 1].mean() < lead[:, 0].mean() / 3


def test_the_last_goal_is_within_reach_on_every_cut():
    for seed in range(20):
        cut = Budget("load_digits", seed=seed, updates=40)
        outcome = training.carry_out(training.plan(lambda: (plan(Adam(0.01), 128), 256)), cut)
        *_, (_, y) = training.parts(cut)
        assert training.measured("accuracy", outcome["predictions"], y) > 0.935


def test_the_mission_takes_a_longer_step_and_a_cleaner_direction():
    assert not budget.train("Adam", 0.01, 32, 32).mission_accomplished
    assert not budget.train("SGD", 0.5, 32, 32).mission_accomplished
    assert budget.train("Adam", 0.01, 128, 64).mission_accomplished
    assert budget.train("SGD", 0.5, 256, 64).mission_accomplished
