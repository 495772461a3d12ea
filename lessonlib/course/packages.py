"""Programs of the system that the tests of grading need: found, or installed where that is allowed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = {"bubblewrap": "bwrap", "postgresql": "initdb"}  # the package of Debian -> a program of it


def provide():
    """Install with apt-get what is missing, when this is Linux and the user is root."""
    missing = [package for package, program in PROGRAMS.items() if sys.platform == "linux" and not find(program)]
    if not missing or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print(f"Installing {' and '.join(missing)} for the tests of grading ...", flush=True)
    environment, silent = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, subprocess.DEVNULL
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        subprocess.run(["apt-get", "-qq", *command], env=environment, stdin=silent, stdout=silent, stderr=silent)


def find(program):
    """The path of a program, None when it is not there. Debian keeps those of PostgreSQL out of the PATH."""
    places = [shutil.which(program), *map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))]
    return next(filter(None, places), None)
