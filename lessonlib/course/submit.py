"""`python -m lessonlib submit <lesson>`: look a lesson over, and pack it for handing in.

Nothing of the student's is changed: what is run is a copy, and what is packed are copies.
"""

import argparse
import io
import json
import re
import secrets
import sys
import zipfile
from pathlib import Path

from lessonlib.course import doctor
from lessonlib.files import write_if_changed
from lessonlib.quiz.store import FILE_NAME, free_name

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[\w][\w.-]*")
WHEN = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip


def main(argv):
    """Run the command. Returns 0; 1 when something should be repaired; 2 when there is nothing to hand in."""
    options = _parser().parse_args(argv)
    known = sorted(path.parent.name for path in (ROOT / "notebooks").glob("*/*.ipynb") if path.stem == path.parent.name)
    if options.lesson not in known:
        print(f"There is no lesson {options.lesson!r}; the lessons are {', '.join(known)}.", file=sys.stderr)
        return 2
    folder, released = options.look or ROOT / "work" / options.lesson, ROOT / "notebooks" / options.lesson
    try:
        findings = doctor.examine(folder, released)
    except doctor.NotReadable as problem:
        print(problem, file=sys.stderr)
        return 2
    if options.look:
        return _look(findings)
    name = options.name or _ask()
    if not name or not NAME.fullmatch(name):
        print(
            f"The name is {name!r}; give the name or number your teacher knows you by, in letters, digits, points, - "
            "and _, as in --name ada-lovelace.",
            file=sys.stderr,
        )
        return 2
    scores = []
    if options.run:
        from lessonlib.course.rehearsal import rehearse  # it takes a second to import

        print(
            f"Running a copy of your notebook from top to bottom, for at most {options.seconds} seconds …", flush=True
        )
        rehearsal = rehearse(folder, released, options.seconds)
        findings += rehearsal.findings
        scores = _scores(rehearsal)
    _look(findings)
    _tell("Points of this run", scores)
    try:
        place = ROOT / "work" / "to-hand-in"
        path = pack(folder, place / options.lesson / f"{name}.zip", owner(name, _token(place)))
    except OSError as error:
        print(f"The zip cannot be written: {error}. Make room, or allow yourself to write there.", file=sys.stderr)
        return 2
    print(f"\nPacked: {path.relative_to(ROOT)}\nThis is the file to hand in. Your own files are as they were.")
    return int(any(finding.repair for finding in findings))


def _look(findings):
    """Tell what was found; 1 when there is something to repair, else 0."""
    _tell("To repair", [finding.text for finding in findings if finding.repair])
    _tell("Still open", [finding.text for finding in findings if not finding.repair])
    return int(any(finding.repair for finding in findings))


def pack(folder, path, owner=b""):
    """Make the zip `path` of the notebook and the answers in `folder`; return `path`.

    Another zip that stands there is kept under a new name. `python -m lessonlib collect` takes the name of the
    file for the student's, and compares it with `owner`, the comment in the zip.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = owner
        for name in (f"{folder.name}.ipynb", FILE_NAME):
            if (folder / name).is_file():
                entry = zipfile.ZipInfo(f"{folder.name}/{name}", WHEN)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)
    if path.exists() and path.read_bytes() != content.getvalue():
        path.rename(free_name(path, "old"))
    write_if_changed(path, content.getvalue())
    return path


def owner(name, token):
    """The comment of a zip that says who packed it."""
    return json.dumps({"format": "lessonlib-handed-in/1", "name": name, "token": token}).encode()


def _token(place):
    """A word that only this copy of the course knows: it shows that two zips come from the same person."""
    file = place / ".packed-here"
    if not file.exists():
        write_if_changed(file, secrets.token_hex(16).encode())
    return file.read_text("ascii")


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m lessonlib submit",
        description="Look over the lesson in your folder work, tell what is missing or damaged, and pack it as a zip.",
    )
    parser.add_argument("lesson", help="such as 02-model-fit")
    parser.add_argument("--name", help="the name or number your teacher knows you by; otherwise you are asked for it")
    parser.add_argument("--seconds", type=int, default=300, help="how long the notebook may run (300)")
    parser.add_argument("--without-running", dest="run", action="store_false", help="only look at the files")
    parser.add_argument(
        "--look", type=Path, metavar="FOLDER", help="only look at the files of a submission in FOLDER; nothing is run"
    )
    return parser


def _ask():
    if not sys.stdin.isatty():
        return ""
    return input("The name or number your teacher knows you by: ").strip()


def _scores(rehearsal):
    lines = []
    for grade_id, (score, points) in rehearsal.scores.items():
        what = "the quiz" if grade_id == "quiz_score" else f"`{grade_id.removeprefix('check_')}`"
        lines.append(f"{what}: {score:g} of {points:g}")
    total = sum(score for score, _ in rehearsal.scores.values())
    points = sum(points for _, points in rehearsal.scores.values())
    by_hand = f", and up to {rehearsal.by_hand:g} that a person gives" if rehearsal.by_hand else ""
    return [*lines, f"together {total:g} of {points:g}{by_hand}"]


def _tell(title, lines):
    if lines:
        print(f"\n{title}")
        for line in dict.fromkeys(lines):
            print(f"  - {line}")
