"""Submissions that were sent as files: read with care, taken for whom they come from, and never over an honest one.

What is known about the owner of a zip: the name of the file; the name that `submit` wrote into it; and a token that
the student's copy of the course made once, which no other student has seen. The first token that comes under a name is
kept in grading/owners.json, and speaks for that name from then on. It is held

    when the name in it is not that of its file,
    when another student's submission carries the same token, now or earlier,
    when its student's earlier ones carry another token,
    when it carries none, as all that `submit` did not pack: then the name of the file is all there is. It is enough
    where nobody but the learning platform could choose it, which only the teacher can know.
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

from lessonlib.files import write_if_changed
from lessonlib.grading import submission
from lessonlib.grading.submission import Refused

MEMBERS = 1000
ARCHIVE_BYTES = 64 << 20
FORMAT = "lessonlib-handed-in/1"
LONGEST = 200  # bytes of a file's name
MOODLE = re.compile(r"(?P<name>.+)_\d+_assignsubmission_file(_(?P<inner>.+))?")  # its "download all submissions"
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
    """Return [(student, paths of what was sent)] of the folder `archive`: a zip or folder each, or single files."""
    found = {}
    for path in sorted(archive.iterdir()):
        if path.name.startswith(".") or path.name == "__MACOSX":
            continue
        found.setdefault(_whose(path.name, lesson)[0], []).append(path)
    return sorted(found.items())


def _whose(name, lesson):
    """(the student, what a single file is called in the submission or ""), as the name of a file in `archive` says.

    >>> _whose("ann.zip", "02-fit"), _whose("ann_answers.json", "02-fit"), _whose("ann.ipynb", "02-fit")
    (('ann', ''), ('ann', 'answers.json'), ('ann', '02-fit.ipynb'))
    >>> _whose("Ann Lee_4711_assignsubmission_file_02-fit.ipynb", "02-fit")
    ('Ann-Lee', '02-fit.ipynb')
    """
    if moodle := MOODLE.fullmatch(name):
        inner = moodle["inner"] or ""
        return "-".join(moodle["name"].split()), "" if inner.endswith(".zip") else inner
    for inner in (f"{lesson}.ipynb", submission.ANSWERS):
        if name.endswith(f"_{inner}"):
            return name.removesuffix(f"_{inner}"), inner
    if name.endswith(".ipynb"):
        return name.removesuffix(".ipynb"), f"{lesson}.ipynb"
    return name.removesuffix(".zip"), ""


def tokens(listed):
    """{token: the students that claim it} of what `parcels` returned; under another name it is a mere copy."""
    found = {}
    for student, paths in listed:
        for path in map(_unwrapped, paths):
            try:
                content = submission.plain_file(path, ARCHIVE_BYTES) if path.suffix == ".zip" else b""
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    name, token = _owner(archive.comment)
                if _plain(name) == _plain(student):
                    found.setdefault(token, set()).add(student)
            except (Refused, zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
                continue  # `read` says what is wrong with it
    found.pop("", None)
    return found


def _unwrapped(path):
    """The zip that lies alone in a folder, as Moodle gives them; every other path as it is."""
    if path.is_dir() and not path.is_symlink():
        inside = [one for one in path.iterdir() if not one.name.startswith((".", "__MACOSX"))]
        if len(inside) == 1 and inside[0].suffix == ".zip":
            return inside[0]
    return path


def read(student, paths, lesson):
    """Return the Parcel of a student. Raises Refused or Held, with what is wrong."""
    shown = " and ".join(path.name for path in paths)
    if not STUDENT.fullmatch(student):
        raise Held(f"{shown!r} is no name of a student; call it <student>.zip, in letters, digits, points, - and _")
    singles = {path: inner for path in paths if (inner := _whose(path.name, lesson)[1])}
    if len(paths) > 1 and len(singles) < len(paths):
        raise Held(f"{shown} are all for {student}; leave the one that counts in the folder, and move the others away")
    if singles:
        files = {inner: submission.plain_file(path) for path, inner in singles.items()}
        return Parcel(student, paths[0], _that_count(files, shown))
    path = _unwrapped(*paths)
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

    def take(self, parcel, accept=False, sure=False, packed_by=()):
        """Put a parcel where grading finds it; "new", "changed" or "" when it is there already.

        What stood there before is kept in grading/earlier. Raises Held when somebody else may have packed it;
        `accept` says that the teacher has looked into it, `sure` that the names of files can be relied upon, and
        `packed_by` names the students whose submissions of today carry this token.
        """
        place = self.folder / "submitted" / parcel.student / self.lesson
        there = place.is_dir() and not place.is_symlink()
        if there and _same(place, parcel.contents):
            return ""
        if not accept:
            self._check(parcel, there, sure, packed_by)
        self._remember(parcel)  # first, so that who interrupts this cannot be followed by somebody else
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
        return "changed" if there else "new"

    def _remember(self, parcel):
        if parcel.token and parcel.token not in self.tokens.get(parcel.student, ()):
            self.tokens.setdefault(parcel.student, []).append(parcel.token)
            write_if_changed(self.file, (json.dumps(self.tokens, indent=1, ensure_ascii=False) + "\n").encode())

    def _check(self, parcel, there, sure, packed_by):
        look = f"If it is right, say `--accept {parcel.student}`"
        known = self.tokens.get(parcel.student, ())
        if parcel.name and _plain(parcel.name) != _plain(parcel.student):
            raise Held(f"{parcel.file.name} says that {parcel.name!r} packed it. {look}, else rename or remove it")
        if parcel.token and parcel.token not in known:
            for other, tokens in self.tokens.items():
                if parcel.token in tokens:
                    raise Held(f"{parcel.file.name} was packed where the submissions of {other!r} are packed. {look}")
            if others := sorted(set(packed_by) - {parcel.student}):
                raise Held(
                    f"{parcel.file.name} was packed where {' and '.join(map(repr, others))} packed; "
                    f"one copied it, or they share a computer. Ask them. {look}"
                )
        if known and parcel.token not in known:
            kept = "; what was collected before stays" if there else ""
            raise Held(
                f"{parcel.file.name} was not packed where {parcel.student!r} packed before{kept}. "
                f"Ask the student. {look}"
            )
        if not parcel.token and not sure:
            raise Held(
                f"nothing in {parcel.file.name} says whose it is, because `submit` did not pack it. {look}; if the "
                "names of all files were given by your learning platform and not by students, say `--names-are-sure`"
            )


def _plain(name):
    """A name as one compares it: `Ann Lee`, `ann-lee` and `ann.lee` are one.

    >>> _plain("Ann-Lee") == _plain("ann.lee")
    True
    """
    return re.sub(r"[\s._-]+", "-", name).casefold()


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
