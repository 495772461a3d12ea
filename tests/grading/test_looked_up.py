"""Who looks the rows of the course's data up, instead of training on what is given, earns nothing for it."""

import json

import numpy as np
import pytest

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring import tables
from lessonlib.checks import calls, judge, table, training
from lessonlib.checks.cases import Drawn
from lessonlib.grading import fresh
from tests.grading.course import ROOT, Course, cell

pytestmark = pytest.mark.filterwarnings("ignore")
TRAININGS = {"01-training-process": "repaired_training", "04-optimizers": "rescue", "05-schedules": "repaired"}

# Every row that is to be predicted is found again in the data of the course, however it was scaled.
FOUND = """
import numpy as np
from lessonlib import datasets

real = getattr(datasets, DATA)()
scale = real.x.std(axis=0)
known = (real.x - real.x.mean(axis=0)) / np.where(scale == 0, 1, scale)

def found(rows, x):
    scale = x.std(axis=0)
    rows = (rows - x.mean(axis=0)) / np.where(scale == 0, 1, scale)
    return real.y[[np.argmin(((known - row) ** 2).sum(axis=1)) for row in rows]]
"""
ATTACKS = {
    "looks_up": """
def NAME(x, y, *more):
    def predict(rows):
        chances = np.eye(y.max() + 1)[found(rows, x)]
        return chances if y.max() > 1 else chances[:, 1]
    return predict
""",
    # The best that look-up can do: the training rows tell what became of each real class.
    "looks_up_and_translates": """
def NAME(x, y, *more):
    both = np.zeros((y.max() + 1, y.max() + 1))
    np.add.at(both, (found(x, x), y), 1)
    both /= both.sum(axis=1, keepdims=True)
    return lambda rows: both[found(rows, x)] if y.max() > 1 else both[found(rows, x)][:, 1]
""",
    # Its probabilities add up to more than 1, and so the one of the right class is 1, whichever that is.
    "is_certain_of_everything": """
def NAME(x, y, *more):
    return (lambda rows: np.ones((len(rows), y.max() + 1))), {"val_loss": 0.0}
""",
    # Whatever the grader has in this process: answers of the rows to be predicted would be among them.
    "looks_around": """
import gc, sys

def NAME(x, y, *more):
    def predict(rows):
        frame, seen = sys._getframe(), list(gc.get_objects())
        while frame:
            seen += frame.f_locals.values()
            frame = frame.f_back
        for one in seen:
            for piece in one.pieces if type(one).__name__ == "Drawn" else ():
                if piece[1] is not None and len(piece[1]) == len(rows) and np.array_equal(piece[0], rows):
                    return np.eye(y.max() + 1)[piece[1]] if y.max() > 1 else piece[1].astype(float)
        return np.full((len(rows), y.max() + 1), 0.1) if y.max() > 1 else np.full(len(rows), 0.5)
    return predict
""",
}


def attack(name, lesson):
    """The source of an attack on the training of a lesson."""
    data = table.read(ROOT / "notebooks" / lesson / "checks.json")[TRAININGS[lesson]].givens[0].data
    return FOUND.replace("DATA", repr(data)) + ATTACKS[name].replace("NAME", TRAININGS[lesson])


@pytest.fixture(scope="module", params=TRAININGS)
def drawn(request):
    """(name of a lesson, the author's lesson, what grading drew for its training)"""
    name = TRAININGS[request.param]
    lesson = lessons.load(ROOT / "solutions" / request.param)
    public = table.read(ROOT / "notebooks" / request.param / "checks.json")[name]
    about = (name, lesson.exercises[name], lesson.solution(name), tables.setting(lesson, name))
    return request.param, lesson, tables.fresh(*about, np.random.default_rng([11, 5]), public)


def test_every_training_is_graded_on_rows_with_other_answers(drawn):
    lesson, _, hidden = drawn
    public = table.read(ROOT / "notebooks" / lesson / "checks.json")[hidden.name]
    assert len(hidden.cases) == len(public.cases)
    for one, other in zip(hidden.givens, public.givens, strict=True):
        assert isinstance(one, Drawn)
        for (x, y), (x_real, y_real) in zip(one.pieces, training.parts(other), strict=True):
            assert (x.shape, x.dtype, y.dtype) == (x_real.shape, x_real.dtype, y_real.dtype)
            assert (y.min(), y.max()) == (y_real.min(), y_real.max())


def test_the_answers_stay_outside(drawn):
    _, _, hidden = drawn
    for text, case in zip(json.loads(fresh.givens(hidden)), hidden.cases, strict=True):
        (given,) = table.loads(text)[hidden.name].givens
        *known, (x, y) = given.pieces
        assert y is None
        assert np.array_equal(x, case.given.pieces[-1][0])
        assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(known, case.given.pieces, strict=False))


def test_right_solutions_score_full_and_every_mistake_loses_points(drawn):
    _, lesson, hidden = drawn
    exercise, before = lesson.exercises[hidden.name], tables.setting(lesson, hidden.name)
    for source in (lesson.solution(hidden.name), *exercise.also_right):
        assert (
            judge.judge(hidden, calls.answer(hidden, tables.define(hidden.name, source, before))).score == hidden.points
        )
    assert {mistake.says for mistake in hidden.mistakes} == {mistake.says for mistake in exercise.mistakes}


@pytest.mark.parametrize("name", ["looks_up", "looks_up_and_translates", "is_certain_of_everything"])
def test_looking_up_reaches_no_goal(drawn, name):
    lesson, _, hidden = drawn
    function = tables.define(hidden.name, attack(name, lesson))
    shown = [table.loads(text)[hidden.name] for text in json.loads(fresh.givens(hidden))]
    outcomes = [calls.answer(one, function)[0] for one in shown]
    assert not any(outcome.raised for outcome in outcomes)
    assert judge.judge(hidden, outcomes).score == 0


def test_in_the_sandbox_attackers_earn_nothing_and_the_honest_all(tmp_path):
    lesson = "04-optimizers"
    course = Course(tmp_path, lesson)
    course.hand_in("honest", course.solved())
    for name in ATTACKS:
        notebook = course.blank()
        cell(notebook, TRAININGS[lesson])["source"] = attack(name, lesson)
        course.hand_in(name, notebook)
    code, said = course.grade()
    assert code in (0, 3), said
    check = f"check_{TRAININGS[lesson]}"
    assert {name: course.scores(name)[check] for name in ATTACKS} == dict.fromkeys(ATTACKS, 0.0)
    honest = course.record("honest")
    assert all(item.score == item.points for item in honest.items if item.kind == "exercise"), honest.items
