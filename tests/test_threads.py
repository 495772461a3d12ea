"""More threads for large models: when they are taken, when given back, and that a seed keeps one."""

import subprocess
import sys

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import blas, threads, utils
from lessonlib.threads import LARGE, Threads


class Machine:
    """Two processors: `busy(now)` is how much of the second one others take; a batch takes 1 ms of work."""

    def __init__(self, busy):
        self.busy, self.now, self.idle, self.threads, self.history = busy, 0.0, 0.0, 1, []

    def set_threads(self, number):
        self.threads = number

    def work(self):
        """A batch: with two threads 0.6 ms, but three times as long where the second processor is not free."""
        others = self.busy(self.now)
        seconds = 0.001 if self.threads == 1 else 0.0006 if others < 0.5 else 0.003
        self.idle += seconds * (1 - others) * (self.threads == 1)
        self.now += seconds
        self.history.append((self.now, self.threads))

    def share(self, begin, end):
        """The share of the batches between two times that had two threads."""
        return np.mean([number == 2 for now, number in self.history if begin <= now < end])


@pytest.fixture
def run(monkeypatch):
    """A function that works through batches on such a machine; what it returns has the history."""

    def run(busy, batches=3000, epochs=2):
        machine = Machine(busy)
        monkeypatch.setattr(threads, "tools", lambda: (machine.set_threads, lambda: machine.idle))
        monkeypatch.setattr(threads.time, "perf_counter", lambda: machine.now)
        monkeypatch.setattr(blas, "is_ours", lambda: True)
        monkeypatch.setattr(utils, "_seeded", False)
        with Threads(LARGE) as chooser:
            for _ in range(epochs):
                assert [machine.work() or batch for batch in chooser.in_turns(range(batches))] == [*range(batches)]
        assert machine.threads == 1, "the number of threads is left as it was"
        return machine

    return run


def test_an_idle_machine_gives_a_second_thread(run):
    assert run(busy=lambda now: 0).share(0.1, 9) > 0.95


def test_a_busy_machine_keeps_one(run):
    assert run(busy=lambda now: 1).share(0, 9) == 0


def test_it_goes_back_when_others_come_and_on_when_they_leave(run):
    machine = run(busy=lambda now: 0.8 < now < 2)
    assert machine.share(0.1, 0.8) > 0.9
    assert machine.share(0.9, 2) < 0.1
    assert machine.share(2.2, 9) > 0.9


@pytest.mark.parametrize("why", ["small", "a seed", "set by the user"])
def test_it_is_left_alone(why, run, monkeypatch):
    monkeypatch.setattr(threads, "tools", lambda: pytest.fail("it looked for the threads"))
    monkeypatch.setattr(blas, "is_ours", lambda: why != "set by the user")
    monkeypatch.setattr(utils, "_seeded", why == "a seed")
    batches = object()
    with Threads(LARGE - 1 if why == "small" else LARGE) as chooser:
        assert chooser.in_turns(batches) is batches


SEEN = """
import lessonlib as keras
import numpy as np
from lessonlib import threads
set_threads, _ = threads.tools()
asked = []
real = threads.tools
threads.tools = lambda: ((lambda n: (asked.append(n), set_threads(n))), real()[1])
{seed}
model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(256)])
model.compile("sgd", "mse")
x = np.random.default_rng(0).random((2000, 784), "float32")
model.fit(x, x[:, :256], epochs=3, verbose=0)
print(bool(asked), asked[-1:])
"""


def test_a_real_fit_asks_openblas_and_leaves_one_thread():
    say = lambda seed: subprocess.check_output([sys.executable, "-c", SEEN.format(seed=seed)], text=True)  # noqa: E731
    assert say("") == "True [1]\n"
    assert say("keras.utils.set_random_seed(1)") == "False []\n"


def test_tools_reach_numpys_own_openblas():
    set_threads, idle_seconds = threads.tools()
    if set_threads is None:
        pytest.skip("only on machines whose numpy has OpenBLAS")
    controller = [one for one in threads_now() if "numpy" in one["filepath"]][0]
    before = controller["num_threads"]
    try:
        set_threads(2)
        assert [one for one in threads_now() if one["filepath"] == controller["filepath"]][0]["num_threads"] == 2
    finally:
        set_threads(before)
    assert idle_seconds() > 0


def threads_now():
    from threadpoolctl import threadpool_info

    return threadpool_info()


def test_the_numbers_of_a_large_model_agree_with_those_of_one_thread():
    """Threads change last digits only."""
    x = np.random.default_rng(0).random((512, 784), "float32")

    def fitted():
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(128, "relu"), keras.layers.Dense(4)])
        model.compile(keras.optimizers.SGD(0.01), "mse")
        return model.fit(x, x[:, :4], epochs=2, batch_size=64, verbose=0).history["loss"]

    set_threads, _ = threads.tools()
    if set_threads is None:
        pytest.skip("only on machines whose numpy has OpenBLAS")
    one = fitted()
    assert fitted() == one, "with a seed, the same numbers to the last digit"
    try:
        set_threads(2)
        two = fitted()
    finally:
        set_threads(1)
    np.testing.assert_allclose(two, one, rtol=1e-5)
