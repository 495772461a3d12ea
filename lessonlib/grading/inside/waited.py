"""How long a submission had to wait for a processor, which is no fault of its own and not counted against it."""

import mmap
import struct
import time

SECONDS = struct.Struct("d")


class Waited:
    """Seconds that were waited, in memory that the processes of the grader share; the student's have it closed.

    One process looks at what the system says about the tasks of the submission, another one asks for the time.
    """

    def __init__(self):
        self._shared = mmap.mmap(-1, SECONDS.size)
        self._start = time.monotonic()
        self._seen = {}

    @property
    def seconds(self):
        """What was waited so far."""
        return SECONDS.unpack(self._shared[:])[0]

    def clock(self):
        """The time as it passes for the submission: it stands still while others have the processors."""
        return time.monotonic() - self.seconds

    def look(self, tasks):
        """Take note of how long the tasks, (process, thread), computed and waited since the last look.

        What was computed is taken off: whoever waits for processes of their own waits for nobody else. Where the
        system does not keep this account, nothing was waited.
        """
        seen = {task: times for task in tasks if (times := _times(*task))}
        grown = [[new - old for new, old in zip(times, self._seen.get(task, (0, 0)), strict=True)]
                 for task, times in seen.items()]  # fmt: skip
        computed, waited = sum(one[0] for one in grown), max((one[1] for one in grown), default=0)
        self._seen = seen
        total = self.seconds + max(0, waited - computed) / 1e9
        self._shared[:] = SECONDS.pack(min(total, time.monotonic() - self._start))

    def close(self):
        """Leave the shared memory: no line of a student's may write there."""
        self._shared.close()


def _times(process, thread):
    """(nanoseconds that a thread computed, those it could have but had no processor), None when it is gone."""
    try:
        with open(f"/proc/{process}/task/{thread}/schedstat", encoding="ascii") as file:
            computed, waited, _ = map(int, file.read().split())
        return computed, waited
    except (OSError, ValueError):
        return None
