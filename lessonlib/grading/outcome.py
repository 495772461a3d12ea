"""What the sandbox sent back about one submission: read strictly, and said in words."""

from dataclasses import dataclass

from lessonlib.grading import harmless, strict
from lessonlib.grading.limits import Limits
from lessonlib.grading.record import REVIEW

SHOWN = 2 * Limits().output  # bytes of all that cells show; to clean a million of HTML takes seconds

ENDS = {
    "notebook too slow": (
        "it ran longer than a notebook may; what stands below has no result",
        "Your notebook took too long and was stopped. Look for a loop that never ends.",
    ),
    "cell does not stop": (
        "a cell ran too long and could not be interrupted; what stands below has no result",
        "A cell of your notebook ran too long and could not be stopped.",
    ),
    "too much output": (
        "it sent more output than it may, and was stopped",
        "Your notebook showed far too much and was stopped. Look for a print in a loop.",
    ),
    "too much memory": (
        "it used more memory than it may, and was stopped",
        "Your notebook used too much memory and was stopped.",
    ),
    "stopped answering": (
        "it did not send what it has to, and was stopped",
        "Your notebook stopped answering and was ended.",
    ),
}


@dataclass
class Result:
    """What the cells showed, {place: (outputs, number)}, and what each exercise's witness told (None: not there)."""

    shown: dict[int, tuple]
    told: dict[str, list | None]


def read(answer, arranged, givens, graded, record):
    """Return the Result of an answer of pool.Pool.run; what is to be said about it goes into `record`.

    `graded` are the names of the course's own graded cells: what ends in there ends nothing else.
    """
    first_cells, cells, exercises, problem = answer
    code = [place for place, cell in enumerate(arranged.cells) if cell.type == "code"]
    shown = {place: (one["outputs"], one["count"]) for place, one in zip(code, first_cells, strict=False)}
    to_come = set(code[len(first_cells) :])
    head, *messages = cells.split(b"\n")
    head = strict.parsed(head)
    head = head if isinstance(head, dict) else {}
    slow = size = dropped = 0
    page = harmless.Page()
    for message in messages:
        if size + len(message) > SHOWN:
            dropped += 1
            continue
        size += len(message)
        message = strict.parsed(message)
        if (found := strict.cell(message, to_come, page)) is not None:
            place, outputs, count = found
            shown.setdefault(place, (outputs, count))
        elif isinstance(message, dict) and message.get("interrupted") is True:
            slow += 1
    seconds = head.get("seconds")
    record.seconds = float(seconds) if isinstance(seconds, float) else 0.0
    if slow:
        record.note(
            REVIEW,
            f"{slow} cell{'s' if slow > 1 else ''} ran too long and had to be interrupted",
            "A cell of your notebook ran too long and was interrupted.",
        )
    if dropped:
        record.note(
            REVIEW,
            f"its cells show more than {SHOWN >> 20} MB together; of {dropped} of them nothing is kept",
            "Your notebook showed far too much; not all of it is kept. Look for a print in a loop.",
        )
    if page.left < 0:
        record.note(
            REVIEW,
            f"what it shows in HTML has more than {harmless.ALTOGETHER:,} characters; the last of it is not kept",
            "Your notebook showed far too many tables; not all of them are kept.",
        )
    ended = head.get("ended")
    apart = [place for place in code if arranged.cells[place].grade_id in graded]
    missing = [place for place in code if place not in shown and place not in apart]
    if problem:
        record.note(REVIEW, f"it was stopped: {problem}", "Your notebook was stopped: it took too much time or memory.")
    elif ended in ENDS:
        record.note(REVIEW, *ENDS[ended])
    elif missing and not dropped:
        record.note(
            REVIEW,
            f"cell {missing[0] + 1} ends the program; it and those below have no result",
            f"Cell {missing[0] + 1} of your notebook ends the program; what stands below it was not run.",
        )
    told = strict.parsed(exercises)
    told = told if isinstance(told, dict) else {}
    kept = {}
    for name in givens:
        said = told.get(name)
        kept[name] = said if isinstance(said, list) and said else None
    return Result(shown, kept)
