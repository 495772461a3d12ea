"""The executor of this machine: threads that hand submissions to one fork server."""

import os
from concurrent.futures import ThreadPoolExecutor

from lessonlib.grading.pool import Pool


class Local:
    """Runs as many submissions at a time as there are `workers`, as a context."""

    def __init__(self, workers=None, sandboxed=True, limits=None):
        self.workers = workers or cores()
        self.pool = Pool(limits, sandboxed)
        self.threads = ThreadPoolExecutor(self.workers)

    def __enter__(self):
        self.started = self.threads.submit(self.pool.start)  # takes seconds, in which the gradebook is opened
        return self

    def __exit__(self, *_):
        self.threads.shutdown(wait=False, cancel_futures=True)
        self.pool.close()

    def submit(self, job, hidden):
        """Return a Future of Pool.run(job, hidden). Raises sandbox.NoSandbox when there is none to be had."""
        self.started.result()
        return self.threads.submit(self.pool.run, job, hidden)


def cores():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
