"""What became of one submission, as plain data: one JSON file a submission, for reports and for going on later.

    grading/records/<lesson>/<student>.json

    {"format": "lessonlib-grading/1", "student": "ann", "lesson": "02-model-fit", "state": "graded",
     "fingerprint": "…", "instructor": ["…"], "for_student": ["…"], "seconds": 0.8, "penalty": 0.0,
     "items": [{"id": "check_epoch_loss", "kind": "exercise", "name": "epoch_loss", "points": 2.0, "score": 1.5,
                "passed": 6, "cases": 8, "remark": "…", "mistake": "…"}, …],
     "answers": {"updates": {"answer": "20", "score": 1.0, "points": 1.0, "wrong": ""}}}

`score` is null where a person has to mark. `mistake` is the sentence of the known mistake that was recognised.
"""

import json
from dataclasses import asdict, dataclass, field

from lessonlib.files import write_if_changed

FORMAT = "lessonlib-grading/1"

GRADED = "graded"
REMARKS = "graded with remarks"
REVIEW = "needs review"
REFUSED = "refused"
NOT_GRADED = "not graded"  # the machine's fault; the next run tries again
STATES = (GRADED, REMARKS, REVIEW, REFUSED, NOT_GRADED)


@dataclass
class Item:
    """One graded cell. `passed` of `cases` came out right; both are 0 where nothing was run."""

    id: str
    kind: str
    name: str
    points: float
    score: float | None
    passed: int = 0
    cases: int = 0
    remark: str = ""
    mistake: str = ""


@dataclass
class Record:
    """One submission. `instructor` and `for_student` say what there is to know, a sentence each.

    `penalty` are the points taken off because it was handed in late.
    """

    student: str
    lesson: str
    state: str = GRADED
    fingerprint: str = ""
    instructor: list[str] = field(default_factory=list)
    for_student: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    answers: dict[str, dict] = field(default_factory=dict)
    seconds: float = 0.0
    penalty: float = 0.0

    def note(self, state, instructor, student):
        """Say something about the submission, which is in `state` at best.

        >>> record = Record("ann", "02-model-fit")
        >>> record.note(REVIEW, "It was killed.", "Your notebook was stopped.")
        >>> record.state
        'needs review'
        """
        self.state = max(self.state, state, key=STATES.index)
        if instructor not in self.instructor:
            self.instructor.append(instructor)
        if student and student not in self.for_student:
            self.for_student.append(student)

    @property
    def score(self):
        """The points earned so far, less what is taken off for lateness."""
        return max(0.0, sum(item.score or 0.0 for item in self.items) - self.penalty)

    @property
    def points(self):
        """The points there are."""
        return sum(item.points for item in self.items)


def path(folder, lesson, student):
    """Where the record of a submission stands."""
    return folder / "records" / lesson / f"{student}.json"


def write(file, record):
    """Write a record, whole or not at all."""
    data = {"format": FORMAT, **asdict(record)}
    write_if_changed(file, (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())


def read(file):
    """Return the record in `file`, or None when there is none that can be read."""
    try:
        data = json.loads(file.read_bytes())
        if data.pop("format") != FORMAT:
            return None
        return Record(**{**data, "items": [Item(**item) for item in data["items"]]})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
