"""More threads for large models: when they are taken, when given back, and that a seed keeps one."""

import os
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

    def set_num_threads(self, number):
        self.threads = number

    def get_num_threads(self):
        return self.threads

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

    def run(busy, batches=3000, epochs=2, processors=2, idle_elsewhere=0):
        machine = Machine(busy)
        monkeypatch.setattr(threads, "tools", lambda: (machine, lambda: machine.idle + idle_elsewhere * machine.now))
        monkeypatch.setattr(threads, "processors", lambda: processors)
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


def test_what_is_idle_on_the_host_and_not_for_us_is_hardly_tried(run):
    """As in a container that may use one processor of many, or half of two."""
    assert run(busy=lambda now: 1, processors=1, idle_elsewhere=8).share(0, 99) == 0
    assert run(busy=lambda now: 1, processors=2, idle_elsewhere=8).share(0, 99) < 0.05


def test_epochs_of_few_batches_count_together(run):
    assert run(busy=lambda now: 0, batches=5, epochs=1000).share(0.2, 9) > 0.9


SCRIPT = """
import lessonlib as keras
import numpy as np
from lessonlib import threads

library, idle_seconds = threads.tools()
asked = []


class Counted:
    get_num_threads = library.get_num_threads

    def set_num_threads(self, number):
        asked.append(number)
        library.set_num_threads(number)


threads.tools = lambda: (Counted(), idle_seconds)
x = np.random.default_rng(0).random((2000, 784), "float32")


def fit(callbacks=None):
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(256)])
    model.compile("sgd", "mse")
    model.fit(x, x[:, :256], epochs=3, verbose=0, callbacks=callbacks)


class Inside(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        library.set_num_threads(2)
        keras.utils.set_random_seed(1)
        fit([keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: asked.append(f"inside {library.num_threads}"))])


"""


def seen(code):
    """What a fresh process prints that has lessonlib's own settings."""
    if threads.tools()[0] is None:
        pytest.skip("only on machines whose numpy has OpenBLAS")
    ours = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LESSONLIB_BLAS")
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.check_output([sys.executable, "-c", SCRIPT + code], env=clean, text=True).strip()


def test_a_real_fit_asks_openblas_and_leaves_one_thread():
    assert seen("fit(); print(bool(asked), asked[-1:], library.num_threads)") == "True [1] 1"


def test_after_a_seed_it_does_not_ask():
    assert seen("keras.utils.set_random_seed(1); fit(); print(asked)") == "[]"


def test_a_fit_inside_of_a_fit_begins_with_one_thread():
    assert "inside 1" in seen("fit([Inside()]); print(asked)")
    assert "inside 2" not in seen("fit([Inside()]); print(asked)")


def test_what_somebody_else_has_set_stays():
    assert seen("library.set_num_threads(2); fit(); print(asked, library.num_threads)") == "[] 2"


def test_the_numbers_of_a_large_model_agree_with_those_of_one_thread():
    """Threads change last digits only."""
    x = np.random.default_rng(0).random((512, 784), "float32")

    def fitted():
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(128, "relu"), keras.layers.Dense(4)])
        model.compile(keras.optimizers.SGD(0.01), "mse")
        return model.fit(x, x[:, :4], epochs=2, batch_size=64, verbose=0).history["loss"]

    library, _ = threads.tools()
    if library is None:
        pytest.skip("only on machines whose numpy has OpenBLAS")
    one = fitted()
    assert fitted() == one, "with a seed, the same numbers to the last digit"
    before = library.get_num_threads()
    try:
        library.set_num_threads(2)
        two = fitted()
    finally:
        library.set_num_threads(before)
    np.testing.assert_allclose(two, one, rtol=1e-5)
