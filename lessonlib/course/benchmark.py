"""`python -m lessonlib benchmark`: how fast the engine trains, beside a textbook loop and other libraries.

All programs of a workload take turns in one run, so that all meet the same disturbances. Times differ from machine to
machine and from minute to minute; their ratios do not differ much. What is not installed is left out.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from lessonlib.course.rivals import RIVALS, Job

SMALL = {
    f"{'sigmoid' if outputs == 1 else 'softmax'} {optimizer}": Job(16, outputs, optimizer, batch=32, epochs=10)
    for outputs in (1, 2)
    for optimizer in ("sgd", "rmsprop", "adam")
}
LARGE = {f"60,000 {optimizer}": Job(128, 10, optimizer, batch=128, epochs=3) for optimizer in ("sgd", "adam")}
COLD = """
import time; t = time.perf_counter()
import sys
from lessonlib.course.rivals import RIVALS, Job
import numpy as np
x, y = np.random.rand(1000, 10).astype("float32"), np.random.randint(0, 2, 1000)
RIVALS[sys.argv[1]](x[:800], y[:800], x[800:], y[800:], Job(16, 1, "adam", 32, 10))()
print(time.perf_counter() - t)
"""


def small_data():
    """800 + 200 rows x 10, two classes."""
    rng = np.random.default_rng(0)
    x = rng.random((1000, 10)).astype("float32")
    y = (x.sum(axis=1) > 5).astype(int)
    return x[:800], y[:800], x[800:], y[800:]


def large_data():
    """60,000 rows x 784, ten classes, not validated."""
    rng = np.random.default_rng(0)
    x = rng.random((60_000, 784), "float32")
    return x, (x[:, :10] + 0.3 * rng.random((60_000, 10))).argmax(axis=1), None, None


def programs(data, job: Job, names) -> dict:
    """A function that trains, for each of the libraries that are installed and can do the job."""
    ready = {}
    for name in names:
        try:
            ready[name] = RIVALS[name](*data, job)
        except ImportError:
            continue
    return ready


def in_turns(runs: dict, repeats: int) -> dict[str, float]:
    """The median time of each program in milliseconds, without its first run, which compiles and allocates."""
    times = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, run in runs.items():
            begun = time.perf_counter()
            run()
            if turn:
                times[name].append(1000 * (time.perf_counter() - begun))
    return {name: statistics.median(values) for name, values in times.items()}


def compare(title: str, data, jobs: dict, names, repeats: int) -> None:
    """Print a line for each job, and the geometric means of how many times as long each other program takes."""
    print(f"\n{title}; medians of {repeats} runs in turns, ms")
    ratios = {}
    for label, job in jobs.items():
        medians = in_turns(programs(data, job, names), repeats)
        ours = medians["lessonlib"]
        for name, value in medians.items():
            ratios.setdefault(name, []).append(value / ours)
        print(f"  {label:16s}", *(f" {name} {value:.1f} ({value / ours:.1f}x)" for name, value in medians.items()))
    for name, values in ratios.items():
        if name != "lessonlib":
            mean = statistics.geometric_mean(values)
            print(f"  {name} takes {mean:.1f} times as long (geometric mean of {len(values)})")


def floor(repeats: int = 3) -> float:
    """The time in milliseconds of the large job's matrix products alone, on one thread."""
    x, w = np.ones((128, 784), "float32"), np.ones((784, 128), "float32")
    h, v = np.ones((128, 128), "float32"), np.ones((128, 10), "float32")
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        for _ in range(3 * 469):
            a = x.dot(w)
            d = a.dot(v)
            h.T.dot(d), d.dot(v.T), x.T.dot(a)
        times.append(1000 * (time.perf_counter() - begun))
    return min(times)


def cold(names, repeats: int) -> None:
    """Print how long each program takes in a fresh process, from its first import to the end of its first fit."""
    print(f"\nCold: fresh process, import and first fit (small, sigmoid adam); medians of {repeats} in turns, ms")
    times = {name: [] for name in names}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for turn in range(repeats + 1):  # the first writes byte code and fills the disk's cache; it does not count
        for name in list(times):
            done = subprocess.run([sys.executable, "-c", COLD, name], capture_output=True, text=True, env=environment)
            if done.returncode:
                del times[name]  # not installed
            elif turn:
                times[name].append(1000 * float(done.stdout.split()[-1]))
    ours = statistics.median(times["lessonlib"])
    for name, values in times.items():
        print(f"  {name:14s} {statistics.median(values):8.0f}  ({statistics.median(values) / ours:.1f}x)")


def growth(repeats: int = 5) -> dict[str, dict[int, float]]:
    """How the time of a fit grows with one size, the others as in the small job: {size: {value: ms}}."""
    sizes = {
        "rows": (250, 1000, 4000, 16_000), "features": (10, 100, 1000), "epochs": (1, 10, 100),
        "batch size": (1, 8, 32, 128, 800), "hidden units": (16, 128, 1024),
    }  # fmt: skip
    rng, found = np.random.default_rng(0), {}
    for size, values in sizes.items():
        for value in values:
            given = {"rows": 800, "features": 10, "epochs": 10, "batch size": 32, "hidden units": 16} | {size: value}
            x = rng.random((given["rows"], given["features"]), "float32")
            y = (x.mean(axis=1) > 0.5).astype(int)
            job = Job(given["hidden units"], 1, "adam", given["batch size"], given["epochs"])
            runs = {"ours": RIVALS["lessonlib"](x, y, x[:200], y[:200], job)}
            found.setdefault(size, {})[value] = in_turns(runs, repeats)["ours"]
    return found


def draw_growth(found: dict[str, dict[int, float]], path: str) -> None:
    """Save the growth of the time as a picture, one panel for each size; both axes are logarithmic."""
    import matplotlib.pyplot as plt

    from lessonlib.style import figures

    with figures.colours():
        figure, panels = plt.subplots(1, len(found), figsize=(12, 2.6), sharey=True)
        for axes, (size, times) in zip(panels, found.items(), strict=True):
            axes.loglog(list(times), list(times.values()), marker="o")
            axes.set_xlabel(size)
            axes.minorticks_off()
        panels[0].set_ylabel("ms for one fit")
        figure.savefig(path, facecolor="white", dpi=110)
        plt.close(figure)


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m lessonlib benchmark", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15, help="how often each small program runs (default: 15)")
    parser.add_argument("--only", nargs="+", choices=list(RIVALS), default=list(RIVALS), help="leave out the others")
    parser.add_argument("--large", action="store_true", help="also 60,000 rows x 784 to 128 to 10 (minutes)")
    parser.add_argument("--growth", metavar="PICTURE", help="also how the time grows with rows, features, …, as a PNG")
    parser.add_argument("--grading", action="store_true", help="instead, grading a class beside stock nbgrader")
    parser.add_argument("--submissions", type=int, default=60, help="the class's size for --grading (default: 60)")
    parser.add_argument("--stock", type=int, help="so many of them for nbgrader, reckoned for all (default: all)")
    parser.add_argument("--turns", type=int, default=3, help="how often they take turns for --grading (default: 3)")
    options = parser.parse_args(argv)
    if options.grading:
        from lessonlib.course import grading_benchmark  # imports nbgrader

        grading_benchmark.main(options.submissions, options.stock or options.submissions, options.turns)
        return
    names = list(dict.fromkeys(["lessonlib", *options.only]))
    title = "800 + 200 rows x 10, 16 hidden, batch 32, 10 epochs, validated"
    compare(title, small_data(), SMALL, names, options.repeats)
    cold(names, min(options.repeats, 5))
    if options.large:
        print(f"\nMatrix products of the large job alone, one thread: {floor():.0f} ms")
        title = "60,000 rows x 784, 128 hidden, batch 128, 3 epochs"
        compare(title, large_data(), LARGE, names, min(options.repeats, 3))
    if options.growth:
        found = growth()
        for size, times in found.items():
            print(f"\n{size:12s}" + "".join(f"  {value}: {ms:.2f} ms" for value, ms in times.items()))
        draw_growth(found, options.growth)


if __name__ == "__main__":
    main(sys.argv[1:])
