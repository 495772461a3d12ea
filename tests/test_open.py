"""`python -m lessonlib` brings the lessons to work/, opens JupyterLab quietly, and ends at Ctrl-C."""

import asyncio
import contextlib
import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from tornado.websocket import websocket_connect

from lessonlib.authoring.source import number_cells
from lessonlib.course import copies
from lessonlib.course import open as opening

ROOT = Path(__file__).resolve().parents[1]
REMEDY = "allow yourself to write there, or copy the course to a folder of your own, then start again.\n"


def tree(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def course(tmp_path):
    """A course with a start page and a lesson in notebooks/."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1", id="one")])
    lesson = ["02-fit.ipynb", "quiz.json", "checks.json", "data/rows.csv"]
    for name, files in {"00-start": ["00-start.ipynb"], "02-fit": lesson}.items():
        for file in files:
            path = tmp_path / "notebooks" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(nbformat.writes(notebook))
    return tmp_path


def test_missing_files_are_copied_and_nothing_is_written_over(course):
    notebooks, work = course / "notebooks", course / "work"
    assert copies.copy_missing(notebooks, work) == ["00-start", "02-fit"]
    assert tree(work) == tree(notebooks)

    mine = work / "02-fit" / "02-fit.ipynb"
    mine.write_text("my work")
    (work / "02-fit" / "answers.json").write_text("my answers")
    (work / "02-fit" / "data" / "rows.csv").unlink()
    assert copies.copy_missing(notebooks, work) == ["02-fit"]
    assert mine.read_text() == "my work"
    assert (work / "02-fit" / "answers.json").read_text() == "my answers"
    assert (work / "02-fit" / "data" / "rows.csv").exists()
    assert copies.copy_missing(notebooks, work) == []


@pytest.fixture
def updated(course):
    """A course with a lesson that has been worked on, and has a newer version in notebooks/ now."""
    copies.copy_missing(course / "notebooks", course / "work")
    for name in ("02-fit.ipynb", "quiz.json", "checks.json"):
        (course / "work" / "02-fit" / name).write_text(f"old {name}")
    (course / "work" / "02-fit" / "answers.json").write_text("my answers")
    return course


@pytest.mark.parametrize("way", ["deleted", "renamed"])
def test_a_new_notebook_brings_its_quiz_and_checks_and_the_old_ones_are_kept(updated, way):
    new, mine = updated / "notebooks" / "02-fit", updated / "work" / "02-fit"
    if way == "deleted":
        (mine / "02-fit.ipynb").unlink()
    else:
        (mine / "02-fit.ipynb").rename(mine / "mine.ipynb")
    assert copies.copy_missing(updated / "notebooks", updated / "work") == ["02-fit"]
    for name in ("02-fit.ipynb", "quiz.json", "checks.json"):
        assert (mine / name).read_text() == (new / name).read_text()
    for name in ("quiz.json", "checks.json"):
        (kept,) = mine.glob(f"{name}.old-2*")
        assert kept.read_text() == f"old {name}"
    assert (mine / "answers.json").read_text() == "my answers"
    assert copies.newer_lessons(updated / "notebooks", updated / "work") == {}


def test_nothing_is_set_aside_that_is_the_same(course):
    copies.copy_missing(course / "notebooks", course / "work")
    (course / "work" / "02-fit" / "02-fit.ipynb").unlink()
    copies.copy_missing(course / "notebooks", course / "work")
    assert tree(course / "work") == tree(course / "notebooks")


def test_a_start_that_stops_in_the_middle_is_made_good_by_the_next(updated, monkeypatch):
    mine = updated / "work" / "02-fit"
    (mine / "02-fit.ipynb").unlink()
    copy = copies.shutil.copyfile

    def stopped(source, target):
        if source.name == "quiz.json":
            raise KeyboardInterrupt
        return copy(source, target)

    monkeypatch.setattr(copies.shutil, "copyfile", stopped)
    with pytest.raises(KeyboardInterrupt):
        copies.copy_missing(updated / "notebooks", updated / "work")
    monkeypatch.undo()
    copies.copy_missing(updated / "notebooks", updated / "work")
    assert copies.newer_lessons(updated / "notebooks", updated / "work") == {}
    assert len(list(mine.glob("*.old-*"))) == 2


def test_a_newer_lesson_is_told_and_the_old_one_is_left_alone(updated, monkeypatch, capsys):
    (updated / "notebooks" / "02-fit" / "quiz.json").write_text("old quiz.json")
    before = tree(updated / "work")
    monkeypatch.setattr(opening, "ROOT", updated)
    monkeypatch.setattr(opening, "serve", lambda *_, **__: None)
    assert opening.main([]) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "The course has a newer 02-fit (another checks.json than yours): yours stays as it is; to get the new one, "
        "move the folder 02-fit out of work, then start again."
    )
    assert tree(updated / "work") == before


def written(path, *sources):
    """A notebook as the build makes it: the id of a cell is a hash of its source."""
    cells = [nbformat.v4.new_markdown_cell(source) for source in sources]
    number_cells(cells)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


WRITTEN = ("# The fit", "model.fit(x, y)", "model.fit(x, y)", "Look at it.")


@pytest.mark.parametrize("change, newer", [
    (WRITTEN, {}),
    (("# The fit", "model.fit(x, y)", "model.fit(x, y)", "Look at them."), {"02-fit": ["02-fit.ipynb"]}),
    (WRITTEN[:2] + WRITTEN[3:], {"02-fit": ["02-fit.ipynb"]}),
])  # fmt: skip
def test_a_newer_notebook_is_noticed_and_what_a_student_did_to_an_old_one_is_not_taken_for_it(course, change, newer):
    notebooks, work = course / "notebooks", course / "work"
    written(notebooks / "02-fit" / "02-fit.ipynb", *WRITTEN)
    copies.copy_missing(notebooks, work)
    mine = nbformat.read(work / "02-fit" / "02-fit.ipynb", 4)
    mine.cells[1].source = "model.fit(x, y, epochs=9)"
    mine.cells.append(nbformat.v4.new_code_cell("my = 1"))
    mine.cells.insert(0, nbformat.v4.new_code_cell("my = 2", id=str(uuid.uuid4())))  # as JupyterLab names it
    del mine.cells[1]
    nbformat.write(mine, work / "02-fit" / "02-fit.ipynb")
    written(notebooks / "02-fit" / "02-fit.ipynb", *change)
    assert copies.newer_lessons(notebooks, work) == newer


def in_the_way_a_file(path):
    path.write_text("mine")


def in_the_way_a_dangling_link(path):
    try:
        path.symlink_to(path.with_name("gone"))
    except OSError:
        pytest.skip("only on systems where a user may make links")


@pytest.mark.parametrize("name", ["work", "work/02-fit"])
@pytest.mark.parametrize("put", [in_the_way_a_file, in_the_way_a_dangling_link])
def test_what_stands_where_a_folder_is_needed_is_told(course, name, put):
    place = course / name
    place.parent.mkdir(exist_ok=True)
    put(place)
    answer = subprocess.run(**command(course, "--no-browser"))
    assert answer.returncode == 1
    expected = f"The course cannot be opened: {place} is not a folder: move or rename it, then start again.\n"
    assert answer.stdout == expected


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, f"nothing can be written to {{}}: {REMEDY}"),
        (errno.EROFS, f"nothing can be written to {{}}: {REMEDY}"),
        (errno.ENOSPC, "the disk of {} is full: make room, then start again.\n"),
    ],
)
def test_what_cannot_be_written_is_told(course, monkeypatch, capsys, number, words):
    def fail(source, target):
        raise OSError(number, os.strerror(number), str(target))

    monkeypatch.setattr(copies.shutil, "copyfile", fail)
    monkeypatch.setattr(opening, "ROOT", course)
    assert opening.main([]) == 1
    expected = "The course cannot be opened: " + words.format(course / "work" / "00-start")
    assert capsys.readouterr().err == expected


def test_a_work_folder_that_cannot_be_written_to_is_told(course, monkeypatch, capsys):
    copies.copy_missing(course / "notebooks", course / "work")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != course / "work" and access(path, mode))
    monkeypatch.setattr(opening, "serve", lambda *_, **__: None)
    monkeypatch.setattr(opening, "ROOT", course)
    assert opening.main([]) == 1
    expected = f"The course cannot be opened: nothing can be written to {course / 'work'}: {REMEDY}"
    assert capsys.readouterr().err == expected


def test_a_link_of_the_students_is_left_alone(course):
    place = course / "work" / "02-fit" / "02-fit.ipynb"
    place.parent.mkdir(parents=True)
    try:
        place.symlink_to(course / "gone")
    except OSError:
        pytest.skip("only on systems where a user may make links")
    copies.copy_missing(course / "notebooks", course / "work")
    assert place.is_symlink() and not place.exists()


def test_a_copy_that_fails_leaves_no_half_a_file(course, monkeypatch):
    def broken(source, target):
        Path(target).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies.shutil, "copyfile", broken)
    with pytest.raises(OSError):
        copies.copy_missing(course / "notebooks", course / "work")
    assert tree(course / "work") == {}


def command(course, *arguments):
    code = (
        "import sys; from pathlib import Path; from lessonlib.course import open as opening; "
        f"opening.ROOT = Path({str(course)!r}); sys.exit(opening.main({list(arguments)!r}))"
    )
    home, scratch = course / "home", course / "tmp"
    home.mkdir(exist_ok=True)
    scratch.mkdir(exist_ok=True)
    outside = {**dict.fromkeys(["HOME", "USERPROFILE"], str(home)), **dict.fromkeys(["TMPDIR", "TEMP"], str(scratch))}
    return {
        "args": [sys.executable, "-c", code],
        "cwd": ROOT,
        "env": {**os.environ, **outside, "PYTHONPATH": str(ROOT)},
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


async def execute(channels, code):
    """Let the kernel that listens at the address `channels` execute code, without an error."""
    connection = await websocket_connect(f"{channels}&session_id=1")
    header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    await connection.write_message(json.dumps(message))
    answer = {"msg_type": ""}
    while answer["msg_type"] != "execute_reply":
        answer = json.loads(await connection.read_message())
    connection.close()
    while await connection.read_message() is not None:
        pass
    assert answer["content"]["status"] == "ok"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """What a whole session prints, from start to Ctrl-C, and what the server answered meanwhile."""
    if os.name == "nt":
        pytest.skip("only on Linux and macOS: sends Ctrl-C")
    root = tmp_path_factory.mktemp("course") / "Kurs Übung"
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
            with urllib.request.urlopen(kernel, timeout=20) as answer:
                channels = get(f"api/kernels/{json.load(answer)['id']}/channels").replace("http", "ws", 1)
            with ThreadPoolExecutor() as thread:  # in this one, Chromium's loop may be running
                done = asyncio.wait_for(execute(channels, "import matplotlib.font_manager"), 60)
                thread.submit(asyncio.run, done).result()
            notebook = json.load(urllib.request.urlopen(get("api/contents/02-fit/02-fit.ipynb"), timeout=20))
            save = json.dumps(notebook).encode()
            put = urllib.request.Request(get("api/contents/02-fit/02-fit.ipynb"), save, headers, method="PUT")
            urllib.request.urlopen(put, timeout=20).close()
            theme = urllib.request.Request(
                get("lab/api/settings/@jupyterlab/apputils-extension:themes"),
                json.dumps({"raw": '{"theme": "JupyterLab Dark"}'}).encode(),
                headers,
                method="PUT",
            )
            urllib.request.urlopen(theme, timeout=20).close()
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
        "root": root,
    }


def test_the_course_opens_and_closes_with_these_words_alone(opened):
    assert opened["printed"] == (
        "Copied to the folder work: 00-start, 02-fit. Your own files are untouched.\n"
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


def test_nothing_is_written_outside_the_course(opened):
    """Not by the server, not by a kernel that draws, not by saving a notebook or choosing a theme."""
    root = opened["root"]
    assert sorted(path.name for path in root.iterdir()) == ["home", "notebooks", "tmp", "work"]
    assert list((root / "home").rglob("*")) == []
    assert list((root / "tmp").rglob("*")) == []
    assert sorted(path.name for path in (root / "work").iterdir()) == [".jupyter", "00-start", "02-fit"]
    assert list((root / "work" / ".jupyter" / "matplotlib").glob("fontlist*"))


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
