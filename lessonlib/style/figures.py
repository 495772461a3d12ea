"""Figures that suit the notebook's theme, light or dark, and that say in words what they show.

`use()` makes every matplotlib figure of the notebook such a figure: it is shown as SVG inside the page, where
its colours are the variables of the style sheet, with a text for those who cannot see it.
"""

import io
import re

from lessonlib.style import escape, page

# The colour drawn -> the style sheet's variable that replaces it in the page. The drawn colours are those of the
# light theme, so that a picture exported on white looks the same. They differ in brightness as well as in hue.
VARIABLES = {
    "#1f2328": "--ll-fg",
    "#57606a": "--ll-muted",
    "#d0d7de": "--ll-line",
    "#0b62b8": "--ll-blue",
    "#a8500a": "--ll-orange",
    "#1a7237": "--ll-green",
    "#7a3e9d": "--ll-purple",
    "#b42318": "--ll-red",
}
FG, MUTED, LINE, BLUE, ORANGE, GREEN, PURPLE, RED = VARIABLES

RC = {
    "figure.figsize": (7.2, 3.2),
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.constrained_layout.use": True,
    "axes.facecolor": "none",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": FG,
    "axes.titlecolor": FG,
    "axes.titlesize": "medium",
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "text.color": FG,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "font.size": 11,
    "svg.fonttype": "none",
    "svg.hashsalt": "lessonlib",
}


def settings() -> dict:
    """matplotlib's settings (rcParams) for such figures."""
    from cycler import cycler

    return RC | {"axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PURPLE, RED])}


def colours():
    """A context in which figures are drawn with these settings: `with colours(): …`."""
    import matplotlib as mpl

    return mpl.rc_context(settings())


def use() -> None:
    """Show every figure of this notebook in its theme's colours, whoever draws it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(settings())
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None:
        import matplotlib_inline.backend_inline  # noqa: F401  (its start forgets all formatters, so it comes first)

        formatters = shell.display_formatter.formatters
        formatters["text/html"].for_type(Figure, html)
        formatters["text/plain"].for_type(Figure, lambda figure, printer, cycle: printer.text(describe(figure)))
        formatters["image/png"].pop(Figure, None)  # None: a second call finds nothing to remove


def html(figure, alt: str | None = None) -> str:
    """The figure as a frame of the page; `alt` replaces the description made from its lines."""
    return page(svg(figure, alt), "figure")


def svg(figure, alt: str | None = None) -> str:
    """The figure as SVG text to stand inside a page."""
    return framed(figure, content(drawn(figure)), alt)


def content(text: str) -> str:
    """What stands inside of the svg element that matplotlib has written, in the colours of the page.

    Without its style element, whose rule for everything would be one for the whole page; `framed` says the same.
    """
    text = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var({variable}, {colour})")
    return text


def framed(figure, inner: str, alt: str | None = None) -> str:
    """The svg element of this figure's size and words, around what stands in it."""
    width, height = figure.get_size_inches() * 72
    share = min(100, 100 * width / (72 * RC["figure.figsize"][0]))  # a narrow figure stays narrow on the page
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" style="width:{share:g}%;height:auto;stroke-linejoin:round" '
        f'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'aria-label="{escape(alt or describe(figure))}">{inner}</svg>\n'
    )


def band(axes, x, curves, label: str, color=None) -> None:
    """Many curves as one: a line for their mean, and a band from the lowest to the highest.

    Args:
        x: whole numbers, such as epochs.
        curves: numbers of shape (curves, len(x)).
    """
    import numpy as np

    curves = np.asarray(curves)
    (line,) = axes.plot(x, curves.mean(axis=0), label=label, color=color)
    axes.fill_between(x, curves.min(axis=0), curves.max(axis=0), color=line.get_color(), alpha=0.2, linewidth=0)
    axes.xaxis.get_major_locator().set_params(integer=True)


def drawn(figure) -> str:
    """What `figure.savefig` writes as SVG, in two thirds of its time: it draws every figure once more beforehand."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    drawing, canvas = io.StringIO(), figure.canvas
    try:
        FigureCanvasSVG(figure).print_svg(drawing, metadata={"Date": None, "Creator": None})
    finally:
        figure.set_canvas(canvas)
    return drawing.getvalue()


def describe(figure) -> str:
    """What a figure shows: what `figure.set_label(…)` says, or for line plots words made from their own numbers.

    >>> import matplotlib.pyplot as plt
    >>> figure, axes = plt.subplots()
    >>> _ = axes.plot([1, 2, 3], [0.7, 0.4, 0.3], label="train")
    >>> _ = axes.set(xlabel="epoch", ylabel="loss")
    >>> describe(figure)
    'loss over epoch: train goes from 0.7 to 0.3, lowest 0.3, highest 0.7.'
    >>> plt.close(figure)
    """
    if figure.get_label():
        return figure.get_label()
    pictures = [axes for axes in figure.axes if axes.images and not axes.axison]
    sentences = [describe_pictures(pictures)] if pictures else []
    for axes in figure.axes:
        if axes in pictures or not axes.has_data():
            continue
        about = axes.get_title("left") or axes.get_title()
        what = " over ".join(filter(None, (label_of(axes, "y"), label_of(axes, "x"))))
        what = f"{about} ({what})" if about and what else about or what
        parts = describe_lines(axes)
        sentences.append(f"{what}: {'; '.join(parts)}." if parts else f"{what}.")
    return " ".join(sentences)


def describe_pictures(panels) -> str:
    """How many pictures, and what is written above them."""
    titles = [axes.get_title("left") or axes.get_title() for axes in panels]
    number = "1 picture" if len(panels) == 1 else f"{len(panels)} pictures"
    return f"{number}: {'; '.join(titles)}." if any(titles) else f"{number}."


def label_of(axes, letter: str) -> str:
    """The label of the axis x or y, which stands at only one of several panels that share it."""
    panels = [axes, *getattr(axes, f"get_shared_{letter}_axes")().get_siblings(axes)]
    return next(filter(None, (getattr(panel, f"get_{letter}label")() for panel in panels)), "")


def describe_lines(axes) -> list[str]:
    """Words for the curves with a name, or for the only one, and for the straight lines that mark a value."""
    curves, marks = [], []
    for line in (line for line in axes.lines if line.get_visible()):
        by_x, by_y = line.get_transform().contains_branch_seperately(axes.transData)
        if by_x and by_y:
            curves.append(line)
        elif by_x or by_y:  # axvline or axhline: along its other direction it goes through the whole panel
            what, value = ("an upright", line.get_xdata()[0]) if by_x else ("a level", line.get_ydata()[0])
            name = "" if line.get_label().startswith("_") else f" ({line.get_label()})"
            marks.append(f"{what} line at {value:.3g}{name}")
    if len(curves) > 1 or curves and curves[0].get_linestyle() == "None":  # dots alone go nowhere
        curves = [line for line in curves if not line.get_label().startswith("_")]
    return [describe_line(line) for line in curves if len(line.get_ydata())] + marks


def describe_line(line) -> str:
    values = [float(value) for value in line.get_ydata()]
    name = "the line" if line.get_label().startswith("_") else line.get_label()
    return f"{name} goes from {values[0]:.3g} to {values[-1]:.3g}, lowest {min(values):.3g}, highest {max(values):.3g}"
