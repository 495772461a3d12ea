"""What the lesson about optimizers says in words, asserted over many trainings."""

from functools import cache

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import trace
from lessonlib.checks import Run, training
from lessonlib.explore import bowl, comparison
from lessonlib.explore import optimizers as explored
from lessonlib.explore.bowl import descend
from lessonlib.optimizers import SGD, Adam, RMSprop

LOSSES = [0.65, 0.45, 0.30, 0.22, 0.15]  # the curve that each optimizer can draw, at a rate of its own
RATES = {
    "SGD": lambda: SGD(0.2),
    "momentum": lambda: SGD(0.025, momentum=0.9),
    "RMSprop": lambda: RMSprop(0.006),
    "Adam": lambda: Adam(0.008),
}


@cache
def compared(features):
    return comparison.compare(features)


def best(losses):
    """Of ten starts, at the rate whose mean is the lowest."""
    return losses[losses.mean(axis=1).argmin()]


def fit(optimizer, seed, features="0 to 1", epochs=5):
    x, y = explored.data(features)
    model = explored.network(optimizer, seed)
    return model, model.fit(x, y, validation_split=0.2, epochs=epochs, verbose=0).history


def test_the_lessons_run_shows_the_five_losses_it_was_made_for():
    assert fit(Adam(0.008), 0)[1]["loss"] == pytest.approx(LOSSES, abs=0.06)


@pytest.mark.parametrize("name", RATES)
def test_every_optimizer_draws_this_curve_in_the_mean_of_ten_trainings(name):
    losses = np.mean([fit(RATES[name](), seed)[1]["loss"] for seed in range(10)], axis=0)
    assert losses == pytest.approx(LOSSES, abs=0.06)


def test_at_the_same_rate_adam_is_nearly_done_when_sgd_has_hardly_begun_and_at_another_rmsprop_is_lost():
    for seed in range(10):
        loss = {
            name: explored.train(kind, 0.01, momentum, "0 to 1", seed).loss
            for name, (kind, momentum) in explored.NAMED.items()
        }
        assert loss["SGD"] > 0.55 and loss["Adam"] < 0.2
        assert seed or loss["SGD"] / loss["Adam"] == pytest.approx(5, abs=0.25)  # the run that the lesson shows
        assert loss["SGD"] > loss["momentum"] > loss["RMSprop"] and loss["momentum"] > loss["Adam"]
        assert explored.train("RMSprop", 0.3, 0.0, "0 to 1", seed).loss > 5
        assert max(explored.train("SGD", 0.3, momentum, "0 to 1", seed).loss for momentum in (0.0, 0.9)) < 0.5


def test_on_standardised_features_all_are_practically_the_same_at_their_best_and_far_apart_at_one_rate():
    losses = compared("standardised")
    means = {name: best(values).mean() for name, values in losses.items()}
    assert max(means.values()) - min(means.values()) < 0.01
    rate = explored.RATES.index(0.01)
    assert all(losses["SGD"][rate].min() > 2 * losses[name][rate].max() for name in ("momentum", "RMSprop", "Adam"))
    assert all(
        values[-1].mean() > 5 * best(values).mean() for values in losses.values()
    )  # every curve rises in the end


def test_sgds_best_rate_is_a_hundred_times_adams():
    rate = {name: explored.RATES[values.mean(axis=1).argmin()] for name, values in compared("standardised").items()}
    assert rate["SGD"] == pytest.approx(100 * rate["Adam"])


def test_in_mixed_units_the_adaptive_ones_win_in_ten_starts_of_ten_and_standardising_helps_more():
    mixed, standardised = compared("mixed units"), compared("standardised")
    for adaptive in ("RMSprop", "Adam"):
        for plain in ("SGD", "momentum"):
            assert (best(mixed[adaptive]) < best(mixed[plain])).all()
    gain = best(mixed["SGD"]).mean() - best(mixed["Adam"]).mean()
    assert all(best(mixed[name]).mean() - best(standardised[name]).mean() > gain for name in mixed)


def test_sgd_moves_the_weights_of_large_features_further_and_adam_about_equally():
    for seed in range(10):
        sgd, adam = (comparison.moves_by_feature(rule, seed=seed) for rule in (SGD(0.1), Adam(0.01)))
        assert sgd.max() / sgd.min() > 30 > 10 > adam.max() / adam.min()
        scales = np.log(np.geomspace(0.1, 10, 10))
        assert np.corrcoef(scales, np.log(sgd))[0, 1] > 0.7


def test_the_rate_with_the_best_training_loss_has_not_the_best_validation_loss():
    rates = (0.03, 0.1, 0.3, 1.0, 3.0)
    runs = [[explored.train("SGD", rate, 0.0, "standardised", seed) for seed in range(10)] for rate in rates]
    loss = np.mean([[run.loss for run in row] for row in runs], axis=1)
    val_loss = np.mean([[run.val_loss for run in row] for row in runs], axis=1)
    assert loss.argmin() == 4 and val_loss.argmin() in (1, 2)
    assert val_loss[4] > val_loss[2] + 0.02


def test_adams_first_move_is_its_rate_rmsprops_three_times_that_and_sgds_follow_the_gradient():
    for size in (1.0, -1000.0, 0.1):
        sgd, rmsprop, adam = (
            trace.optimizer(rule, [size]).steps[0].move for rule in (SGD(0.01), RMSprop(0.01), Adam(0.01))
        )
        assert sgd == pytest.approx(-0.01 * size, rel=1e-5)
        assert adam == pytest.approx(-0.01 * np.sign(size), rel=1e-4)
        assert abs(rmsprop / adam) == pytest.approx(np.sqrt(10), rel=1e-3)
    # At a gradient of 0.001, epsilon is as large as v, and the root of twice as much divides.
    assert trace.optimizer(RMSprop(0.01), [0.001]).steps[0].move == pytest.approx(-0.01 * np.sqrt(5), rel=1e-3)


class Uncorrected(Adam):
    def update(self, p, g, lr):
        t = self.iterations + 1
        super().update(p, g, lr * (1 - self.beta_1**t) / (1 - self.beta_2**t) ** 0.5)


def test_without_the_correction_steps_are_longer_first_3_16_times_at_worst_6_5_times_around_step_12():
    gradients = [0.7] * 30
    right, wrong = (trace.optimizer(rule, gradients).steps for rule in (Adam(0.01), Uncorrected(0.01)))
    ratios = [long.move / short.move for long, short in zip(wrong, right, strict=True)]
    assert ratios[0] == pytest.approx(0.1 / np.sqrt(0.001), rel=1e-3)
    assert max(ratios) == pytest.approx(6.56, abs=0.05) and np.argmax(ratios) + 1 in (11, 12, 13)
    assert 1.2 < (1 - 0.9**1000) / np.sqrt(1 - 0.999**1000) < 1.3


def test_the_longer_steps_help_where_the_rate_is_too_small_and_harm_where_it_is_right_or_large():
    def loss(rule, rate, seed):
        x, y = explored.data("standardised")
        return fit(rule(rate), seed, "standardised", epochs=1)[0].evaluate(x[:800], y[:800], verbose=0)[0]

    for rate, helps in ((0.001, True), (0.01, True), (0.03, False), (0.1, False)):
        pairs = [(loss(Adam, rate, seed), loss(Uncorrected, rate, seed)) for seed in range(10)]
        assert sum((without < right) == helps for right, without in pairs) >= 9


def test_a_large_epsilon_takes_the_adaptivity_away():
    def moves(epsilon):
        return [abs(trace.optimizer(Adam(0.01, epsilon=epsilon), [g]).steps[0].move) for g in (0.001, 0.1, 10.0)]

    usual, large = moves(1e-7), moves(1.0)
    assert max(usual) / min(usual) < 1.01
    assert large[2] / large[1] > 50


@pytest.mark.parametrize("curvature, momentum", [(25, 0.0), (25, 0.9), (4, 0.5)])
def test_the_border_of_sgd_is_exact(curvature, momentum):
    border = 2 * (1 + momentum) / curvature

    def end(rate):
        return abs(descend(SGD(rate, momentum=momentum), (1, curvature), steps=2000).points[-1, 1])

    assert end(0.99 * border) < 1e-3 and end(1.01 * border) > 1e3
    if not momentum:
        assert end(border) == pytest.approx(1, abs=1e-3)


def test_on_the_bowl_and_on_the_turned_bowl():
    def losses(make, turn, steps=40):
        return descend(make(), turn=turn, steps=steps).losses

    for plain in (lambda: SGD(0.075), lambda: SGD(0.01, momentum=0.9)):
        assert losses(plain, 30)[-1] == pytest.approx(losses(plain, 0)[-1], rel=1e-3)
    rmsprop, adam = lambda: RMSprop(0.15), lambda: Adam(0.3)
    assert 150 < losses(rmsprop, 30)[-1] / losses(rmsprop, 0)[-1] < 300
    assert losses(adam, 30)[-1] < losses(adam, 0)[-1]  # "Adam does not suffer here"
    assert min(losses(make, 0)[-1] for make in (lambda: SGD(0.075), adam)) > losses(rmsprop, 0)[-1]
    assert losses(lambda: Adam(0.03), 0)[-1] > 1  # too small a rate stays too small
    assert losses(rmsprop, 0, steps=100)[-1] > 0.01 > losses(adam, 0, steps=100)[-1]  # it has not come to rest


def fewest_steps(make, ratio, turn):
    arrivals = [descend(make(rate), (1, ratio), turn, steps=400).arrival for rate in np.geomspace(0.001, 3.0, 24)]
    return min((steps for steps in arrivals if steps is not None), default=401)


def test_how_many_steps_a_long_valley_takes():
    momentum = lambda rate: SGD(rate, momentum=0.9)  # noqa: E731
    assert fewest_steps(SGD, 1, 0) < 5
    assert fewest_steps(SGD, 1000, 0) > 400
    assert fewest_steps(momentum, 1000, 0) == pytest.approx(fewest_steps(momentum, 1000, 30), abs=1)
    straight, turned = fewest_steps(Adam, 1000, 0), fewest_steps(Adam, 1000, 30)
    assert straight < fewest_steps(momentum, 1000, 0) and turned > 2 * straight
    assert min(fewest_steps(RMSprop, 1000, turn) for turn in (0, 30)) > 400
    # A smaller rate needs more than 400 steps for the long way, a larger one does not come to rest.
    assert descend(RMSprop(0.005), (1, 1000), steps=400).losses[-1] > 1
    assert descend(RMSprop(0.02), (1, 1000), steps=2000).arrival is None
    for make in (momentum, Adam):
        assert 1.5 < fewest_steps(make, 1000, 0) / fewest_steps(make, 1, 0) < 2.5


def test_the_missions_are_not_won_at_the_start_and_can_be_won():
    assert not bowl.run().mission_accomplished and not explored.train().mission_accomplished
    winners = [
        (name, rate, momentum, turned)
        for name in ("SGD", "RMSprop", "Adam")
        for rate in bowl.RATES
        for momentum in bowl.MOMENTA
        for turned in (False, True)
        if bowl.run(name, rate, momentum, turned).mission_accomplished
    ]
    assert 10 < len(winners) < 40 and all(momentum > 0 for _, _, momentum, _ in winners)
    assert {name for name, _, _, turned in winners if not turned} == {"SGD", "RMSprop", "Adam"}
    assert {name for name, _, _, turned in winners if turned} == {"SGD"}  # "which of the two still does it?"


def test_sgd_matches_adam_only_with_standardised_features_and_another_rate():
    won = {
        (features, rate, momentum)
        for features in explored.SCALES
        for rate in explored.RATES
        for momentum in explored.MOMENTA
        if explored.train("SGD", rate, momentum, features).mission_accomplished
    }
    assert {features for features, _, _ in won} == {"standardised"}
    assert ("standardised", 0.01, 0.0) not in won and ("standardised", 0.3, 0.0) in won
    assert explored.train().loss / explored.adam().loss == pytest.approx(2, abs=0.15)  # what the explorer starts with


def first_and_last_weights(data, rows, outputs, make, seed):
    """Of a network that is trained on rows as they were measured; and the last gradients."""
    keras.utils.set_random_seed(seed)
    activation, loss = ("softmax", "sparse_categorical_crossentropy") if outputs > 1 else ("sigmoid", "bce")
    layers = [keras.layers.Dense(16, "relu"), keras.layers.Dense(outputs, activation)]
    model = keras.Sequential([keras.Input((data.x.shape[1],)), *layers])
    model.compile(make(), loss)
    before = model.get_weights()
    model.fit(data.x[rows], data.y[rows], epochs=10, verbose=0)
    return before, model.get_weights(), model.gradients


@pytest.mark.parametrize("load, outputs", [(keras.datasets.load_penguins, 3), (keras.datasets.load_breast_cancer, 1)])
def test_measured_as_they_are_the_data_give_no_gradient_and_no_rule_moves_a_weight(load, outputs):
    data = load()
    rows = np.random.default_rng(0).permutation(len(data.x))[:206] if outputs > 1 else np.arange(len(data.x))
    for seed in range(5 if outputs > 1 else 3):
        for make in (lambda: SGD(0.0001), lambda: SGD(1.0), lambda: Adam(0.001), lambda: Adam(0.1)):
            before, after, gradients = first_and_last_weights(data, rows, outputs, make, seed)
            assert all(np.allclose(old, new, rtol=0, atol=1e-12) for old, new in zip(before, after, strict=True))
            assert np.abs(gradients).max() < 1e-25


def test_the_broken_training_has_a_second_fault_when_the_first_is_mended():
    data = keras.datasets.load_breast_cancer()
    x = (data.x - data.x.mean(axis=0)) / data.x.std(axis=0)
    losses = {}
    for rate in (0.01, 0.1):
        losses[rate] = []
        for seed in range(10):
            keras.utils.set_random_seed(seed)
            model = keras.Sequential(
                [keras.Input((30,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")]
            )
            model.compile(SGD(rate), "bce")
            model.fit(x[:400], data.y[:400], epochs=10, verbose=0)
            losses[rate].append(model.evaluate(x[400:], data.y[400:], verbose=0))
    assert np.mean(losses[0.01]) > 0.2 > max(losses[0.1])


def test_ten_epochs_rescue_the_broken_training_on_standardised_columns_and_forty_in_the_range_0_to_1():
    def rescued(low, width, epochs, rate):
        """In how many of ten cuts of the data the goal of the exercise is reached."""
        number = 0
        for seed in range(10):
            (x, y), (x_new, y_new) = training.parts(Run("load_breast_cancer", seed=seed, scaled=False))
            shift, scale = low(x, axis=0), width(x, axis=0)
            keras.utils.set_random_seed(seed)
            layers = [keras.Input((30,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")]
            model = keras.Sequential(layers)
            model.compile(SGD(rate), "bce", metrics=["accuracy"])
            model.fit((x - shift) / scale, y, epochs=epochs, verbose=0)
            loss, accuracy = model.evaluate((x_new - shift) / scale, y_new, verbose=0)
            number += loss <= 0.2 and accuracy >= 0.9
        return number

    assert all(rescued(np.mean, np.std, 10, rate) == 10 for rate in (0.1, 0.2, 0.3))
    assert all(rescued(np.min, np.ptp, 10, rate) < 10 for rate in (0.1, 0.2, 0.3, 0.5, 1.0))
    assert all(rescued(np.min, np.ptp, 40, rate) == 10 for rate in (0.1, 0.2, 0.3, 0.5, 1.0))


def test_the_rules_of_the_lesson_stand_in_the_file_that_it_names_and_rare_ones_in_the_one_beside_it():
    places = {rule.__module__.split(".")[-1] for rule in (SGD, RMSprop, Adam)}
    assert places == {"rules"}
    assert (
        keras.optimizers.Adadelta.__module__ == keras.optimizers.Adamax.__module__ == "lessonlib.optimizers.more_rules"
    )


def test_amsgrad_divides_by_the_largest_v_so_far_and_is_off_unless_asked_for():
    gradients = [1.0, 0.0, 0.0]
    off, on = (trace.optimizer(rule, gradients).steps for rule in (Adam(0.01), Adam(0.01, amsgrad=True)))
    assert not Adam(0.01).amsgrad
    assert on[0].move == pytest.approx(off[0].move) and abs(on[2].move) < abs(off[2].move)


def test_the_goal_on_real_data_is_missed_as_measured_by_all_and_reached_by_sgd_on_standardised_features():
    data = keras.datasets.load_penguins()
    order = np.random.default_rng(0).permutation(len(data.x))
    train, validation = order[:206], order[206:274]
    scaled = (data.x - data.x[train].mean(axis=0)) / data.x[train].std(axis=0)

    def accuracies(x, make):
        reached = []
        for seed in range(5):
            keras.utils.set_random_seed(seed)
            model = keras.Sequential(
                [keras.Input((4,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")]
            )
            model.compile(make(), "sparse_categorical_crossentropy", metrics=["accuracy"])
            kept = (x[validation], data.y[validation])
            history = model.fit(x[train], data.y[train], validation_data=kept, epochs=20, verbose=0).history
            reached.append(history["val_accuracy"][-1])
        return reached

    for make in (lambda: SGD(0.01), lambda: SGD(0.001), lambda: Adam(0.001), lambda: Adam(0.01), lambda: Adam(0.1)):
        assert max(accuracies(data.x, make)) < 0.8
    assert min(accuracies(scaled, lambda: SGD(0.01))) < 0.97
    assert min(accuracies(scaled, lambda: SGD(0.3))) >= 0.97
