"""The scores of a class as CSV, one line a student, for a learning platform or a spreadsheet."""

import csv
import io

from lessonlib.report.numbers import ClassNumbers, share

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(numbers: ClassNumbers) -> str:
    """The table. Submissions whose score does not stand have an empty score, and their state says why."""
    items = list(dict.fromkeys(item.id for record in numbers.graded for item in record.items))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", "state", "score", "points", "percent", *items, "late penalty", "remarks"])
    for record in numbers.records:
        row = [record.student, record.state, "", "", "", *[""] * len(items), "", " ".join(record.instructor)]
        if record in numbers.graded:
            scores = {item.id: item.score for item in record.items}
            row[2:5] = [f"{record.score:g}", f"{record.points:g}", f"{100 * share(record):.1f}"]
            row[5:-2] = ["" if scores.get(name) is None else f"{scores[name]:g}" for name in items]
            row[-2] = f"{record.penalty:g}"
        writer.writerow([harmless(value) for value in row])
    return text.getvalue()


def harmless(value: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> harmless("=HYPERLINK(1)"), harmless("ann")
    ("'=HYPERLINK(1)", 'ann')
    """
    return f"'{value}" if value.startswith(DANGEROUS) else value
