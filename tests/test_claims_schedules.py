"""What the lesson about learning-rate schedules says in words, asserted over many trainings."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import diagnosis, loop
from lessonlib.explore import schedules as explored
from lessonlib.optimizers import schedules
from lessonlib.quiz.session import Session

TABLE = [0.65, 0.50, 0.40, 0.35, 0.30, 0.28]


def halving(rate, epochs):
    return schedules.ExponentialDecay(rate, 25 * epochs, 0.5, staircase=True)


def runs(rate, epochs=20, number=10, momentum=0.9, **options):
    return [
        explored.fit(keras.optimizers.SGD(rate, momentum=momentum), epochs, seed, **options) for seed in range(number)
    ]


def losses(some):
    return np.array([run.losses for run in some])


@pytest.fixture(scope="module")
def constant():
    return losses(runs(0.1))


def test_the_staircase_shows_the_six_losses_it_was_made_for():
    lesson = explored.fit(keras.optimizers.SGD(halving(0.1, 2), momentum=0.9), 6, seed=15)
    assert lesson.losses == pytest.approx(TABLE, abs=0.06)


def test_and_so_does_the_mean_of_twenty_runs():
    assert losses(runs(halving(0.1, 2), epochs=6, number=20)).mean(axis=0) == pytest.approx(TABLE, abs=0.06)


def test_a_callback_by_the_epoch_and_a_schedule_by_the_update_make_the_same_staircase():
    callback = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 * 0.5 ** (epoch // 2))
    for seed in range(10):
        by_epoch = explored.fit(keras.optimizers.SGD(0.1, momentum=0.9), 6, seed, callbacks=[callback])
        by_update = explored.fit(keras.optimizers.SGD(halving(0.1, 2), momentum=0.9), 6, seed)
        assert by_epoch.losses == pytest.approx(by_update.losses, abs=1e-5)


def test_the_large_rate_is_fast_and_scattered_and_the_small_one_slow_and_calm(constant):
    small = losses(runs(0.01))
    assert (constant[:, 4] < small[:, 4] - 0.1).all() and (constant[:, -1] < small[:, -1]).all()
    assert small[:, 4].mean() > 0.5  # far up
    assert constant[:, 9].mean() - constant[:, -1].mean() < 0.03  # hardly any further
    assert np.ptp(constant[:, -1]) > 1.5 * np.ptp(small[:, -1])


def test_every_decay_ends_lower_and_closer_together_than_the_constant_rate(constant):
    shapes = [
        halving(0.1, 5),
        schedules.ExponentialDecay(0.1, 125, 0.5),
        schedules.CosineDecay(0.1, 500),
        schedules.CosineDecay(0.004, 450, warmup_target=0.1, warmup_steps=50),
        schedules.OneCycle(0.1, 500),
    ]
    ends = [losses(runs(shape))[:, -1] for shape in shapes]
    wait = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2)
    ends.append(losses(runs(0.1, callbacks=[wait]))[:, -1])
    for end in ends:
        assert end.mean() < constant[:, -1].mean() and np.ptp(end) < 0.5 * np.ptp(constant[:, -1])
    assert np.ptp([end.mean() for end in ends[2:5]]) < 0.002  # hardly a difference


def test_the_shapes_do_what_is_said_of_them():
    exponential, cosine = schedules.ExponentialDecay(0.1, 125, 0.5), schedules.CosineDecay(0.1, 500)
    warm, cycle = schedules.CosineDecay(0.004, 450, warmup_target=0.1, warmup_steps=50), schedules.OneCycle(0.1, 500)
    rates = {shape: np.array([shape(step) for step in range(501)]) for shape in (exponential, cosine, warm, cycle)}
    factors = rates[exponential][1:] / rates[exponential][:-1]
    assert factors == pytest.approx(0.5 ** (1 / 125))
    falls = -np.diff(rates[cosine])
    assert (falls > 0).all() and falls[250] > 10 * max(falls[5], falls[495]) and rates[cosine][500] < 1e-12
    for shape, top in ((warm, 50), (cycle, 149)):
        assert (np.diff(rates[shape][: top + 1]) > 0).all() and (np.diff(rates[shape][top:500]) < 0).all()
    assert rates[cycle][500] < 1e-6


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5])
def test_the_noise_floor_is_where_the_formula_says(rate):
    rng = np.random.default_rng(0)
    w, squares = np.zeros(4000), []
    for update in range(500):
        w = w - rate * (w + rng.standard_normal(4000))
        if update >= 250:
            squares.append(np.mean(w**2))
    assert np.mean(squares) == pytest.approx(rate / (2 - rate), rel=0.02)


def test_a_rate_that_is_halved_in_every_epoch_freezes_the_training():
    every, second, fifth = (losses(runs(halving(0.03, epochs))) for epochs in (1, 2, 5))
    assert np.abs(every[:, 19] - every[:, 9]).max() < 0.002  # stopped
    assert every[:, -1].mean() == pytest.approx(0.54, abs=0.01)  # the number in the quiz
    assert (every[:, -1] > second[:, -1] + 0.05).all() and (second[:, -1] > fifth[:, -1] + 0.03).all()  # not arrived


def test_a_cut_lowers_the_loss_at_once_in_all_twenty_and_then_little_more():
    cut = schedules.PiecewiseConstantDecay([12 * 100 - 1], [0.3, 0.03])
    with_cut = losses(runs(cut, number=20, momentum=0.0, batch_size=8))
    without = losses(runs(0.3, number=20, momentum=0.0, batch_size=8))
    assert (with_cut[:, :12] == without[:, :12]).all()
    assert (with_cut[:, 12] < with_cut[:, 11]).all() and (with_cut[:, 12] < without[:, 12]).all()
    assert (with_cut[:, 11] - with_cut[:, 12]).mean() > 3 * (with_cut[:, 12] - with_cut[:, 19]).mean()


def test_a_cut_that_comes_too_early_ends_higher():
    early = schedules.PiecewiseConstantDecay([2 * 100 - 1], [0.3, 0.03])
    late = schedules.PiecewiseConstantDecay([12 * 100 - 1], [0.3, 0.03])
    ends = [losses(runs(rate, number=20, momentum=0.0, batch_size=8))[:, -1] for rate in (early, late, 0.3)]
    assert (ends[0] > ends[1] + 0.005).all()
    assert ends[0].mean() < ends[2].mean() - 0.003  # and yet "still below the grey one"


def torch_style(seed, cut):
    """Twelve epochs of SGD with momentum 0.9 and PyTorch's rule, then two at a tenth of the rate if there is a cut."""
    x, y = keras.datasets.make_two_classes(separation=1.28)
    low, high = x[:800].min(axis=0), x[:800].max(axis=0)
    x, y = ((x - low) / (high - low))[:800], y[:800, None].astype("float32")
    keras.utils.set_random_seed(seed)
    net = loop.Module(keras.Sequential([keras.Input((10,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)]))
    optimizer, loss_function = loop.SGD(net.parameters(), lr=0.2, momentum=0.9), loop.BCEWithLogitsLoss()
    scheduler = loop.lr_scheduler.MultiStepLR(optimizer, [12] if cut else [])
    loader, means = loop.DataLoader(loop.TensorDataset(x, y), batch_size=32, shuffle=True), []
    for _ in range(14):
        total = 0.0
        for x_batch, y_batch in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x_batch), y_batch)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x_batch)
        scheduler.step()
        means.append(total / 800)
    return means


def test_after_a_cut_the_momentum_of_keras_rolls_on_and_that_of_pytorch_does_not():
    in_keras = losses(runs(schedules.PiecewiseConstantDecay([12 * 25 - 1], [0.2, 0.02]), epochs=14, number=20))
    in_torch = np.array([torch_style(seed, cut=True) for seed in range(20)])
    rises_in_keras, rises_in_torch = ((some[:, 12] > some[:, 11]).sum() for some in (in_keras, in_torch))
    assert rises_in_keras >= 4 > rises_in_torch
    assert (in_keras[:, 13] < in_keras[:, 11]).sum() >= 17  # for a moment


def test_for_the_same_patience_a_plateau_of_pytorch_waits_one_epoch_longer():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    in_keras = keras.callbacks.ReduceLROnPlateau(patience=2)
    in_keras.set_model(model)
    in_keras.on_train_begin()
    optimizer = loop.SGD(loop.Module(model).parameters(), lr=0.1)
    in_torch = loop.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)
    rates = []
    for epoch in range(4):
        in_keras.on_epoch_end(epoch, {"val_loss": 0.5})
        in_torch.step(0.5)
        rates.append((float(model.optimizer.learning_rate), in_torch.get_last_lr()[0]))
    fell = [np.argmax(np.array(column) < 0.05) for column in zip(*rates, strict=True)]
    assert fell == [2, 3]  # the first epoch sets the best; then two without improvement, and three


def test_the_best_schedule_for_training_is_not_the_best_for_validation():
    early = runs(halving(0.1, 5), epochs=100)
    late = runs(schedules.CosineDecay(0.1, 2500), epochs=100)
    assert all(b.losses[-1] < a.losses[-1] for a, b in zip(early, late, strict=True))
    assert sum(b.val_losses[-1] > a.val_losses[-1] for a, b in zip(early, late, strict=True)) >= 9


def test_updates_taken_for_epochs_leave_the_network_untrained():
    wrong = schedules.ExponentialDecay(0.1, 2, 0.5, staircase=True)
    stuck, right = losses(runs(wrong, epochs=6)), losses(runs(halving(0.1, 2), epochs=6))
    assert wrong(24) < 0.1 / 1000
    assert (np.abs(stuck[:, -1] - stuck[:, 2]) < 0.001).all() and (stuck[:, -1] > right[:, -1] + 0.2).all()


def test_adam_profits_at_a_large_rate_and_is_only_slowed_at_a_small_one():
    def ends(rate, decay):
        made = (schedules.CosineDecay(rate, 500) if decay else rate for _ in range(10))
        some = [explored.fit(keras.optimizers.Adam(rate), 20, seed) for seed, rate in enumerate(made)]
        return losses(some)[:, -1], np.array([run.val_losses[-1] for run in some])

    (flat, flat_val), (cosine, cosine_val) = ends(0.03, False), ends(0.03, True)
    assert cosine.mean() < flat.mean() - 0.005 and cosine_val.mean() < flat_val.mean() - 0.01
    assert 3 * np.ptp(cosine) < np.ptp(flat) and 3 * np.ptp(cosine_val) < np.ptp(flat_val)
    assert (ends(0.003, True)[0] > ends(0.003, False)[0]).all()


def test_the_finder_points_at_an_order_of_magnitude_that_works():
    x, y = keras.datasets.make_two_classes(separation=1.28)
    low, high = x[:800].min(axis=0), x[:800].max(axis=0)
    x, found = (x - low) / (high - low), []
    for seed in [*range(10), 15]:  # 15 is the lesson's
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "binary_crossentropy")
        found.append(diagnosis.find_learning_rate(model, x[:800], y[:800], lowest=1e-3, steps=200).steepest)
    assert 0.05 < found[-1] < 0.6 and min(found) > 0.05 and np.median(found) < 0.6


def digits_loss(rate):
    """The mean validation loss of the five trainings of part 8."""
    data = keras.datasets.load_digits()
    order = np.random.default_rng(0).permutation(len(data.x))
    train, validation, pixels = order[:1097], order[1097:1447], data.x / 16
    last = []
    for seed in range(5):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential(
            [keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")]
        )
        model.compile(keras.optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
        held_back = (pixels[validation], data.y[validation])
        history = model.fit(pixels[train], data.y[train], validation_data=held_back, epochs=8, verbose=0).history
        last.append(history["val_loss"][-1])
    return np.mean(last)


def test_the_goal_on_real_data_is_missed_by_constant_rates_and_within_reach():
    assert all(digits_loss(rate) > 0.108 for rate in (0.01, 0.02, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5))
    assert digits_loss(schedules.CosineDecay(0.2, 280)) <= 0.102
    assert digits_loss(schedules.CosineDecay(0.01, 245, warmup_target=0.2, warmup_steps=35)) <= 0.102


def test_however_one_writes_the_updates_of_four_epochs_the_quiz_knows_it(tmp_path):
    released = Path(__file__).resolve().parents[1] / "notebooks" / "05-schedules" / "quiz.json"
    session = Session(Path(shutil.copy(released, tmp_path)))
    whole = [part for over in ("/", "//") for part in (f"800{over}32", f"(800{over}32)", f"(800 {over} 32)")]
    ways = [*(f"4 * {part}" for part in whole), *(f"{part} * 4" for part in whole), "int(800 / 32) * 4", "(4*800)/32"]
    for way in ("100", "25 * 4", *ways):
        assert eval(way) == 100 and session.mark("decay_steps", way).verdict == "right", way
    for way in ("4", "25", "800 / 4", "4 * 32", "4 * 800"):
        assert session.mark("decay_steps", way).verdict == "wrong", way
