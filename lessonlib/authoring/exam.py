"""Questions in exam mode, in a build: marked from files and text alone, as grading marks them (lessonlib/grading).

The key is quiz.yaml in solutions/. What was clicked is read from answers.json, and what was typed from the text of
the cells that call `quiz.typed`.
"""

import json
from fractions import Fraction

from nbformat.v4 import new_output

from lessonlib.quiz import typed_cell
from lessonlib.quiz.plain import count, number
from lessonlib.quiz.seal import sealed
from lessonlib.quiz.session import Session


def add_points(notebook, bank, lesson, folder):
    """Mark the exam questions of an executed notebook whose answers.json is in `folder`, and say so in its output.

    What the kernel returned is the score of the other questions, and counts no more than they are worth.
    """
    cell = next((cell for cell in notebook.cells if _grade_id(cell) == "quiz_score"), None)
    if cell is None or not bank.exam_points:
        return
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    typed, _ = typed_cell.read(sources, [question.id for question in bank.questions])
    points, lines = _marked(bank, lesson, folder, typed)
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    try:
        practice = float(results[0].data["text/plain"]) if results else 0.0
    except (ValueError, KeyError):
        practice = 0.0
    practice = min(max(practice, 0.0), bank.points - bank.exam_points) if practice == practice else 0.0
    total = round(practice + float(points), 6)
    cell.outputs = [output for output in cell.outputs if output not in results]
    cell.outputs.append(new_output("stream", name="stdout", text="".join(f"{line}\n" for line in lines)))
    shown = {"text/plain": repr(total)}
    cell.outputs.append(new_output("execute_result", shown, execution_count=cell.execution_count))


def _marked(bank, lesson, folder, typed):
    """The points of the exam questions, and a line on each."""
    whole = json.dumps(sealed(bank, lesson, exam=True)).encode()
    session = Session(folder / "quiz.json", whole)
    for question in bank.questions:
        if question.exam and question.id in typed:
            try:
                session.type(question.id, typed[question.id])
            except ValueError:  # as in the notebook, what cannot be read is no answer
                continue
    answers = session.answers(session.records()[0])
    total, lines = Fraction(0), ["Marked by your instructor:"]
    for question in bank.questions:
        if question.exam:
            answer = answers[question.id]
            points = question.points * session.mark(question.id, answer).fraction
            total += points
            given = f"answer {answer}" if answer else "not answered"
            lines.append(f"{question.id}: {given}, {number(points)} of {count(question.points, 'point')}")
    return total, lines


def _grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")
