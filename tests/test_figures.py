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


def words(draw, *panels, **options):
    """What is said about a figure that `draw` has drawn on."""
    figure, axes = plt.subplots(*panels, **options)
    draw(axes)
    text = figures.describe(figure)
    plt.close(figure)
    return text


def test_a_line_that_marks_a_value_is_no_curve():
    def draw(axes):
        axes.plot([1, 10, 100], [0.7, 0.3, 4], label="running mean")
        axes.axvline(30, label="steepest")
        axes.axhline(0.5)
        axes.set(xscale="log", xlabel="rate", ylabel="loss")

    curve = "running mean goes from 0.7 to 4, lowest 0.3, highest 4"
    marks = "an upright line at 30 (steepest); a level line at 0.5"
    assert words(draw) == f"loss over rate: {curve}; {marks}."


def test_the_only_curve_needs_no_name_beside_a_mark():
    def draw(axes):
        axes.plot([2, 1])
        axes.axvline(0.5)

    assert "the line goes from 2 to 1" in words(draw)


def test_dots_without_a_name_and_a_mark_that_is_not_seen_are_not_told():
    def draw(axes):
        axes.plot([2, 1, 3], "o")
        axes.axvline(0.5, visible=False)
        axes.set(xlabel="measured", ylabel="computed")

    assert words(draw) == "computed over measured."


def test_pictures_are_counted_with_what_stands_above_them_and_empty_panels_are_not():
    def draw(panels, titles):
        for axes, title in zip(panels, titles, strict=False):
            axes.imshow([[0, 1], [1, 0]])
            axes.set_title(title)
        for axes in panels:
            axes.axis("off")

    assert words(lambda panels: draw(panels, ["", "", ""]), 1, 3) == "3 pictures."
    assert words(lambda panels: draw(panels, ["8, said 3", "8, said 1"]), 1, 4) == "2 pictures: 8, said 3; 8, said 1."
    assert words(lambda axes: draw([axes], ["an 8"])) == "1 picture: an 8."


def test_a_panel_without_a_label_has_that_of_the_panel_beside_it():
    def draw(panels):
        for axes, title in zip(panels, ("Training", "Validation"), strict=True):
            axes.plot([2, 1], label="constant")
            axes.set(title=title, xlabel="epoch", ylabel="loss")
            axes.label_outer()

    said = words(draw, 1, 2, sharey=True)
    assert "Training (loss over epoch): " in said and "Validation (loss over epoch): " in said
