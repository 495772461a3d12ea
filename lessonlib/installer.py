"""How packages get into an environment: by uv where it is installed, by pip otherwise.

Shows one line that counts, keeps everything that uv or pip said in a log, and turns the usual failures
into one sentence each. Standard library only, no grammar newer than Python 3.7: see environment.py.
"""

import importlib.util
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time

OLDEST, TOO_NEW = (3, 11), (3, 15)  # the same range as requires-python in pyproject.toml


class SetupError(Exception):
    """The environment cannot be made. The text says why and what to do, in one sentence."""


class Installer:
    """Installs into the environment of the interpreter `python` and writes the file `log`.

    `keep_open` is an open file that the installing process shall hold as well.
    """

    def __init__(self, python, log, keep_open):
        self.python = str(python)
        self.log = log
        self.keep_open = keep_open
        self.uv = shutil.which("uv")

    def check_space(self, folder, megabytes):
        """Refuse to begin what the disk cannot hold."""
        free = shutil.disk_usage(str(folder)).free // 1000000
        if free < megabytes:
            text = "The disk is too full: {} MB are free, {} MB are needed; make room, then start again."
            raise SetupError(text.format(free, megabytes))

    def check_python(self):
        """Refuse to begin with a Python that cannot make the environment. uv brings a fitting one."""
        if self.uv:
            return
        if not _fits(sys.version_info[:2]):
            raise SetupError(_wrong_python())
        if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
            text = (
                "This Python cannot make environments: install its venv module "
                "(Debian, Ubuntu: sudo apt install python{}.{}-venv) or uv, then start again."
            )
            raise SetupError(text.format(*sys.version_info[:2]))

    def make(self, folder):
        """Make an empty environment in `folder`, on the Python that runs this or, with uv, a fitting one."""
        # In an activated environment this is the Python behind it, so environments do not pile up.
        base = getattr(sys, "_base_executable", None) or sys.executable
        if self.uv:
            wanted = base if _fits(sys.version_info[:2]) else ">={}.{},<{}.{}".format(*OLDEST + TOO_NEW)
            self._run([self.uv, "venv", "--allow-existing", "--python", wanted, str(folder)])
        else:
            self._run([base, "-m", "venv", str(folder)])

    def install(self, requirements, packages):
        """Install the file `requirements`; `packages` is the site-packages folder, watched for progress."""
        if self.uv:
            command = [self.uv, "pip", "install", "--compile-bytecode", "--python", self.python]
        else:
            command = [self.python, "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
        progress = Progress(requirements.read_text("utf-8"), packages, sys.stdout)
        self._run(command + ["-r", str(requirements)], progress)
        progress.finish()

    def can_install_into(self, packages):
        """Whether the environment with this site-packages folder needs nothing more to be installed into."""
        return bool(self.uv) or (packages / "pip").is_dir()

    def unusable(self, packages):
        """Why an environment made by somebody else cannot be used, or None."""
        question = "import sys; print(*sys.version_info[:2])"
        try:
            answer = subprocess.run([self.python, "-c", question], stdout=subprocess.PIPE, check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return "has no working Python"
        version = tuple(int(part) for part in answer.split())
        if not _fits(version):
            return "has Python {}.{} where {} is needed".format(*version + (_range(),))
        if not self.can_install_into(packages):
            return "has no pip"
        return None

    def _run(self, command, progress=None):
        """Run uv or pip to its end. Raises SetupError with a sentence when it fails."""
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_variables(),
            encoding="utf-8",
            errors="replace",
            pass_fds=() if os.name == "nt" else (self.keep_open.fileno(),),
        )
        said = []
        try:
            with open(str(self.log), "a", encoding="utf-8") as log:
                log.write("$ {}\n".format(" ".join(command)))
                for line in _lines(process):
                    said.append(line)
                    log.write(line)
                    if progress:
                        progress.read(line)
        except BaseException:  # Ctrl-C above all: nothing may go on installing behind our back
            if progress:
                progress.leave()
            _end(process)
            raise
        if process.wait():
            if progress:
                progress.leave()
            raise SetupError(explain("".join(said), self.log))


class Progress:
    """One line on `stream` that counts the packages of a lock file while they come in.

    Reads what pip and uv print, and while they print nothing looks what has arrived in `packages`.
    On a terminal the line is rewritten in place; a log gets a new line every few seconds.
    """

    def __init__(self, lock, packages, stream):
        self._wanted = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
        self._total = len(self._wanted)
        self._packages = packages
        self._stream = stream
        self._live = stream.isatty()
        self._fetched = 0
        self._arrived = None  # the names seen in `packages`, once the installer has begun to write there
        self._shown = ""
        self._begun = time.monotonic()
        self._next = self._begun

    def read(self, line):
        """Take note of one line of pip's or uv's ("" for none) and show how far it is."""
        first, _, rest = line.partition(" ")
        name = re.split("[ =<>~!;]", rest.strip())[0]
        if first == "Ignoring":  # pip passes over a package for another system
            self._total -= 1
        elif first == "Resolved":  # uv knows how many are for this system
            self._total = int(name)
            self._show(f"Fetching {self._total} packages")
        elif first == "Downloading":  # uv names the large ones
            self._show(f"Fetching {self._total} packages: {name}")
        elif first == "Collecting":  # pip names each
            self._fetched += 1
            self._show(f"Fetching {self._fetched} of {self._total}: {name}")
        elif first in ("Prepared", "Installing") and self._arrived is None:
            self._arrived = self._look()
        if self._arrived is not None:
            self._count()

    def finish(self):
        """Say that all is there."""
        seconds = time.monotonic() - self._begun
        self._next = 0
        self._show(f"All {self._total} packages are installed ({seconds:.0f} s).")
        self.leave()

    def leave(self):
        """Go to a new line, so that whatever follows does not overwrite this one."""
        if self._live and self._shown:
            self._stream.write("\n")
        self._shown = ""

    def _look(self):
        """The wanted packages that have arrived."""
        folders = [name for name in os.listdir(str(self._packages)) if name.endswith(".dist-info")]
        return self._wanted & {name.split("-")[0].lower().replace("_", "-") for name in folders}

    def _count(self):
        before, self._arrived = self._arrived, self._look()
        for name in sorted(self._arrived - before)[-1:]:
            self._show(f"Installing {len(self._arrived)} of {self._total}: {name}")

    def _show(self, text):
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + text[:width].ljust(min(width, len(self._shown))))
            self._shown = text
        elif time.monotonic() >= self._next:
            self._stream.write(text + "\n")
            self._next = time.monotonic() + 3
        self._stream.flush()


# What uv, pip and the system say, and what it means for the reader. The first that fits is told.
_MEANINGS = [
    (
        r"No space left|os error 28\b|Errno 28\b|os error 112\b|quota exceeded",
        "The disk is full: make room (about 1 GB), then start again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|UnknownIssuer|invalid peer certificate",
        "The package index shows a certificate that is not trusted here: on a network that inspects "
        "connections set SSL_CERT_FILE to its certificates, then start again.",
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|"
        r"Temporary failure in name resolution|Network is unreachable|getaddrinfo failed|Max retries|"
        r"error sending request|dns error|tcp connect error|operation timed out|client error \(Connect\)",
        "The package index cannot be reached: check the network (and HTTPS_PROXY, where one is needed), "
        "then start again.",
    ),
    (
        r"WinError 32|being used by another process|os error 32\b",
        "The environment in .venv is in use: stop every program of the course, then start again.",
    ),
    (
        r"Permission denied|Read-only file system|Access is denied|Errno (13|30)\b|os error (13|30)\b",
        "The course cannot be written to: copy it to a folder of your own, then start again.",
    ),
    (
        r"No matching distribution found|No solution found",
        "A package is not to be had for this system and this Python: try another Python from 3.11 to 3.14.",
    ),
]


def explain(words, log):
    """One sentence for a failure of which uv, pip or the system said `words`; `log` is where to read on.

    >>> explain("OSError: [Errno 28] No space left on device", "setup.log")
    'The disk is full: make room (about 1 GB), then start again.'
    """
    for pattern, sentence in _MEANINGS:
        if re.search(pattern, words, re.IGNORECASE):
            return sentence
    last = ([line.strip() for line in words.splitlines() if line.strip()] or ["no reason was given"])[-1]
    return f"The installation failed ({last}): what was tried is in {log}."


def _fits(version):
    return OLDEST <= version < TOO_NEW


def _wrong_python():
    """The sentence for a Python that cannot run the course; names one that can where there is one."""
    this = "This is Python {}.{}, and the course needs {}".format(*sys.version_info[:2] + (_range(),))
    for minor in range(TOO_NEW[1] - 1, OLDEST[1] - 1, -1):
        other = f"python3.{minor}"
        if shutil.which(other):
            return f"{this}: start it with `{other} -m lessonlib`."
    return f"{this}: install one from python.org, or install uv, then start again."


def _range():
    return "Python {}.{} to {}.{}".format(*OLDEST + (TOO_NEW[0], TOO_NEW[1] - 1))


def _variables():
    """The environment variables that uv and pip run with."""
    variables = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", NO_COLOR="1")
    for name in ("PYTHONHOME", "PYTHONPATH"):
        variables.pop(name, None)
    # Without a network both would try on for minutes. Who has set a number of their own keeps it.
    for name in ("PIP_RETRIES", "UV_HTTP_RETRIES"):
        variables.setdefault(name, "2")
    return variables


def _lines(process):
    """The lines a process writes; an empty text now and then while it is silent, so that a count goes on."""
    lines = queue.Queue()

    def pump():
        with process.stdout as stream:
            for line in stream:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=0.2)
        except queue.Empty:
            line = ""
        if line is None:
            return
        yield line


def _end(process):
    """End a process: politely, then for certain."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
