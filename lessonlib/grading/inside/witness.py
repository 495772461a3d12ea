"""The witness of one exercise: holds the student's function as it was, and shows what it makes of hidden cases."""

import contextlib
import json
import os
import signal
import sys
import time

from lessonlib.checks import calls, table, values
from lessonlib.grading.inside import frames


class TooSlow(BaseException):
    """A case took too long. Not an Exception, so that a student's `except Exception` does not swallow it."""


def ask(cases_in, results_out, tables, limits):
    """Hand the cases to a witness and return what it says of each, as a list of JSON texts.

    It ends early when the witness does, or when the time is up; whoever is not there says nothing.
    """
    end = time.monotonic() + limits.calls
    said, size = [], 0
    with contextlib.suppress(frames.Broken):
        frames.receive(results_out, end, limits.result)  # here I am
        frames.send(cases_in, tables, end)
        while True:
            message = frames.receive(results_out, end, limits.result)
            size += len(message)
            if size > limits.result // 4:
                break
            said.append(message.decode("utf-8", "replace"))
    return said


def testify(name, names, cases_out, results_in, limits):
    """Wait for cases, let what the student calls `name` do each, and write down what came out."""
    frames.send(results_in, b"here", time.monotonic() + limits.wall)
    tables = frames.receive(cases_out, time.monotonic() + limits.wall, limits.result)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")
    signal.signal(signal.SIGALRM, _too_slow)
    for one_case in json.loads(tables):
        told = _told(next(iter(table.loads(one_case).values())), name, names, limits.call)
        frames.send(results_in, json.dumps(told).encode(), time.monotonic() + 10)


def _told(one_case, name, names, seconds):
    """The outcome of one case as plain data. Messages of exceptions stay here: they could hold the case."""
    if name not in names:
        return {"raises": "NameError"}
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        (outcome,) = calls.answer(one_case, names[name])
        told = {"raises": outcome.raised} if outcome.raised else {"value": values.encode(outcome.value)}
        json.dumps(told)
        return told
    except calls.Unusable:
        return {"raises": "Unusable"}
    except TooSlow:
        return {"raises": "TimeoutError"}
    except BaseException as error:  # from objects with methods that raise
        return {"raises": f"Unusable{type(error).__name__}"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _too_slow(*_):
    raise TooSlow
