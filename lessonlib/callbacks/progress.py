"""The progress output of fit, evaluate and predict, in Keras's format."""

import math
import time

import numpy as np

from lessonlib.callbacks.callback import Callback

WIDTH = 20  # of the bar
SECONDS_BETWEEN_DRAWINGS = 0.05  # as often as an eye can follow


class ProgbarLogger(Callback):
    """Keras's progress output. verbose=1: a bar that is redrawn in place; verbose=2: one line an epoch.

    25/25 ━━━━━━━━━━━━━━━━━━━━ 0s 192us/step - accuracy: 0.5163 - loss: 0.6873
    """

    in_fit = False  # then the evaluations are its validations, and have no line of their own

    def set_params(self, params):
        super().set_params(params)
        if params["verbose"] == 1:  # else there is nothing to do at a batch, and its logs need not be computed
            self.on_train_batch_end = self.on_predict_batch_end = self.draw

    def on_train_begin(self, logs=None):
        self.in_fit = True

    def on_epoch_begin(self, epoch, logs=None):
        if self.params["verbose"] and self.params["epochs"] > 1:
            print(f"Epoch {epoch + 1}/{self.params['epochs']}")
        self.start()

    def on_epoch_end(self, epoch, logs=None):
        self.finish(logs)

    def on_test_begin(self, logs=None):
        if not self.in_fit:
            self.start()
            if self.params["verbose"] == 1:
                self.on_test_batch_end = self.draw

    def on_test_end(self, logs=None):
        if not self.in_fit:
            self.finish(logs)

    def on_predict_begin(self, logs=None):
        self.start()

    def on_predict_end(self, logs=None):
        self.finish({})

    def start(self) -> None:
        self.begun = self.drawn = time.perf_counter()
        self.length = 0  # of the text drawn last, so that a shorter one can wipe it out

    def draw(self, batch: int, logs: dict) -> None:
        """Redraw the bar after a batch, if it is time."""
        step, now = batch + 1, time.perf_counter()
        if now - self.drawn > SECONDS_BETWEEN_DRAWINGS:
            self.drawn = now
            self.draw_bar(step, logs, (now - self.begun) / step * (self.params["steps"] - step), end="")

    def finish(self, logs: dict) -> None:
        """Write the last state, and end the line."""
        steps, seconds = self.params["steps"], time.perf_counter() - self.begun
        if self.params["verbose"] == 1:
            self.draw_bar(steps, logs, seconds, end="\n")
        elif self.params["verbose"]:
            print(f"{steps}/{steps} - {seconds:.0f}s - {self.details(steps, logs)}")

    def draw_bar(self, step: int, logs: dict, seconds: float, end: str) -> None:
        steps, details = self.params["steps"], self.details(step, logs)
        count, done = f"{step:{len(str(steps))}d}/{steps}", WIDTH * step // steps
        bar = f"\x1b[32m{'━' * done}\x1b[0m\x1b[37m{'━' * (WIDTH - done)}\x1b[0m"
        length = len(count) + len(details)
        wipe = " " * (self.length - length)
        print(f"\r\x1b[1m{count}\x1b[0m {bar} \x1b[1m{seconds:.0f}s\x1b[0m {details}{wipe}", end=end, flush=True)
        self.length = length

    def details(self, step: int, logs: dict) -> str:
        """The time a step took, and the numbers of the logs; of one that is an array, its mean."""
        numbers = [f"{name}: {format_number(np.mean(value))}" for name, value in logs.items()]
        return " - ".join([format_step_time((time.perf_counter() - self.begun) / step), *numbers])


def format_number(value: float) -> str:
    """Four decimals, or scientific where those would show next to nothing.

    >>> format_number(0.51634), format_number(0.0004)
    ('0.5163', '4.0000e-04')
    """
    return f"{value:.4f}" if abs(value) > 1e-3 or math.isnan(value) else f"{value:.4e}"


def format_step_time(seconds: float) -> str:
    """The time of one step in the unit that suits it.

    >>> format_step_time(2), format_step_time(0.0223), format_step_time(0.0000152)
    ('2s/step', '22ms/step', '15us/step')
    """
    if seconds >= 1:
        return f"{seconds:.0f}s/step"
    return f"{seconds * 1e3:.0f}ms/step" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/step"
