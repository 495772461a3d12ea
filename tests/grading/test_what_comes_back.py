"""Values and plans made up to hurt the grader's own process: they earn nothing, and cost little."""

import json
import resource

import pytest

from lessonlib.checks.cases import Budget, Goal
from lessonlib.checks.table import Case, Table
from lessonlib.grading import marking, outcome, plans, strict
from lessonlib.grading.record import Record
from lessonlib.grading.released import Graded
from lessonlib.grading.structure import Arranged
from lessonlib.grading.submission import Cell

TABLE = Table(
    "my_plan", 2.0, 1e-6, (Case(Budget("load_digits", seed=1, updates=40), None),),
    goals=(Goal("accuracy", at_least=0.5), Goal("accuracy", at_least=0.8)),
)  # fmt: skip
GRADED = Graded("check_my_plan", "exercise", "my_plan", 2.0)


def plan(*layers, batch_size=256, loss="sparse_categorical_crossentropy", rate=0.01):
    """A plan as a witness tells it, with hidden layers of these units, or these layers' whole configurations."""
    import lessonlib as keras
    from lessonlib.checks import training

    def made():
        hidden = [keras.layers.Dense(units, "relu") for units in layers]
        model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, "softmax")])
        model.compile(keras.optimizers.Adam(rate), loss)
        return model, batch_size

    return training.plan(made)


def marked(*plans):
    return marking.exercise(GRADED, TABLE, [json.dumps({"value": encoded(one)}) for one in plans])


def encoded(value):
    from lessonlib.checks import values

    return values.encode(value)


def changed(old, new):
    """A good plan in which one number is another."""
    text = json.dumps(plan(77, batch_size=251))
    assert text.count(f": {old}") == 1
    return json.loads(text.replace(f": {old}", f": {new}"))


def test_good_plan_earns_its_points_and_a_worse_one_fewer():
    assert marked(plan(128)).score == 2.0
    assert marked(plan(rate=1e-9)).score == 0.0


HOSTILE = {
    "a layer as large as memory": (77, 2_000_000_000),
    "a layer of no number": (77, '"many"'),
    "a layer below nothing": (77, -5),
    "a batch of no size": (251, 0),
    "a batch that is a list": (251, "[1, 2]"),
}


@pytest.mark.parametrize("old, new", HOSTILE.values(), ids=HOSTILE)
def test_hostile_plan_earns_nothing_and_leaves_this_process_small(old, new):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert marked(changed(old, new)).score == 0.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10  # kilobytes


def test_plan_that_brings_trained_weights_earns_nothing():
    honest = plan(20)
    weights = {"class_name": "Constant", "config": {"value": [[0.1] * 10] * 20}}
    smuggled = json.loads(json.dumps(honest))
    smuggled["model"]["layers"][-1]["config"]["kernel_initializer"] = weights
    assert marked(honest).score > 0 == marked(smuggled).score


def test_plan_of_endless_layers_is_ended():
    deep = plan(*[1] * 4)
    layers = deep["model"]["layers"] if "layers" in deep["model"] else None
    assert layers is not None
    deep["model"]["layers"] = layers[:-1] + [layers[1]] * 50_000 + layers[-1:]
    assert marked(deep).score == 0.0


def test_plan_that_takes_too_long_or_too_much_is_ended_and_no_machine_failure():
    told = [json.dumps({"value": encoded(plan(128, batch_size=1))})]
    long = Table("my_plan", 2.0, 1e-6, (Case(Budget("load_digits", seed=1, updates=10**7), None),), goals=TABLE.goals)
    with pytest.raises(plans.TooMuch):
        plans.judge(long, told, seconds=3)


@pytest.mark.parametrize(
    "value",
    [
        {"array": "str", "shape": [200_001], "values": ["x" * 300_000] + [""] * 200_000},
        {"array": "float64", "shape": [10**9, 10**9], "values": [1.0]},
        {"array": "float64", "shape": [0, 10**18], "values": [1.0]},
        {"array": "object", "shape": [1], "values": [1.0]},
    ],
    ids=["texts", "shape", "empty", "objects"],
)
def test_array_that_would_fill_the_memory_is_no_value(value):
    (outcome,) = strict.outcomes([json.dumps({"value": value})], 1)
    assert outcome.raised == "Unusable"


def test_of_what_cells_show_beyond_all_measure_nothing_is_kept():
    def message(place, length):
        return json.dumps({"cell": place, "outputs": [{"output_type": "stream", "text": "x" * length}], "count": 1})

    sizes = (5, outcome.SHOWN - 3000, 5000, 50)
    told = "\n".join(["{}", *(message(place, size) for place, size in enumerate(sizes))]).encode()
    record = Record("ann", "02-model-fit")
    arranged = Arranged([Cell("code", "")] * 4, 0, [])
    result = outcome.read(([], told, b'{"f": ["1"]}', ""), arranged, ["f"], set(), record)
    assert {place: len(outputs[0]["text"]) for place, (outputs, _) in result.shown.items()} == {
        0: 5, 1: outcome.SHOWN - 3000, 3: 50
    }  # fmt: skip
    assert (result.told, record.state) == ({"f": ["1"]}, "needs review")
    assert record.instructor == ["its cells show more than 8 MB together; of 1 of them nothing is kept"]
