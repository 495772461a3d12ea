"""The stepper: a recorded loop, shown line by line, forwards and backwards."""

from lessonlib import style
from lessonlib.trace import line_html
from lessonlib.trace.lines import Lines


def same_line_next(record: Lines, number: int) -> int:
    """The next step that runs the same line as step `number`; the last step if there is none."""
    line = record.steps[number - 1].line
    later = (n for n in range(number + 1, len(record.steps) + 1) if record.steps[n - 1].line == line)
    return next(later, len(record.steps))


def stepper(record: Lines) -> None:
    """Show what `trace.lines` has recorded, with a slider and three buttons; where there are no widgets, as a table.

    Raises:
        ValueError: `record` is not what `trace.lines` returns, or it has no steps.
    """
    import ipywidgets as widgets
    from IPython.display import display

    if not isinstance(record, Lines) or not record.steps:
        raise ValueError(f"Expected what trace.lines(...) returns, with at least one step. Received: {record!r}")
    last = len(record.steps)
    # Without a readout, which would be one more stop of the Tab key: the picture says which step it is.
    slider = widgets.IntSlider(min=1, max=last, description="step", readout=False, layout=widgets.Layout(width="28em"))
    back = widgets.Button(description="Back", tooltip="The line before")
    forward = widgets.Button(description="Next line", button_style="primary", tooltip="Run the next line")
    again = widgets.Button(
        description="Same line again", tooltip="Go on to the next time that this line runs", layout={"width": "12em"}
    )
    picture = widgets.HTML(line_html.step(record, 1))

    def move(to) -> None:
        slider.value = min(max(to, 1), last)

    def show(change) -> None:
        picture.value = line_html.step(record, slider.value)
        back.disabled, forward.disabled, again.disabled = slider.value == 1, *[slider.value == last] * 2

    back.on_click(lambda button: move(slider.value - 1))
    forward.on_click(lambda button: move(slider.value + 1))
    again.on_click(lambda button: move(same_line_next(record, slider.value)))
    slider.observe(show, names="value")
    back.disabled = True
    sheet = widgets.HTML(style.SHEET, layout=widgets.Layout(display="none"))
    box = widgets.VBox([sheet, widgets.HBox([back, forward, again]), slider, picture])
    display(
        box._repr_mimebundle_() | {"text/html": line_html.table(record), "text/plain": repr(record)},
        raw=True,
    )
