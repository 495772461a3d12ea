"""Outputs of a run, made the same on every run."""

import re
import tempfile

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,16}")
KERNEL_FILE = re.compile(re.escape(tempfile.gettempdir()) + r"[/\\]ipykernel_\d+[/\\]\d+\.py")
DURATION = re.compile(r"\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|seconds|milliseconds)\b")


def normalised(outputs, folder):
    """Return the outputs of a cell without what differs from run to run.

    Neighbouring pieces of a stream are joined and carriage returns carried out, as a screen would show
    them. Object addresses, the kernel's temporary files and the scratch `folder` get fixed names. A
    widget is left out: without its kernel it could only be shown as an error.
    """
    result = []
    for output in _joined(outputs):
        if output.output_type == "stream":
            output.text = _fixed(_as_shown(output.text), folder)
        elif output.output_type in ("display_data", "execute_result"):
            output.data = {
                mime: _fixed(data, folder) if mime.startswith("text/") else data
                for mime, data in output.data.items()
                if mime != WIDGET_VIEW
            }
        result.append(output)
    return result


def keep_equal(cells, old_cells):
    """Give each cell its old outputs back when they differ from the new ones in nothing but durations."""
    old = {cell.id: cell.outputs for cell in old_cells if cell.cell_type == "code"}
    for cell in cells:
        if cell.cell_type == "code" and _timeless(cell.outputs) == _timeless(old.get(cell.id)):
            cell.outputs = old[cell.id]


def _joined(outputs):
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _as_shown(text):
    r"""Keep of every line what stands on the screen in the end: what follows its last carriage return.

    >>> _as_shown("1/2\r2/2\ndone\r\n")
    '2/2\ndone\n'
    """
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _fixed(data, folder):
    data = KERNEL_FILE.sub("cell.py", data.replace(str(folder), "."))
    return ADDRESS.sub("0x0", data)


def _timeless(data):
    """The outputs with every duration replaced, and the spaces that line up around it."""
    if isinstance(data, str):
        return re.sub(r"[ \t]+", " ", DURATION.sub("DURATION", data))
    if isinstance(data, list):
        return [_timeless(item) for item in data]
    if isinstance(data, dict):
        return {key: _timeless(item) for key, item in data.items()}
    return data
