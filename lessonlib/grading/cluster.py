"""The executor of a Dask cluster: each worker has a fork server of its own, in a sandbox of its own.

A worker needs this package, the same Python and bubblewrap; it gets a submission and the hidden cases, and sends
back bytes that are judged here. A worker that dies has its submissions done again by another one.
"""

import atexit
import contextlib
import functools
import json
import os
import threading
import time
from concurrent.futures import Future, InvalidStateError
from dataclasses import asdict
from urllib.parse import urlsplit

from lessonlib.grading.limits import Limits
from lessonlib.grading.pool import NotRun, Pool
from lessonlib.grading.sandbox import NoSandbox

LOOPBACK = ("127.0.0.1", "localhost", "::1")
RETRIES = 3
PATIENCE = 30.0  # seconds without any worker: so long may one take that is started again


class NoCluster(Exception):
    """The cluster cannot be used; the message says why."""


class Cluster:
    """Runs submissions on the workers of the scheduler at `address` (tcp://… on this machine, tls://… elsewhere).

    Raises NoCluster when it cannot be reached, or is far away and not encrypted.
    """

    def __init__(self, address, limits=None, sandboxed=True):
        place = urlsplit(address)
        if place.scheme not in ("tcp", "tls") or not place.hostname:
            raise NoCluster(f"{address!r} is no address of a scheduler; expected one like tcp://127.0.0.1:8786")
        if place.scheme == "tcp" and place.hostname not in LOOPBACK:
            raise NoCluster(
                f"{address} is not on this machine and not encrypted: whoever listens reads the hidden cases. "
                "Start scheduler and workers with TLS (docs.dask.org, Security), and give tls://…"
            )
        try:
            from distributed import Client
        except ImportError:
            raise NoCluster("Dask is not installed: `pip install distributed` in this environment") from None
        try:
            self.client = Client(address, timeout=20)
        except (TypeError, RuntimeError) as error:  # how Dask says that it has no certificate, or that it wants one
            raise NoCluster(
                f"{address}: Dask's configuration does not fit: {error}. The certificates of the cluster are named in "
                "the file that DASK_CONFIG says; lessonlib/grading/README.md has an example"
            ) from error
        except (OSError, TimeoutError) as error:
            raise NoCluster(f"{address} cannot be reached: {error}; does `dask scheduler` run there?") from error
        self.settings = json.dumps([asdict(limits or Limits()), sandboxed])
        self._open = set()
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def workers(self):
        """How many submissions run at a time."""
        return max(1, self._threads())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ended.set()
        self.client.close()

    def _threads(self):
        """How many threads the workers have together; 0 when no scheduler answers."""
        try:
            return sum(self.client.nthreads().values())
        except Exception:  # whatever a broken connection raises, in the client or below it
            return 0

    def _watch(self):
        """Dask waits for ever for a worker; give the submissions back when there is none any more."""
        seen = time.monotonic()
        while not self._ended.wait(PATIENCE / 10):
            if self._threads():
                seen = time.monotonic()
            elif time.monotonic() - seen > PATIENCE:
                for made in list(self._open):
                    with contextlib.suppress(InvalidStateError):
                        made.set_exception(NotRun(f"the cluster has had no worker for {PATIENCE:.0f} s"))

    def submit(self, job, hidden):
        """Return a Future of Pool.run(job, hidden), done by some worker."""
        made = Future()
        self._open.add(made)
        made.add_done_callback(self._open.discard)
        task = self.client.submit(_run, self.settings, job, hidden, pure=False, retries=RETRIES)
        task.add_done_callback(functools.partial(_pass_on, made))
        return made


def _pass_on(made, task):
    with contextlib.suppress(InvalidStateError):  # it was given up
        if task.status == "finished":
            made.set_result(task.result())
            return
        error = task.exception() if task.status == "error" else None
        made.set_exception(NotRun(f"the cluster failed: {error or task.status}"))


@functools.cache
def _pool(settings, _process):
    """The pool of a worker's process, made at its first submission."""
    limits, sandboxed = json.loads(settings)
    pool = Pool(Limits(**limits), sandboxed)
    atexit.register(pool.close)
    return pool


def _run(settings, job, hidden):
    """What a worker does with a submission."""
    try:
        return _pool(settings, os.getpid()).run(job, hidden)
    except NoSandbox as error:
        raise NotRun(str(error)) from None
