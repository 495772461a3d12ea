"""Grading on a Dask cluster, with the gradebook in PostgreSQL: the same marks, whatever dies in between."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from lessonlib.course.packages import find
from tests.grading.course import LESSON, ROOT, Course

pytestmark = pytest.mark.filterwarnings("ignore")
SOLVED = {"check_steps_per_epoch": 2.0, "check_epoch_loss": 2.0, "check_split_rows": 2.0, "quiz_score": 0.0}
ONE = {**dict.fromkeys(SOLVED, 0.0), "check_split_rows": 2.0}


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path / "course")
    for number in range(4):
        course.hand_in(f"student{number}", course.solved() if number % 2 else course.solved("split_rows"))
    return course


@contextlib.contextmanager
def cluster(folder, workers=2):
    """(address, processes: the scheduler, then workers of one thread each) of a Dask cluster."""
    port = str(20000 + os.getpid() % 20000)
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    options = {"cwd": folder, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "distributed.cli"]
    started = [
        subprocess.Popen([*dask[:2], "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port,
                          "--no-dashboard"], **options)
    ]  # fmt: skip
    for _ in range(workers):
        started.append(
            subprocess.Popen([*dask[:2], "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard",
                              "--no-nanny", "--local-directory", str(folder)], **options)
        )  # fmt: skip
    try:
        from distributed import Client

        with Client(address, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address, started
    finally:
        for process in started:
            process.kill()
            process.wait()


@contextlib.contextmanager
def postgres():
    """The address of a PostgreSQL started for this test, in a folder that another run of the tests does not lock."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        with _postgres(Path(folder) / "db") as url:
            yield url


@contextlib.contextmanager
def _postgres(folder):
    initdb = find("initdb")
    if initdb is None:
        pytest.skip("only on machines with PostgreSQL: install the package postgresql")
    user = "postgres" if os.geteuid() == 0 else None
    folder.mkdir()
    if user:
        shutil.chown(folder, user)
        os.chmod(folder.parent, 0o711)
    data, port = folder / "data", str(20000 + (os.getpid() + 7919) % 20000)
    options = {"cwd": folder, "user": user, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([initdb, "-D", data, "-U", "grader", "-A", "trust", "--no-sync"], **options)
    pg_ctl = str(Path(initdb).with_name("pg_ctl"))
    server = ["-o", f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off", "-l", folder / "log"]
    subprocess.run([pg_ctl, "-D", data, "-w", *server, "start"], **options)
    try:
        yield f"postgresql://grader@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "stop"], **options)


def marks(course, url):
    from nbgrader.api import Gradebook

    with Gradebook(url, "training") as gradebook:
        return {
            name: {grade.name: grade.auto_score for grade in submitted.grades}
            for name in (f"student{number}" for number in range(4))
            for submitted in [gradebook.find_submission_notebook(LESSON, LESSON, name)]
        }


def test_cluster_and_database_give_the_same_marks_though_a_worker_dies(course, tmp_path):
    with postgres() as url, cluster(tmp_path) as (address, processes):
        killed = processes[1]
        stopper = subprocess.Popen([sys.executable, "-c", f"import os,time; time.sleep(3); os.kill({killed.pid}, 9)"])
        code, said = course.grade("--cluster", address, "--db", url)
        stopper.wait()
        assert code == 0, said
        assert marks(course, url) == {f"student{number}": SOLVED if number % 2 else ONE for number in range(4)}
        code, said = course.grade("--cluster", address, "--db", url)
        assert (code, "4 submissions, 0 of them run now" in said) == (0, True)


def test_killed_grader_leaves_what_a_second_run_completes(course):
    command = [
        sys.executable, "-c",
        f"import pathlib, lessonlib.course.grade as g; g.main(['{LESSON}'], pathlib.Path('{course.folder}'))",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    grader = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    records = course.folder / "grading" / "records" / LESSON
    while not list(records.glob("*.json")) and grader.poll() is None:
        time.sleep(0.02)
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    assert 1 <= len(list(records.glob("*.json"))) < 4
    code, said = course.grade()
    assert code == 0, said
    url = f"sqlite:///{course.folder}/grading/gradebook.db"
    assert marks(course, url) == {f"student{number}": SOLVED if number % 2 else ONE for number in range(4)}


def test_far_cluster_without_encryption_is_refused(course):
    code, said = course.grade("--cluster", "tcp://10.1.2.3:8786")
    assert code == 1
    assert "not encrypted" in said


def test_lost_database_loses_nothing_and_the_next_run_completes(course):
    import psycopg

    with postgres() as url:
        from lessonlib.grading.gradebook import Book

        save, lost = Book.save, []

        def save_and_lose(book, made, timestamp):
            penalty = save(book, made, timestamp)
            if not lost:  # the server ends every connection, as when it is started again
                with psycopg.connect(url, autocommit=True) as other:
                    other.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                    )
                lost.append(made.student)
            return penalty

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Book, "save", save_and_lose)
            code, said = course.grade("--db", url)
        assert code == 1, said
        assert "the gradebook postgresql://grader" in said
        code, said = course.grade("--db", url)
        assert code == 0, said
        assert marks(course, url) == {f"student{number}": SOLVED if number % 2 else ONE for number in range(4)}


def kill_after_the_first(course, processes):
    """Kill these as soon as one submission is graded."""
    while not list((course.folder / "grading" / "records" / LESSON).glob("*.json")):
        time.sleep(0.02)
    for process in processes:
        process.kill()


@pytest.mark.parametrize("lost", ["worker", "scheduler"])
def test_lost_cluster_leaves_what_the_next_run_completes(course, tmp_path, monkeypatch, lost):
    monkeypatch.setattr("lessonlib.grading.cluster.PATIENCE", 5.0)
    with cluster(tmp_path, 1) as (address, processes):
        victims = processes[:1] if lost == "scheduler" else processes[1:]
        threading.Thread(target=kill_after_the_first, args=(course, victims)).start()
        code, said = course.grade("--cluster", address)
    assert code == 4, said
    assert "not graded, will be retried" in said
    code, said = course.grade()
    assert code == 0, said
    assert "4 submissions, 4 of them run now" not in said
    url = f"sqlite:///{course.folder}/grading/gradebook.db"
    assert marks(course, url) == {f"student{number}": SOLVED if number % 2 else ONE for number in range(4)}
