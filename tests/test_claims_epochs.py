"""What the lesson about epochs says in words, asserted over many trainings."""

import re
from pathlib import Path

import numpy as np
import pytest

import lessonlib as keras
from lessonlib.authoring import lesson as lessons
from lessonlib.explore import stopping
from lessonlib.loop import SGD, BCELoss, DataLoader, Module, TensorDataset, no_grad

SEED_LOSSES = [0.65, 0.50, 0.40, 0.32, 0.28]
SEED_ACCURACIES = [0.60, 0.72, 0.80, 0.85, 0.88]
SEEDS = range(10)


@pytest.fixture(scope="module")
def data():
    x, y = keras.datasets.make_two_classes(rows=1000, features=10)
    low, high = x[:800].min(axis=0), x[:800].max(axis=0)
    return ((x - low) / (high - low)).astype("float32"), y.reshape(-1, 1).astype("float32")


def network(seed):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])


def by_fit(data, seed):
    x, y = data
    model = network(seed)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x[:800], y[:800], validation_data=(x[800:], y[800:]), epochs=5, verbose=0).history


def by_loop(data, seed, order=slice(0, 800), zero_grad=True, shuffle=True):
    """The losses of five epochs, and the accuracy on the validation rows."""
    x, y = data
    keras_model = network(seed)
    model, loss_fn = Module(keras_model), BCELoss()
    rows = TensorDataset(x[:800][order], y[:800][order])
    loader = DataLoader(rows, batch_size=32, shuffle=shuffle, generator=keras_model.generator)
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for _ in range(5):
        total = 0.0
        for x_batch, y_batch in loader:
            if zero_grad:
                optimizer.zero_grad()
            loss = loss_fn(model(x_batch), y_batch)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x_batch)
        losses.append(total / 800)
    with no_grad():
        return losses, float(np.mean((model(x[800:]) > 0.5) == y[800:]))


def test_the_lessons_run_shows_the_five_losses_it_was_made_for(data):
    history = by_fit(data, 0)
    assert history["loss"] == pytest.approx(SEED_LOSSES, abs=0.06)
    assert history["accuracy"] == pytest.approx(SEED_ACCURACIES, abs=0.08)


def test_and_so_does_the_mean_of_twenty_runs(data):
    losses = np.mean([by_fit(data, seed)["loss"] for seed in range(20)], axis=0)
    assert losses == pytest.approx(SEED_LOSSES, abs=0.06)


def test_the_loop_in_pytorchs_words_and_train_on_batch_give_the_numbers_of_fit(data):
    x, y = data
    for seed in SEEDS:
        fitted = by_fit(data, seed)
        losses, accuracy = by_loop(data, seed)
        assert losses == pytest.approx(fitted["loss"], abs=1e-5) and accuracy == fitted["val_accuracy"][-1]
    model = network(0)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "binary_crossentropy", metrics=["accuracy"])
    loader = DataLoader(TensorDataset(x[:800], y[:800]), batch_size=32, shuffle=True, generator=model.generator)
    losses = [sum(model.train_on_batch(*batch)[0] * 32 for batch in loader) / 800 for _ in range(5)]
    assert losses == pytest.approx(by_fit(data, 0)["loss"], abs=1e-5)


def test_the_lines_of_the_quiz_train_alike_wherever_the_quiz_says_that_the_gradient_may_be_forgotten(data):
    x, y = data
    lesson = lessons.load(Path(__file__).parents[1] / "solutions" / "03-epochs")
    question = next(question for question in lesson.bank.questions if question.id == "the_loop")
    lines = sorted((line for line in question.body.lines if line.place is not None), key=lambda line: line.place)
    epoch, batch, clear, forward, backward, step, measure = (re.sub("<.*?>", "", line.html) for line in lines)
    ends = []
    for body in ((clear, forward, backward, step), (forward, clear, backward, step), (forward, backward, step, clear)):
        keras_model, val_losses = network(0), []
        model = Module(keras_model)
        space = {
            "model": model,
            "loss_fn": BCELoss(),
            "optimizer": SGD(model.parameters(), lr=0.05, momentum=0.9),
            "loader": DataLoader(TensorDataset(x[:800], y[:800]), 32, shuffle=True, generator=keras_model.generator),
            "val_loader": DataLoader(TensorDataset(x[800:], y[800:]), 200),
            "evaluate": lambda model, rows, loss_fn, to=val_losses: to.append(loss_fn(model(x[800:]), y[800:]).item()),
        }
        exec("\n".join((epoch, batch, *body, measure)), space)
        ends.append(val_losses)
    assert len(ends[0]) == 5 and ends[0] == ends[1] == ends[2] and ends[0][-1] < 0.3


def test_without_zero_grad_all_end_at_guessing(data):
    for seed in SEEDS:
        _, accuracy = by_loop(data, seed, zero_grad=False)
        assert 0.45 < accuracy < 0.55 < 0.8 < by_loop(data, seed)[1]


def test_sorted_rows_without_shuffling_end_at_always_yes_and_shuffling_heals_it(data):
    x, y = data
    order = np.argsort(y[:800, 0], kind="stable")
    for seed in SEEDS:
        _, in_order = by_loop(data, seed, order, shuffle=False)
        _, mixed = by_loop(data, seed, order)
        assert in_order == np.mean(y[800:] == 1) < 0.55 < 0.8 < mixed


def test_rows_in_a_random_order_need_no_shuffling_here(data):
    for seed in SEEDS:
        assert by_loop(data, seed, shuffle=False)[1] > 0.8


@pytest.fixture(scope="module")
def curves():
    return [stopping.curves(rows=200, units=64, seed=seed) for seed in SEEDS]


def test_the_validation_loss_turns_after_about_ten_epochs_and_climbs(curves):
    best = [run.best_epoch for run in curves]
    assert all(5 <= epoch <= 16 for epoch in best) and 8 < np.mean(best) < 13
    for run in curves:
        assert run.val_losses[-1] > 1.2 * min(run.val_losses)
        assert run.losses[-1] < 0.6 * run.losses[run.best_epoch - 1]


def test_the_validation_accuracy_hardly_moves_meanwhile(curves):
    moves = [run.val_accuracies[-1] - run.val_accuracies[run.best_epoch - 1] for run in curves]
    assert all(abs(move) <= 0.05 for move in moves) and abs(np.mean(moves)) < 0.03


def test_more_rows_narrow_the_gap_and_two_units_cannot_overfit():
    def gap(rows, units):
        runs = [stopping.curves(rows, units, seed) for seed in SEEDS]
        return np.mean([run.val_losses[-1] - run.losses[-1] for run in runs])

    assert gap(800, 64) < 0.5 * gap(200, 64)
    for seed in SEEDS:
        run = stopping.curves(200, 2, seed)
        assert run.val_losses[-1] < min(run.val_losses) + 0.03


def test_an_overfitted_network_is_wrong_about_as_often_and_far_more_sure_of_it():
    def wrong_and_sure(seed, epochs):
        (x, y), (x_val, y_val) = stopping.data(rows=200)
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(0.002), "binary_crossentropy")
        model.fit(x, y, epochs=epochs, verbose=0)
        p = model.predict(x_val, verbose=0)[:, 0]
        wrong = (p > 0.5) != (y_val == 1)
        return np.sum(wrong), np.sum(wrong & (np.abs(p - 0.5) > 0.4))

    for seed in SEEDS:
        (wrong, sure), (wrong_later, sure_later) = wrong_and_sure(seed, 14), wrong_and_sure(seed, 100)
        assert abs(wrong - wrong_later) <= 12 and sure_later >= 2 * sure


def test_the_mission_is_not_won_at_the_start_can_be_won_and_is_no_gift():
    assert not stopping.train().mission_accomplished
    winners = [
        (patience, restore)
        for patience in stopping.PATIENCES
        for restore in (False, True)
        if stopping.train(patience=patience, restore_best_weights=restore).mission_accomplished
    ]
    assert winners == [("2", True), ("3", True), ("5", True), ("10", True)]


def read_digits(split, seed, learning_rate, units, patience):
    """Train with early stopping; the epochs, and the loss of the kept weights on validation and test rows."""
    digits = keras.datasets.load_digits()
    order = np.random.default_rng(split).permutation(len(digits.x))
    (x, y), *others = [(digits.x[rows] / 16, digits.y[rows]) for rows in np.split(order, [300, 600])]
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(units, "relu"), keras.layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)
    history = model.fit(x, y, validation_data=others[0], batch_size=64, epochs=60, callbacks=[stop], verbose=0)
    return len(history.epoch), *(model.evaluate(*rows, verbose=0)[0] for rows in others)


def test_the_goal_on_the_digits_is_missed_at_the_start_and_within_reach():
    epochs, loss, _ = read_digits(0, 1, 0.001, 16, 1)
    assert epochs > 30 and loss > 0.25
    reached = [read_digits(0, seed, 0.01, 64, 3) for seed in SEEDS]
    assert sum(epochs <= 30 and loss <= 0.25 for epochs, loss, _ in reached) >= 5


def test_the_choice_of_the_epoch_alone_makes_no_report_much_too_good():
    gaps = [test - validation for _, validation, test in (read_digits(s, s, 0.01, 64, 3) for s in range(20))]
    assert 6 <= np.sum(np.array(gaps) > 0) <= 14 and abs(np.mean(gaps)) < 0.03
