"""A lesson's percent source as a notebook without outputs."""

import hashlib

import jupytext
import yaml
from nbformat import NotebookNode

from lessonlib.authoring.errors import BuildError
from lessonlib.quiz.yamlfile import remedy

# What a cell of a lesson may say about itself: `# %% exercise="name"`, and so on.
CELL_KEYS = {"exercise", "check", "quiz", "tags"}
UNREADABLE = "incorrectly_encoded_metadata"  # where jupytext puts keys that it cannot read
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

    Raises BuildError when the header is no YAML, or a cell carries a key that no lesson knows.
    """
    try:
        notebook = jupytext.reads(text, fmt="py:percent")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2  # counted from 0, and from the line below the first ---
        raise BuildError(f"header, line {line}: not valid YAML: {error.problem}; {remedy(error)}") from error
    for position, cell in enumerate(notebook.cells):
        metadata = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
        if UNREADABLE in metadata:
            raise BuildError(
                f"{place(position, cell)}: `{metadata[UNREADABLE]}` cannot be read; each value "
                'stands in quotation marks, as in quiz="show"'
            )
        if unknown := sorted(set(metadata) - CELL_KEYS):
            raise BuildError(
                f"{place(position, cell)}: the key {unknown[0]!r} is unknown; a cell may have "
                f"{', '.join(sorted(CELL_KEYS))}"
            )
        for key in metadata.keys() - {"tags"}:
            if not isinstance(metadata[key], str):
                raise BuildError(f'{place(position, cell)}: {key} is {metadata[key]!r}; write {key}="…", with a name')
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
