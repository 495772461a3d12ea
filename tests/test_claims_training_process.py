"""What the lesson about the nine steps says in words, asserted over many trainings."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import lessonlib as keras
from lessonlib.authoring import lesson as lessons
from lessonlib.authoring import tables
from lessonlib.checks import calls, judge
from lessonlib.explore import faults

FOLDER = Path(__file__).parents[1] / "solutions" / "01-training-process"
IMPORTS = "import numpy as np\nimport lessonlib as keras\n"


@pytest.fixture(scope="module")
def lesson():
    return lessons.load(FOLDER)


def run(lesson, *names):
    """The namespace after the cells that define these names, in the lesson's order."""
    space = {}
    exec(IMPORTS, space)
    for cell in lesson.notebook.cells:
        if cell.cell_type == "code" and any(f"def {name}(" in cell.source for name in names):
            exec(cell.source, space)
    return space


@pytest.fixture(scope="module")
def by_hand(lesson):
    """The lesson's own functions, on the lesson's own data."""
    x_raw, y = keras.datasets.make_two_classes()
    x, y = (x_raw - x_raw[:640].mean(axis=0)) / x_raw[:640].std(axis=0), y.reshape(-1, 1)
    space = {"x": x, "y": y, "x_train": x[:640], "y_train": y[:640], "x_val": x[640:800], "y_val": y[640:800]}
    space |= {"x_batch": x[:32], "y_batch": y[:32]}
    exec(IMPORTS, space)
    wanted = ("first_weights", "forward", "loss_of", "gradients_of", "train_one_epoch", "measure", "train")
    for cell in lesson.notebook.cells:
        if cell.cell_type == "code" and any(f"def {name}(" in cell.source for name in wanted):
            exec(cell.source, space)
    return space


def engine(seed, rate=0.1, features=10):
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((features,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def test_the_best_single_weight_is_about_1_35():
    x, y = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0]), np.array([0, 0, 1, 0, 1, 1])
    tried = np.linspace(0, 5, 501)
    p = 1 / (1 + np.exp(-tried[:, None] * x))
    losses = -np.mean(np.log(np.where(y == 1, p, 1 - p)), axis=1)
    assert tried[losses.argmin()] == pytest.approx(1.35, abs=0.01)
    assert losses.min() == pytest.approx(0.4607, abs=0.00005)
    assert losses[300] > losses[130] < losses[0]


def test_a_first_loss_is_near_guessing_and_three_epochs_bring_it_far_below(by_hand):
    for seed in range(20):
        weights = by_hand["first_weights"](seed)
        first = by_hand["loss_of"](by_hand["y_train"], by_hand["forward"](by_hand["x_train"], weights)[2])
        assert 0.5 < first < 1.4
        rng = np.random.default_rng(seed)
        for _ in range(3):
            weights, loss = by_hand["train_one_epoch"](weights, rng)
        assert loss < 0.5


def test_one_update_makes_the_loss_of_its_own_batch_smaller(by_hand):
    x, y = by_hand["x_batch"], by_hand["y_batch"]
    for seed in range(20):
        weights = by_hand["first_weights"](seed)
        z, h, p = by_hand["forward"](x, weights)
        slopes = by_hand["gradients_of"](x, y, z, h, p, weights)
        moved = [w - 0.1 * slope for w, slope in zip(weights, slopes, strict=True)]
        assert by_hand["loss_of"](y, by_hand["forward"](x, moved)[2]) < by_hand["loss_of"](y, p)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # as the lesson says: sometimes numpy warns
def test_a_learning_rate_of_ten_makes_the_loss_go_up_and_down_and_lands_low_for_its_own_rows_only(by_hand):
    x, y = by_hand["x_batch"], by_hand["y_batch"]
    infinite, lower = 0, 0
    for seed in range(20):
        weights, losses = by_hand["first_weights"](seed), []
        for rate in [0.1] * 11 + [10.0] * 10:
            z, h, p = by_hand["forward"](x, weights)
            losses.append(by_hand["loss_of"](y, p))
            slopes = by_hand["gradients_of"](x, y, z, h, p, weights)
            weights = [w - rate * slope for w, slope in zip(weights, slopes, strict=True)]
        small, large = losses[:12], losses[11:]
        assert (np.diff(small) < 0).all()
        assert any(after > before for before, after in zip(large, large[1:], strict=False))
        infinite += not np.isfinite(large).all()
        if by_hand["loss_of"](y, by_hand["forward"](x, weights)[2]) < large[0]:
            lower += 1
            assert by_hand["measure"](by_hand["x_val"], by_hand["y_val"], weights)[0] > 2
    assert 0 < infinite < 20 and 0 < lower < 20


def test_both_losses_fall_steeply_at_first_and_the_validation_loss_begins_below(by_hand):
    for seed in range(10):
        _, history = by_hand["train"](epochs=15, patience=15, seed=seed)
        for losses in history.values():
            assert losses[0] - losses[3] > 5 * (losses[10] - losses[14])
        assert history["val_loss"][0] < history["loss"][0]


def opposite_quarters(rng):
    """Yes in two opposite quarters of the plane."""
    x = rng.normal(size=(800, 2))
    return x, (x[:, :1] * x[:, 1:] > 0).astype(int)


def half_moons(rng):
    """Two bows, each with its end in the hollow of the other."""
    angle, y = rng.uniform(0, np.pi, 800), rng.integers(0, 2, 800)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.where(y, -1, 1)[:, None]
    return x + y[:, None] * [1, 0.5] + rng.normal(0, 0.15, (800, 2)), y[:, None]


@pytest.mark.parametrize("bent, worse_by", [(opposite_quarters, 0.25), (half_moons, 0.02)])
def test_without_relu_data_that_need_a_bend_are_answered_worse(bent, worse_by):
    for seed in range(10):
        x, y = bent(np.random.default_rng(seed))
        accuracy = {}
        for activation in ("linear", "relu"):
            keras.utils.set_random_seed(seed)
            layers = [keras.Input((2,)), keras.layers.Dense(16, activation), keras.layers.Dense(1, "sigmoid")]
            model = keras.Sequential(layers)
            model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy", metrics=["accuracy"])
            model.fit(x[:600], y[:600], epochs=60, verbose=0)
            accuracy[activation] = model.evaluate(x[600:], y[600:], verbose=0)[1]
        assert accuracy["linear"] < accuracy["relu"] - worse_by and accuracy["relu"] > 0.85


def test_backpropagation_by_hand_agrees_with_nudging_to_a_millionth(by_hand):
    x, y = by_hand["x_batch"].astype(float), by_hand["y_batch"]
    weights = by_hand["first_weights"](0)
    slopes = by_hand["gradients_of"](x, y, *by_hand["forward"](x, weights), weights)
    for weight, slope in zip(weights, slopes, strict=True):
        for place in list(np.ndindex(weight.shape))[:12]:
            both, kept = [], weight[place]
            for sign in (1, -1):
                weight[place] = kept + sign * 1e-6
                both.append(by_hand["loss_of"](y, by_hand["forward"](x, weights)[2]))
            weight[place] = kept
            assert (both[0] - both[1]) / 2e-6 == pytest.approx(slope[place], abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_the_loop_by_hand_ends_with_the_numbers_of_fit(by_hand, seed):
    _, history = by_hand["train"](epochs=15, patience=15, seed=seed)
    model = engine(0)
    model.set_weights(by_hand["first_weights"](seed))
    model.generator = np.random.default_rng(1)
    fitted = model.fit(by_hand["x"][:800], by_hand["y"][:800], validation_split=0.2, epochs=15, verbose=0).history
    assert fitted["loss"] == pytest.approx(history["loss"], abs=1e-4)
    assert fitted["val_loss"] == pytest.approx(history["val_loss"], abs=1e-4)


def test_the_stopping_rule_stops_and_more_patience_stops_later(by_hand):
    short = [len(by_hand["train"](200, 1, seed)[1]["loss"]) for seed in range(10)]
    long = [len(by_hand["train"](200, 10, seed)[1]["loss"]) for seed in range(10)]
    assert max(long) < 200 and np.mean(long) > np.mean(short) + 5


def test_an_epoch_of_smaller_batches_gets_further(by_hand):
    x, y = by_hand["x_train"], by_hand["y_train"]
    for seed in range(10):
        after = {}
        for batch_size in (8, 32, 128):
            model = engine(seed)
            model.fit(x, y, batch_size=batch_size, epochs=1, verbose=0)
            after[batch_size] = model.evaluate(x, y, verbose=0)[0]
        assert after[8] < after[32] < after[128]


def test_without_metrics_there_is_no_accuracy_in_the_history(by_hand):
    model = keras.Sequential.from_config(engine(0).get_config())  # without the compilation that a clone has
    model.compile("sgd", "binary_crossentropy")
    history = model.fit(by_hand["x_train"], by_hand["y_train"], verbose=0).history
    with pytest.raises(KeyError):
        history["accuracy"]


def test_the_best_of_forty_coin_tossers_looks_better_than_it_is(lesson, by_hand):
    space = dict(by_hand)
    for name in ("fresh_model", "best_of_forty"):
        cell = next(cell.source for cell in lesson.notebook.cells if f"def {name}(" in cell.source)
        exec(cell.split("\n\n\n")[0], space)
    games = np.array([space["best_of_forty"](game) for game in range(10)])
    assert games[:, 0].min() > 0.54 and games[:, 0].mean() > 0.57
    assert games[:, 1].mean() == pytest.approx(0.5, abs=0.035)


def test_the_goal_on_the_penguins_is_missed_at_the_start_and_within_reach():
    data = keras.datasets.load_penguins()
    y = (data.y == 1).astype(int).reshape(-1, 1)
    order = np.random.default_rng(0).permutation(len(data.x))
    train, validation = order[:205], order[205:273]
    birds = (data.x - data.x[train].mean(axis=0)) / data.x[train].std(axis=0)
    assert 1 - y.mean() == pytest.approx(0.80, abs=0.005)  # always saying no

    def accuracy(rate, epochs):
        model = engine(1, rate, 4)
        model.fit(birds[train], y[train], epochs=epochs, verbose=0)
        return model.evaluate(birds[validation], y[validation], verbose=0)[1]

    assert accuracy(0.01, 15) < 0.97 <= min(accuracy(0.5, 15), accuracy(0.1, 100))


def breast_cancer(seed):
    from lessonlib.checks import Run
    from lessonlib.checks.training import parts

    return [array for pair in parts(Run("load_breast_cancer", seed=seed, parts=(0.6, 0.2, 0.2))) for array in pair]


def quality(trained, x, y):
    p = np.asarray(trained(x))[:, 0]
    right = np.clip(np.where(y == 1, p, 1 - p), 1e-7, 1)
    return np.mean((p > 0.5) == y), -np.mean(np.log(right))


def test_the_colleagues_training_runs_and_learns_nothing(lesson):
    cell = next(cell.source for cell in lesson.notebook.cells if "def colleagues_training" in cell.source)
    space = {}
    exec(IMPORTS + cell.split("\n\n\ncells = ")[0], space)
    for seed in range(10):
        x, y, x_val, y_val, x_new, y_new = breast_cancer(seed)
        predict, told = space["colleagues_training"](x, y, x_val, y_val, seed)
        assert told["val_loss"] > 0.64 and quality(predict, x_new, y_new)[0] < 0.8
        p = predict(x)[:, 0]
        assert told["val_loss"] == pytest.approx(-np.mean(np.log(np.where(y == 1, p, 1 - p))))  # the silent fault


def test_the_repaired_training_is_well_inside_its_goals_from_any_start(lesson):
    space = run(lesson, "repaired_training")
    for seed in range(10):
        x, y, x_val, y_val, x_new, y_new = breast_cancer(seed)
        predict, told = space["repaired_training"](x, y, x_val, y_val, seed)
        accuracy, loss = quality(predict, x_new, y_new)
        assert accuracy > 0.92 and loss < 0.22
        assert told["val_loss"] == pytest.approx(quality(predict, x_val, y_val)[1], abs=1e-4)


OBVIOUS_REPAIRS = {
    "1 // np.sqrt": "1 / np.sqrt",
    "(P - T_b).mean(axis=1, keepdims=True)": "(P - T_b.reshape(-1, 1))",
    "W2 +=": "W2 -=",
    "B2 +=": "B2 -=",
    "W1 +=": "W1 -=",
    "B1 +=": "B1 -=",
    "predict(X)[:, 0]\n    val_loss = -np.mean(np.log(np.where(T ==": (
        "predict(X_val)[:, 0]\n    val_loss = -np.mean(np.log(np.where(T_val =="
    ),
}


@pytest.mark.parametrize("first", ["1 / np.sqrt(X.shape[1]) * ", "1 / X.shape[1] * ", "0.3 * ", "0.01 * ", ""])
def test_the_colleagues_training_earns_full_points_when_its_four_faults_are_mended(lesson, first):
    source = next(cell.source for cell in lesson.notebook.cells if "def colleagues_training" in cell.source)
    source = source.split("\n\n\ncells = ")[0]
    for fault, repair in OBVIOUS_REPAIRS.items():
        assert fault in source
        source = source.replace(fault, repair)
    source = source.replace("1 / np.sqrt(X.shape[1]) * ", first)
    space = {}
    exec(IMPORTS + source, space)
    exercise = lesson.exercises["repaired_training"]
    bounds = {goal.measure: goal.at_least or goal.at_most for goal in exercise.goals if not goal.told}
    told = next(cell.source for cell in lesson.notebook.cells if "The check lets it train three times." in cell.source)
    told = " ".join(told.split())
    assert len(exercise.cases) == 3
    assert f"an accuracy of at least {bounds['accuracy']} and a loss of at most {bounds['loss']}." in told
    for seed in range(10):
        x, y, x_val, y_val, x_new, y_new = breast_cancer(seed)
        predict, told = space["colleagues_training"](x, y, x_val, y_val, seed)
        accuracy, loss = quality(predict, x_new, y_new)
        assert accuracy >= bounds["accuracy"] and loss <= bounds["loss"]
        assert told["val_loss"] == pytest.approx(quality(predict, x_val, y_val)[1], abs=1e-4)


@pytest.mark.parametrize("comparison", ["self.waited == self.patience", "self.waited >= self.patience"])
def test_a_stopping_rule_may_ask_for_the_patience_itself_or_for_at_least_it(lesson, comparison):
    source = lesson.solution("StoppingRule")
    assert "self.waited >= self.patience" in source
    given = "StoppingRule", lesson.exercises["StoppingRule"], source, IMPORTS
    known = tables.table(*given)
    hidden = [tables.fresh(*given, np.random.default_rng(seed), known) for seed in range(10)]
    space = {"np": np}
    exec(source.replace("self.waited >= self.patience", comparison), space)
    for table in (known, *hidden):
        assert judge.judge(table, calls.answer(table, space["StoppingRule"])).score == table.points


def test_the_expected_gradients_of_the_exercise_are_those_of_nudging(lesson):
    gradient = run(lesson, "output_gradient")["output_gradient"]
    cases = runpy.run_path(str(FOLDER / "exercises.py"))["output_layers"](np.random.default_rng(5))
    for h, y, p in cases:
        score = np.log(p / (1 - p))  # these predictions come from some w2 and b2; a nudge moves the score

        def loss(nudge, h=h, y=y, score=score):
            return np.mean((1 / (1 + np.exp(-(score + nudge))) - y) ** 2)

        w2, b2 = gradient(h, y, p)
        assert (loss(1e-6) - loss(-1e-6)) / 2e-6 == pytest.approx(b2[0], abs=1e-7)
        for unit in range(h.shape[1]):
            way = 1e-6 * h[:, unit : unit + 1]
            assert (loss(way) - loss(-way)) / 2e-6 == pytest.approx(w2[unit, 0], abs=1e-7)


def test_as_many_faults_are_loud_as_the_lesson_says():
    assert sum(fault.kind == faults.LOUD for fault in faults.FAULTS) == 5


def test_the_keras_twin_runs_here_too(lesson, by_hand):
    text = next(cell.source for cell in lesson.notebook.cells if "<details><summary>In Keras" in cell.source)
    program = text.split("```python\n")[1].split("```")[0]
    assert "import keras\n" in program
    space = {name: by_hand[name] for name in ("x", "y")}
    space |= {"x_test": by_hand["x"][800:], "y_test": by_hand["y"][800:]}
    exec(program.replace("import keras\n", "import lessonlib as keras\n"), space)
    assert len(space["history"].history["loss"]) < 200  # it stopped by itself
