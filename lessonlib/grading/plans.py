"""Plans that students send, carried out: no line of theirs is run, but the sizes are theirs, so it is done apart.

A plan is data: layers, an optimizer, a batch size. Building and training it, and judging what comes out, happens in a
process of its own, which may use so much memory and time and no more. It reads JSON and writes JSON.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lessonlib.checks import table as tables
from lessonlib.checks.cases import Budget
from lessonlib.grading.pool import NotRun

MEMORY = 2 << 30  # bytes of address space
SECONDS = 60  # of computing; ten times as many may pass
ROOT = Path(__file__).resolve().parents[2]


class TooMuch(Exception):
    """A plan that cannot be carried out within the limits."""


@dataclass(frozen=True)
class Judged:
    """What a verdict of checks.judge says, as far as grading needs it: `results` for each goal whether it is wrong."""

    score: float
    remark: str
    results: tuple
    passed: int


def is_plan(table):
    """Tell whether the cases of a table are plans to be carried out."""
    return isinstance(table.cases[0].given, Budget)


def judge(table, told, seconds=SECONDS, memory=MEMORY):
    """Return the Judged of what a witness `told` of plans.

    Raises TooMuch when they take more than `seconds` or `memory`, and NotRun when the machine fails.
    """
    job = json.dumps({"table": tables.dumps([table]), "told": told, "seconds": seconds, "memory": memory})
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "lessonlib.grading.plans"]
    try:
        done = subprocess.run(
            line, input=job.encode(), capture_output=True, timeout=10 * seconds, env=environment, cwd=ROOT, check=True
        )
    except subprocess.TimeoutExpired as late:  # its limit is one of computing, and it never sleeps
        raise NotRun("the machine is too busy to carry out a plan") from late
    except OSError as error:
        raise NotRun(f"a plan cannot be carried out: {error}") from error
    except subprocess.CalledProcessError as ended:
        if ended.returncode == -signal.SIGKILL:  # not by its limits
            raise NotRun("a plan was carried out, and the process was killed") from ended
        raise TooMuch(f"its process ended with {ended.returncode}") from ended
    data = json.loads(done.stdout)
    return Judged(data["score"], data["remark"], tuple(data["wrong"]), data["wrong"].count(False))


def main():
    """The process: judge the job that stands on the standard input."""
    import resource

    job = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"] + 60))  # the first ends it, by SIGXCPU
    resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))

    from lessonlib.checks.judge import judge as by_table
    from lessonlib.grading import strict

    (table,) = tables.loads(job["table"]).values()
    verdict = by_table(table, strict.outcomes(job["told"], len(table.cases)))
    wrong = [bool(result.wrong) for result in verdict.results]
    print(json.dumps({"score": verdict.score, "remark": verdict.remark, "wrong": wrong}))


if __name__ == "__main__":
    main()
