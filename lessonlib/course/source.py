"""A lesson's percent source as a notebook without outputs."""

import hashlib

import jupytext
from nbformat import NotebookNode

from lessonlib.course.errors import BuildError

# What a cell of a lesson may say about itself: `# %% exercise="name"`, and so on.
CELL_KEYS = {"exercise", "check", "quiz", "tags"}
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}


def read(text):
    """Return the notebook that the percent source `text` describes, without cell ids.

    >>> notebook = read('# %% [markdown]\\n# # Title\\n\\n# %% quiz="show"\\nquiz.show()\\n')
    >>> [(cell.cell_type, cell.source, dict(cell.metadata)) for cell in notebook.cells]
    [('markdown', '# Title', {}), ('code', 'quiz.show()', {'quiz': 'show'})]

    Raises BuildError when a cell carries a key that no lesson knows.
    """
    notebook = jupytext.reads(text, fmt="py:percent")
    for position, cell in enumerate(notebook.cells):
        metadata = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
        if unknown := sorted(set(metadata) - CELL_KEYS):
            raise BuildError(
                f"{place(position, cell)}: the key {unknown[0]!r} is unknown; a cell may have "
                f"{', '.join(sorted(CELL_KEYS))}"
            )
        cell.metadata = NotebookNode(metadata)
    about = {key: value for key, value in notebook.metadata.items() if key == "lessonlib"}
    notebook.metadata = NotebookNode({**METADATA, **about})
    return notebook


def place(position, cell):
    """Return words that lead to a cell: its number and its first line.

    >>> place(3, NotebookNode(source="import numpy as np\\nx = 1"))
    'cell 4 (`import numpy as np`)'
    """
    first = next((line for line in cell.source.splitlines() if line.strip()), "empty")
    return f"cell {position + 1} (`{first[:60]}`)"


def number_cells(cells):
    """Give every cell an id that stays the same while its source does.

    A cell that nbgrader knows is called by its grade_id, which lets a submission be repaired even
    when its metadata was lost; any other cell by a hash of its source.
    """
    seen = set()
    for cell in cells:
        digest = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        name = cell.metadata.get("nbgrader", {}).get("grade_id", digest)
        repeats = 2
        while name in seen:
            name = f"{digest}-{repeats}"
            repeats += 1
        seen.add(name)
        cell.id = name
