"""More threads for the matrix products of large models, while there are processors without work.

On an idle machine a second thread takes nearly half of the time off a large product. Where another program holds the
second processor, the threads wait for each other at every product, and a fit takes several times as long. So a large
`fit` begins with one thread, takes more when a processor has been idle meanwhile, and goes back when it gets slower.

The number of threads changes products in their last digits. After `utils.set_random_seed`, which promises the same
numbers in every run, there is one thread, as in all small models. Neither is it changed where you have set
OPENBLAS_NUM_THREADS or LESSONLIB_BLAS yourself, or where numpy was imported before this package and nobody
had set the number of threads.
"""

import time

from lessonlib import blas, utils

LARGE = 2**21  # multiplications in the largest product of a batch; below, a second thread costs more than it gives
TOGETHER = 0.02  # seconds: batches are timed in groups that take so long
WINDOW = 0.05  # seconds of looking for an idle processor; the system counts in hundredths


class Threads:
    """The number of threads of a `fit` whose largest product has so many multiplications: a context manager."""

    def __init__(self, multiplications: int):
        may_choose = multiplications >= LARGE and blas.is_ours() and not utils.is_seeded()
        self.set_threads, self.idle_seconds = tools() if may_choose else (None, None)

    def __enter__(self):
        if self.set_threads:
            self.become(1)
        return self

    def __exit__(self, *error):
        if self.set_threads:
            self.set_threads(1)

    def become(self, number: int) -> None:
        self.number, self.since, self.idle = number, time.perf_counter(), self.idle_seconds()
        self.set_threads(number)

    def in_turns(self, batches):
        """The batches of an epoch, as they are; between them the number of threads changes."""
        return self.timed(batches) if self.set_threads else batches

    def timed(self, batches):
        begun, count = time.perf_counter(), 0
        for batch in batches:
            yield batch
            count += 1
            seconds = time.perf_counter() - begun
            if seconds > TOGETHER:
                self.choose(seconds / count)
                begun, count = time.perf_counter(), 0

    def choose(self, seconds: float) -> None:
        """How many threads the next group of batches gets, after one that took so long for each batch."""
        if self.number > 1:
            if seconds > 1.25 * self.alone:  # clearly; a hiccup of the machine is no reason
                self.become(1)
            return
        self.alone, looked = seconds, time.perf_counter() - self.since
        if looked > WINDOW:
            idle = (self.idle_seconds() - self.idle) / looked
            self.become(min(4, 1 + round(idle)))


def tools():
    """Two functions: one sets the number of threads of numpy's OpenBLAS, one says how long processors were idle."""
    try:
        import psutil
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None, None
    libraries = ThreadpoolController().select(internal_api="openblas").lib_controllers  # scipy brings one of its own
    libraries = [one for one in libraries if "numpy.libs" in one.filepath] or libraries
    return (libraries[0].set_num_threads if len(libraries) == 1 else None), lambda: psutil.cpu_times().idle
