"""Every route through a lesson can be walked: its parts use no name that only a part outside of it defines."""

import ast
import builtins
import re
import symtable
from pathlib import Path

import nbformat
import pytest

from lessonlib.authoring import lesson as lessons

ROOT = Path(__file__).resolve().parents[1]
HEADING = re.compile(r"^## (\d) ", re.MULTILINE)


def cells_by_part(name):
    """The code cells of a student's notebook: {part: sources}, with part 0 for those above the first heading."""
    cells, part = {0: []}, 0
    for cell in nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", 4).cells:
        if cell.cell_type == "code":
            cells[part].append(cell.source)
        elif headings := HEADING.findall(cell.source):
            part = int(headings[-1])  # one without code may stand above another one in the same cell
            cells[part] = []
    return cells


def routes(name):
    """What the table of routes names: {route: its parts}. Who sees some cells of a part gets the whole of it here."""
    table = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", 4).cells[0].source
    found = {}
    for route, parts in re.findall(r"^\| \*\*(.+?)\*\*.*? \| (.+?) \|", table, re.MULTILINE):
        spans = re.findall(r"(\d) to (\d)|(\d)", parts)
        found[route] = {n for a, b, one in spans for n in range(int(a or one), int(b or one) + 1)}
    return found


def names_of(statement):
    """The names that a statement takes from elsewhere, also when what it defines is called, and those that it gives."""
    tables = [symtable.symtable(ast.unparse(statement), "cell", "exec")]
    top = [symbol for symbol in tables[0].get_symbols() if symbol.is_assigned() or symbol.is_imported()]
    given, taken = {symbol.get_name() for symbol in top}, set()
    while tables:
        here = tables.pop()
        tables += here.get_children()
        symbols = here.get_symbols()
        outer = [one for one in symbols if one.is_global() or here.get_type() == "module"]
        taken |= {one.get_name() for one in outer if one.is_referenced()}
    return taken - given, given


def missing(sources):
    """The names that these cells, run in this order, do not find."""
    known, lost = set(vars(builtins)), set()
    for source in sources:
        for statement in ast.parse(source).body:
            taken, given = names_of(statement)
            lost |= taken - known
            known |= given
    return lost


LESSONS = [folder.name for folder in lessons.find(ROOT) if routes(folder.name)]


def test_a_name_of_a_part_that_was_left_out_is_missed_also_within_a_function():
    cells = [
        "import numpy as np\nn = 3",
        "four = [n for _ in 'ab']",
        "def double(x):\n    return np.array(x) * len(four)",
    ]
    assert missing(cells) == set()
    assert missing([cells[0], cells[2]]) == {"four"}
    assert missing(cells[1:]) == {"n", "np"}


@pytest.mark.parametrize("name", LESSONS)
def test_every_route_defines_the_names_it_uses(name):
    cells, found = cells_by_part(name), routes(name)
    assert max(cells) == 9 and found["everything"] == set(range(1, 10)) and len(found) == 3
    for route, parts in found.items():
        assert missing([source for part in sorted({0, *parts}) for source in cells.get(part, [])]) == set(), route
