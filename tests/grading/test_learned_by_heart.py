"""Who learns the answers of checks.json by heart earns nothing: grading draws cases that nobody has seen."""

import numpy as np
import pytest

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring import tables
from lessonlib.checks import calls, judge, table
from lessonlib.checks.cases import Use, as_data
from tests.grading.course import ROOT

LESSONS = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/exercises.py"))


@pytest.fixture(scope="module", params=LESSONS)
def drawn(request):
    """{exercise: (its public table, three tables of cases that grading may draw)} of a lesson."""
    lesson = lessons.load(ROOT / "solutions" / request.param)
    public = table.read(ROOT / "notebooks" / request.param / "checks.json")
    found = {}
    for name, exercise in lesson.exercises.items():
        if not exercise.goals:
            about = (name, exercise, lesson.solution(name), tables.setting(lesson, name))
            keys = (np.random.default_rng([7, number]) for number in range(3))
            found[name] = public[name], [tables.fresh(*about, key, public[name]) for key in keys]
    return found


def test_no_hidden_case_is_public_and_there_are_enough_of_them(drawn):
    for public, hidden in drawn.values():
        told = [as_data(case) for case in public.givens]
        for one in hidden:
            assert not any(as_data(case) in told for case in one.givens)
            assert 2 * len(one.cases) >= len(public.cases)


def test_every_known_mistake_loses_points_on_hidden_cases_too(drawn):
    for public, hidden in drawn.values():
        for one in hidden:
            assert {mistake.says for mistake in one.mistakes} == {mistake.says for mistake in public.mistakes}


def test_answers_of_the_public_cases_earn_nothing_on_hidden_ones(drawn):
    for name, (public, hidden) in drawn.items():
        if isinstance(public.givens[0], Use):
            continue  # a class is no table of answers
        known = {repr(case.given): case.expected for case in public.cases}
        for one in hidden:
            made = [calls.Outcome(value=known.get(repr(case.given))) for case in one.cases]
            assert judge.judge(one, made).score == 0, name
