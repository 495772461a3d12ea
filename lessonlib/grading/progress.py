"""What the instructor sees while a lesson is graded, and at the end."""

import shutil
import sys
import time

from lessonlib.grading.record import STATES


class Progress:
    """One line that says how many are done and how long it will take; on a terminal only."""

    def __init__(self, total, stream=None):
        self.total = total
        self.stream = stream or sys.stderr
        self.start = time.monotonic()
        self.done = 0
        self.run = 0
        self.live = self.stream.isatty()

    def step(self, run):
        """One more is done; `run` says whether it was run now."""
        self.done += 1
        self.run += run
        if self.live:
            width = min(30, shutil.get_terminal_size().columns - 50)
            filled = width * self.done // max(1, self.total)
            bar = "█" * filled + "·" * (width - filled)
            self.stream.write(f"\r{bar} {self.done} of {self.total}, {self.left()}   ")
            self.stream.flush()

    def left(self):
        """The time left in words, judged by those that were run."""
        if self.done == self.total:
            return "done"
        if not self.run:
            return "…"
        seconds = (time.monotonic() - self.start) / self.run * (self.total - self.done)
        return f"{seconds:.0f} s left" if seconds < 120 else f"{seconds / 60:.0f} min left"

    def say(self, line):
        """Write a line above the bar."""
        self.stream.write(("\r\x1b[K" if self.live else "") + line + "\n")

    def end(self):
        """Leave the line."""
        if self.live and self.done:
            self.stream.write("\n")


def summary(lesson, records, new, seconds):
    """The table at the end, as text. `records` are (state, score, points) of each submission.

    >>> print(summary("02-model-fit", [("graded", 8.0, 10.0), ("refused", 0.0, 10.0)], 1, 2.0))
    02-model-fit: 2 submissions, 1 of them run now, in 2.0 s
      graded       1   mean 8.0 of 10 points
      refused      1
    """
    lines = [f"{lesson}: {len(records)} submissions, {new} of them run now, in {seconds:.1f} s"]
    width = max([len(state) for state, *_ in records] or [0]) + 6
    for state in STATES:
        scores = [(score, points) for found, score, points in records if found == state]
        if scores:
            line = f"  {state:{width}}{len(scores):d}"
            if state not in STATES[-2:]:
                mean = sum(score for score, _ in scores) / len(scores)
                line += f"   mean {mean:.1f} of {scores[0][1]:g} points"
            lines.append(line)
    return "\n".join(lines)
