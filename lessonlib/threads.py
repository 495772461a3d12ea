"""More threads for the matrix products of large models, while there are processors without work.

On an idle machine a second thread takes nearly half of the time off a large product. Where another program holds the
second processor, the threads wait for each other at every product, and a fit takes several times as long. So a large
`fit` begins with one thread, takes more when a processor has been idle meanwhile, and goes back when it gets slower.

The number of threads changes products in their last digits. After `utils.set_random_seed`, which promises the same
numbers in every run, there is one thread, as in all small models. Neither is it changed where anybody else has set it,
by OPENBLAS_NUM_THREADS, OMP_NUM_THREADS, LESSONLIB_BLAS=0 or threadpoolctl.
"""

import os
import time

from lessonlib import blas, utils

LARGE = 2**21  # multiplications in the largest product of a batch; below, a second thread costs more than it gives
MOST = 4
TOGETHER = 0.02  # seconds of work: batches are timed in groups that take so long
WINDOW = 0.05  # seconds of looking for an idle processor; the system counts in hundredths


class Threads:
    """The number of threads of a `fit` whose largest matrix product has so many multiplications: a context manager."""

    innermost = None  # a callback may call `fit`, too

    def __init__(self, multiplications: int):
        may_choose = multiplications >= LARGE and blas.is_ours() and not utils.is_seeded()
        self.library, self.idle_seconds = tools() if may_choose else (None, None)
        self.spent, self.count, self.window = 0.0, 0, WINDOW

    def __enter__(self):
        self.outer, Threads.innermost = Threads.innermost, self
        if self.outer and self.outer.library:
            self.outer.become(1)
        if self.library and self.library.get_num_threads() == 1:
            self.become(1)
        else:
            self.library = None
        return self

    def __exit__(self, *error):
        Threads.innermost = self.outer
        if self.library:
            self.library.set_num_threads(1)

    def become(self, number: int) -> None:
        self.number, self.since, self.idle = number, time.perf_counter(), self.idle_seconds()
        self.library.set_num_threads(number)

    def in_turns(self, batches):
        """The batches of an epoch, as they are; between them the number of threads changes."""
        return self.timed(batches) if self.library else batches

    def timed(self, batches):
        for batch in batches:
            begun = time.perf_counter()
            yield batch
            self.spent += time.perf_counter() - begun
            self.count += 1
            if self.spent > TOGETHER:
                self.choose(self.spent / self.count)
                self.spent, self.count = 0.0, 0

    def choose(self, seconds: float) -> None:
        """How many threads the next group of batches gets, after one that took so long for each batch."""
        if self.number > 1:
            if seconds > 1.25 * self.alone or utils.is_seeded():  # a hiccup of the machine is no reason
                self.window *= 2  # whatever was idle, it was not for us: look longer the next time
                self.become(1)
            return
        self.alone, looked = seconds, time.perf_counter() - self.since
        if looked > self.window and not utils.is_seeded():
            idle = (self.idle_seconds() - self.idle) / looked
            self.become(min(1 + round(idle), processors(), MOST))


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tools():
    """numpy's OpenBLAS, as threadpoolctl knows it, and a function that says how long all processors were idle."""
    try:
        import psutil
        from threadpoolctl import ThreadpoolController

        psutil.cpu_times()  # a system may forbid it
    except (ImportError, OSError):
        return None, None
    libraries = ThreadpoolController().select(internal_api="openblas").lib_controllers  # scipy brings one of its own
    libraries = [one for one in libraries if "numpy.libs" in one.filepath] or libraries
    return (libraries[0] if len(libraries) == 1 else None), lambda: psutil.cpu_times().idle
