"""IPython's own shell without a kernel around it: cells run, and what they show is kept as plain data."""

import io
import sys

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import LSString, SList
from traitlets.config import Config

PACKAGES = ("pip", "conda", "mamba", "micromamba", "uv")
INLINE = "module://matplotlib_inline.backend_inline"
RICH = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")


class TooMuchOutput(Exception):
    """A cell showed more than it may."""


class Recorder:
    """The outputs of the cell that runs now, as nbformat has them, up to a number of bytes."""

    def __init__(self, for_cell, for_notebook):
        self.for_cell = for_cell
        self.left = for_notebook
        self.begin()

    def begin(self):
        """Start on the next cell."""
        self.outputs = []
        self.shown = {}  # display_id -> output
        self.left_here = min(self.for_cell, self.left)
        self.full = False
        self.waiting = False

    def stream(self, name, text):
        """Keep text that was written to stdout or stderr."""
        self._count(len(text))
        if self.waiting:
            self.clear(False)
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["parts"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "parts": [text]})

    def rich(self, kind, data, display_id=None, update=False, **more):
        """Keep what was displayed, or what the cell gave."""
        data = {mime: data[mime] for mime in RICH if isinstance(data.get(mime), str)}
        self._count(sum(map(len, data.values())))
        if update:
            if display_id in self.shown:
                self.shown[display_id]["data"] = data
            return
        if self.waiting:
            self.clear(False)
        output = {"output_type": kind, "data": data, "metadata": {}, **more}
        self.outputs.append(output)
        if display_id:
            self.shown[display_id] = output

    def error(self, name, value, lines):
        """Keep an exception. There is always room for one."""
        value, lines = str(value)[:2000], [str(line)[:4000] for line in lines[-40:]]
        self.outputs.append({"output_type": "error", "ename": str(name)[:200], "evalue": value, "traceback": lines})

    def clear(self, wait):
        """Forget the outputs of this cell, at once or when the next one comes."""
        self.waiting = wait
        if not wait:
            self.outputs, self.shown = [], {}

    def finished(self):
        """The outputs of the cell, ready for JSON."""
        for output in self.outputs:
            if "parts" in output:
                output["text"] = "".join(output.pop("parts"))
        return self.outputs

    def _count(self, size):
        self.left_here -= size
        self.left -= size
        if self.left_here < 0:
            if not self.full:
                self.full = True
                raise TooMuchOutput(f"this cell shows more than {self.for_cell:,} characters, or the notebook too much")
            raise TooMuchOutput


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, recorder, name):
        self.recorder = recorder
        self.name = f"<{name}>"
        self.kind = name

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self.recorder.stream(self.kind, text)
        return len(text)


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **more):
        display_id = (transient or {}).get("display_id")
        self.shell.recorder.rich("display_data", data, display_id, update)

    def clear_output(self, wait=False):
        self.shell.recorder.clear(wait)


class _Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        count = self.shell.execution_count
        self.shell.recorder.rich("execute_result", format_dict, execution_count=count)

    def finish_displayhook(self):
        self._is_active = False


class Shell(InteractiveShell):
    """A shell that shows everything to its `recorder`.

    What a student's computer has and a grader has not (programs to start, packages to install, windows) may be asked
    for: the cell is told that there is none, and goes on.
    """

    recorder = None
    display_pub_class = _Publisher
    displayhook_class = _Hook

    def system(self, cmd):
        """What stands behind an exclamation mark, and many magics."""
        print(f"There is no shell here, so this is not run: {cmd}", file=sys.stderr)
        self.user_ns["_exit_code"] = 127  # as shells say that there is no such command

    system_piped = system_raw = system

    def getoutput(self, cmd, split=True, depth=0):
        """The same where the output is put into a variable: there is none."""
        self.system(cmd)
        return SList() if split else LSString("")

    def enable_gui(self, gui=None):
        """There is no window here, and asking for one is no error."""

    def enable_matplotlib(self, gui=None):
        """Figures are pictures in the notebook, whatever is asked for."""
        return super().enable_matplotlib("inline")

    def _showtraceback(self, etype, evalue, stb):
        self.recorder.error(getattr(etype, "__name__", "Error"), evalue, list(stb))


def make(recorder):
    """Return the shell of this process, showing to `recorder`, with figures as pictures."""
    import matplotlib
    from matplotlib import pyplot
    from matplotlib_inline import backend_inline

    Shell.recorder = recorder
    shell = Shell.instance(config=Config({"HistoryManager": {"enabled": False}}), colors="nocolor")
    sys.stdout, sys.stderr = _Stream(recorder, "stdout"), _Stream(recorder, "stderr")
    for name in PACKAGES:
        shell.register_magic_function(lambda line, name=name: shell.system(f"{name} {line}"), "line", name)
    pyplot.switch_backend(INLINE)
    backend_inline.configure_inline_support(shell, INLINE)
    matplotlib.use = pyplot.switch_backend = _stay_inline
    return shell


def _stay_inline(backend, *, force=True):
    """In place of matplotlib's own functions, which raise an error where the windows of a backend cannot be opened."""


def run(shell, source):
    """Run one cell and return (its outputs, its number)."""
    from matplotlib_inline import backend_inline

    shell.recorder.begin()
    number = shell.execution_count
    try:
        shell.run_cell(source, store_history=True)
        backend_inline.flush_figures()
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # raised by what a student has put into the shell
        shell.recorder.error(type(error).__name__, error, [])
    return shell.recorder.finished(), number
