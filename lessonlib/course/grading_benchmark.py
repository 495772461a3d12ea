"""`python -m lessonlib benchmark --grading`: how fast a class is graded, beside stock `nbgrader autograde`.

Both grade the same submissions of a copy of the course, in turns, so that both meet the same disturbances. Each is
the whole command, from its start to its end; making nbgrader's gradebook counts for ours, and not for stock.
"""

import contextlib
import json
import os
import runpy
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from lessonlib.checks import Exercise
from lessonlib.grading import fresh, grade, marking, notebook, outcome, record, structure, submission
from lessonlib.grading.gradebook import Book
from lessonlib.grading.local import Local
from lessonlib.quiz import bank
from lessonlib.quiz.store import AnswerFile, Record

ROOT = Path(__file__).resolve().parents[2]
LESSON = "02-model-fit"
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "training"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
"""
OURS = """
import sys; from pathlib import Path; from lessonlib.course import grade
folder = Path(sys.argv[1])
code = grade.main([sys.argv[2]], folder)
(folder / "memory").write_text(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
sys.exit(code)
"""


@dataclass
class Cost:
    """Seconds that passed and seconds that were computed, by a command and all that it started.

    `memory` is the most that the command itself ever held, in MB; of ours alone.
    """

    wall: float
    cpu: float
    memory: float = 0.0

    def each(self, start, count):
        """What one of `count` submissions costs, the start left out."""
        return Cost((self.wall - start.wall) / count, (self.cpu - start.cpu) / count)

    def with_more(self, each, count):
        """What it would be with `count` submissions of the cost `each` besides."""
        return Cost(self.wall + count * each.wall, self.cpu + count * each.cpu)


def hand_in(folder, numbers):
    """Fill a new course in `folder` with submissions: in turns solved, half, with a known mistake, and blank."""
    for part in ("solutions", "notebooks"):
        shutil.copytree(ROOT / part / LESSON, folder / part / LESSON)
    source = folder / "solutions" / LESSON
    blank = json.loads((folder / "notebooks" / LESSON / f"{LESSON}.ipynb").read_bytes())
    full = json.loads((source / f"{LESSON}.ipynb").read_bytes())
    solutions = {cell["metadata"].get("exercise"): "".join(cell["source"]) for cell in full["cells"]}
    exercises = runpy.run_path(str(source / "exercises.py"))
    names = [name for name in solutions if isinstance(exercises.get(name), Exercise)]
    key = list(bank.read(source / "quiz.yaml").key.items())
    for number in numbers:
        written = dict(solutions) if number % 4 < 3 else {}
        if number % 4 == 1:
            written = {name: written[name] for name in names[: 1 + number % len(names)]}
        elif number % 4 == 2:
            name = names[number % len(names)]
            mistake = exercises[name].mistakes[number % len(exercises[name].mistakes)]
            written[name] = written[name].replace(mistake.old, mistake.new)
        cells = [{**cell, "source": written.get(cell["metadata"].get("exercise"), cell["source"])}
                 for cell in blank["cells"]]  # fmt: skip
        place = folder / "grading" / "submitted" / f"s{number:03d}" / LESSON
        place.mkdir(parents=True)
        (place / f"{LESSON}.ipynb").write_text(json.dumps({**blank, "cells": cells}), "utf-8")
        answered = {name: Record(value, at="2030-01-01T10:00:00Z") for name, value in key[: number % (len(key) + 1)]}
        AnswerFile(place, LESSON).update(answered)


def timed(command, folder, may_end):
    """The Cost of a command run in `folder`; `may_end` are its exit codes when all is well."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {"JUPYTER_CONFIG_DIR": str(folder / "home"), "IPYTHONDIR": str(folder / "home")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=environment, **quiet) as process:
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in may_end:
        raise RuntimeError(f"{' '.join(command[:4])} failed: {said.decode(errors='replace')[-2000:]}")
    return Cost(time.perf_counter() - begun, used.ru_utime + used.ru_stime)


def ours(folder):
    """The Cost of grading all submissions anew with `python -m lessonlib grade`."""
    forget(folder)
    cost = timed([sys.executable, "-c", OURS, str(folder), LESSON], folder, (0,))
    return Cost(cost.wall, cost.cpu, int((folder / "memory").read_text()) / 1024)


def forget(folder):
    """Make a course one that was never graded."""
    for name in ("records", "autograded"):
        shutil.rmtree(folder / "grading" / name, ignore_errors=True)
    (folder / "grading" / "gradebook.db").unlink(missing_ok=True)


def stock(folder, *arguments, may_end=(0,)):
    """The Cost of one stock nbgrader command."""
    return timed([sys.executable, "-m", "nbgrader", *arguments], folder, may_end)


def phases(folder):
    """{what: seconds computed} for a whole class, in the order in which it happens."""
    forget(folder)
    spent, started = {}, time.process_time()
    lesson = grade.Lesson(folder, LESSON)
    with contextlib.ExitStack() as stack:
        for what, owner, name in (
            ("hidden cases drawn", fresh, "tables"), ("gradebook", Book, "__init__"),
            ("read", submission, "read"), ("read", structure, "arrange"),
            ("output cleaned", outcome, "read"), ("judge", marking, "exercise"), ("judge", marking, "quiz"),
            ("notebook written", notebook, "write"), ("gradebook", Book, "save"), ("record written", record, "write"),
        ):  # fmt: skip
            stack.enter_context(mock.patch.object(owner, name, _watched(getattr(owner, name), what, spent)))
        with Book(f"sqlite:///{folder}/grading/gradebook.db", "training", lesson.released) as book:
            before = os.times()
            with Local() as executor:
                for _ in grade.grade(lesson, lesson.students(), book, executor):
                    pass
            after = os.times()
    spent["the sandbox, its start too"] = sum(after[2:4]) - sum(before[2:4])
    spent["this process in all"] = time.process_time() - started
    return spent


def _watched(function, what, spent):
    def watched(*given, **named):
        begun = time.thread_time()
        try:
            return function(*given, **named)
        finally:
            spent[what] = spent.get(what, 0.0) + time.thread_time() - begun

    return watched


def main(count, for_stock, turns):
    """Print what `count` submissions cost both, measured in `turns` turns, and where the time goes in ours.

    Stock grades the same class in each turn; or `for_stock` of them, divided among the turns, from which the time for
    all is reckoned. Ours also grades a quarter and half of the class, which shows how time and memory grow.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        mine = {size: [] for size in sorted({max(1, count // 4), max(1, count // 2), count})}
        for size in mine:
            hand_in(Path(place) / f"ours{size}", range(size))
        theirs = []
        for turn in range(turns):
            for size, costs in mine.items():
                costs.append(ours(Path(place) / f"ours{size}"))
            part = Path(place) / f"stock{turn}"
            theirs.append(by_stock(part, count, range(count) if for_stock >= count else range(turn, for_stock, turns)))
        whole = Path(place) / f"ours{count}"
        show(count, mine[count], theirs, "" if for_stock >= count else f", reckoned from {for_stock}")
        show_growth(mine)
        print("\nWhere the time goes, ms of computing a submission:")
        for what, seconds in phases(whole).items():
            print(f"  {what:28s}{1000 * seconds / count:8.1f}")


def by_stock(folder, count, numbers):
    """The Cost of `count` submissions in stock nbgrader, of which it grades those with these numbers."""
    hand_in(folder, numbers)
    (folder / "nbgrader_config.py").write_text(STOCK, "utf-8")
    stock(folder, "generate_assignment", LESSON, "--force", "--create")
    if len(numbers) == count:
        return stock(folder, "autograde", LESSON)
    start = stock(folder, "autograde", LESSON, "--student=nobody", may_end=(1,))
    return start.with_more(stock(folder, "autograde", LESSON).each(start, len(numbers)), count)


def show(count, mine, theirs, how):
    """Print the table: medians of the turns."""
    print(f"{count} submissions of {LESSON}; medians of {len(mine)} turns")
    print(f"{'':22s}{'seconds':>10s}{'computed':>10s}{'a minute':>10s}")
    first, second = median(mine), median(theirs)
    for name, total in (("lessonlib grade", first), ("nbgrader autograde", second)):
        said = how if total is second else ""
        print(f"{name:22s}{total.wall:10.1f}{total.cpu:10.1f}{60 * count / total.wall:10.1f}{said}")
    print(f"{'throughput':22s}{second.wall / first.wall:9.1f}x{second.cpu / first.cpu:9.1f}x")


def show_growth(mine):
    """Print how ours grows with the class: `mine` is {size: [Cost]}."""
    print(f"\n{'submissions':22s}{'seconds':>10s}{'computed':>10s}{'each more':>10s}{'memory':>10s}")
    before = None
    for size, costs in mine.items():
        cost = median(costs)
        more = "" if before is None else f"{1000 * cost.each(before[1], size - before[0]).cpu:.0f} ms"
        print(f"{size:<22d}{cost.wall:10.1f}{cost.cpu:10.1f}{more:>10s}{cost.memory:7.0f} MB")
        before = size, cost


def median(costs):
    """The Cost in the middle, number by number."""
    return Cost(*(statistics.median(getattr(one, name) for one in costs) for name in ("wall", "cpu", "memory")))
