"""A submission's cells brought into the order that was released: who is who, what is missing, what was copied.

What counts is decided by what was released. The metadata of a submission only helps to find a cell again.
"""

from dataclasses import dataclass, replace

from lessonlib.grading.submission import Cell


@dataclass
class Arranged:
    """The cells to be run and shown, and how many of them are the lesson's own."""

    cells: list[Cell]
    same: int  # so many of the first code cells are the lesson's own
    remarks: list[tuple[str, str]]  # (to the instructor, to the student)

    def job(self, released, files):
        """The submission with its `files`, {path: text}, as plain data for the sandbox; the lesson's come to them.

        "witnesses" are the exercises whose functions are as they should be above that cell; those of the last
        entry, which has no cell, are at the end. "apart" are the course's own graded cells: they change nothing.
        """
        code = [
            {
                "place": place,
                "source": cell.source,
                "apart": bool(cell.grade_id and released.metadata[cell.grade_id]["grade"]),
                "witnesses": [],
            }
            for place, cell in enumerate(self.cells)
            if cell.type == "code"
        ]
        code.append({"witnesses": []})
        for item in released.graded:
            if item.kind == "exercise":
                code[self._above(item, code)]["witnesses"].append(item.name)
        own = released.files()
        return {"cells": code, "same": self.same, "files": {**files, **own}, "lesson": list(own)}

    def _above(self, item, code):
        """The number of the code cell above which an exercise is tried: its check, where that stands behind it."""
        places = {cell.grade_id: place for place, cell in enumerate(self.cells) if cell.grade_id}
        numbers = {cell["place"]: number for number, cell in enumerate(code[:-1])}
        check = numbers[places[item.id]]
        written = numbers.get(places.get(item.name), check)
        return check if written < check else min(written + 1, len(code) - 1) if item.name in places else len(code) - 1


def arrange(cells, released):
    """Return the Arranged cells of a submission.

    A cell is recognised by its grade_id, failing that by the id that the build gave it, failing that, a locked
    one, by its text. Of copies the last counts, and the others become ordinary cells. Locked cells get their
    released text back; those that are missing are added at the end.
    """
    remarks = []
    known = {cell.grade_id: cell for cell in released.cells if cell.grade_id}
    found = _recognise(cells, known, released, remarks)
    arranged = []
    for place, cell in enumerate(cells):
        grade_id = next((name for name, at in found.items() if at == place), "")
        if not grade_id:
            arranged.append(replace(cell, grade_id=""))
            continue
        original = known[grade_id]
        locked = released.metadata[grade_id]["locked"]
        if locked and cell.source.strip() != original.source.strip() and not _is_solution(released, grade_id):
            remarks.append(
                (f"the cell {grade_id!r} was changed; the original counts", f"You changed the cell {grade_id!r}, "
                 "which is the course's own; the original was used.")
            )  # fmt: skip
        arranged.append(Cell(original.type, original.source if locked else cell.source, grade_id, grade_id))
    for grade_id, original in known.items():
        if grade_id in found:
            continue
        if _is_solution(released, grade_id):
            remarks.append(
                (f"the solution cell {grade_id!r} is missing; what it defined is missing below",
                 f"The cell of the exercise {grade_id!r} is missing in your notebook.")
            )  # fmt: skip
        if released.metadata[grade_id]["grade"]:
            remarks.append((f"the graded cell {grade_id!r} is missing; it is added at the end", ""))
            arranged.append(original)
    code = [cell.source for cell in arranged if cell.type == "code"]
    same = 0
    for mine, original in zip(code, released.prelude, strict=False):
        if mine != original:
            break
        same += 1
    return Arranged(arranged, same, remarks)


def _recognise(cells, known, released, remarks):
    """{grade_id: the place of the cell that counts}."""
    found, unknown = {}, []
    for place, cell in enumerate(cells):
        if cell.grade_id in known:
            if cell.grade_id in found:
                remarks.append(
                    (f"the cell {cell.grade_id!r} stands twice; the last one counts",
                     f"Your notebook holds the cell {cell.grade_id!r} twice; the last one counts.")
                )  # fmt: skip
            found[cell.grade_id] = place
        elif cell.grade_id:
            unknown.append(repr(cell.grade_id))
    if unknown:
        names = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
        remarks.append((f"cells that are unknown to the course are not graded: {names}", ""))
    stripped = not found
    taken = set(found.values())
    for grade_id, original in known.items():
        if grade_id in found:
            continue
        for place in reversed(range(len(cells))):
            if place not in taken and _is_like(cells[place], original, released.metadata[grade_id]):
                found[grade_id] = place
                taken.add(place)
                if not stripped:
                    remarks.append((f"the cell {grade_id!r} lost its metadata; it is restored", ""))
                break
    if stripped and known:
        remarks.append(
            (f"the notebook was saved without its metadata: {len(found)} of {len(known)} cells are recognised",
             "Your notebook was saved by a program that drops what grading needs. Work in JupyterLab, please.")
        )  # fmt: skip
    return found


def _is_like(cell, original, metadata):
    if cell.grade_id:
        return False
    if original.type == cell.type and cell.id == original.grade_id:
        return True
    return metadata["locked"] and cell.source.strip() == original.source.strip()


def _is_solution(released, grade_id):
    return released.metadata[grade_id]["solution"]
