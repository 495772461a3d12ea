"""`python -m lessonlib grade [lesson…]`: grade what students handed in, in a sandbox, judged outside of it.

Reads grading/submitted/<student>/<lesson>, writes grading/autograded, grading/records and the gradebook.
Exit status: 0 all graded, 1 nothing could be done, 3 some are to be looked at (refused, needs review),
4 some were not graded because the machine failed; the same command again tries these.
"""

import argparse
import sys
import time
from pathlib import Path

from lessonlib.grading import grade, late, progress
from lessonlib.grading.cluster import Cluster, NoCluster
from lessonlib.grading.gradebook import Book, NoGradebook
from lessonlib.grading.limits import Limits
from lessonlib.grading.local import Local
from lessonlib.grading.record import GRADED, NOT_GRADED, REFUSED, REVIEW
from lessonlib.grading.released import NoLesson
from lessonlib.grading.sandbox import NoSandbox

ROOT = Path(__file__).resolve().parents[2]
COURSE = "training"  # as nbgrader_config.py calls it


def main(argv, root=ROOT):
    """Grade the lessons named in `argv`, or all that were handed in; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lessonlib grade", description="Grade what students handed in, in a sandbox."
    )
    parser.add_argument("lessons", nargs="*", metavar="lesson", help="all that were handed in when none is named")
    parser.add_argument("--student", action="append", default=[], metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--workers", type=_positive, metavar="N", help="how many run at a time; default: processors")
    parser.add_argument("--cluster", metavar="tcp://…", help="run them on a Dask cluster with this scheduler")
    parser.add_argument("--db", metavar="URL", help="the gradebook; default: grading/gradebook.db")
    parser.add_argument("--force", action="store_true", help="run also what is graded and unchanged")
    parser.add_argument("--cell-seconds", type=_positive, default=60, metavar="N", help="for each cell; default: 60")
    parser.add_argument(
        "--notebook-seconds", type=_positive, default=180, metavar="N", help="for each notebook; default: 180"
    )
    parser.add_argument("--no-sandbox", action="store_true", help="run the students' code as you, with all your rights")
    options = parser.parse_args(argv)
    if options.no_sandbox:
        print("grade: WITHOUT A SANDBOX: the students' code runs as you and can do what you can.", file=sys.stderr)
    url = options.db or f"sqlite:///{root / 'grading' / 'gradebook.db'}"
    try:
        lessons = [grade.Lesson(root, name) for name in options.lessons or _handed_in(root)]
        penalties = late.Penalties(root)
        limits = Limits(cell=options.cell_seconds, notebook=options.notebook_seconds)
        with _executor(options, limits) as executor:
            states = set()
            for lesson in lessons:
                states |= _grade(lesson, options, url, executor, penalties)
    except (NoLesson, NoGradebook, late.NoPenalty, NoSandbox, NoCluster) as error:
        print(f"grade: {error}", file=sys.stderr)
        return 1
    return 4 if NOT_GRADED in states else 3 if states & {REFUSED, REVIEW} else 0


def _executor(options, limits):
    if options.cluster:
        return Cluster(options.cluster, limits, not options.no_sandbox)
    return Local(options.workers, not options.no_sandbox, limits)


def _grade(lesson, options, url, executor, penalties):
    """Grade one lesson and return the states that its submissions are in."""
    students = lesson.students(options.student)
    begin, seen, new = time.monotonic(), [], 0
    shown = progress.Progress(len(students))
    with Book(url, COURSE, lesson.released, penalties) as book:
        for made, run in grade.grade(lesson, students, book, executor, options.force):
            seen.append((made.state, made.score, made.points))
            new += run
            shown.step(run)
            if made.state != GRADED and (run or made.state == REFUSED):
                shown.say(f"{made.student}: {made.state}: {'; '.join(made.instructor)}")
    shown.end()
    print(progress.summary(lesson.name, seen, new, time.monotonic() - begin))
    return {state for state, *_ in seen}


def _handed_in(root):
    """The lessons of which there are submissions."""
    folders = (root / "grading" / "submitted").glob("*/*")
    return sorted({path.name for path in folders if path.is_dir() and not path.name.startswith(".")})


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number
