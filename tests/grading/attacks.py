"""Submissions that nobody wants to meet. Each is a function (course, student) that hands one in.

What is expected of each: its state, and its scores as parts of FULL; NOTHING is what a blank notebook earns.
"""

import json
import os

from tests.grading.course import cell, code, insert

EXERCISES = {"check_steps_per_epoch": 2.0, "check_epoch_loss": 2.0, "check_split_rows": 2.0}
NOTHING = {**dict.fromkeys(EXERCISES, 0.0), "quiz_score": 0.0}
SOLVED = {**EXERCISES, "quiz_score": 0.0}
FIRST = {**NOTHING, "check_steps_per_epoch": 2.0}
NOT_STARTED = dict.fromkeys(NOTHING)

EITHER = ("graded", "needs review")  # as busy as the machine is
GRADED, REMARKS, REVIEW, REFUSED = "graded", "graded with remarks", "needs review", "refused"
ATTACKS = {}


def attack(state, scores):
    """Enter a function in the table of attacks."""

    def enter(function):
        ATTACKS[function.__name__] = (function, state, scores)
        return function

    return enter


def in_cell(name, state, scores, source, above="steps_per_epoch", solved=True):
    """An attack that is a cell of Python in an otherwise solved, or blank, notebook."""

    def hand_in(course, student):
        notebook = course.solved() if solved else course.blank()
        course.hand_in(student, insert(notebook, source, above))

    ATTACKS[name] = (hand_in, state, scores)


def as_function(name, state, scores, source, exercise="epoch_loss"):
    """An attack that is an exercise's function in a solved notebook."""

    def hand_in(course, student):
        notebook = course.solved()
        cell(notebook, exercise)["source"] = source
        course.hand_in(student, notebook)

    ATTACKS[name] = (hand_in, state, scores)


def changed(name, state, scores, change, solved=True):
    """An attack on the structure of a notebook."""

    def hand_in(course, student):
        notebook = course.solved() if solved else course.blank()
        notebook = change(notebook) or notebook
        course.hand_in(student, notebook)

    ATTACKS[name] = (hand_in, state, scores)


def raw(name, scores, make, state=REFUSED):
    """An attack on the bytes of the file."""

    def hand_in(course, student):
        course.hand_in(student, make(json.dumps(course.solved()).encode()))

    ATTACKS[name] = (hand_in, state, scores)


# Scores made up inside the kernel: nothing is solved, so nothing is earned.
in_cell("forged_result", GRADED, NOTHING, "get_ipython().displayhook(2.0)\nprint('Score: 2.0')", solved=False)
in_cell("check_replaced", GRADED, NOTHING, "check = lambda *_: 2.0\nquiz.score = lambda: 8.0", solved=False)
in_cell("shell_replaced", GRADED, NOTHING, "get_ipython().run_cell = lambda *a, **k: None", solved=False)
in_cell(
    "checks_rewritten", REVIEW, NOTHING,
    "import lessonlib.checks.calls as c, lessonlib.checks.judge as j, lessonlib.checks.values as v\n"
    "import lessonlib.grading.inside.witness as w, json, numpy, os\n"
    "c.answer = c.outcomes = lambda *_: [c.Outcome(value=1)]\nj.judge = lambda t, o: type('V', (), {'score': 2.0})\n"
    "v.encode = lambda x: 1\nw._told = lambda *_: {'value': 1, 'score': 2.0}\n"
    "json.dumps = lambda *a, **k: '{\"score\": 100}'\nnumpy.allclose = lambda *_: True\nos.fork = lambda: 0",
    solved=False,
)  # fmt: skip
in_cell(
    "asserts_removed", GRADED, NOTHING,
    "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
    "get_ipython().ast_transformers.append(T())\nimport builtins\n"
    "builtins.AssertionError = KeyError\nimport numpy.testing\nnumpy.testing.assert_allclose = print",
    solved=False,
)  # fmt: skip
ALWAYS = (
    "class Always(float):\n    def __eq__(self, o): return True\n    def __sub__(self, o): return 0.0\n"
    "    __rsub__ = __sub__\n    def __abs__(self): return 0.0\n    def __hash__(self): return 0\n"
    "    def __le__(self, o): return True\n    def __format__(self, s): return '1'\n"
)
WITHOUT_LOSS = {**SOLVED, "check_epoch_loss": 0.0}
as_function("always_equal", GRADED, WITHOUT_LOSS, ALWAYS + "def epoch_loss(a, b): return Always(9)")
as_function(
    "always_close_array", GRADED, WITHOUT_LOSS,
    "class A(np.ndarray):\n    def __array_ufunc__(self, *a, **k): return np.True_\n"
    "    def __eq__(self, o): return True\ndef epoch_loss(a, b): return np.zeros(3).view(A)",
)  # fmt: skip
as_function(
    "array_for_ever", GRADED, WITHOUT_LOSS,
    "class Evil:\n    def __array__(self, *a, **k):\n        while True: pass\n    __float__ = __len__ = __array__\n"
    "    def __deepcopy__(self, memo): return self\n    def __eq__(self, o):\n        while True: pass\n"
    "def epoch_loss(a, b): return Evil()",
)  # fmt: skip
as_function(
    "repr_raises", GRADED, WITHOUT_LOSS,
    "class Evil:\n    def __getattribute__(self, name): raise BaseException('no')\n    def __repr__(self): raise KeyError\n"
    "def epoch_loss(a, b): return Evil()",
)  # fmt: skip
as_function(
    "pickle_returned", GRADED, WITHOUT_LOSS,
    "import pickle\nclass P:\n    def __reduce__(self): return (exec, ('open(\"/tmp/owned\", \"w\")',))\n"
    "def epoch_loss(a, b): return pickle.dumps(P())",
)  # fmt: skip
as_function("nan_returned", GRADED, WITHOUT_LOSS, "def epoch_loss(a, b): return float('nan')")
as_function("inf_returned", GRADED, WITHOUT_LOSS, "def epoch_loss(a, b): return float('inf')")
as_function("huge_number", GRADED, WITHOUT_LOSS, "def epoch_loss(a, b): return 10**100000")
as_function("huge_list", EITHER, WITHOUT_LOSS, "def epoch_loss(a, b): return [1.0] * 30_000_000")
as_function(
    "deep_list", GRADED, WITHOUT_LOSS,
    "def epoch_loss(a, b):\n    x = []\n    for _ in range(100000): x = [x]\n    return x",
)  # fmt: skip
as_function(
    "public_cases_by_heart", GRADED, WITHOUT_LOSS,
    "import json\nfrom lessonlib.checks import table\nT = table.read('checks.json')['epoch_loss']\n"
    "def epoch_loss(a, b):\n    for case in T.cases:\n        if list(case.given) == [a, b]: return case.expected\n"
    "    return 0.0",
)  # fmt: skip
in_cell(
    "all_public_cases_by_heart", GRADED, NOTHING,
    "from lessonlib.checks import table\n\n\ndef by_heart(name):\n    cases = table.read('checks.json')[name].cases\n"
    "    def function(*given):\n        for case in cases:\n            if str(case.given) == str(given): return case.expected\n"
    "    return function\n\n\n"
    "steps_per_epoch, epoch_loss, split_rows = map(by_heart, ('steps_per_epoch', 'epoch_loss', 'split_rows'))",
    above="check_steps_per_epoch", solved=False,
)  # fmt: skip
as_function("exits_in_function", GRADED, WITHOUT_LOSS, "def epoch_loss(a, b):\n    import sys; sys.exit(0)")
as_function("dies_in_function", GRADED, WITHOUT_LOSS, "def epoch_loss(a, b):\n    import os; os._exit(0)")
as_function("loops_in_function", REVIEW, WITHOUT_LOSS, "def epoch_loss(a, b):\n    while True: pass")
as_function(
    "loops_deaf_in_function", REVIEW, WITHOUT_LOSS,
    "import signal\ndef epoch_loss(a, b):\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while True: pass",
)  # fmt: skip
LEAK = (
    "SEEN = []\ndef epoch_loss(a, b):\n    print('HIDDEN', a, b)\n    SEEN.append((a, b))\n"
    "    open('seen.txt', 'a').write(str((a, b)))\n    import sys, os\n    sys.__stdout__.write(str(a))\n"
    "    os.write(1, str(a).encode()); os.write(2, str(a).encode())\n"
    "    raise type('HIDDEN' + str(a), (ValueError,), {})('HIDDEN', a, b)"
)
as_function("tells_hidden_cases", GRADED, WITHOUT_LOSS, LEAK)

# What must not be reached.
LOOK = (
    "import os, glob\n"
    "for top in ('/', '..', '../..', '/proc/1/root', '/proc/self/cwd', os.path.expanduser('~'), '/home', '/root', '/tmp'):\n"
    "    for here, folders, names in os.walk(top):\n"
    "        if any(top in here for top in ('/usr', '/python', '/opt/packages', '/lib', '/sys')): folders.clear(); continue\n"
    "        for name in names:\n"
    "            if not os.path.isfile(os.path.join(here, name)): continue\n"
    "            try: text = open(os.path.join(here, name), errors='replace').read(100000)\n"
    "            except Exception: continue\n"
    "            if 'MARKER' + '-' in text: print('FOUND', here, name, text[:200])\n"
    "print([value for value in os.environ.values() if 'MARKER' in value])\n"
)
in_cell("looks_for_everything", GRADED, SOLVED, LOOK)
in_cell(
    "network", GRADED, SOLVED,
    "import socket\nfor where in (('127.0.0.1', 22), ('10.0.0.1', 80), ('1.1.1.1', 53)):\n"
    "    s = socket.socket(); s.settimeout(1)\n    try: s.connect(where); print('CONNECTED')\n    except OSError: pass",
)  # fmt: skip
in_cell(
    "writes_everywhere", GRADED, SOLVED,
    "import os\nfor place in ('/', '/usr', '/opt', '/opt/course/lessonlib', '/python', '/etc', '/dev', '/opt/packages1'):\n"
    "    try: open(os.path.join(place, 'sitecustomize.py'), 'w').write('x'); print('WRITTEN', place)\n"
    "    except OSError: pass",
)  # fmt: skip
in_cell(
    "more_rights", GRADED, SOLVED,
    "import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\n"
    "for call in (lambda: c.setuid(0), lambda: c.mount(b'tmpfs', b'/opt', b'tmpfs', 0, None),\n"
    "             lambda: c.ptrace(16, 1, 0, 0), lambda: c.umount2(b'/proc', 2), lambda: c.chroot(b'/work')):\n"
    "    if call() == 0: print('ALLOWED')",
)  # fmt: skip
in_cell(
    "stays_for_the_next", GRADED, SOLVED,
    "import os\nfor place in ('/work', '/scratch', '/dev/shm', os.path.expanduser('~')):\n"
    "    os.makedirs(place + '/ipython/profile_default/startup', exist_ok=True)\n"
    "    open(place + '/ipython/profile_default/startup/00.py', 'w').write('print(\"POISONED\")')\n"
    "    open(place + '/usercustomize.py', 'w').write('print(\"POISONED\")')",
)  # fmt: skip

# Too much of something.
in_cell("loop_in_cell", REVIEW, SOLVED, "while True: pass")
in_cell(
    "deaf_loop_in_cell", REVIEW, FIRST,
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", above="epoch_loss",
)  # fmt: skip
in_cell("sleeps", REVIEW, FIRST, "import time\nfor _ in range(60):\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass",
        above="epoch_loss")  # fmt: skip
in_cell("memory", GRADED, SOLVED, "b = bytearray(50 * 2**30)")
in_cell(
    "memory_of_many", REVIEW, SOLVED,
    "import os, time\nfor _ in range(12):\n    if os.fork() == 0:\n        b = bytearray(2**29); time.sleep(60)\ntime.sleep(60)",
    above="quiz_score",
)  # fmt: skip
in_cell("fork_bomb", EITHER, SOLVED, "import os\nwhile True:\n    try: os.fork()\n    except OSError: break\n"
        "    except KeyboardInterrupt: os._exit(0)", above="quiz_score")  # fmt: skip
in_cell("daemon", GRADED, SOLVED, "import os, time\nif os.fork() == 0:\n    os.setsid()\n    while True: time.sleep(1)")
in_cell("threads", GRADED, SOLVED, "import threading, time\nfor _ in range(500):\n"
        "    try: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n    except RuntimeError: break",
        above="quiz_score")  # fmt: skip
in_cell(
    "disk",
    GRADED,
    SOLVED,
    "try:\n    for n in range(100):\n        open(f'big{n}', 'wb').write(bytes(2**25))\nexcept OSError: pass",
)
in_cell("many_files", GRADED, SOLVED, "try:\n    for n in range(10**6): open(str(n), 'w')\nexcept OSError: pass")
in_cell("endless_output", GRADED, SOLVED, "while True: print('x' * 1000)")
in_cell(
    "shows_more_than_it_may", REVIEW, SOLVED,
    "recorder = get_ipython().recorder\nrecorder.left = recorder.left_here = 10**9\nprint('x' * 9_000_000)",
)  # fmt: skip
in_cell("endless_html", GRADED, SOLVED, "from IPython.display import HTML\nHTML('<b>' + 'x' * 10**8)")
in_cell(
    "endless_raw_output",
    GRADED,
    SOLVED,
    "import os\nfor n in range(100):\n    os.write(1, b'x' * 10**6); os.write(2, b'x' * 10**6)",
)
in_cell(
    "floods_the_channel", REVIEW, SOLVED,
    "import os, struct\nwhile True:\n    for f in range(3, 40):\n        try: os.write(f, struct.pack('!I', 10**6) + b'x' * 10**6)\n"
    "        except OSError: pass", above="quiz_score",
)  # fmt: skip
in_cell(
    "forged_messages", REVIEW, FIRST,
    "import os, struct, json\nm = json.dumps({'cell': 90, 'outputs': [{'output_type': 'evil'}], 'count': -1, 'told': {'epoch_loss': [1]}}).encode()\n"
    "for f in range(3, 40):\n    try: os.write(f, struct.pack('!I', len(m)) + m)\n    except OSError: pass\nos._exit(0)",
    above="epoch_loss",
)  # fmt: skip
in_cell(
    "messages_of_odd_places", GRADED, SOLVED,
    "import os, struct, json\nfor place in ([], {}, '1', 1.5, None, True, -1, 10**30):\n"
    "    m = json.dumps({'cell': place, 'outputs': [], 'count': place}).encode()\n"
    "    for f in range(3, 40):\n        try: os.write(f, struct.pack('!I', len(m)) + m)\n        except OSError: pass",
    above="quiz_score",
)  # fmt: skip

# What would keep the process busy that makes it harmless.
BOMBS = {
    "nested": "<div>" * 150_000,
    "left_open": "".join(f"<div><b id={number}></div>" for number in range(30_000)),
    "attributes": "<b " + "a " * 90_000 + ">",
    "not_in_the_table": "<table>" + "x<b>y</b>" * 20_000,
    "in_styles": "<p style='color:" + "(" * 50_000 + "'>",
}
for _name, _content in BOMBS.items():
    in_cell(f"html_{_name}", GRADED, SOLVED, f"from IPython.display import HTML\nHTML({_content!r})")
    changed(f"text_{_name}", GRADED, SOLVED, lambda notebook, content=_content: notebook["cells"].append(
        {"cell_type": "markdown", "metadata": {}, "source": content}))  # fmt: skip

# Ends of the kernel.
in_cell("exit_cell", GRADED, SOLVED, "import sys\nsys.exit(3)")
in_cell("dies_in_cell", REVIEW, FIRST, "import os\nos._exit(1)", above="epoch_loss")
in_cell("segfault", REVIEW, FIRST, "import ctypes\nctypes.string_at(0)", above="epoch_loss")
in_cell(
    "kills_everything",
    REVIEW,
    NOTHING,
    "import os, signal\nfor n in (1, 2, 3, -1, os.getppid()):\n    try: os.kill(n, 9)\n    except OSError: pass\nos.kill(os.getpid(), 9)",
)  # noqa: E501
in_cell(
    "signals_the_watcher", GRADED, SOLVED,
    "import os, signal\nfor n in set(signal.valid_signals()) - {signal.SIGUSR1}:\n    os.kill(1, n)",
)  # fmt: skip
in_cell("asks", GRADED, SOLVED, "input('What is the answer? ')")
in_cell("prints_later", GRADED, SOLVED, "import threading, time\ndef f():\n    while True: print('late'); time.sleep(0.01)\n"
        "threading.Thread(target=f, daemon=True).start()")  # fmt: skip

# The page that an instructor opens.
in_cell(
    "scripts", GRADED, SOLVED,
    "from IPython.display import HTML, Javascript, display\ndisplay(HTML('<script>alert(1)</script><img src=x onerror=alert(1)>"
    "<iframe src=\"javascript:alert(1)\"></iframe><b>bold</b>'), Javascript('alert(1)'))\n"
    "display({'text/html': ['<script>'], 'application/x': 'y', 'image/png': '!!'}, raw=True)",
)  # fmt: skip


@attack(GRADED, NOTHING)
def scripts_in_text(course, student):
    notebook = course.blank()
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "<script>alert(1)</script> *text*"})
    notebook["cells"].append(
        {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": "<script>alert(1)</script>"}
    )
    course.hand_in(student, notebook)


# Metadata and structure.
def _metadata(**changes):
    def change(notebook):
        for one in notebook["cells"]:
            if "nbgrader" in one["metadata"]:
                one["metadata"]["nbgrader"].update(changes)

    return change


changed("points_100", GRADED, SOLVED, _metadata(points=100.0))
changed("points_of_text", GRADED, SOLVED, _metadata(points="abc", schema_version="x"))
changed("points_nan", GRADED, SOLVED, _metadata(points=float("nan")))
changed("not_graded_it_says", GRADED, SOLVED, _metadata(grade=False, locked=False, solution=True))
changed("old_schema", GRADED, SOLVED, _metadata(schema_version=1))
changed("tests_edited", REMARKS, NOTHING,
        lambda nb: cell(nb, "check_epoch_loss").update(source="2.0  # full"), solved=False)  # fmt: skip
changed(
    "tests_as_text", REMARKS, SOLVED, lambda nb: cell(nb, "check_epoch_loss").update(cell_type="markdown", source="2")
)
changed("tests_deleted", REMARKS, SOLVED, lambda nb: nb["cells"].remove(cell(nb, "check_epoch_loss")))
changed("tests_pasted", REMARKS, SOLVED, lambda nb: nb["cells"].insert(0, dict(cell(nb, "check_epoch_loss"))))
changed("tests_first", GRADED, SOLVED, lambda nb: nb["cells"].sort(key=lambda one: "check" not in one["metadata"]))
changed("everything_deleted", REMARKS, NOTHING, lambda nb: nb["cells"].clear())
changed("kernel_of_evil", GRADED, SOLVED, lambda nb: nb["metadata"].update(kernelspec={"name": "bash", "argv": ["rm"]}))
changed("no_metadata", REMARKS, SOLVED, lambda nb: [one.update(metadata={}) for one in nb["cells"]] and None)
changed("odd_metadata", REMARKS, SOLVED,
        lambda nb: [one.update(metadata=[1], source=one["source"]) for one in nb["cells"]] and None)  # fmt: skip
changed(
    "odd_cells", REMARKS, SOLVED, lambda nb: nb["cells"].extend([1, None, "x", [], {"cell_type": {}, "source": {}}])
)
changed("renamed_cells", REMARKS, SOLVED,
        lambda nb: cell(nb, "check_epoch_loss")["metadata"]["nbgrader"].update(grade_id="../../evil\n"))  # fmt: skip
changed("cells_of_another_course", REMARKS, SOLVED, lambda nb: nb["cells"].extend(
    {"cell_type": "markdown", "metadata": {"nbgrader": {"grade_id": f"another_{n}"}}, "source": ""} for n in range(1900)
))  # fmt: skip
changed("syntax_error", GRADED, SOLVED, lambda nb: nb["cells"].insert(0, code("def (:")))
changed("surrogate", GRADED, SOLVED, lambda nb: nb["cells"].insert(0, code("'\ud800'")))

# Files that are none.
raw("empty", NOT_STARTED, lambda content: b"")
raw("half_written", NOT_STARTED, lambda content: content[: len(content) // 2])
raw("not_json", NOT_STARTED, lambda content: b"PK\x03\x04")
raw("utf16", NOT_STARTED, lambda content: content.decode().encode("utf-16"))
raw("latin1", NOT_STARTED, lambda content: content.replace(b"metadata", b"m\xe9tadata"))
raw("deep_json", NOT_STARTED, lambda content: b"[" * 10**6)
raw("huge_json", NOT_STARTED, lambda content: b'{"cells": [' + b" " * (40 << 20) + b"]}")
raw("other_json", NOT_STARTED, lambda content: b'{"cells": 3, "nbformat": 4}')
raw("format_3", NOT_STARTED, lambda content: b'{"worksheets": [], "nbformat": 3}')
raw("many_cells", NOT_STARTED, lambda content: b'{"nbformat": 4, "cells": [' + b"{}," * 5000 + b"{}]}")
raw("byte_order_mark", SOLVED, lambda content: b"\xef\xbb\xbf" + content, state=REMARKS)


@attack(REFUSED, NOT_STARTED)
def link_to_solution(course, student):
    place = course.hand_in(student, course.blank())
    (place / f"{course.lesson}.ipynb").unlink()
    (place / f"{course.lesson}.ipynb").symlink_to(
        course.folder / "solutions" / course.lesson / f"{course.lesson}.ipynb"
    )


@attack(REFUSED, NOT_STARTED)
def link_to_host_file(course, student):
    (course.hand_in(student, course.solved()) / "data.txt").symlink_to("/etc/passwd")


@attack(REFUSED, NOT_STARTED)
def hard_link(course, student):
    os.link(course.folder / "marker.txt", course.hand_in(student, course.solved()) / "data.txt")


@attack(REFUSED, NOT_STARTED)
def folder_is_a_link(course, student):
    place = course.place(student)
    place.parent.mkdir(parents=True)
    place.symlink_to(course.place("neighbour1"))


@attack(REFUSED, NOT_STARTED)
def pipe(course, student):
    os.mkfifo(course.hand_in(student, course.solved()) / "wait")


@attack(REFUSED, NOT_STARTED)
def too_many_files(course, student):
    place = course.hand_in(student, course.solved())
    for number in range(300):
        (place / str(number)).write_text("x")


@attack(REFUSED, NOT_STARTED)
def renamed(course, student):
    place = course.hand_in(student, course.solved())
    (place / f"{course.lesson}.ipynb").rename(place / "mine\n\x1b[31m.ipynb")


@attack(REFUSED, NOT_STARTED)
def no_notebook(course, student):
    (course.hand_in(student, course.solved()) / f"{course.lesson}.ipynb").unlink()


@attack(GRADED, NOTHING)
def own_modules(course, student):
    place = course.hand_in(student, course.blank())
    for name in ("numpy.py", "lessonlib.py", "sitecustomize.py", "json.py", "ipykernel_launcher.py", "check.py"):
        (place / name).write_text("print('SHADOWED'); check = lambda *_: 2.0")
    (place / ".ipython").mkdir()
    (place / ".ipython" / "startup.py").write_text("print('SHADOWED')")


@attack(GRADED, NOTHING)
def own_key(course, student):
    """quiz.json and checks.json of the student's own making."""
    place = course.hand_in(student, course.blank(), {"updates": "1"})
    quiz = json.loads((course.folder / "notebooks" / course.lesson / "quiz.json").read_bytes())
    for question in quiz["questions"]:
        question["points"], question["sealed"] = 100, {}
    (place / "quiz.json").write_text(json.dumps(quiz))
    (place / "checks.json").write_text('{"format": "lessonlib-checks/1"}')


@attack(REMARKS, SOLVED)
def folders_called_as_files(course, student):
    place = course.hand_in(student, course.solved(), None)
    for name in ("checks.json", "quiz.json", "answers.json"):
        (place / name).mkdir()
        (place / name / "file.txt").write_text("x")


@attack(GRADED, SOLVED)
def many_zeros(course, student):
    place = course.hand_in(student, course.solved())
    for number in range(4):  # as large as allowed, and six times as large as JSON
        (place / f"zeros{number}").write_bytes(bytes((4 << 20) - 100))


@attack(REFUSED, NOT_STARTED)
def too_many_zeros(course, student):
    place = course.hand_in(student, course.solved())
    for number in range(8):
        (place / f"zeros{number}").write_bytes(bytes((4 << 20) - 100))


@attack(GRADED, SOLVED)
def name_that_is_no_text(course, student):
    place = os.fsencode(course.hand_in(student, course.solved()))
    with open(place + b"/\xff\xfe\n.txt", "wb") as file:
        file.write(b"x")


ANSWERS = {
    "answers_cut_off": '{"format": ',
    "answers_deep": "[" * 100000,
    "answers_of_numbers": '{"format": "lessonlib-answers/1", "answers": {"updates": {"value": 75, "at": 1, "points": 100}}}',
    "answers_of_lists": '{"format": "lessonlib-answers/1", "answers": [["updates", 1]]}',
    "answers_with_constants": '{"format": "lessonlib-answers/1", "answers": {"updates": {"value": "1e999", "at": "2030-01-01", "attempts": NaN}}}',
    "answers_long": '{"format": "lessonlib-answers/1", "answers": {"updates": {"value": "'
    + "9" * 5000
    + '", "at": "2030-01-01"}}}',
}


def _answers(name, content):
    def hand_in(course, student):
        (course.hand_in(student, course.solved()) / "answers.json").write_text(content)

    ATTACKS[name] = (hand_in, REMARKS, SOLVED)


for _name, _content in ANSWERS.items():
    _answers(_name, _content)


@attack(REMARKS, NOTHING)
def answers_not_literal(course, student):
    notebook = course.blank()
    typed = next(one for one in notebook["cells"] if one["metadata"].get("quiz") == "typed")
    typed["source"] = (
        "quiz.typed(updates=__import__('os').system('touch /tmp/owned'), leakage=" + "(" * 150 + ")" * 150 + ")"
    )
    course.hand_in(student, notebook)


@attack(REMARKS, NOTHING)
def answer_of_15000_digits(course, student):
    notebook = course.blank()
    typed = next(one for one in notebook["cells"] if one["metadata"].get("quiz") == "typed")
    typed["source"] = f"quiz.typed(updates=0x{'f' * 15_000})"
    course.hand_in(student, notebook)
