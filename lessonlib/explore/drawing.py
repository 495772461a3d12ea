"""One figure for run after run: at every move only what moves is drawn."""

import io
from collections.abc import Callable


class Drawing:
    """Draws runs into one figure, by matplotlib's blitting: the frame is kept, and only the moving artists are drawn.

    The frame (axes, ticks, words) takes ten times as long as the lines. It is drawn once for all runs that give the
    axes the same limits. The axes keep their places, so that nothing jumps when a slider moves.

    Args:
        picture: makes the figure. Returns it, and a function that shows a run in it and returns the artists that
            moved, always the same ones; what lies lowest comes first.

    >>> from matplotlib.figure import Figure
    >>> def picture():
    ...     figure = Figure(figsize=(2, 1))
    ...     (line,) = figure.subplots().plot([0, 1], [0, 1], label="weight")
    ...     def show(run):
    ...         line.set_ydata(run)
    ...         return [line]
    ...     return figure, show
    >>> "weight goes from 0.5 to 0.25" in Drawing(picture).svg([0.5, 0.25])
    True
    """

    def __init__(self, picture: Callable):
        from lessonlib.style import figures

        with figures.colours():
            self.figure, self.show = picture()
        self.figure.set_dpi(72)  # the one of SVG
        self.frames = {}  # limits of the axes -> SVG

    def svg(self, run) -> str:
        """The picture of this run, as SVG text to stand inside a page."""
        from lessonlib.style import figures

        with figures.colours():
            moving = self.show(run)
            limits = tuple((*axes.get_xlim(), *axes.get_ylim()) for axes in self.figure.axes)
            if limits not in self.frames:
                for artist in moving:
                    artist.set_animated(True)  # which keeps them out of the frame
                self.frames[limits] = figures.content(figures.drawn(self.figure))
                self.figure.set_layout_engine("none")
            return figures.framed(self.figure, self.frames[limits] + figures.content(self._drawn(moving)))

    def _drawn(self, moving) -> str:
        from matplotlib.backends.backend_svg import RendererSVG

        drawing = io.StringIO()
        renderer = RendererSVG(*self.figure.get_size_inches() * 72, drawing)
        for artist in moving:
            artist.draw(renderer)
        renderer.finalize()
        return drawing.getvalue()
