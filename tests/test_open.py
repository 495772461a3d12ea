"""`python -m lessonlib` brings the lessons to work/, opens JupyterLab quietly, and ends at Ctrl-C."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from lessonlib.course import open as opening

ROOT = Path(__file__).resolve().parents[1]


def tree(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def course(tmp_path):
    """A course with a start page and a lesson in notebooks/."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1", id="one")])
    for name, files in {"00-start": ["00-start.ipynb"], "02-fit": ["02-fit.ipynb", "data/rows.csv"]}.items():
        for file in files:
            path = tmp_path / "notebooks" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(nbformat.writes(notebook))
    return tmp_path


def test_missing_files_are_copied_and_nothing_is_written_over(course):
    notebooks, work = course / "notebooks", course / "work"
    assert opening.copy_missing(notebooks, work) == ["00-start", "02-fit"]
    assert tree(work) == tree(notebooks)

    mine = work / "02-fit" / "02-fit.ipynb"
    mine.write_text("my work")
    (work / "02-fit" / "answers.json").write_text("my answers")
    (work / "02-fit" / "data" / "rows.csv").unlink()
    assert opening.copy_missing(notebooks, work) == ["02-fit"]
    assert mine.read_text() == "my work"
    assert (work / "02-fit" / "answers.json").read_text() == "my answers"
    assert (work / "02-fit" / "data" / "rows.csv").exists()
    assert opening.copy_missing(notebooks, work) == []


def test_a_link_of_the_students_is_left_alone(course):
    place = course / "work" / "02-fit" / "02-fit.ipynb"
    place.parent.mkdir(parents=True)
    try:
        place.symlink_to(course / "gone")
    except OSError:
        pytest.skip("only on systems where a user may make links")
    opening.copy_missing(course / "notebooks", course / "work")
    assert place.is_symlink() and not place.exists()


def test_a_copy_that_fails_leaves_no_half_a_file(course, monkeypatch):
    def broken(source, target):
        Path(target).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(opening.shutil, "copyfile", broken)
    with pytest.raises(OSError):
        opening.copy_missing(course / "notebooks", course / "work")
    assert tree(course / "work") == {}


def command(course, *arguments):
    code = (
        "import sys; from pathlib import Path; from lessonlib.course import open as opening; "
        f"opening.ROOT = Path({str(course)!r}); sys.exit(opening.main({list(arguments)!r}))"
    )
    home = course / "home"
    home.mkdir(exist_ok=True)
    return {
        "args": [sys.executable, "-c", code],
        "cwd": ROOT,
        "env": {**os.environ, "HOME": str(home), "USERPROFILE": str(home), "PYTHONPATH": str(ROOT)},
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }


def test_a_busy_port_is_one_sentence_and_nothing_is_begun(course):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        answer = subprocess.run(**command(course, "--no-browser", "--port", str(port)))
    assert answer.returncode == 1
    expected = f"The course cannot be opened: port {port} is in use, give another with --port or none at all.\n"
    assert answer.stdout == expected
    assert not (course / "work").exists()


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_named(course, port):
    answer = subprocess.run(**command(course, f"--port={port}"))
    assert answer.returncode == 2
    assert f"{port!r} is not a port: give a number from 1024 to 65535" in answer.stdout


def test_without_a_start_page_it_says_how_to_make_one(tmp_path):
    answer = subprocess.run(**command(tmp_path, "--no-browser"))
    assert answer.returncode == 1
    assert answer.stdout == "There is no start page in notebooks/: `python -m lessonlib build` makes it.\n"


def fetch(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """What a whole session prints, from start to Ctrl-C, and what the server answered meanwhile."""
    if os.name == "nt":
        pytest.skip("only on Linux and macOS: sends Ctrl-C")
    root = tmp_path_factory.mktemp("course")
    for name in ("00-start", "02-fit"):
        folder = root / "notebooks" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()))
    with contextlib.ExitStack() as stack:
        port_is_ours = False
        with contextlib.suppress(OSError):  # somebody else has it, perhaps for a moment only
            stack.enter_context(socket.create_server(("127.0.0.1", opening.PORT)))
            port_is_ours = True
        begin = time.monotonic()
        process = subprocess.Popen(**command(root, "--no-browser"), start_new_session=True)
        try:
            printed = ""
            while "http" not in printed:
                line = process.stdout.readline()
                assert line, printed
                printed += line
            url = re.search(r"http://127\.0\.0\.1:(\d+)/lab/tree/00-start/00-start\.ipynb\?token=(\w+)", printed)
            with urllib.request.urlopen(url[0], timeout=20) as page:
                status = page.status
            seconds = time.monotonic() - begin
            get = f"http://127.0.0.1:{url[1]}/{{}}?token={url[2]}".format
            headers = {"Authorization": f"token {url[2]}"}
            kernel = urllib.request.Request(get("api/kernels"), method="POST", data=b"{}", headers=headers)
            urllib.request.urlopen(kernel, timeout=20).close()
            notebook = json.load(urllib.request.urlopen(get("api/contents/02-fit/02-fit.ipynb"), timeout=20))
            settings = json.load(
                urllib.request.urlopen(get("lab/api/settings/@jupyterlab/apputils-extension:notification"))
            )
            page_config = urllib.request.urlopen(get("lab")).read().decode()
            time.sleep(1.5)  # what a kernel or the server has to say, it says now
            begin = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            rest = process.stdout.read()
            process.wait(20)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.stdout.close()
    return {
        "printed": printed + rest,
        "url": url,
        "status": status,
        "seconds": seconds,
        "stopping": time.monotonic() - begin,
        "code": process.returncode,
        "notebook": notebook,
        "settings": settings,
        "port_is_ours": port_is_ours,
        "page": page_config,
    }


def test_the_course_opens_and_closes_with_these_words_alone(opened):
    assert opened["printed"] == (
        "Copied to the folder work: 00-start, 02-fit. Files that were there are untouched.\n"
        "\n"
        "The course is open at\n"
        "\n"
        f"    {opened['url'][0]}\n"
        "\n"
        "Leave this window open while you work. Ctrl-C in it closes the course.\n"
        "\n"
        "\n"
        "Closing ...\n"
        "The course is closed. Your work is saved in the folder work/; the same command opens it again.\n"
    )
    assert opened["code"] == 0


def test_the_printed_address_shows_jupyterlab_with_the_copies(opened):
    assert opened["status"] == 200
    assert opened["notebook"]["path"] == "02-fit/02-fit.ipynb"


def test_a_port_in_use_is_passed_over(opened):
    if not opened["port_is_ours"]:
        pytest.skip("only on a computer where another program does not come and go on port 8888")
    assert int(opened["url"][1]) > opening.PORT


def test_it_opens_and_closes_in_seconds(opened):
    assert opened["seconds"] < 15  # a second or two; the rest is for a machine that runs other tests too
    assert opened["stopping"] < 10


def test_no_news_and_of_nbgrader_only_the_validate_button(opened):
    assert opened["settings"]["schema"]["properties"]["fetchNews"]["default"] == "false"
    disabled = set(re.findall(r"@jupyter/nbgrader:[\w-]+", opened["page"]))
    assert {"@jupyter/nbgrader:formgrader", "@jupyter/nbgrader:course-list"} <= disabled
    assert "@jupyter/nbgrader:validate-assignment" not in disabled
