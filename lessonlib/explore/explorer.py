"""What all explorers share: controls above a picture that a new run draws at every move, and a mission."""

from collections.abc import Callable, Sequence
from pathlib import Path

from lessonlib import style
from lessonlib.quiz.store import MISSION, AnswerFile, DamagedFile, Record, now, why_not_saved

WIDE = {"description_width": "9em"}


def explorer(
    title: str,
    mission: str,
    train: Callable,
    picture: Callable,
    verdict: Callable,
    solved: Callable,
    details: Callable = lambda run: "",
    mark: Callable | None = None,
    **controls,
) -> None:
    """Show an explorer in the notebook.

    Args:
        title: its name, as a screen reader says it.
        mission: what to reach, in one sentence.
        train: called with the value of every control, by name; returns the run. It must be a pure function.
        picture: makes the matplotlib figure that shows the runs; see `Drawing`.
        verdict: called with the run; says in a sentence or two what it has shown.
        solved: called with the run; whether the mission is accomplished.
        details: called with the run; HTML to stand between picture and verdict.
        mark: called with the run; whether its verdict is "good" news, "half" way, or "" for neither. Without it, a run
            is good when it accomplishes the mission.
        controls: `name=(options, start)`. Numbers and single letters become a slider, texts a list, `(False, True)`
            a tick box.
    """
    import ipywidgets as widgets
    from IPython.display import display

    from lessonlib.explore.drawing import Drawing
    from lessonlib.explore.keys import Keys

    kept = Mission(title)
    made = {name: control(name, options, start) for name, (options, start) in controls.items()}
    rows = [with_value(widget) for widget in made.values()]  # a value is there before a run begins
    drawing = Drawing(picture)
    mark = mark or (lambda run: "good" if solved(run) else "half")

    def run_and_show():
        run = train(**{name: widget.value for name, widget in made.items()})
        if solved(run):
            kept.accomplish(verdict(run))
        return run, page(title, mission, kept.remark, drawing.svg(run) + details(run), verdict(run), mark(run))

    run, start_picture = run_and_show()
    shown = widgets.HTML(start_picture)
    sheet = widgets.HTML(style.SHEET, layout=widgets.Layout(display="none"))

    def run_again(change):
        shown.value = run_and_show()[1]

    for widget in made.values():
        widget.observe(run_again, names="value")
    keys = Keys(layout=widgets.Layout(display="none"))
    box = widgets.VBox([sheet, *rows, shown, keys])
    # Where there are no live widgets (an exported page, a stored notebook), the start picture stands in.
    text = f"({title}: run this cell to use it)\n{verdict(run)}"
    display(box._repr_mimebundle_() | {"text/html": style.SHEET + start_picture, "text/plain": text}, raw=True)


def control(name: str, options: Sequence, start):
    """The widget that suits the options: a tick box, a list, or a slider.

    Raises:
        ValueError: `start` is not one of the options.

    >>> control("momentum", (0.0, 0.9), 0.9).value
    0.9
    """
    import ipywidgets as widgets

    if start not in options:
        raise ValueError(
            f"The start value of the control {name!r} is not one of its options {tuple(options)}: {start!r}"
        )
    about = {"description": name, "value": start, "style": WIDE, "layout": widgets.Layout(width="28em")}
    if isinstance(start, bool):
        return widgets.Checkbox(indent=True, **about)
    if isinstance(start, str) and len(start) > 1:
        return widgets.Dropdown(
            options=list(options), **about | {"layout": widgets.Layout(width="38em", max_width="100%")}
        )
    return widgets.SelectionSlider(options=list(options), readout=False, **about)


def with_value(widget):
    """A slider with its value beside it; other controls as they are.

    ipywidgets' own readout of a slider takes part in the round of the Tab key, as if it could be edited.
    """
    import ipywidgets as widgets

    if not isinstance(widget, widgets.SelectionSlider):
        return widget
    value = widgets.Label(layout=widgets.Layout(margin="0 0 0 1em"))
    widgets.dlink((widget, "value"), (value, "value"), str)
    return widgets.HBox([widget, value], layout=widgets.Layout(align_items="center"))


class Mission:
    """Whether this lesson's student has accomplished the mission, as kept in answers.json beside the notebook."""

    def __init__(self, title: str):
        self.name, self.folder, self.remark = MISSION + title, Path.cwd(), ""
        self.kept = why_not_saved(self.folder) is None and (self.folder / "quiz.json").exists()
        if self.kept:
            self.file = AnswerFile(self.folder, self.folder.name)
            try:
                done = self.file.read()
            except DamagedFile as damage:
                done = damage.readable
            except OSError:
                done = {}  # the quiz of the same notebook says what is wrong with the file
            if self.name in done:
                self.remark = "accomplished"

    def accomplish(self, verdict: str) -> None:
        if self.kept and not self.remark:
            try:
                self.file.update({self.name: Record(verdict, now())})
                self.remark = "accomplished"
            except OSError as error:
                self.remark = f"accomplished, but not saved: {error.strerror or error}"


def page(title: str, mission: str, remark: str, drawing: str, verdict: str, mark: str) -> str:
    """Mission, picture and verdict as HTML."""
    chip = f'<span class="ll-chip">{style.escape(remark)}</span>' if remark else ""
    return style.frame(
        f'<div class="ll-head"><b>Mission: {style.escape(mission)}</b>{chip}</div>{drawing}'
        f'<p class="ll-card {mark}" role="status">{style.escape(verdict)}</p>',
        title,
    )
