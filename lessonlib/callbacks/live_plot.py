"""The curves of a training, drawn while it runs."""

import math
import sys
import time

import numpy as np

from lessonlib.callbacks.callback import Callback


class LivePlot(Callback):
    """Draw the curves of the logs while the model trains: one picture for each metric, training and validation.

    In a notebook the picture stands below the cell and is renewed in place, at most once in `seconds`. Elsewhere the
    last values are printed at the end. Keras has no such callback. It goes well with verbose=0.

    >>> plot = LivePlot()
    >>> plot.on_train_begin()
    >>> for epoch, loss in enumerate([0.7, 0.4, 0.5]): plot.on_epoch_end(epoch, {"loss": loss})
    >>> plot.on_train_end()
    loss: 0.7 to 0.5, lowest 0.4 (epoch 2), highest 0.7 (epoch 1)
    """

    def __init__(self, seconds=0.5):
        self.seconds = seconds

    def on_train_begin(self, logs=None):
        self.epochs, self.curves, self.display, self.drawn = [], {}, None, -math.inf

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(epoch + 1)
        for name, value in (logs or {}).items():
            self.curves.setdefault(name, []).append((epoch + 1, float(np.mean(value))))  # it may be an array
        if in_notebook() and time.monotonic() - self.drawn > self.seconds:
            self.draw()

    def on_train_end(self, logs=None):
        if in_notebook():
            self.draw()
        else:
            print(self.text())

    def draw(self) -> None:
        from IPython.display import display

        from lessonlib import style
        from lessonlib.style import figures

        with figures.colours():
            page = style.page(figures.svg(self.figure(), self.text()), "curves of the training")
        content = {"text/html": page, "text/plain": self.text()}
        if self.display is None:
            self.display = display(content, raw=True, display_id=True)
        else:
            self.display.update(content, raw=True)
        self.drawn = time.monotonic()

    def figure(self):
        """The curves as a matplotlib figure: a metric and its `val_` twin share a picture."""
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        names = sorted({name.removeprefix("val_") for name in self.curves}, key=lambda name: (name != "loss", name))
        figure = Figure(figsize=(3.6 * max(2, len(names)), 2.6), layout="constrained")
        for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
            for label, key, marker in (("training", name, "o"), ("validation", f"val_{name}", "s")):
                if key in self.curves:
                    axes.plot(*zip(*self.curves[key], strict=True), marker=marker, markersize=3, label=label)
            axes.set(xlabel="epoch", title=name)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            if f"val_{name}" in self.curves:
                axes.legend(fontsize="small")
        return figure

    def text(self) -> str:
        """The curves in words."""
        return "; ".join(f"{name}: {in_words(points)}" for name, points in self.curves.items())


def in_words(points) -> str:
    values = [value for _, value in points]
    low, high = min(points, key=lambda point: point[1]), max(points, key=lambda point: point[1])
    return (
        f"{values[0]:.3g} to {values[-1]:.3g}, lowest {low[1]:.3g} (epoch {low[0]}), "
        f"highest {high[1]:.3g} (epoch {high[0]})"
    )


def in_notebook() -> bool:
    """Whether there is a page that can show pictures: a Jupyter kernel (IPython is loaded there already)."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")
