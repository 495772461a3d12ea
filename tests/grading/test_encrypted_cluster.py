"""A Dask cluster over TLS, set up with the very lines of lessonlib/grading/README.md."""

import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time

import pytest

from tests.grading.course import ROOT, Course

pytestmark = pytest.mark.filterwarnings("ignore")
PAGE = (ROOT / "lessonlib" / "grading" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SOLVED = {"check_steps_per_epoch": 2.0, "check_epoch_loss": 2.0, "check_split_rows": 2.0, "quiz_score": 0.0}
GRADE = "import sys, pathlib, lessonlib.course.grade as g; sys.exit(g.main(sys.argv[1:], pathlib.Path.cwd()))"
TLS = "grading/tls"


def block(beginning):
    """The lines of the page's example that begins so."""
    (found,) = [text for text in BLOCKS if text.startswith(beginning)]
    return found


def make_certificates(folder):
    """An authority, a certificate of it, and Dask's configuration, as the page says."""
    folder.mkdir(parents=True)
    for line in block("openssl").splitlines():
        subprocess.run(shlex.split(line), cwd=folder, check=True, capture_output=True)
    (folder / "dask.yaml").write_text(block("distributed:"))


def commands(port):
    """[the page's lines for the encrypted cluster, as argument lists of this machine]"""
    lines = block("export DASK_CONFIG").replace("192.0.2.2:8786", f"127.0.0.1:{port}").replace("8786", str(port))
    lines = lines.replace("--nworkers 4", "--nworkers 2")
    words = [shlex.split(line, comments=True) for line in lines.splitlines()]
    assert words[0] == ["export", f"DASK_CONFIG={TLS}/dask.yaml"]
    dask = [sys.executable, "-c", "import sys; from dask.__main__ import main; sys.exit(main())"]
    return [[*dask, *line[1:]] for line in words[1:3]] + [[sys.executable, "-c", GRADE, *words[3][4:]]]


def run(command, course, config):
    """(exit code, what was said) of a command in the course's folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_CONFIG": config}
    done = subprocess.run(command, cwd=course.folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@contextlib.contextmanager
def cluster(course, scheduler, worker):
    """The cluster, as long as the `with` block lasts."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_CONFIG": f"{TLS}/dask.yaml"}
    with open(course.folder / "cluster.log", "wb") as log:
        options = {"cwd": course.folder, "env": environment, "stdout": log, "stderr": log}
        started = [subprocess.Popen(command, **options) for command in (scheduler, worker)]
        try:
            yield
        finally:
            for process in reversed(started):
                process.terminate()  # the worker ends its own processes then
            for process in reversed(started):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
                process.kill()
                process.wait()


@pytest.fixture
def course(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("only on machines with openssl")
    course = Course(tmp_path / "course")
    for student in ("ann", "bob"):
        course.hand_in(student, course.solved())
    make_certificates(course.folder / TLS)
    return course


def test_cluster_over_tls_grades_and_turns_away_who_has_no_certificate_of_its_authority(course):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    scheduler, worker, grader = commands(port)
    with cluster(course, scheduler, worker):
        deadline = time.monotonic() + 60
        while b"Registered to" not in (course.folder / "cluster.log").read_bytes() and time.monotonic() < deadline:
            time.sleep(0.2)
        code, said = run(grader, course, f"{TLS}/dask.yaml")
        assert code == 0, said + (course.folder / "cluster.log").read_text()
        assert course.gradebook("ann") == course.gradebook("bob") == SOLVED

        code, said = run([*grader, "--force"], course, "/dev/null")
        assert code == 1 and "Traceback" not in said
        assert "the file that DASK_CONFIG says" in said

        (course.folder / TLS).rename(course.folder / "true")
        make_certificates(course.folder / TLS)
        code, said = run([*grader, "--force"], course, f"{TLS}/dask.yaml")
        assert code == 1 and "Traceback" not in said
        assert "cannot be reached" in said and "certificate" in said


@pytest.mark.parametrize("address", ["tcp://192.0.2.2:8786", "tcp://grader.example.org:8786", "tcp://0.0.0.0:8786"])
def test_plain_connection_to_another_machine_is_refused(tmp_path, address):
    course = Course(tmp_path)
    course.hand_in("ann", course.blank())
    code, said = course.grade("--cluster", address)
    assert code == 1
    assert f"{address} is not on this machine and not encrypted" in said and "tls://" in said
