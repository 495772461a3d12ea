"""`python -m lessonlib collect <lesson>`: take what students sent, each for whom it comes from.

Reads grading/downloaded/<lesson>/archive, writes grading/submitted/<student>/<lesson>.
Exit status: 0 all taken, 1 nothing could be done, 3 some were refused or held for you to look at.
"""

import argparse
import sys
from pathlib import Path

from lessonlib.grading import collect
from lessonlib.grading.submission import Refused

ROOT = Path(__file__).resolve().parents[2]


def main(argv, root=ROOT):
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lessonlib collect",
        description="Take what students sent from grading/downloaded/<lesson>/archive. Nothing that is there is lost.",
    )
    parser.add_argument("lesson", help="such as 02-model-fit")
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="STUDENT",
        help="take what is held of this one; may be repeated",
    )
    parser.add_argument(
        "--names-are-sure",
        action="store_true",
        help="the learning platform has named the files: take also what `submit` did not pack",
    )
    options = parser.parse_args(argv)
    archive = root / "grading" / "downloaded" / options.lesson / "archive"
    if not (root / "notebooks" / options.lesson).is_dir() or not archive.is_dir():
        print(f"collect: put what students sent into {archive}; the name of the lesson is that in notebooks/",
              file=sys.stderr)  # fmt: skip
        return 1
    collected = collect.Collected(root / "grading", options.lesson)
    count = dict.fromkeys(("new", "changed", "", "aside"), 0)
    listed = collect.parcels(archive, options.lesson)
    tokens = collect.tokens(listed)
    for student, paths in listed:
        try:
            parcel = collect.read(student, paths, options.lesson)
            accept, packed_by = student in options.accept, tokens.get(parcel.token, ())
            count[collected.take(parcel, accept, options.names_are_sure, packed_by)] += 1
        except (Refused, collect.Held) as problem:
            count["aside"] += 1
            state = "refused" if isinstance(problem, Refused) else "held"
            print(f"{student!r}: {state}: {problem}", file=sys.stderr)
    print(
        f"{options.lesson}: {count['new']} new, {count['changed']} newer than before (the earlier ones are in "
        f"grading/earlier), {count['']} unchanged, {count['aside']} held or refused"
    )
    return 3 if count["aside"] else 0
