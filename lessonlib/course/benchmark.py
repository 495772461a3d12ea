"""`python -m lessonlib benchmark`: how fast the engine trains, beside a textbook loop, in one interleaved run.

The workload is that of the lessons: 800 + 200 rows x 10 features, 16 hidden units, batches of 32, 10 epochs, validated.
Times differ from machine to machine and from minute to minute; their ratio, taken in turns, does not differ much.
"""

import argparse
import statistics
import subprocess
import sys
import time

import numpy as np

from lessonlib import datasets, utils
from lessonlib.layers import Dense, Input
from lessonlib.models import Sequential
from lessonlib.optimizers import SGD, Adam

BATCH, EPOCHS, RATE = 32, 10, 0.05
COLD = (
    "import time; t = time.perf_counter()\n"
    "import lessonlib as keras, numpy as np\n"
    "x, y = np.random.rand(1000, 10), np.random.randint(0, 2, 1000)\n"
    "m = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, 'relu'), keras.layers.Dense(1, 'sigmoid')])\n"
    "m.compile('adam', 'binary_crossentropy', metrics=['accuracy'])\n"
    "m.fit(x, y, epochs=10, validation_split=0.2, verbose=0)\n"
    "print(time.perf_counter() - t)"
)


def engine(x, y, optimizer: str):
    """The lessons' fit with this package."""
    utils.set_random_seed(0)
    model = Sequential([Input((10,)), Dense(16, "relu"), Dense(1, "sigmoid")])
    rule = Adam(RATE) if optimizer == "adam" else SGD(RATE, momentum=0.9 if optimizer == "momentum" else 0.0)
    model.compile(rule, "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, validation_split=0.2, verbose=0).history["loss"]


def textbook(x, y, optimizer: str):
    """The same training as one writes it the first time: clear, and an array made for every operation."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(10, 16)) * 0.3, np.zeros(16), rng.normal(size=(16, 1)) * 0.3, np.zeros(1)]
    m, v, t = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights], 0
    y = y.reshape(-1, 1)
    (x, x_val), (y, y_val) = (x[:800], x[800:]), (y[:800], y[800:])

    def forward(rows):
        hidden = np.maximum(rows @ weights[0] + weights[1], 0)
        return hidden, 1 / (1 + np.exp(-(hidden @ weights[2] + weights[3])))

    def measure(p, targets):
        p = np.clip(p, 1e-7, 1 - 1e-7)
        loss = -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p))
        return loss, np.mean((p > 0.5) == targets)

    losses = []
    for _ in range(EPOCHS):
        order, total = rng.permutation(800), 0.0
        for start in range(0, 800, BATCH):
            rows = order[start : start + BATCH]
            hidden, p = forward(x[rows])
            total += measure(p, y[rows])[0] * len(rows)
            d_output = (p - y[rows]) / len(rows)
            d_hidden = d_output @ weights[2].T * (hidden > 0)
            gradients = [x[rows].T @ d_hidden, d_hidden.sum(axis=0), hidden.T @ d_output, d_output.sum(axis=0)]
            t += 1
            for i, g in enumerate(gradients):
                if optimizer == "adam":
                    m[i] = 0.9 * m[i] + 0.1 * g
                    v[i] = 0.999 * v[i] + 0.001 * g**2
                    weights[i] = weights[i] - RATE * m[i] / (1 - 0.9**t) / (np.sqrt(v[i] / (1 - 0.999**t)) + 1e-7)
                elif optimizer == "momentum":
                    m[i] = 0.9 * m[i] - RATE * g
                    weights[i] = weights[i] + m[i]
                else:
                    weights[i] = weights[i] - RATE * g
        measure(forward(x_val)[1], y_val)
        losses.append(total / 800)
    return losses


def in_turns(programs: dict, repeats: int) -> dict[str, float]:
    """The median time of each program in milliseconds; they take turns, so that all meet the same disturbances."""
    times = {name: [] for name in programs}
    for _ in range(repeats):
        for name, program in programs.items():
            begun = time.perf_counter()
            program()
            times[name].append(1000 * (time.perf_counter() - begun))
    return {name: statistics.median(values) for name, values in times.items()}


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m lessonlib benchmark", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=31, help="how often each program runs (default: 31)")
    repeats = parser.parse_args(argv).repeats
    x, y = datasets.make_two_classes()
    x = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0))

    print(
        f"800 + 200 rows x 10, 10-16-1, batch {BATCH}, {EPOCHS} epochs, validated; medians of {repeats} runs in turns"
    )
    print("optimizer   lessonlib ms   textbook ms   ratio   last loss of each")
    ratios = []
    for optimizer in ("sgd", "momentum", "adam"):
        losses = engine(x, y, optimizer)[-1], textbook(x, y, optimizer)[-1]
        programs = {
            "ours": lambda rule=optimizer: engine(x, y, rule),
            "textbook": lambda rule=optimizer: textbook(x, y, rule),
        }
        medians = in_turns(programs, repeats)
        ratios.append(medians["textbook"] / medians["ours"])
        print(
            f"{optimizer:9s}   {medians['ours']:12.2f}   {medians['textbook']:11.2f}   {ratios[-1]:4.1f}x   "
            f"{losses[0]:.3f}, {losses[1]:.3f}"
        )
    print(f"geometric mean: the textbook loop takes {statistics.geometric_mean(ratios):.1f} times as long")

    cold = [float(subprocess.check_output([sys.executable, "-c", COLD])) for _ in range(5)]
    print(f"cold, from `import lessonlib` to the end of the first fit: {1000 * statistics.median(cold):.0f} ms")
