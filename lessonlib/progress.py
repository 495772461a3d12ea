"""The progress line of fit, evaluate and predict, in Keras's format."""

import math
import time


class Progbar:
    """One line of progress. verbose=1: a bar, redrawn in place; verbose=2: plain text, written at the end.

    25/25 ━━━━━━━━━━━━━━━━━━━━ 0s 192us/step - accuracy: 0.5163 - loss: 0.6873
    """

    WIDTH = 20
    SECONDS_BETWEEN_DRAWINGS = 0.05

    def __init__(self, steps: int, verbose: int):
        self.steps, self.verbose = steps, verbose
        self.begun = self.drawn = time.perf_counter()
        self.length = 0  # of the text drawn last, so that a shorter one can wipe it out

    def update(self, step: int, logs: dict | None = None) -> None:
        """Say that `step` steps are done; redraws only as often as an eye can follow."""
        now = time.perf_counter()
        if self.verbose == 1 and now - self.drawn > self.SECONDS_BETWEEN_DRAWINGS:
            self.draw_bar(step, logs, (now - self.begun) / step * (self.steps - step), end="")
            self.drawn = now

    def finish(self, logs: dict | None = None) -> None:
        """Write the last state, and end the line."""
        seconds = time.perf_counter() - self.begun
        if self.verbose == 1:
            self.draw_bar(self.steps, logs, seconds, end="\n")
        elif self.verbose:
            print(f"{self.steps}/{self.steps} - {seconds:.0f}s - {self.details(self.steps, logs)}")

    def draw_bar(self, step: int, logs: dict | None, seconds: float, end: str) -> None:
        count, details = f"{step:{len(str(self.steps))}d}/{self.steps}", self.details(step, logs)
        done = self.WIDTH * step // self.steps
        bar = f"\x1b[32m{'━' * done}\x1b[0m\x1b[37m{'━' * (self.WIDTH - done)}\x1b[0m"
        length = len(count) + self.WIDTH + len(details)
        wipe = " " * (self.length - length)
        print(f"\r\x1b[1m{count}\x1b[0m {bar} \x1b[1m{seconds:.0f}s\x1b[0m {details}{wipe}", end=end, flush=True)
        self.length = length

    def details(self, step: int, logs: dict | None) -> str:
        """The time a step took, and the numbers of the logs."""
        numbers = [f"{name}: {format_number(value)}" for name, value in (logs or {}).items()]
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
