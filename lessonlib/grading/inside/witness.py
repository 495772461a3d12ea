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


def ask(cases_in, results_out, tables, limits, clock, end, running):
    """Hand the cases to a witness and return what it says of each, as a list of JSON texts.

    It ends early when the witness does, or when the time of `clock` is up; whoever is not there says nothing. A
    witness that needs too long for a case is told so. Its number is put into the list `running`.
    """
    end = min(end, clock() + limits.calls)
    said, size = [], 0
    with contextlib.suppress(frames.Broken):
        running.append(_number(frames.receive(results_out, end, 100, clock)))
        frames.send(cases_in, tables, time.monotonic() + limits.calls)
        while True:
            while not frames.there(results_out, min(end, clock() + limits.call), clock) and clock() < end:
                _tell(running[0])
            message = frames.receive(results_out, end, limits.result, clock)
            size += len(message)
            if size > limits.result // 4:
                break
            said.append(message.decode("utf-8", "replace"))
    return said


def _number(message):
    """The number of the process that says it is there; the lowest ones are none of the student's."""
    number = message.removeprefix(b"here ")
    if not number.isdigit() or len(number) > 7 or int(number) <= 2:
        raise frames.Broken("no witness")
    return int(number)


def _tell(number):
    """Tell a witness that a case takes too long."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(number, signal.SIGALRM)


def testify(name, names, cases_out, results_in, limits):
    """Wait for cases, let what the student calls `name` do each, and write down what came out."""
    frames.send(results_in, b"here %d" % os.getpid(), time.monotonic() + limits.wall)
    tables = frames.receive(cases_out, time.monotonic() + limits.wall, limits.result)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    for one_case in json.loads(tables):
        told = _told(next(iter(table.loads(one_case).values())), name, names)
        frames.send(results_in, json.dumps(told).encode(), time.monotonic() + limits.wall)


def _told(one_case, name, names):
    """The outcome of one case as plain data. Messages of exceptions stay here: they could hold the case."""
    if name not in names:
        return {"raises": "NameError"}
    try:
        signal.signal(signal.SIGALRM, _too_slow)
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
        signal.signal(signal.SIGALRM, signal.SIG_IGN)


def _too_slow(*_):
    raise TooSlow
