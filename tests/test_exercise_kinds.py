"""Exercises that are more than one function: classes, trainings, plans within a budget, lines to order."""

import dataclasses

import numpy as np
import pytest

from lessonlib.authoring import tables
from lessonlib.authoring.errors import BuildError
from lessonlib.checks import Budget, Exercise, Goal, Lines, Mistake, Run, Use, calls, judge, report, table


def steps(rng):
    """Four varied steps on the same weights, so that state and changes in place both show."""
    w = rng.normal(size=2).round(2)
    return [
        Use((0.1, 0.9), [("update", w, rng.normal(size=2).round(2)) for _ in range(4)], attributes=["velocity"]),
        Use((0.5, 0.0), [("update", w, rng.normal(size=2).round(2)) for _ in range(4)]),
    ]


MOMENTUM = """
class Momentum:
    def __init__(self, learning_rate, momentum):
        self.learning_rate, self.momentum, self.velocity = learning_rate, momentum, 0.0

    def update(self, w, g):
        ### BEGIN SOLUTION
        self.velocity = self.momentum * self.velocity - self.learning_rate * g
        w += self.velocity
        ### END SOLUTION
"""
A_CLASS = Exercise(
    points=3,
    cases=steps,
    mistakes=[
        Mistake("w += self.velocity", "w -= self.velocity", says="This goes uphill."),
        Mistake("self.velocity - self", "0 - self", says="The velocity is forgotten between the steps."),
        Mistake("w += self.velocity", "w = w + self.velocity", says="This makes a new array and leaves w alone."),
    ],
)

TRAIN = """
import lessonlib as keras

def train(x, y, x_val, y_val, seed):
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(seed)
    hidden = keras.layers.Dense(16, "relu")
    model = keras.Sequential([keras.Input((x.shape[1],)), hidden, keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    model.fit(x, y, epochs=10)
    return model, {"val_loss": model.evaluate(x_val, y_val, verbose=0), "more": "unread"}
    ### END SOLUTION
"""
A_TRAINING = Exercise(
    points=4,
    cases=[Run("load_breast_cancer", seed=seed, parts=(0.6, 0.2, 0.2)) for seed in (0, 1)],
    goals=[Goal("accuracy", at_least=0.9), Goal("loss", at_most=0.25)],
    mistakes=[
        Mistake("Adam(0.01)", "SGD(1e-5)", says="The steps are too small."),
        Mistake("x, y, epochs=10", "x, 1 - y, epochs=10", says="The classes are exchanged."),
    ],
)

PLAN = """
import lessonlib as keras

def my_plan():
    ### BEGIN SOLUTION
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    return model, 64
    ### END SOLUTION
"""
A_PLAN = Exercise(
    points=4,
    cases=[Budget("load_digits", seed=seed, updates=100) for seed in (0, 1)],
    goals=[Goal("accuracy", at_least=0.5), Goal("accuracy", at_least=0.9)],
    mistakes=[Mistake("Adam(0.01)", "SGD(0.01)", says="The rate suits another optimizer.")],
)

ORDER = """
my_order = ""
### BEGIN SOLUTION
my_order = "BCA"
### END SOLUTION
"""
AN_ORDER = Exercise(
    points=2,
    cases=[([1, 2, 3],), ([4.0],)],
    lines=Lines("def mean(x):", {"A": "return total / n", "B": "total = sum(x)", "C": "n = len(x)", "D": "n = x"}),
    mistakes=[
        Mistake("BCA", "BDA", says="Line D counts nothing."),
        Mistake("BCA", "ABC", says="What comes after the return never runs."),
    ],
    also_right=['my_order = "CBA"'],
)

KINDS = {
    "Momentum": (A_CLASS, MOMENTUM),
    "train": (A_TRAINING, TRAIN),
    "my_plan": (A_PLAN, PLAN),
    "my_order": (AN_ORDER, ORDER),
}


def built(name):
    """The table of an exercise, after its way through checks.json."""
    text = table.dumps([tables.table(name, *KINDS[name])])
    again = table.loads(text)[name]
    assert table.dumps([again]) == text
    return again


def verdict(exercise, name, source):
    thing = tables.define(name, source, "", KINDS[name][0])
    return judge.judge(exercise, calls.answer(exercise, thing))


@pytest.mark.parametrize("name", KINDS)
def test_solution_scores_full_a_blank_nothing_and_a_mistake_gets_its_sentence(name):
    exercise, (written, source) = built(name), KINDS[name]
    assert verdict(exercise, name, source).score == written.points
    for mistake in written.mistakes:
        made = verdict(exercise, name, tables.edited(source, mistake))
        assert made.score < written.points and made.remark == mistake.says
    head, rest = source.split("### BEGIN SOLUTION")
    blank = head + "..." + rest.split("### END SOLUTION")[1]
    namespace = {}
    exec(blank, namespace)
    made = judge.judge(exercise, calls.answer(exercise, namespace[name]))
    assert (made.score, made.results) == (0.0, ()) and made.remark.startswith("Not attempted yet: ")


BAG = """
class Bag:
    def __init__(self):
        self.things = []

    def add(self, thing):
        self.things.append(thing)
        {add}

    def largest(self):
        {largest}
"""


def bag(**bodies):
    """The verdict on a class with two methods that must return something."""
    right = {"add": "return len(self.things)", "largest": "return max(self.things)"}
    calls_made = [("add", 3.0), ("largest",), ("add", 5.0), ("largest",)]
    text = table.dumps(
        [tables.table("Bag", Exercise(1, [Use((), calls_made, attributes=["things"])]), BAG.format(**right))]
    )
    source = BAG.format(**right | bodies) if bodies else "class Bag:\n    add = largest = lambda self, *given: None\n"
    exercise = table.loads(text)["Bag"]
    return judge.judge(exercise, calls.answer(exercise, tables.define("Bag", source)))


def test_a_blank_class_is_told_what_to_write_and_where():
    assert "Write its methods `add` and `largest` in the cell above, run that cell, " in bag().remark
    stub = "class Momentum:\n    def __init__(self, *settings): ...\n    def update(self, *given): ...\n"
    assert "Write its method `update` in the cell above" in verdict(built("Momentum"), "Momentum", stub).remark


def test_a_method_that_lacks_its_return_gets_a_sentence():
    assert (
        bag(add="pass").remark == "The method `add` of `Bag` never returned anything. Is there a `return` at the end?"
    )
    assert bag(add="pass", largest="max(self.things)").remark.startswith("The methods `add` and `largest` of `Bag` ")
    assert bag(largest="return min(self.things)").remark == ""
    assert bag(largest="return max(self.things) if len(self.things) > 1 else None").remark == ""
    assert bag(add="return len(self.things)").score == 1.0


def test_goals_of_one_measure_are_told_under_its_name_once():
    exercise = built("my_plan")
    made = verdict(exercise, "my_plan", PLAN.replace("Adam(0.01)", "Adam(1e-6)"))
    assert made.passed == 0 and len(made.results) == 2
    assert report.text(made).count("accuracy on unseen rows") == report.html(made).count("accuracy on unseen rows") == 1
    assert report.text(made).count("came back:") == 2 and report.html(made).count('<td rowspan="2">') == 1


def test_what_a_ready_made_method_does_is_no_sign_of_a_beginning():
    weights = np.zeros(2)
    steps = [("train", weights, np.ones(2)), ("shrink", weights)]
    source = "class Half:\n    def train(self, w, change):\n        w += change\n    def shrink(self, w):\n        {}\n"
    text = table.dumps(
        [tables.table("Half", Exercise(1, [Use((), steps, ready=["train"])]), source.format("w *= 0.5"))]
    )
    exercise = table.loads(text)["Half"]
    assert exercise.givens[0].ready == ("train",)
    for body, attempted in (("...", False), ("w *= 0.25", True), ("return 0.5 * w", True), ("w *= 0.5", True)):
        made = judge.judge(exercise, calls.answer(exercise, tables.define("Half", source.format(body))))
        assert bool(made.results) == attempted, body
    assert made.score == 1.0


def test_object_is_told_up_to_the_first_call_that_goes_wrong():
    made = verdict(
        built("Momentum"), "Momentum", MOMENTUM.replace("self.velocity - self", "0.5 * self.velocity - self")
    )
    assert (made.score, made.passed) == (1.5, 1)
    assert (
        report.text(made)
        == """\
Momentum: 1.5 of 3 points
1 of 2 cases is right.
  w = array([-0.09, 0.27])
  momentum = Momentum(0.1, 0.9)
  momentum.update(w, array([1.67, 1.34]))
  momentum.update(w, array([-0.31, -0.95]))
    came back: w = array([-0.30115, 0.1707])
    expected:  w = array([-0.3763, 0.1104])   \
(2 of 2 values differ, the first at [0]: -0.30115 where -0.3763 was expected)"""
    )


def test_exception_in_an_object_shows_the_call_and_the_line():
    made = verdict(built("Momentum"), "Momentum", MOMENTUM.replace("w += self.velocity", "w += self.speed"))
    result = made.results[0]
    assert result.call.endswith("momentum.update(w, array([1.67, 1.34]))")
    assert result.came_back == "AttributeError: 'Momentum' object has no attribute 'speed'"


def test_returning_what_was_changed_in_place_as_well_does_no_harm():
    source = MOMENTUM.replace("w += self.velocity", "w += self.velocity\n        return w")
    assert verdict(built("Momentum"), "Momentum", source).score == 3.0


def test_what_is_reported_is_held_against_the_validation_rows():
    honest = Exercise(
        points=2,
        cases=[Run("load_breast_cancer", seed=1, parts=(0.6, 0.2, 0.2))],
        goals=[Goal("accuracy", at_least=0.9), Goal("loss", told="val_loss")],
    )
    exercise = tables.table("train", honest, TRAIN)
    for told, score in ((0.01, 1.0), (float("nan"), 1.0), (None, 1.0)):
        source = TRAIN.replace('"val_loss": model.evaluate(x_val, y_val, verbose=0)', f'"val_loss": {told!r}')
        made = verdict(exercise, "train", source.replace("nan", "float('nan')"))
        assert made.score == score
        assert made.results[1].wrong == "reached in 0 of 1 runs"
        assert made.results[1].came_back.startswith(f"{told or 'nan'} for 0.")
    made = verdict(exercise, "train", TRAIN.replace("return model, {", "return model, {} and {"))
    assert made.results[1].came_back.startswith("nothing for 0.")


def test_goal_reached_in_half_of_the_runs_earns_half():
    exercise = built("train")
    trained = tables.define("train", TRAIN)
    made = judge.judge(exercise, calls.outcomes(lambda *data: trained(*data) if data[-1] else {}[0], exercise.givens))
    assert made.score == 2.0
    assert made.results[0].came_back.startswith("KeyError, 0.9")
    assert made.results[0].wrong.startswith("reached in 1 of 2 runs; KeyError: 0, stopped in the line `")
    assert "0 of 2 goals are reached in every run." in report.text(made)


def test_solution_or_mistake_close_to_a_goal_is_refused():
    written, source = KINDS["train"]
    accuracy = tables.table("train", dataclasses.replace(written, mistakes=()), source)
    values = judge.judge(accuracy, calls.outcomes(tables.define("train", source), accuracy.givens)).results[0].came_back
    worst = min(map(float, values.split(", ")))
    close = dataclasses.replace(written, mistakes=(), goals=[Goal("accuracy", at_least=worst - 0.001)])
    with pytest.raises(BuildError, match="the solution scores .* a margin"):
        tables.table("train", close, source)


FUNCTIONAL = """
    inputs = keras.Input((64,))
    hidden = keras.layers.Dense(64, "relu")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(10, "softmax")(hidden))
"""


@pytest.mark.parametrize("old, new", [
    ('"sparse_categorical_crossentropy"', '"crossentropy"'),
    (PLAN.splitlines(keepends=True)[5], FUNCTIONAL),
], ids=["a loss for any targets", "a functional model"])  # fmt: skip
def test_plan_in_other_words_is_the_same_plan(old, new):
    assert PLAN.count(old) == 1
    assert verdict(built("my_plan"), "my_plan", PLAN.replace(old, new)).score == 4.0


def test_plan_that_brings_weights_along_is_refused_and_leaves_no_trace_in_the_notebooks_randomness():
    exercise = built("my_plan")
    outcome = calls.answer(exercise, tables.define("my_plan", PLAN))[0]
    config = outcome.value["model"]["layers"][0]["config"]
    config["kernel_initializer"] = {"class_name": "Constant", "config": {"value": [0.1] * 640}}
    np.random.seed(1)
    before = np.random.get_state()[1].tolist()
    made = judge.judge(exercise, [outcome, outcome])
    assert made.score == 0.0 and "a long list of numbers" in made.results[0].wrong
    verdict(exercise, "my_plan", PLAN)
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize("order, said", [
    ("BCX", "there is no line 'X'; the lines are A, B, C, D"),
    ("BCC", "line C stands twice"),
    (3, "write the letters of the lines as a text"),
])  # fmt: skip
def test_letters_that_make_no_program_are_explained(order, said):
    with pytest.raises(calls.Unusable, match=said):
        calls.answer(built("my_order"), order)


def test_mistake_is_recognised_also_where_every_digit_counts():
    exact = Exercise(
        points=1,
        cases=[(1,), (2,), (3,)],
        tolerance=0,
        mistakes=[Mistake("x * 3", "x / 3", says="Divided.")],
    )
    source = "def triple(x):\n    return x * 3"
    made = tables.table("triple", exact, source)
    assert judge.judge(made, calls.outcomes(lambda x: x / 3, made.givens)).remark == "Divided."
