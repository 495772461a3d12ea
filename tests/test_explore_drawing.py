"""A picture that moves: what is drawn at a move is what matplotlib draws from scratch, and nothing stays behind."""

import re
from html import unescape

import pytest

from lessonlib.explore import bowl, budget, fit, optimizers, sabotage, schedules, stopping
from lessonlib.explore.drawing import Drawing
from lessonlib.style import figures

# For each picture two runs, as unlike as they can be.
RUNS = {
    bowl: lambda: (bowl.run(), bowl.run("Adam", 1.0, 0.99, turned=True)),
    budget: lambda: (budget.train(), budget.train("Adam", 1.0, 8, 8)),
    fit: lambda: (fit.train(800, 1, 0.001), fit.train(64, 20, 1.0)),
    optimizers: lambda: (optimizers.train(), optimizers.train("SGD", 10.0, 0.9)),
    sabotage: lambda: (sabotage.train("A"), sabotage.train("E")),
    schedules: lambda: (schedules.train(), schedules.train("one-cycle", 0.5, 3, 30)),
    stopping: lambda: (stopping.train(), stopping.train(50, 2, 90, "3", True)),
}
EACH = pytest.mark.parametrize("explorer", RUNS, ids=lambda explorer: explorer.__name__.rpartition(".")[-1])


def shapes(text):
    """The paths and words of a picture, wherever they stand in its text."""
    return sorted(re.findall(r' d="([^"]+)"|<text([^>]*>[^<]*)|<use ([^>]*)', text))


@EACH
def test_a_move_draws_what_matplotlib_draws_from_scratch(explorer):
    drawing = Drawing(explorer.picture)
    one, other = (drawing.svg(run) for run in RUNS[explorer]())
    assert one != other
    with figures.colours():
        figure, show = explorer.picture()
        show(RUNS[explorer]()[1])
        figure.set_layout_engine("none")
        for axes, kept in zip(figure.axes, drawing.figure.axes, strict=True):
            axes.set_position(kept.get_position())
        whole = figures.svg(figure)
    assert set(shapes(other)) == set(shapes(whole))
    assert re.search('aria-label="(.*?)"', other)[1] == re.search('aria-label="(.*?)"', whole)[1]


@EACH
def test_a_run_leaves_nothing_behind_in_the_next_ones_picture(explorer):
    drawing, (one, other) = Drawing(explorer.picture), RUNS[explorer]()
    places = [axes.get_position().bounds for axes in drawing.figure.axes]
    before = drawing.svg(one)
    found = [axes.get_position().bounds for axes in drawing.figure.axes]
    assert found != places  # the first picture has found them room for their words
    drawing.svg(other)
    assert [axes.get_position().bounds for axes in drawing.figure.axes] == found
    assert drawing.svg(one) == before


def test_the_frame_is_drawn_once_for_all_runs_with_the_same_limits(monkeypatch):
    drawn, real = [], figures.drawn
    monkeypatch.setattr(figures, "drawn", lambda figure: drawn.append(1) or real(figure))
    drawing = Drawing(stopping.picture)
    for epochs in range(90, 100):
        drawing.svg(stopping.train(epochs=epochs))
    assert len(drawn) == 1
    drawing = Drawing(schedules.picture)
    for epochs, frames in ((20, 2), (20, 2), (30, 3), (20, 3)):
        drawing.svg(schedules.train(epochs=epochs))
        assert len(drawn) == frames


@EACH
def test_the_words_tell_this_run(explorer):
    drawing = Drawing(explorer.picture)
    told = [unescape(re.search('aria-label="(.*?)"', drawing.svg(run))[1]) for run in RUNS[explorer]()]
    assert told[0] != told[1] and min(map(len, told)) > 60
