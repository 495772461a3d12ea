"""answers.json, the student's saved answers beside the notebook, and other files of the same make.

Written at every click, so it must survive everything: a kernel killed in the middle of writing, two
notebooks open at once, a full disk, a damaged file. Each write reads the file, changes its own
question, and replaces the file in one step, while a lock keeps other writers out. The operating system
releases the lock of a killed kernel.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import ClassVar

FORMAT = "lessonlib-answers/1"
FILE_NAME = "answers.json"
MISSION = "mission:"  # begins the name of a mission, which is kept like an answer; no question's id has a colon
AUTHOR_FOLDERS = ("solutions", "notebooks")
LEFTOVER_SECONDS = 60
_one_writer = threading.Lock()  # callbacks of a widget may run on another thread than cells


@dataclass(frozen=True)
class Record:
    """One saved answer.

    `value` is the canonical answer, `at` the time of the click in UTC, `checked` the last value that was
    checked, `attempts` how many were. `typed_seen` is the typed answer that stood in the notebook at the
    click: a typed answer counts only if it differs, so that the later of the two wins also when the cell
    that types it is run again.
    """

    value: str
    at: str
    attempts: int = 0
    checked: str = ""
    typed_seen: str = ""

    def __post_init__(self):
        for name in ("value", "at", "checked", "typed_seen"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected text")
        if not isinstance(self.attempts, int):
            raise ValueError(f"attempts is {self.attempts!r}, expected a whole number")
        datetime.fromisoformat(self.at)


class DamagedFile(ValueError):
    """The file holds something else than its records. `readable` are those in it that are whole."""

    def __init__(self, name: str, reason: str, readable: dict | None = None):
        super().__init__(f"{name} is damaged ({reason})")
        self.readable = readable or {}


class RecordFile:
    """A file of records by name, in the folder of a lesson. `lesson` is written into it, for people who look at it."""

    name: ClassVar[str]
    format: ClassVar[str]
    holds: ClassVar[str] = "answers"  # what the records are, a key of the file
    record: ClassVar[type] = Record

    def __init__(self, folder: str | Path, lesson: str):
        self.path = Path(folder).resolve() / self.name
        self.lesson = lesson

    def read(self) -> dict:
        """The saved records by name, none when there is no file.

        Raises DamagedFile when the file holds something else, OSError when it cannot be read.
        """
        content = self._content()
        return {} if content is None else self._records(content)

    def update(self, changed: Mapping, known: Mapping | None = None) -> Path | None:
        """Save `changed`, keeping all other records.

        `known` are records of which the caller knows: they stand in for what is not in the file any more,
        because it was deleted or damaged. A damaged file is set aside first, under a new name, which is
        returned. Raises OSError when saving is not possible; then the file is as it was.
        """
        known = known or {}
        with _one_writer, self._locked():
            set_aside = None
            content = self._content()
            try:
                records = self._records(content) if content is not None else {**known}
            except DamagedFile as damage:
                records, set_aside = {**known, **damage.readable}, free_name(self.path, "damaged")
                self._write(set_aside, content)
            records.update(changed)
            data = {
                "format": self.format,
                "lesson": self.lesson,
                "saved": now(),
                self.holds: {name: asdict(records[name]) for name in sorted(records)},
            }
            self._write(self.path, (json.dumps(data, indent=1) + "\n").encode())
            self._sweep()
            return set_aside

    def _content(self) -> bytes | None:
        """The bytes of the file, None when there is none."""
        try:
            return _patiently(self.path.read_bytes)
        except FileNotFoundError:
            return None

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file whole or not at all."""
        new = self.path.with_name(f".{self.name}.{os.getpid()}-{token_hex(4)}.new")
        try:
            with open(new, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _patiently(lambda: os.replace(new, path))
        except OSError:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            raise

    def _sweep(self) -> None:
        """Remove the unfinished files of kernels that were killed while writing."""
        for leftover in self.path.parent.glob(f".{self.name}.*.new"):
            with contextlib.suppress(OSError):
                if time.time() - leftover.stat().st_mtime > LEFTOVER_SECONDS:
                    leftover.unlink()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes out.

        The lock is on quiz.json: that is there anyway, so no lock file is left behind.
        Where there is no locking (some network disks, the browser), the replacing in one step still keeps
        the file whole.
        """
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError, ImportError):
                file = stack.enter_context(open(self.path.with_name("quiz.json"), "rb"))
                lock_file(file)
            yield

    def _records(self, content: bytes) -> dict:
        """The records in the bytes of a file. Raises DamagedFile, with those that are whole."""
        try:
            data = json.loads(content)
            if data["format"] != self.format:
                raise ValueError(f"its format is {data['format']!r}, expected {self.format!r}")
            entries = data[self.holds].items()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DamagedFile(self.name, str(error)) from None
        records, damaged = {}, []
        for name, entry in entries:
            try:
                records[name] = self.record(**entry)
            except (ValueError, TypeError):
                damaged.append(name)
        if damaged:
            raise DamagedFile(self.name, f"the answer to {', '.join(damaged)} cannot be read", records)
        return records


class AnswerFile(RecordFile):
    """The answers.json of one folder.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = AnswerFile(folder, "02-model-fit")
    ...     _ = file.update({"updates": Record("20", "2026-01-02T03:04:05Z")})
    ...     file.read()["updates"].value
    '20'
    """

    name = FILE_NAME
    format = FORMAT


def free_name(path: Path, word: str) -> Path:
    """Where to set a file aside: <name>.<word>-<time>, with a counter when there is one from this second."""
    stem = f"{path.name}.{word}-{time.strftime('%Y%m%d-%H%M%S')}"
    free, counter = path.with_name(stem), 1
    while os.path.lexists(free):
        counter += 1
        free = path.with_name(f"{stem}-{counter}")
    return free


def lock_file(file) -> None:
    """Wait for the lock of an open file. Closing the file, or the end of the process, gives it back."""
    if os.name == "nt":
        import msvcrt

        file.seek(2**30)  # locked bytes cannot be read by others, so lock one behind the end
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


def why_not_saved(folder: str | Path) -> str | None:
    """Why nothing may be written to `folder`, or None when answers are saved there."""
    if os.environ.get("NBGRADER_EXECUTION"):
        return "this run is graded"
    folder = Path(folder).resolve()
    for parent in folder.parents:
        if folder.relative_to(parent).parts[0] in AUTHOR_FOLDERS and (parent / "nbgrader_config.py").exists():
            return "this is the course's own copy of the lesson; open yours in the folder work"
    return None


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _patiently(action):
    """Do `action`; on Windows, again while another program holds the file for a moment."""
    for seconds in (0.02, 0.05, 0.1, 0.2, 0.4) if os.name == "nt" else ():
        try:
            return action()
        except PermissionError:
            time.sleep(seconds)
    return action()
