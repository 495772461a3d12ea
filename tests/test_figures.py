"""Figures take the notebook's colours, say what they show, and come out the same every time."""

import io
import re

import matplotlib.pyplot as plt
import pytest

from lessonlib.style import figures


@pytest.fixture
def figure():
    with figures.colours():
        figure, axes = plt.subplots()
        axes.plot([1, 2, 3], [0.7, 0.3, 0.4], label="train")
        axes.set(title="Loss", xlabel="epoch", ylabel="loss")
        axes.legend()
        yield figure
        plt.close(figure)


def test_every_colour_is_a_variable_of_the_style_sheet(figure):
    text = figures.svg(figure)
    drawn = set(re.findall(r"#[0-9a-f]{6}", text))
    assert drawn <= set(figures.VARIABLES)
    for colour in drawn:
        assert text.count(colour) == text.count(f"var({figures.VARIABLES[colour]}, {colour})")


def test_the_style_sheet_defines_every_variable_for_both_themes(figure):
    from lessonlib.style import CSS

    for variable in figures.VARIABLES.values():
        assert CSS.count(f"{variable}: #") == 2


def test_the_picture_is_what_matplotlib_would_save_and_the_figure_keeps_its_canvas(figure):
    canvas, saved = figure.canvas, io.StringIO()
    assert figures.drawn(figure).count("<path") > 10
    assert figure.canvas is canvas
    figure.savefig(saved, format="svg", metadata={"Date": None, "Creator": None})
    assert figures.drawn(figure) == saved.getvalue()


def test_the_picture_brings_no_rules_for_the_page_around_it(figure):
    assert "*{stroke-linejoin: round" in figures.drawn(figure)
    assert "<style" not in figures.svg(figure) and "stroke-linejoin:round" in figures.svg(figure)


def test_the_picture_is_the_same_every_time(figure):
    assert figures.svg(figure) == figures.svg(figure)
    assert "<dc:date>" not in figures.svg(figure)


def test_the_words_come_from_the_numbers(figure):
    assert 'aria-label="Loss (loss over epoch): train goes from 0.7 to 0.4, lowest 0.3, highest 0.7."' in figures.svg(
        figure
    )
    assert 'aria-label="my words"' in figures.svg(figure, alt="my words")
