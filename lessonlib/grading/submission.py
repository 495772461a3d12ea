"""What a student handed in, read as one reads a letter from a stranger: by its size first, and never followed.

No link is followed, no device opened, nothing larger than it may be is read, and no notebook library sees the
file: cells are made anew from the few values in it that are texts.
"""

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, field

NOTEBOOK_BYTES = 32 << 20  # pictures in outputs make notebooks large; all outputs are dropped
FILE_BYTES = 4 << 20
ALL_BYTES = 16 << 20
FILES = 100
CELLS = 2000
SOURCE = 1 << 20  # characters of all cells together
ANSWERS = "answers.json"
OURS = ("quiz.json", "checks.json")  # the lesson's own files stand in for the student's
EXCHANGE = ("timestamp.txt", "submission_secret.txt")  # with these, nbgrader gives feedback to the right person
IGNORED = (".ipynb_checkpoints", "__pycache__", "__MACOSX", ".DS_Store")


class Refused(Exception):
    """A submission that is not graded. `instructor` and `student` are a sentence each."""

    def __init__(self, instructor, student):
        super().__init__(instructor)
        self.instructor = instructor
        self.student = student


@dataclass
class Cell:
    """One cell: its type, source, id, and the name by which it is graded."""

    type: str
    source: str
    id: str = ""
    grade_id: str = ""


@dataclass
class Submission:
    """The cells of the notebook, the bytes of answers.json (None when it is missing), and other files."""

    cells: list[Cell]
    answers: bytes | None
    files: dict[str, bytes]
    digest: str  # changes when any byte of it does
    exchange: dict[str, bytes] = field(default_factory=dict)
    remarks: list[tuple[str, str]] = field(default_factory=list)  # (to the instructor, to the student)

    @property
    def timestamp(self):
        """When it was handed in, as nbgrader wrote it down; "" when it did not."""
        return self.exchange.get(EXCHANGE[0], b"").decode("ascii", "replace").strip()


def read(folder, lesson):
    """Return the Submission that stands in `folder`.

    Raises Refused, with what is wrong and what to do.
    """
    found = contents(folder)
    digest = hashlib.sha256()
    for path in sorted(found):
        digest.update(f"{path!r}\0{hashlib.sha256(found[path]).hexdigest()}\0".encode())
    name = f"{lesson}.ipynb"
    if name not in found:
        notebooks = sorted(_shown(other) for other in found if other.endswith(".ipynb"))
        if not notebooks:
            raise Refused(
                f"there is no {name}; ask the student for it",
                f"Your submission holds no {name}. Hand in the whole folder of the lesson.",
            )
        raise Refused(
            f"the notebook is called {' and '.join(notebooks[:3])}; put it back under the name {name}",
            f"Your notebook must be called {name}. Give it that name and hand it in again.",
        )
    remarks = []
    cells = _cells(found.pop(name), name, remarks)
    answers = found.pop(ANSWERS, None)
    exchange = {other: found.pop(other)[:1000] for other in EXCHANGE if other in found}
    files = {
        other: content
        for other, content in found.items()
        if not other.endswith(".ipynb") and not set(other.split("/")) & {*IGNORED, *OURS, ANSWERS}
    }
    if sum(map(len, files.values())) > ALL_BYTES:
        raise _no_file("the folder", f"holds more than {ALL_BYTES >> 20} MB beside the notebook")
    return Submission(cells, answers, files, digest.hexdigest(), exchange, remarks)


def contents(folder):
    """{path: bytes} of the files in a folder. Raises Refused for links, devices, and too much of anything."""
    found, waiting, total = {}, [("", folder)], 0
    while waiting:
        prefix, place = waiting.pop()
        try:
            handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise _no_file(prefix.rstrip("/") or "the folder", "is not a plain folder") from error
        try:
            for entry in sorted(os.listdir(handle)):
                path = prefix + entry
                if entry in IGNORED:
                    continue
                about = os.stat(entry, dir_fd=handle, follow_symlinks=False)
                if stat.S_ISDIR(about.st_mode):
                    if path.count("/") > 5:
                        raise _no_file(path, "lies too deep")
                    waiting.append((f"{path}/", os.path.join(place, entry)))
                    continue
                limit = NOTEBOOK_BYTES if path.endswith(".ipynb") else FILE_BYTES
                found[path] = _read(handle, entry, path, about, limit)
                total += len(found[path])
                if len(found) > FILES or total > ALL_BYTES + NOTEBOOK_BYTES:
                    raise _no_file("the folder", f"holds more than {FILES} files or {ALL_BYTES >> 20} MB")
        finally:
            os.close(handle)
    return found


def plain_file(path, limit=NOTEBOOK_BYTES):
    """The bytes of a file. Raises Refused for links, devices, and more than `limit` bytes."""
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return _read(handle, path.name, path.name, os.stat(path, follow_symlinks=False), limit)
    finally:
        os.close(handle)


def _read(handle, entry, path, about, limit):
    if not stat.S_ISREG(about.st_mode):
        kind = "a link" if stat.S_ISLNK(about.st_mode) else "a device or pipe"
        raise _no_file(path, f"is {kind} and no file")
    if about.st_nlink > 1:
        raise _no_file(path, "is a link to a file that stands elsewhere too")
    if about.st_size > limit:
        raise _no_file(path, f"is larger than {limit >> 20} MB")
    try:
        file = os.open(entry, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
    except OSError as error:
        raise _no_file(path, f"cannot be read ({error.strerror})") from error
    with os.fdopen(file, "rb") as opened:
        now = os.fstat(file)
        if (now.st_dev, now.st_ino) != (about.st_dev, about.st_ino):
            raise _no_file(path, "changed while it was looked at")
        content = opened.read(limit + 1)
    if len(content) > limit:
        raise _no_file(path, "grew while it was read")
    return content


def _no_file(path, problem):
    shown = _shown(path)
    return Refused(
        f"{shown} {problem}; nothing of it was read. Look at the folder, and ask the student for plain files",
        f"In your submission, {shown} {problem}. Hand in the plain files of the lesson's folder.",
    )


def _cells(content, name, remarks):
    """The cells of a notebook file. Raises Refused when it is none."""
    if not content.strip():
        raise _no_notebook(name, "is empty")
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        remarks.append((f"{name} begins with a byte order mark; it was read without it", ""))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _no_notebook(name, "is not UTF-8 text") from error
    try:
        data = json.loads(text, parse_constant=lambda constant: None)
    except (ValueError, RecursionError) as error:
        raise _no_notebook(name, "is damaged or not saved to its end") from error
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list) or data.get("nbformat") != 4:
        raise _no_notebook(name, "is no notebook of format 4")
    if len(data["cells"]) > CELLS:
        raise _no_notebook(name, f"has more than {CELLS} cells")
    cells = [_cell(cell) for cell in data["cells"] if isinstance(cell, dict)]
    if len(cells) < len(data["cells"]):
        remarks.append((f"{len(data['cells']) - len(cells)} entries of {name} are no cells; they were left out", ""))
    if sum(len(cell.source) for cell in cells) > SOURCE:
        raise _no_notebook(name, f"has more than {SOURCE:,} characters of text and code")
    return cells


def _no_notebook(name, problem):
    return Refused(
        f"{name} {problem}; ask the student for the file again",
        f"{name} {problem}. Open it in JupyterLab, save it, and hand it in again.",
    )


def _cell(data):
    source = data.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        source = ""
    source = source.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate is no character
    metadata = data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    kind = data.get("cell_type")
    return Cell(
        type=kind if kind in ("code", "markdown") else "raw",
        source=source,
        id=_name(data.get("id")),
        grade_id=_name(grade_id),
    )


def _name(value):
    return value if isinstance(value, str) and re.fullmatch(r"[\w.\- ]{1,100}", value) else ""


def _shown(path):
    """A name that a stranger chose, fit for a line of a log."""
    return repr(path if len(path) <= 80 else path[:77] + "...")
