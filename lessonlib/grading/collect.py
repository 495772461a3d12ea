"""Submissions that were sent as files: read with care, taken for whom they come from, and never over an honest one.

What is known about the owner of a zip: the name of the file, which is the teacher's; the name that `submit` wrote
into it; and a token that the student's copy of the course made once, which no other student has seen. The first
token that comes under a name is kept in grading/owners.json, and speaks for that name from then on.
"""

import hashlib
import io
import json
import os
import re
import shutil
import stat
import time
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from lessonlib.course.files import write_if_changed
from lessonlib.grading import submission
from lessonlib.grading.submission import Refused

MEMBERS = 1000
ARCHIVE_BYTES = 64 << 20
FORMAT = "lessonlib-handed-in/1"
LONGEST = 200  # bytes of a file's name
STUDENT = re.compile(r"\w[\w.@+-]{0,99}")


class Held(Exception):
    """A submission that is kept aside until a person has looked at it; the message says why and what to do."""


@dataclass
class Parcel:
    """What one student sent: {name: bytes} of the files that count, and who it says has packed it."""

    student: str
    file: object
    contents: dict
    name: str = ""
    token: str = ""

    @property
    def digest(self):
        whole = hashlib.sha256()
        for name in sorted(self.contents):
            whole.update(f"{name}\0{hashlib.sha256(self.contents[name]).hexdigest()}\0".encode())
        return whole.hexdigest()


def parcels(archive, lesson):
    """Return [(student, path of what was sent)] of the folder `archive`: a zip or folder each, or single files."""
    found = {}
    for path in sorted(archive.iterdir()):
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        student = path.stem if path.suffix == ".zip" else path.name
        for ending in (f"_{lesson}.ipynb", f"_{submission.ANSWERS}"):
            student = student.removesuffix(ending)
        found.setdefault(student, []).append(path)
    return sorted(found.items())


def read(student, paths, lesson):
    """Return the Parcel of a student. Raises Refused or Held, with what is wrong."""
    shown = " and ".join(path.name for path in paths)
    if not STUDENT.fullmatch(student):
        raise Held(f"{shown!r} is no name of a student; call it <student>.zip, in letters, digits, points, - and _")
    singles = [path for path in paths if path.name != student and path.suffix != ".zip"]
    if len(paths) > 1 and len(singles) < len(paths):
        raise Held(f"{shown} are all for {student}; leave the one that counts in the folder, and move the others away")
    if singles:
        files = {path.name.removeprefix(f"{student}_"): submission.plain_file(path) for path in singles}
        return Parcel(student, paths[0], files)
    (path,) = paths
    if path.suffix == ".zip":
        comment, files = _unpacked(submission.plain_file(path, ARCHIVE_BYTES), path.name)
        name, token = _owner(comment)
        return Parcel(student, path, _that_count(files, path.name), name, token)
    return Parcel(student, path, _that_count(submission.contents(path), path.name))


def _unpacked(content, shown):
    """(the comment of a zip, {path: bytes} of its members), of which none is a link or lies outside."""
    files, total = {}, 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > MEMBERS:
                raise _bad(shown, f"holds more than {MEMBERS} files")
            for member in archive.infolist():
                kind = stat.S_IFMT(member.external_attr >> 16)
                path = PurePosixPath(member.filename.replace("\\", "/"))
                if path.is_absolute() or ".." in path.parts or ":" in path.parts[0:1]:
                    raise _bad(shown, f"wants to write outside of its folder, to {member.filename[:80]!r}")
                if member.is_dir():
                    continue
                if kind not in (0, stat.S_IFREG):
                    raise _bad(shown, f"holds {member.filename[:80]!r}, a link or device and no file")
                if member.flag_bits & 1:
                    raise _bad(shown, "is locked with a password")
                if not _counts(path):
                    continue
                limit = submission.NOTEBOOK_BYTES if path.suffix == ".ipynb" else submission.FILE_BYTES
                with archive.open(member) as opened:
                    data = opened.read(limit + 1)
                total += len(data)
                if len(data) > limit or total > submission.ALL_BYTES + submission.NOTEBOOK_BYTES:
                    raise _bad(shown, "unpacks to more than a submission may hold")
                if str(path) in files:
                    raise _bad(shown, f"holds {str(path)[:80]!r} twice")
                files[str(path)] = data
            return archive.comment, files
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, RuntimeError) as error:
        raise _bad(shown, "is no zip, or a damaged one") from error
    except Exception as error:
        if isinstance(error, Refused):
            raise
        raise _bad(shown, "is a damaged zip") from error


def _counts(path):
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix in (".ipynb", ".json") and not hidden


def _that_count(files, shown):
    """The notebooks and .json files, at any depth, by their last names."""
    result = {}
    for path, content in files.items():
        path = PurePosixPath(path)
        if _counts(path):
            if len(os.fsencode(path.name)) > LONGEST:
                raise _bad(shown, f"holds a file with too long a name, {path.name[:30]!r}…")
            if path.name in result:
                raise Held(f"{shown} holds {path.name} in several folders; leave the one that counts")
            result[path.name] = content
    if not result:
        raise _bad(shown, "holds no notebook")
    return result


def _bad(shown, problem):
    return Refused(
        f"{shown} {problem}; nothing of it was taken. Ask the student to pack it with `python -m lessonlib submit`",
        f"Your file {problem}. Pack it with `python -m lessonlib submit` and hand it in again.",
    )


def _owner(comment):
    """(name, token) that lessonlib/course/submit.py wrote into a zip; "" where it did not."""
    try:
        data = json.loads(comment)
        if data["format"] == FORMAT and all(data[key].isprintable() for key in ("name", "token")):
            return data["name"][:100], data["token"][:100]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return "", ""


class Collected:
    """The submissions of a course in `folder` (grading/), and the tokens that speak for its students."""

    def __init__(self, folder, lesson):
        self.folder, self.lesson = folder, lesson
        self.file = folder / "owners.json"
        self.tokens = json.loads(self.file.read_bytes()) if self.file.exists() else {}

    def take(self, parcel, accept=False):
        """Put a parcel where grading finds it; "new", "changed" or "" when it is there already.

        What stood there before is kept in grading/earlier. Raises Held when somebody else may have packed it;
        `accept` says that the teacher has looked into it.
        """
        place = self.folder / "submitted" / parcel.student / self.lesson
        there = place.is_dir() and not place.is_symlink()
        if there and _same(place, parcel.contents):
            return ""
        if not accept:
            self._check(parcel, there)
        made = place.with_name(f".{self.lesson}.new")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        for name, content in parcel.contents.items():
            (made / name).write_bytes(content)
        if there:
            earlier = self.folder / "earlier" / self.lesson / parcel.student
            earlier.mkdir(parents=True, exist_ok=True)
            os.rename(place, _free(earlier))
        os.rename(made, place)
        if parcel.token:
            self.tokens.setdefault(parcel.student, [])
            if parcel.token not in self.tokens[parcel.student]:
                self.tokens[parcel.student].append(parcel.token)
            write_if_changed(self.file, (json.dumps(self.tokens, indent=1, ensure_ascii=False) + "\n").encode())
        return "changed" if there else "new"

    def _check(self, parcel, there):
        look = f"If it is right, say `--accept {parcel.student}`"
        if parcel.name and parcel.name != parcel.student:
            raise Held(f"{parcel.file.name} says that {parcel.name!r} packed it. {look}, else rename or remove it")
        for other, tokens in self.tokens.items():
            if other != parcel.student and parcel.token in tokens:
                raise Held(f"{parcel.file.name} was packed where the submissions of {other!r} are packed. {look}")
        known = self.tokens.get(parcel.student)
        if known and parcel.token not in known:
            kept = "; what was collected before stays" if there else ""
            raise Held(
                f"{parcel.file.name} was not packed where {parcel.student!r} packed before{kept}. "
                f"Ask the student. {look}"
            )


def _same(place, contents):
    try:
        return submission.contents(place) == contents
    except Refused:
        return False


def _free(folder):
    stem, number = time.strftime("%Y%m%d-%H%M%S"), 1
    while (folder / f"{stem}-{number}").exists():
        number += 1
    return folder / f"{stem}-{number}"
