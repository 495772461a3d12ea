"""What all explorers share: controls above a picture that a new run draws at every move, and a mission."""

from collections.abc import Callable, Sequence
from pathlib import Path

from lessonlib.quiz.store import MISSION, AnswerFile, DamagedFile, Record, now, why_not_saved

WIDE = {"description_width": "9em"}


def explorer(
    title: str,
    mission: str,
    train: Callable,
    draw: Callable,
    verdict: Callable,
    solved: Callable,
    details: Callable = lambda run: "",
    **controls,
) -> None:
    """Show an explorer in the notebook.

    Args:
        title: its name, as a screen reader says it.
        mission: what to reach, in one sentence.
        train: called with the value of every control, by name; returns the run. It must be a pure function.
        draw: called with the run; returns a matplotlib figure.
        verdict: called with the run; says in a sentence or two what it has shown.
        solved: called with the run; whether the mission is accomplished.
        details: called with the run; HTML to stand between picture and verdict.
        controls: `name=(options, start)`. Numbers and single letters become a slider, texts a list, `(False, True)`
            a tick box.
    """
    import ipywidgets as widgets
    from IPython.display import display

    from lessonlib.explore.keys import Keys

    kept = Mission(title)
    made = {name: control(name, options, start) for name, (options, start) in controls.items()}
    drawing = Drawing(draw)

    def run_and_show():
        run = train(**{name: widget.value for name, widget in made.items()})
        if solved(run):
            kept.accomplish(verdict(run))
        return run, page(title, mission, kept.remark, drawing.svg(run) + details(run), verdict(run), solved(run))

    run, start_picture = run_and_show()
    picture = widgets.HTML(start_picture)

    def run_again(change):
        picture.value = run_and_show()[1]

    for widget in made.values():
        widget.observe(run_again, names="value")
    box = widgets.VBox([*made.values(), picture, Keys(layout=widgets.Layout(display="none"))])
    # Where there are no live widgets (an exported page, a stored notebook), the start picture stands in.
    text = f"({title}: run this cell to use it)\n{verdict(run)}"
    display(box._repr_mimebundle_() | {"text/html": start_picture, "text/plain": text}, raw=True)


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
    return widgets.SelectionSlider(options=list(options), continuous_update=True, **about)


class Drawing:
    """Draws run after run. The axes keep the places of the first picture, so that nothing jumps when a slider moves.

    To find those places takes matplotlib a third of the time of a picture, too long to do it at every move.
    """

    def __init__(self, draw: Callable):
        self.draw, self.places = draw, None

    def svg(self, run) -> str:
        from lessonlib.style import figures

        with figures.colours():
            figure = self.draw(run)
            if self.places is not None:
                figure.set_layout_engine("none")
                for axes, place in zip(figure.axes, self.places, strict=True):
                    axes.set_position(place)
            text = figures.svg(figure)
        self.places = [axes.get_position() for axes in figure.axes]
        return text


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


def page(title: str, mission: str, remark: str, drawing: str, verdict: str, solved: bool) -> str:
    """Mission, picture and verdict as HTML."""
    from lessonlib import style

    chip = f'<span class="ll-chip">{style.escape(remark)}</span>' if remark else ""
    return style.page(
        f'<div class="ll-head"><b>Mission: {style.escape(mission)}</b>{chip}</div>{drawing}'
        f'<p class="ll-card {"good" if solved else "half"}" role="status">{style.escape(verdict)}</p>',
        title,
    )
