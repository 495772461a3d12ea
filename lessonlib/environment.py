"""The course's own Python environment, the folder `.venv`: made when missing, renewed when stale.

Standard library only, and no grammar newer than Python 3.7: it is read by whatever Python the newcomer
has, so that a Python that is too old can be told so in one sentence.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

from lessonlib.installer import Installer, SetupError, explain

# What is installed for whom. The second file holds the same packages and those of tests and authors.
LOCKS = {"student": "requirements.txt", "maintainer": "tests/requirements.txt"}
MEGABYTES = {"student": 700, "maintainer": 1000}  # what they take while they are installed

_BEGIN = "Setting up the course in the folder .venv. This is done once and takes a minute or two."
_AGAIN = "The environment in .venv is unfinished, damaged or was moved: building it again."
_UPDATE = "Bringing the environment in .venv up to date."


class Environment:
    """The folder `.venv` of the course in the folder `root`.

    A note in it, `lessonlib.json`, is written before anything else ("installing") and again at the very
    end ("ready"). So a folder that was left half-made is known, and is known to be ours.
    """

    def __init__(self, root):
        self.root = Path(root).resolve()
        self.folder = self.root / ".venv"
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.log = self.folder / "setup.log"
        self._note_file = self.folder / "lessonlib.json"

    @property
    def is_current(self):
        """Whether this very process runs in the environment."""
        return os.path.realpath(sys.prefix) == os.path.realpath(str(self.folder))

    def ready(self, level):
        """Whether all that `level` ("student" or "maintainer") needs is installed and up to date.

        Looks at files only and starts no process: this is all that a second start costs.
        """
        wanted, note = self._wanted(level), self._note()
        return note.get(level) == wanted and self._intact(note)

    def prepare(self, level):
        """Make the environment ready for `level`. Raises SetupError with a sentence for the user."""
        if self.ready(level):
            return
        with self._one_at_a_time() as lock:
            if not self.ready(level):  # another start may have done it while this one waited
                self._renew(level, lock)

    def hand_over(self, arguments):
        """Run `python -m lessonlib` with `arguments` in the environment, in the place of this process."""
        command = [str(self.python), "-m", "lessonlib"] + list(arguments)
        variables = dict(os.environ, VIRTUAL_ENV=str(self.folder))
        variables["PATH"] = str(self.python.parent) + os.pathsep + variables.get("PATH", "")
        for name in ("PYTHONHOME", "PYTHONPATH"):  # the packages of another Python must not mix in
            variables.pop(name, None)
        sys.stdout.flush()
        if os.name != "nt":
            os.execve(command[0], command, variables)
        import subprocess  # here, because the way above does not need it and should be quick

        with subprocess.Popen(command, env=variables) as process:  # a Windows console waits for no exec
            while True:
                with contextlib.suppress(KeyboardInterrupt):  # the other process has got it too
                    return process.wait()

    # What is there

    def _note(self):
        try:
            return json.loads(self._note_file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def _write_note(self, note):
        new = self.folder / "lessonlib.json.new"
        new.write_text(json.dumps(note, indent=1) + "\n", "utf-8")
        os.replace(str(new), str(self._note_file))

    def _wanted(self, level):
        """A fingerprint of the files that say what must be installed."""
        digest = hashlib.sha256()
        for name in ("pyproject.toml", LOCKS[level]):
            try:
                digest.update((self.root / name).read_bytes())
            except OSError:
                text = "The course is incomplete, {} cannot be read: clone it again, then start again."
                raise SetupError(text.format(name)) from None
        return digest.hexdigest()

    def _intact(self, note):
        """Whether the environment is finished, stands where it was made, and nothing of it is gone."""
        if note.get("state") != "ready" or note.get("root") != str(self.root):
            return False
        if not (self.python.exists() and (self.folder / "pyvenv.cfg").exists()):
            return False
        base = self._base()
        return note["base"] == base and os.path.exists(base) and set(note["modules"]) <= set(self._modules())

    def _base(self):
        """The path of the Python that the environment was made from."""
        if os.name != "nt":
            return os.path.realpath(str(self.python))
        for line in (self.folder / "pyvenv.cfg").read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "home":
                return os.path.join(value.strip(), "python.exe")
        return ""

    def _packages(self):
        """The environment's site-packages folder."""
        if os.name == "nt":
            return self.folder / "Lib" / "site-packages"
        return next(self.folder.glob("lib/python*/site-packages"), self.folder)

    def _modules(self):
        """What can be imported from there, by file name."""
        names = os.listdir(str(self._packages()))
        return sorted(name for name in names if not name.endswith((".dist-info", "__pycache__")))

    # Making it

    @contextlib.contextmanager
    def _one_at_a_time(self):
        """Let one start at a time through; gives the file that holds the lock.

        The lock is the system's own, on a file that is there anyway, so it ends with its process. The
        installer gets the file too: should this process be killed, the next start waits for the orphan.
        """
        try:
            file = open(str(self.root / LOCKS["student"]), "r+b")
        except OSError as error:
            raise SetupError(explain(str(error), self.folder)) from None
        with file:
            if not _try_lock(file):
                print("Another start is setting up the course: waiting for it.", flush=True)
                while not _try_lock(file):
                    time.sleep(0.3)
            yield file

    def _renew(self, level, lock):
        """Install what is missing: into a new environment, into ours, or into one that somebody else made."""
        note = self._note()
        if "maintainer" in note:
            level = "maintainer"  # once they are there, the tools of the tests are kept up to date too
        installer = Installer(self.python, self.log, keep_open=lock)
        ours = note.get("ours", self._is_new())
        anew = ours and not (self._intact(note) and installer.can_install_into(self._packages()))
        if anew:
            installer.check_python()
        elif not ours:
            self._check_foreign(installer)
        try:
            print(_UPDATE if not anew else _BEGIN if self._is_new() else _AGAIN, flush=True)
            self.folder.mkdir(exist_ok=True)
            self._write_note(dict(note, state="installing", ours=ours))
            if anew:
                self._clear()
                installer.check_space(self.folder, MEGABYTES[level])
                installer.make(self.folder)
            installer.install(self.root / LOCKS[level], self._packages())
            self._make_importable()
            self._write_note(self._finished_note(level, ours))
        except (SetupError, OSError) as error:
            if anew and self.folder.is_dir():
                self._clear(keep=self.log)  # half an environment is of no use, and may have filled the disk
            if isinstance(error, SetupError):
                raise
            raise SetupError(explain(str(error), self.folder)) from error

    def _is_new(self):
        """Whether nothing is there yet, or only what a start leaves that has failed."""
        if not self.folder.is_dir():
            return not os.path.lexists(str(self.folder))
        return set(os.listdir(str(self.folder))) <= {"lessonlib.json", "lessonlib.json.new", "setup.log"}

    def _check_foreign(self, installer):
        """Refuse a `.venv` that somebody else made unless packages can be installed into it."""
        reason = installer.unusable(self._packages())
        if reason:
            text = "The folder .venv is not one of ours and {}: move it away or delete it, then start again."
            raise SetupError(text.format(reason))

    def _clear(self, keep=None):
        """Empty the folder, but for the note that says it is ours and the file `keep`."""
        for entry in self.folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(str(entry))
            elif entry not in (self._note_file, keep):
                entry.unlink()

    def _make_importable(self):
        """Let the environment import lessonlib from the repository.

        A line in a .pth file is a path that joins `sys.path`; a relative one needs no encoding.
        """
        packages = self._packages()
        up = os.path.relpath(str(self.root), str(packages))
        (packages / "lessonlib.pth").write_text(up + "\n", "ascii")

    def _finished_note(self, level, ours):
        note = {"state": "ready", "ours": ours, "root": str(self.root), "base": self._base()}
        note.update({name: self._wanted(name) for name in ("student", level)})
        note["modules"] = self._modules()
        return note


def _try_lock(file):
    """Lock an open file for this process if nobody else has; says whether it could."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(1 << 30)  # a byte far behind the end: a locked byte cannot be read by others
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # A file system without locks (some network disks) must not keep anybody from starting.
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True
