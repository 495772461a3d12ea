"""What the lesson about model.fit() says in words, asserted over many trainings."""

import numpy as np
import pytest

import lessonlib as keras
from lessonlib.explore import fit, guessing

SEED_LOSSES = [0.65, 0.45, 0.35, 0.28, 0.22]
SEED_ACCURACIES = [0.60, 0.75, 0.82, 0.87, 0.90]


@pytest.fixture(scope="module")
def data():
    x, y = keras.datasets.make_two_classes(rows=1000, features=10)
    low, high = x[:800].min(axis=0), x[:800].max(axis=0)
    return (x - low) / (high - low), y


def lesson_model(seed):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def lesson_fit(data, seed, **arguments):
    model = lesson_model(seed)
    return model, model.fit(*data, validation_split=0.2, verbose=0, **arguments).history


def test_the_lessons_run_shows_the_five_losses_it_was_made_for(data):
    _, history = lesson_fit(data, 10, epochs=5)
    assert history["loss"] == pytest.approx(SEED_LOSSES, abs=0.06)
    assert history["accuracy"] == pytest.approx(SEED_ACCURACIES, abs=0.08)


def test_and_so_does_the_mean_of_twenty_runs(data):
    losses = np.mean([lesson_fit(data, seed, epochs=5)[1]["loss"] for seed in range(20)], axis=0)
    assert losses == pytest.approx(SEED_LOSSES, abs=0.06)


def test_the_best_of_a_thousand_random_networks_is_beaten_by_about_thirty_updates():
    best = np.array([guessing.best_at_random(1000, seed)[-1] for seed in range(10)])
    trained = np.array([guessing.trained(3, seed) for seed in range(10)])
    assert 0.77 < best.mean() < 0.83 and best.max() < 0.85  # about eight rows of ten
    assert trained[:, 0] == pytest.approx(0.5, abs=0.11)  # it began near one half
    assert 26 <= np.argmax(trained.mean(axis=0) > best.mean()) + 1 <= 34
    assert trained[:, -1].min() > best.max()


def test_single_batches_rise_about_half_the_time_and_epoch_means_nearly_always_fall():
    runs = [fit.train(32, 5, 0.05, seed) for seed in range(20)]
    rises = [np.mean(np.diff(run.batch_losses) > 0) for run in runs]
    falls = [np.mean(np.diff(run.losses) < 0) for run in runs]
    assert all(0.35 < share < 0.55 for share in rises) and 0.4 < np.mean(rises) < 0.5
    assert np.mean(falls) > 0.9 and min(falls) < 1  # "most of the time", not always


def test_the_reported_loss_is_above_the_loss_after_the_epoch_and_that_is_near_the_validation_loss(data):
    x, y = data
    gaps = []
    for seed in range(20):
        model, history = lesson_fit(data, seed)
        after = model.evaluate(x[:800], y[:800], verbose=0)[0]
        assert history["loss"][0] > after
        assert history["val_loss"][0] < history["loss"][0]
        gaps.append(after - history["val_loss"][0])
    assert abs(np.mean(gaps)) < 0.02 and max(map(abs, gaps)) < 0.03


def test_a_small_gap_remains_because_these_validation_rows_are_a_little_easier(data):
    x, y = data
    gaps = []
    for seed in range(10):
        model, history = lesson_fit(data, seed, epochs=5)
        gaps.append(model.evaluate(x[:800], y[:800], verbose=0)[0] - history["val_loss"][-1])
    assert all(0 < gap < 0.06 for gap in gaps)


def test_without_momentum_five_epochs_are_far_from_enough(data):
    for seed in range(10):
        model = lesson_model(seed)
        model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
        plain = model.fit(*data, validation_split=0.2, epochs=5, verbose=0).history["loss"][-1]
        assert plain > 1.5 * lesson_fit(data, seed, epochs=5)[1]["loss"][-1]


def test_large_batches_lose_at_equal_epochs_and_win_at_equal_updates():
    def mean_loss(batch_size, epochs):
        return np.mean([fit.train(batch_size, epochs, 0.05, seed).val_losses[-1] for seed in range(10)])

    assert mean_loss(800, 10) > 2 * mean_loss(32, 10)
    equal = [mean_loss(8, 3), mean_loss(32, 10), mean_loss(128, 36), mean_loss(800, 250)]
    assert equal == sorted(equal, reverse=True)


def test_about_one_validation_row_in_ten_is_wrong_in_the_lessons_model(data):
    _, history = lesson_fit(data, 10, epochs=5)
    assert 0.07 < 1 - history["val_accuracy"][-1] < 0.13


def test_sorted_rows_spoil_the_validation_above_all_in_the_first_epoch(data):
    x, y = data
    order = np.argsort(y)
    spoilt = [lesson_fit((x[order], y[order]), seed, epochs=5)[1]["val_accuracy"] for seed in range(10)]
    healthy = [lesson_fit(data, seed, epochs=5)[1]["val_accuracy"] for seed in range(10)]
    assert all(bad[0] < good[0] for bad, good in zip(spoilt, healthy, strict=True))
    assert np.mean(spoilt, axis=0)[0] < 0.4 and np.mean(spoilt) < np.mean(healthy) - 0.1


def test_the_loop_by_hand_gives_the_numbers_of_fit(data):
    x, y = data
    by_hand, losses = lesson_model(10), []
    for _ in range(2):
        total = 0.0
        for first in range(0, 800, 32):
            rows = slice(first, first + 32)
            total += by_hand.train_on_batch(x[rows], y[rows])[0] * 32
        losses.append(total / 800)
    by_fit = lesson_model(10).fit(x, y, validation_split=0.2, epochs=2, shuffle=False, verbose=0)
    assert losses == pytest.approx(by_fit.history["loss"], abs=1e-6)


def test_the_mission_is_not_won_at_the_start_and_can_be_won():
    assert not fit.train().mission_accomplished
    assert fit.train(batch_size=64, epochs=3, learning_rate=0.2).mission_accomplished
    winners = [
        (batch_size, epochs, rate)
        for batch_size in fit.BATCH_SIZES
        for epochs in range(1, 21)
        for rate in fit.LEARNING_RATES
        if epochs * -(-800 // batch_size) <= fit.MOST_UPDATES
        and fit.train(batch_size, epochs, rate).mission_accomplished
    ]
    assert 10 < len(winners) < 50  # neither luck nor a gift
    assert all(batch_size > 32 and rate > 0.1 for batch_size, _, rate in winners)  # one slider alone is not enough


def test_the_goal_on_real_data_is_missed_at_the_start_and_within_reach():
    data = keras.datasets.load_breast_cancer()
    order = np.random.default_rng(0).permutation(len(data.x))
    train, validation = order[:341], order[341:455]
    cells = (data.x - data.x[train].mean(axis=0)) / data.x[train].std(axis=0)

    def accuracy(rate, epochs):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((30,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
        held_back = (cells[validation], data.y[validation])
        history = model.fit(cells[train], data.y[train], validation_data=held_back, epochs=epochs, verbose=0).history
        return history["val_accuracy"][-1]

    assert accuracy(0.001, 5) < 0.97 <= accuracy(0.01, 20)
