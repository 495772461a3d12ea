"""The graded notebook: the submission's cells, what they showed in the sandbox, and the points."""

import json

from lessonlib.files import write_if_changed
from lessonlib.grading import harmless, samples


def write(file, released, arranged, shown, items):
    """Write the notebook that a person looks at in the formgrader, and that feedback is made of."""
    data = made(released, arranged, shown, items)
    solutions = released.folder.parents[1] / "solutions" / released.name
    data["cells"] = samples.beside(data["cells"], samples.texts(solutions))
    text = json.dumps(data, indent=1, ensure_ascii=False)
    write_if_changed(file, text.encode("utf-8") + b"\n")
    for name, content in released.files().items():
        write_if_changed(file.with_name(name), content.encode("latin-1"))


def made(released, arranged, shown, items):
    """The notebook as data. `shown` is {place of a cell: (outputs, number)}, `items` {grade_id: Item}."""
    cells = []
    originals = {(cell.type, cell.source) for cell in released.cells}
    for place, cell in enumerate(arranged.cells):
        metadata = {}
        if cell.grade_id:
            metadata["nbgrader"] = released.metadata[cell.grade_id]
        name = cell.grade_id or f"cell-{place}"
        data = {"cell_type": cell.type, "id": name[:64], "metadata": metadata, "source": cell.source}
        if cell.type == "code":
            outputs, count = shown.get(place, ([], None))
            data["outputs"] = _with_points(outputs, items.get(cell.grade_id))
            data["execution_count"] = count
            for output in data["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = count
        elif (cell.type, cell.source) not in originals:
            data["source"] = harmless.markdown(cell.source)
        cells.append(data)
    metadata = {key: released.notebook["metadata"][key] for key in ("kernelspec", "language_info")}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _with_points(outputs, item):
    """The outputs of a graded cell: the points first; a result that the submission's own kernel gave is no score."""
    if item is None or item.score is None:
        return outputs
    rest = [output for output in outputs if output["output_type"] != "execute_result"]
    said = f"Graded: {item.score:g} of {item.points:g} points." + (f" {item.remark}" if item.remark else "")
    return [{"output_type": "stream", "name": "stdout", "text": f"{said}\n"}, *rest]


def place(lesson, student):
    """Where the graded notebook of a student stands, as nbgrader expects it."""
    return lesson.folder / "autograded" / student / lesson.name / f"{lesson.name}.ipynb"
