"""`python -m lessonlib` makes its environment, whatever it finds, and says in one sentence why it cannot.

The environments are real ones, made by the real uv and pip, but hold one tiny package, so no network is used.
"""

import ast
import importlib.util
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import tomllib
import zipfile
from pathlib import Path

import pytest

from lessonlib import environment, installer
from lessonlib.environment import Environment
from lessonlib.installer import Progress, SetupError, explain

ROOT = Path(__file__).resolve().parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="only on Linux and macOS")


def wheel(folder, version):
    """A package `tiny` that holds its version."""
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as archive:
        info = f"tiny-{version}.dist-info"
        archive.writestr("tiny.py", f"version = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course that needs nothing but `tiny` 1.0, which lies in a folder. Returns its Environment."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(wheels, "1.0")
    wheel(wheels, "10.0")  # longer than 1.0: byte code of a file of the same size and second passes as new
    for name in ("UV", "PIP"):
        monkeypatch.setenv(f"{name}_NO_INDEX", "1")
        monkeypatch.setenv(f"{name}_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(environment, "MEGABYTES", {"student": 1, "maintainer": 1})
    root = tmp_path / "Kurs Übung"
    (root / "tests").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "requirements.txt").write_text("tiny==1.0\n")
    (root / "tests" / "requirements.txt").write_text("tiny==1.0\n")
    return Environment(root)


@pytest.fixture
def with_uv(monkeypatch):
    """uv is on the PATH, in front of everything else."""
    scripts = sysconfig.get_path("scripts")
    monkeypatch.setenv("PATH", scripts + os.pathsep + os.environ["PATH"])
    assert Path(shutil.which("uv")).parent == Path(scripts)


@pytest.fixture
def without_uv(monkeypatch):
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", "/bin"]))
    monkeypatch.setattr(installer.shutil, "which", lambda name: None)


@pytest.fixture(params=["with_uv", "without_uv"])
def tool(request):
    """Once with uv, once with pip."""
    return request.getfixturevalue(request.param)


def installed(course):
    """The version of `tiny` that the environment's Python imports."""
    command = [course.python, "-c", "import tiny; print(tiny.version)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_missing_environment_is_made_and_a_second_start_starts_nothing(course, tool, monkeypatch, capsys):
    assert not course.ready("student")
    course.prepare("student")
    assert installed(course) == "1.0"
    assert capsys.readouterr().out.startswith("Setting up the course in the folder .venv.")

    monkeypatch.setattr(installer.subprocess, "Popen", None)
    begin = time.perf_counter()
    course.prepare("student")
    assert time.perf_counter() - begin < 0.05
    assert capsys.readouterr().out == ""


def test_lessonlib_is_importable_from_the_course_folder(course, with_uv, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    package = course.root / "lessonlib"
    package.mkdir()
    (package / "__init__.py").write_text("where = __file__\n")
    course.prepare("student")
    command = [course.python, "-c", "import lessonlib; print(lessonlib.where)"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.strip()
    assert Path(answer) == package / "__init__.py"


def test_a_changed_lock_is_installed_into_the_same_environment(course, with_uv):
    course.prepare("student")
    mine = course.folder / "mine"
    mine.touch()
    (course.root / "requirements.txt").write_text("tiny==10.0\n")
    assert not course.ready("student")
    course.prepare("student")
    assert installed(course) == "10.0"
    assert mine.exists()


def test_tests_need_more_than_lessons_and_keep_it(course, with_uv):
    course.prepare("student")
    assert not course.ready("maintainer")
    course.prepare("maintainer")
    assert course.ready("student") and course.ready("maintainer")
    (course.root / "pyproject.toml").write_text("# changed\n")
    course.prepare("student")
    assert course.ready("maintainer")


def break_by_moving(course):
    moved = course.root.with_name("moved")
    course.root.rename(moved)
    return Environment(moved)


def break_a_package(course):
    next(course.folder.rglob("tiny.py")).unlink()
    return course


def break_the_python(course):
    course.python.unlink()
    return course


def break_the_configuration(course):
    (course.folder / "pyvenv.cfg").unlink()
    return course


def break_in_the_middle(course):
    note = course.folder / "lessonlib.json"
    note.write_text(json.dumps({"state": "installing", "ours": True}))
    return course


def break_before_the_first_word(course):
    shutil.rmtree(course.folder)
    course.folder.mkdir()
    return course


@pytest.mark.parametrize(
    "damage",
    [
        break_by_moving,
        break_a_package,
        break_the_python,
        break_the_configuration,
        break_in_the_middle,
        break_before_the_first_word,
    ],
)
def test_a_damaged_environment_is_built_again(course, with_uv, damage):
    course.prepare("student")
    course = damage(course)
    assert not course.ready("student")
    course.prepare("student")
    assert course.ready("student")
    assert installed(course) == "1.0"


def test_an_environment_made_by_somebody_else_is_used_and_kept(course, with_uv):
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, str(course.folder)], check=True)
    theirs = course.folder / "theirs"
    theirs.touch()
    course.prepare("student")
    assert installed(course) == "1.0"
    break_a_package(course)
    course.prepare("student")  # never built again: it is not ours to delete
    assert theirs.exists()


@pytest.mark.parametrize("kind", ["folder", "file", "empty environment"])
def test_what_somebody_else_left_there_is_never_deleted(course, with_uv, kind):
    if kind == "file":
        course.folder.write_text("mine")
    else:
        course.folder.mkdir()
        (course.folder / ("pyvenv.cfg" if kind == "empty environment" else "notes.txt")).write_text("mine")
    before = sorted(course.root.rglob("*"))
    with pytest.raises(SetupError, match="is not one of ours and has no working Python: move it away or delete"):
        course.prepare("student")
    assert sorted(course.root.rglob("*")) == before


def test_without_a_network_it_says_so(course, tool, monkeypatch):
    for name in ("PIP_NO_INDEX", "UV_NO_INDEX", "PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.delenv(name)
    nobody = "http://127.0.0.1:9/simple"  # the port where nothing listens
    monkeypatch.setenv("PIP_INDEX_URL", nobody)
    monkeypatch.setenv("UV_DEFAULT_INDEX", nobody)
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(SetupError, match="The package index cannot be reached: check the network"):
        course.prepare("student")
    assert set(os.listdir(course.folder)) == {"lessonlib.json", "setup.log"}  # nothing half-made stays
    assert "127.0.0.1" in course.log.read_text("utf-8")


def test_a_package_that_is_not_to_be_had_is_told(course, with_uv):
    (course.root / "requirements.txt").write_text("tiny==3.0\n")
    with pytest.raises(SetupError, match="not to be had for this system and this Python"):
        course.prepare("student")


def test_a_disk_that_is_too_full_is_told_before_anything_is_fetched(course, with_uv, monkeypatch):
    monkeypatch.setattr(environment, "MEGABYTES", {"student": 10**9})
    with pytest.raises(SetupError, match=r"The disk is too full: \d+ MB are free, 1000000000 MB are needed"):
        course.prepare("student")


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, of 200 kB. Its function makes it read-only."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only on Linux as root: mounts a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", folder], capture_output=True).returncode:
        pytest.skip("only on a Linux that lets root mount: mounts a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_fills_up_is_told_and_freed_again(course, with_uv, small_disk, monkeypatch):
    monkeypatch.setattr(environment, "MEGABYTES", {"student": 0})
    shutil.copytree(course.root, small_disk, dirs_exist_ok=True)
    filler = "x" * 10**6
    with zipfile.ZipFile(Path(os.environ["UV_FIND_LINKS"]) / "tiny-1.0-py3-none-any.whl", "a") as archive:
        archive.writestr("filler.txt", filler, zipfile.ZIP_STORED)
    with pytest.raises(SetupError, match="The disk is full: make room"):
        Environment(small_disk).prepare("student")
    assert sum(path.stat().st_size for path in (small_disk / ".venv").rglob("*")) < 50_000


def test_a_read_only_folder_is_told(course, with_uv, small_disk):
    shutil.copytree(course.root, small_disk, dirs_exist_ok=True)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(SetupError, match="cannot be written to: copy it to a folder of your own"):
        Environment(small_disk).prepare("student")


def test_an_old_python_is_told_which_one_to_use(course, without_uv, monkeypatch):
    monkeypatch.setattr(installer.sys, "version_info", (3, 8, 18))
    with pytest.raises(SetupError, match=r"^This is Python 3.8, and the course needs Python 3.11 to 3.14: install"):
        course.prepare("student")
    monkeypatch.setattr(installer.shutil, "which", {"python3.12": "/somewhere"}.get)
    with pytest.raises(SetupError, match=r"start it with `python3.12 -m lessonlib`\.$"):
        course.prepare("student")
    assert not course.folder.exists()


def test_a_python_without_venv_is_told_how_to_get_it(course, without_uv, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else found(name))
    with pytest.raises(SetupError, match=r"sudo apt install python3\.\d+-venv\) or uv, then start again\.$"):
        course.prepare("student")
    assert not course.folder.exists()


PREPARE = "from lessonlib import environment as e; e.MEGABYTES['student'] = 1; e.Environment('.').prepare('student')"


def slow_uv(folder, seconds, monkeypatch):
    """A uv that writes its command into a file, takes its time, and then does what uv does."""
    folder.mkdir()
    script, calls = folder / "uv", folder / "calls"
    lines = [
        "#!/bin/sh",
        f'echo "$1" >> {shlex.quote(str(calls))}',
        "trap 'kill $!; exit 143' TERM",  # like the real one, it ends as a whole when it is told to
        f"sleep {seconds} & wait $!",
        f'exec {shlex.quote(shutil.which("uv"))} "$@"',
    ]
    script.write_text("\n".join(lines), "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return calls


def start(course):
    """Another process that prepares the environment of `course`."""
    return subprocess.Popen(
        [sys.executable, "-c", PREPARE],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(path):
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.02)


@posix
def test_of_two_starts_at_once_one_installs(course, with_uv, tmp_path, monkeypatch):
    calls = slow_uv(tmp_path / "slow uv", 0.5, monkeypatch)
    first = start(course)
    wait_for(calls)
    second = start(course)
    outputs = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert outputs[1] == "Another start is setting up the course: waiting for it.\n"
    assert calls.read_text().split() == ["venv", "pip"]
    assert course.ready("student")


@posix
def test_a_start_that_was_killed_is_made_good_by_the_next(course, with_uv, tmp_path, monkeypatch):
    path = os.environ["PATH"]
    calls = slow_uv(tmp_path / "slow uv", 1, monkeypatch)
    killed = start(course)
    wait_for(calls)
    killed.kill()
    killed.communicate()
    monkeypatch.setenv("PATH", path)
    course.prepare("student")
    assert installed(course) == "1.0"


@posix
def test_ctrl_c_ends_the_installer_too(course, with_uv, tmp_path, monkeypatch):
    calls = slow_uv(tmp_path / "slow uv", 100, monkeypatch)
    process = start(course)
    wait_for(calls)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)  # to this one alone, so that it has to end the other itself
    process.communicate(timeout=10)
    with open(course.root / "requirements.txt", "r+b") as file:
        assert environment._try_lock(file)  # no installer lives that would hold it


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: failed to write to file `x`: There is not enough space on the disk. (os error 112)", "disk is full"),
        ("[Errno 122] Disk quota exceeded", "disk is full"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "not trusted here"),
        ("Caused by: client error (Connect)\nCaused by: invalid peer certificate: UnknownIssuer", "not trusted here"),
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "cannot be reached"),
        ("[WinError 32] The process cannot access the file because it is being used", "is in use"),
        ("[Errno 13] Permission denied: '/course/.venv'", "cannot be written to"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "not to be had"),
        ("\nerror: something never seen before\n", r"\(error: something never seen before\): .* is in setup.log"),
    ],
)
def test_what_the_tools_say_becomes_one_sentence(words, sentence):
    told = explain(words, "setup.log")
    assert re.search(sentence, told)
    assert "\n" not in told and told.endswith(".")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_counts_what_pip_says_and_what_arrives(tmp_path):
    stream = Terminal()
    progress = Progress("numpy==2\njupyter-core==5\ncolorama==0.4 ; sys_platform == 'win32'\n", tmp_path, stream)
    progress.read("Ignoring colorama: markers 'sys_platform == \"win32\"' don't match your environment\n")
    progress.read("Collecting numpy==2 (from -r requirements.txt (line 1))\n")
    progress.read("  Downloading numpy-2-cp311-cp311-manylinux_2_28_x86_64.whl (16 kB)\n")
    progress.read("Installing collected packages: numpy, jupyter-core\n")
    (tmp_path / "jupyter_core-5.dist-info").mkdir()
    progress.read("")
    progress.finish()
    shown = [text.strip() for text in stream.getvalue().split("\r")]
    assert shown == [
        "",
        "Fetching 1 of 2: numpy",
        "Installing 1 of 2: jupyter-core",
        "All 2 packages are installed (0 s).",
    ]


def test_progress_in_a_log_is_a_line_now_and_then(tmp_path):
    stream = io.StringIO()
    progress = Progress("numpy==2\n", tmp_path, stream)
    progress.read("Resolved 1 package in 3ms\n")
    progress.read("Downloading numpy (15.9MiB)\n")
    progress.finish()
    assert stream.getvalue() == "Fetching 1 packages\nAll 1 packages are installed (0 s).\n"


def test_an_old_python_can_read_what_it_is_told():
    for name in ("__init__", "__main__", "blas", "environment", "installer"):
        ast.parse((ROOT / "lessonlib" / f"{name}.py").read_text("utf-8"), feature_version=(3, 7))


def test_the_range_of_pythons_is_that_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest, too_new = installer.OLDEST, installer.TOO_NEW
    assert project["requires-python"] == ">={}.{},<{}.{}".format(*oldest, *too_new)


def run(*arguments, cwd=ROOT):
    return subprocess.run([sys.executable, "-m", "lessonlib", *arguments], capture_output=True, text=True, cwd=cwd)


def test_help_needs_no_environment(tmp_path):
    shutil.copytree(ROOT / "lessonlib", tmp_path / "lessonlib", ignore=shutil.ignore_patterns("__pycache__"))
    answer = run("--help", cwd=tmp_path)
    assert answer.returncode == 0
    assert answer.stdout.startswith("usage: python -m lessonlib")
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("where", ["beside it", "elsewhere"])
def test_it_starts_without_the_m_too(tmp_path, where):
    package = tmp_path / "lessonlib"
    shutil.copytree(ROOT / "lessonlib", package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "elsewhere").mkdir()
    cwd, name = (tmp_path, "lessonlib") if where == "beside it" else (tmp_path / "elsewhere", str(package))
    bare = [sys.executable, "-E", "-S"]  # a Python that knows no lessonlib, as a newcomer's
    answer = subprocess.run([*bare, name, "--help"], capture_output=True, text=True, cwd=cwd)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("usage: python -m lessonlib")


def test_an_unknown_command_names_the_known_ones():
    answer = run("tset")
    assert answer.returncode == 2
    assert answer.stderr.startswith("There is no command 'tset': the commands are submit, test, build, ")


def test_a_lock_that_is_missing_is_told(course):
    (course.root / "requirements.txt").unlink()
    with pytest.raises(SetupError, match="requirements.txt cannot be read: clone it again"):
        course.prepare("student")
