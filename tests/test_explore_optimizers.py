"""The explorers of the bowl and of optimizers, and the trace of an optimizer's steps."""

import numpy as np
import pytest

from lessonlib import trace
from lessonlib.explore import bowl
from lessonlib.explore import optimizers as explored
from lessonlib.explore.drawing import Drawing
from lessonlib.optimizers import SGD, Adam, RMSprop


def test_descents_and_trainings_are_pure_functions():
    assert np.array_equal(bowl.run("Adam", 0.3, 0.9).points, bowl.run("Adam", 0.3, 0.9).points)
    assert explored.train("RMSprop", 0.01) == explored.train("RMSprop", 0.01)


def test_a_descent_follows_the_gradient_of_its_loss():
    descent = bowl.descend(SGD(0.01), curvatures=(2, 7), turn=20, steps=3)
    matrix = bowl.hessian((2, 7), 20)
    for before, after in zip(descent.points, descent.points[1:], strict=False):
        assert after == pytest.approx(before - 0.01 * matrix @ before, abs=1e-5)
    assert descent.losses[0] == pytest.approx(0.5 * (2 * 16 + 7))  # turning the bowl and the start changes no loss


def test_arrival_is_for_good():
    points = np.zeros((4, 2))
    assert bowl.Descent(points, np.array([1, 0.001, 1, 0.001]), (1, 1), 0).arrival == 3
    assert bowl.Descent(points, np.array([1, 0.001, 1, 1]), (1, 1), 0).arrival is None
    assert bowl.Descent(points, np.array([1, 1, np.nan, 0.001]), (1, 1), 0).arrival == 3
    assert bowl.Descent(points, np.zeros(4), (1, 1), 0).arrival == 0


def test_a_path_that_flies_away_is_drawn_without_a_warning(recwarn):
    drawing = Drawing(bowl.picture)
    for name in ("SGD", "RMSprop", "Adam"):
        descent = bowl.run(name, 1.0, 0.99)
        assert np.isfinite(descent.losses).all()
        drawing.svg(descent)
    assert "The loss grows" in bowl.verdict(bowl.run("SGD", 0.1))
    Drawing(explored.picture).svg(explored.train("SGD", 10.0, 0.9, "mixed units"))
    assert not recwarn.list


def test_adams_reference_is_its_own_run_and_a_mission_for_sgd():
    adam = explored.train("Adam", 0.01, 0.9)
    assert adam == explored.adam() and not adam.mission_accomplished
    assert "the mission asks for SGD" in explored.verdict(adam)
    assert "Mission accomplished" in explored.verdict(explored.train("SGD", 0.3, 0.0, "standardised"))


def test_the_standardised_features_are_so_by_the_training_rows_alone():
    x, _ = explored.data("standardised")
    assert x[:800].mean(axis=0) == pytest.approx(np.zeros(10), abs=1e-4)
    assert x[:800].std(axis=0) == pytest.approx(np.ones(10), abs=1e-4)
    mixed, _ = explored.data("mixed units")
    assert mixed[:800].std(axis=0)[[0, 9]] == pytest.approx([0.1, 10], rel=1e-3)


GRADIENTS = [0.5, -1.0, 0.25]


def test_the_trace_of_adam_holds_its_two_means_and_adds_up():
    steps = trace.optimizer(Adam(0.1), GRADIENTS, start=2.0).steps
    m = v = 0.0
    p = 2.0
    for t, (gradient, step) in enumerate(zip(GRADIENTS, steps, strict=True), 1):
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        assert step.number == t and step.gradient == gradient
        assert step.memory == {"m": pytest.approx(m, rel=1e-5), "v": pytest.approx(v, rel=1e-4)}
        move = -0.1 * (m / (1 - 0.9**t)) / np.sqrt(v / (1 - 0.999**t))
        p += move
        assert step.move == pytest.approx(move, rel=1e-4) and step.parameter == pytest.approx(p, rel=1e-5)


@pytest.mark.parametrize(
    "rule, memory", [(SGD(0.1), []), (SGD(0.1, momentum=0.9), ["m"]), (RMSprop(0.1), ["v"]), (Adam(0.1), ["m", "v"])]
)
def test_the_trace_shows_what_each_optimizer_remembers(rule, memory):
    walked = trace.optimizer(rule, GRADIENTS)
    assert list(walked.steps[0].memory) == memory
    for shown in (repr(walked), walked._repr_html_()):
        assert f"{walked.steps[2].move:.4g}" in shown and type(rule).__name__ in shown
    assert walked._repr_html_().count("<tr>") == 4


def test_a_trace_that_cannot_be_made_says_why():
    used = Adam(0.1)
    trace.optimizer(used, GRADIENTS)
    with pytest.raises(ValueError, match=r"Give a new one: Adam\(0.1\)"):
        trace.optimizer(used, GRADIENTS)
    for nothing in ([], 3.0, [[1.0, 2.0]]):
        with pytest.raises(ValueError, match="a list of numbers"):
            trace.optimizer(SGD(0.1), nothing)
