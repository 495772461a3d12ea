"""The sandbox around the code of strangers: bubblewrap, and what to do where there is none.

Seen from inside there is Python, its packages, `lessonlib` and nothing else of this machine: no network, no
course, no other submission, no home, no gradebook. Nothing can be written but three folders in memory, and
they are empty again for each submission. Inside, every submission gets namespaces of its own once more
(inside/namespaces.py).
"""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

NOBODY = 65533  # whom a grader that is root becomes inside; limits on processes do not hold for root
WRITABLE = ("/work", "/scratch")
SERVER = "lessonlib.grading.inside.server"

REMEDY = """\
The submissions are not run: {problem}.
Grading runs the code of strangers, so it needs a sandbox, bubblewrap, with user namespaces.
  Debian, Ubuntu:      sudo apt-get install bubblewrap
  Fedora:              sudo dnf install bubblewrap
  Ubuntu 24.04 and later, when it says "Permission denied" or "Operation not permitted":
                       sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
  Debian, older kernels: sudo sysctl -w kernel.unprivileged_userns_clone=1
  In a container:      start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined
                       (docker, podman; some also need --cap-add SYS_ADMIN), or grade outside of it
  macOS, Windows:      there is no bubblewrap; grade in a Linux machine (on Windows: WSL)
If you have read all submissions and trust them, `python -m lessonlib grade --no-sandbox` runs them as you."""


class NoSandbox(Exception):
    """There is no sandbox to be had; the message says why, and how to get one."""

    def __init__(self, problem):
        super().__init__(REMEDY.format(problem=problem))


def command(disk):
    """Return the command that starts the fork server in the sandbox; its arguments are still to be appended.

    `disk` is the size of each writable folder in bytes. Raises NoSandbox when there is no bubblewrap.
    """
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        raise NoSandbox("the program bwrap is not installed" if sys.platform == "linux" else "this is not Linux")
    line = [program, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    line += [
        "--die-with-parent",
        "--as-pid-1",
        "--new-session",
        "--clearenv",
        "--hostname",
        "grader",
        "--cap-drop",
        "ALL",
    ]
    if os.geteuid() == 0:  # the server gives these up as its first step
        line += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        line += ["--unshare-user"]
    python, places = _python()
    for place in ("/usr", "/etc", "/opt", "/opt/course", "/python", "/python/bin"):
        line += ["--perms", "0755", "--dir", place]  # else only root may enter those that root makes
    for place in ("/lib", "/lib64"):
        if os.path.islink(place):
            line += ["--symlink", os.readlink(place), place]
        elif os.path.isdir(place):
            line += ["--ro-bind", place, place]
    for place in ("/usr/lib", "/usr/lib64", "/etc/ld.so.cache"):
        line += ["--ro-bind-try", place, place]
    for source, target in places:
        line += ["--ro-bind", str(source), target]
    line += ["--proc", "/proc", "--dev", "/dev"]
    for place in WRITABLE:
        line += ["--perms", "0777", "--size", str(disk), "--tmpfs", place]
    line += ["--symlink", "scratch", "/tmp", "--remount-ro", "/"]
    for name, value in environment("/scratch").items():
        line += ["--setenv", name, value]
    packages = [target for _, target in places if target.startswith("/opt/packages")]
    line += ["--setenv", "PYTHONPATH", ":".join(["/opt/course", *packages])]
    line += ["--setenv", "LD_LIBRARY_PATH", f"{Path(python).parents[1]}/lib"]
    return [*line, "--chdir", "/work", python, "-s", "-B", "-m", SERVER]


def user():
    """The number of the user that submissions run as, seen from this system."""
    return NOBODY if os.geteuid() == 0 else os.getuid()


def environment(home):
    """The whole environment of the fork server."""
    return {
        "HOME": home,
        "USER": "student",
        "TMPDIR": home,
        "IPYTHONDIR": f"{home}/ipython",
        "MPLCONFIGDIR": f"{home}/matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "NBGRADER_EXECUTION": "autograde",
        "LESSONLIB_WORK": home,
    }


def _python():
    """(Python's path inside, [(folder or file here, its place inside)]): no path of this machine is seen inside."""
    program, base = Path(os.path.realpath(sys.executable)), Path(sys.base_prefix)
    home = str(base) if base.is_relative_to("/usr") else "/python"
    places = [] if home == "/usr" else [(base / "lib", f"{home}/lib")]
    places.append((program, f"{home}/bin/{program.name}"))
    packages = dict.fromkeys(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib"))
    places += [(folder, f"/opt/packages{number}") for number, folder in enumerate(packages, 1)]
    places.append((Path(__file__).resolve().parents[1], "/opt/course/lessonlib"))
    return f"{home}/bin/{program.name}", places
