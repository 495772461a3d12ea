"""What students get back from nbgrader's `generate_feedback`: their points, what to revisit, and their own work.

The lesson's text and its other cells are left out, and so is everything that only the grader needs.
"""

import json
from pathlib import Path

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

from lessonlib.course.report import beliefs
from lessonlib.grading import record
from lessonlib.quiz.markup import to_html
from lessonlib.style import CSS_OF_PAGES, escape

OWN_CSS = Path(__file__).with_name("feedback.css").read_text("utf-8")


class CutTracebacks(Preprocessor):
    """Leave only the last line of an error in a graded cell: the lines above it are the grader's own code."""

    def preprocess_cell(self, cell, resources, cell_index):
        if is_grade(cell) and cell.cell_type == "code":
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


class Digest(NbGraderPreprocessor):
    """Keep the cells that count, each under its heading, and put a summary above them."""

    def preprocess(self, nb, resources):
        about = resources["nbgrader"]
        root = Path(self.config.CourseDirectory.root)
        made = record.read(record.path(root / "grading", about["assignment"], about["student"]))
        title = title_of(root / "notebooks" / about["assignment"] / f"{about['notebook']}.ipynb")
        parts = grouped(nb.cells)
        explained = beliefs(root, about["assignment"]) if made else {}
        text = summary(title, about["score"], about["max_score"], parts, made, explained, about["late_penalty"])
        nb.cells = [new_markdown_cell(text)]
        for heading, cells in parts:
            nb.cells += [new_markdown_cell(f"## {heading}"), *map(shown, cells)]
        if nb.nbformat_minor < 5:  # the older format knows no ids
            for cell in nb.cells:
                cell.pop("id", None)
        return nb, resources


def title_of(path: Path) -> str:
    """The title of a lesson, as its own notebook has it; the name of the file where that has none."""
    if not path.exists():
        return path.stem
    return json.loads(path.read_bytes())["metadata"].get("lessonlib", {}).get("title", path.stem)


def grouped(cells: list[NotebookNode]) -> list[tuple[str, list[NotebookNode]]]:
    """(heading, the cells under it that the student wrote or that count), for every heading that has a graded one."""
    parts = [("", [])]
    for cell in cells:
        lines = cell.source.splitlines() if cell.cell_type == "markdown" and not is_solution(cell) else []
        headings = [line.lstrip("# ") for line in lines if line.startswith(("## ", "### "))]
        if headings:
            parts.append((headings[-1], []))
        if is_grade(cell) or is_solution(cell):
            parts[-1][1].append(cell)
    return [(heading, cells) for heading, cells in parts if any(map(is_grade, cells))]


def shown(cell: NotebookNode) -> NotebookNode:
    """The cell with its outputs as text: what a program prints is the student's own, pages inside the page are not."""
    if cell.cell_type == "code":
        cell.outputs = [output for output in map(as_text, cell.outputs) if output]
    return cell


def as_text(output: NotebookNode) -> NotebookNode | None:
    """An output with nothing but its text, or None when it has none."""
    if "data" in output:
        text = output.data.get("text/plain", "")
        output.data = {"text/plain": text}
        return output if text else None
    return output


def summary(title, score, most, parts, made, explained, late=0.0) -> str:
    """The head of the page as HTML: the points, what the grader has to say, the items, what to revisit.

    `late` are the points that `score` has lost because of lateness.
    """
    remarks = {item.id: item.remark for item in made.items} if made else {}
    sentences = [f"{late:g} points are taken off, because it was handed in late."] if late else []
    sentences += made.for_student if made else []
    said = "".join(f'<p class="ll-card half">{escape(sentence)}</p>' for sentence in sentences)
    rows = "".join(
        _row(heading, cell.metadata.nbgrader, remarks.get(cell.metadata.nbgrader.grade_id, ""))
        for heading, cells in parts
        for cell in cells
        if is_grade(cell)
    )
    again = revisit(made, explained) if made else []
    listed = "".join(f"<li>{entry}</li>" for entry in again)
    percent = 100 * score / most if most else 0
    return (
        f"<style>{CSS_OF_PAGES}{OWN_CSS}</style>"
        f'<section class="ll" aria-label="Your points"><div class="ll-head"><b>{escape(title)}</b>'
        f"<b>{score:g} of {most:g} points</b></div>"
        f'<span class="ll-bar" aria-hidden="true"><i style="width: {percent:.0f}%"></i></span>{said}'
        f'<table class="ll-table"><tbody>{rows}</tbody></table>'
        f"{f'<p><b>What to revisit</b></p><ul>{listed}</ul>' if listed else ''}</section>"
    ).replace("\n\n", "\n")  # to Markdown, an empty line would end the HTML


def _row(heading, graded, remark):
    points = f"{graded.score:g} of {graded.points:g}"
    comment = graded.get("comment") or ""
    texts = "<br>".join(part for part in (to_html(remark) if remark else "", escape(comment)) if part)
    link = f'<a href="#{escape(graded.grade_id)}">{escape(heading)}</a>'
    return f'<tr><td>{link}</td><td class="n">{points}</td><td>{texts}</td></tr>'


def revisit(made, explained) -> list[str]:
    """What to look at again, as HTML: the questions that were not right, with what is true of them."""
    entries = []
    for name, answer in made.answers.items():
        if answer["score"] < answer["points"]:
            given = f"you answered <code>{escape(answer['answer'])}</code>" if answer["answer"] else "not answered"
            truth = f" {to_html(explained[name][1])}" if name in explained else ""
            entries.append(f"Question <code>{escape(name)}</code>, {given}.{truth}")
    return entries
