"""Where there is no bubblewrap, nothing is run, and the remedy is named; `--no-sandbox` says aloud what it does."""

import pytest

from tests.grading.course import Course

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path / "course")
    course.hand_in("ann", course.solved())
    return course


def test_without_bubblewrap_nothing_is_run_and_the_remedy_is_named(course, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, said = course.grade()
    assert code == 1
    assert "The submissions are not run: the program bwrap is not installed." in said
    for remedy in ("apt-get install bubblewrap", "apparmor_restrict_unprivileged_userns=0", "seccomp=unconfined"):
        assert remedy in said
    assert course.record("ann") is None
    assert not (course.folder / "grading" / "autograded").exists()


def test_without_user_namespaces_nothing_is_run_and_the_remedy_is_named(course, monkeypatch, tmp_path):
    bwrap = tmp_path / "bwrap"
    bwrap.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    bwrap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    code, said = course.grade()
    assert (code, course.record("ann")) == (1, None)
    assert "setting up uid map: Permission denied" in said and "userns" in said


def test_no_sandbox_says_so_and_gives_the_same_points(course, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, said = course.grade("--no-sandbox", "--workers", "1")
    assert code == 0, said
    assert "WITHOUT A SANDBOX: the students' code runs as you" in said
    assert course.scores("ann") == course.gradebook("ann")
    assert course.scores("ann")["check_epoch_loss"] == 2.0
