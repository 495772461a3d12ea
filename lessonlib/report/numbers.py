"""The numbers of a class, from the records of its submissions. Pure functions on plain data."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import fmean, median, pstdev

from lessonlib.grading.record import GRADED, REMARKS, Record

FEWEST = 10  # students, below which a correlation says nothing
LOW = 0.5  # of the points: who has less needs attention


@dataclass(frozen=True)
class ItemNumbers:
    """How one item came out.

    `difficulty` is the mean share of its points that was earned (1: everybody earned all). `discrimination` is the
    correlation of that share with the share of all other points: near 0, the item tells nothing about how good a
    student is; below 0, those who are good elsewhere fail here. None where it cannot be computed.
    """

    name: str
    kind: str
    points: float
    difficulty: float
    full: int
    none: int
    discrimination: float | None


@dataclass(frozen=True)
class Misconception:
    """A known mistake or belief, the sentence that helps, and the students in whose work it was recognised."""

    where: str
    says: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Attention:
    """A student to look at, and why."""

    student: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ClassNumbers:
    """Everything that the report says about a lesson."""

    lesson: str
    records: tuple[Record, ...]
    items: tuple[ItemNumbers, ...]
    misconceptions: tuple[Misconception, ...]
    attention: tuple[Attention, ...]

    @property
    def graded(self) -> list[Record]:
        """The submissions whose scores stand."""
        return [record for record in self.records if record.state in (GRADED, REMARKS)]

    @property
    def shares(self) -> list[float]:
        """The share of the points that each of these has earned, from 0 to 1."""
        return [share(record) for record in self.graded]

    @property
    def seconds(self) -> tuple[float, float]:
        """Median and maximum of the seconds that a submission ran."""
        times = [record.seconds for record in self.records if record.seconds] or [0.0]
        return median(times), max(times)


def of_class(lesson: str, records: list[Record], beliefs: dict[str, tuple[str, str]] | None = None) -> ClassNumbers:
    """The numbers of a class.

    Args:
        lesson: its name.
        records: one of each submission.
        beliefs: {question of the quiz: (belief, truth)}, as the course's catalogue of misconceptions has them.
    """
    records = sorted(records, key=lambda record: record.student)
    graded = [record for record in records if record.state in (GRADED, REMARKS)]
    return ClassNumbers(
        lesson,
        tuple(records),
        tuple(_items(graded)),
        tuple(_misconceptions(graded, beliefs or {})),
        tuple(_attention(records)),
    )


def share(record: Record) -> float:
    """The share of the points that a submission has earned, of those that are marked already, lateness counted."""
    marked = [item for item in record.items if item.score is not None]
    points = sum(item.points for item in marked)
    earned = sum(item.score for item in marked) - record.penalty
    return max(0.0, earned) / points if points else 0.0


def _items(graded):
    """The numbers of each exercise and of each question, in the order of the lesson."""
    earned = defaultdict(dict)  # (kind, name, points) -> {student: share}
    for record in graded:
        for item in record.items:
            if item.kind != "quiz" and item.score is not None:
                earned[item.kind, item.name, item.points][record.student] = item.score / item.points
        for name, answer in record.answers.items():
            earned["question", name, answer["points"]][record.student] = answer["score"] / answer["points"]
    for (kind, name, points), shares in earned.items():
        others = {student: _rest(earned, student, (kind, name, points)) for student in shares}
        yield ItemNumbers(
            name,
            kind,
            points,
            fmean(shares.values()),
            sum(value >= 1 for value in shares.values()),
            sum(value == 0 for value in shares.values()),
            correlation(list(shares.values()), list(others.values())),
        )


def _rest(earned, student, left_out):
    """The points that a student has earned in all items but one."""
    return sum(key[2] * shares[student] for key, shares in earned.items() if key != left_out and student in shares)


def correlation(one: list[float], other: list[float]) -> float | None:
    """Pearson's correlation; None with fewer than ten pairs, or where one of the two never changes.

    >>> correlation([0, 1] * 5, [0, 2] * 5)
    1.0
    """
    if len(one) < FEWEST or pstdev(one) == 0 or pstdev(other) == 0:
        return None
    mean_one, mean_other = fmean(one), fmean(other)
    together = fmean([(a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True)])
    return round(together / (pstdev(one) * pstdev(other)), 9)


def _misconceptions(graded, beliefs):
    """Known mistakes in exercises, and beliefs behind wrong answers, the most frequent first."""
    found = defaultdict(list)
    for record in graded:
        for item in record.items:
            if item.mistake:
                found[item.name, item.mistake].append(record.student)
        for name, answer in record.answers.items():
            if name in beliefs and answer["answer"] and answer["score"] < answer["points"]:
                belief, truth = beliefs[name]
                found[name, f"{belief} In truth: {truth}"].append(record.student)
    ordered = sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return [Misconception(where, says, tuple(students)) for (where, says), students in ordered]


def _attention(records):
    """Students whose submission could not be graded, who earned little, or who left much empty."""
    for record in records:
        reasons = []
        if record.state not in (GRADED, REMARKS):
            reasons.append(f"{record.state}: {'; '.join(record.instructor) or 'see the record'}")
        else:
            empty = [item.name for item in record.items if item.remark.startswith("Not attempted")]
            if share(record) < LOW:
                reasons.append(f"{100 * share(record):.0f} % of the points")
            if empty:
                reasons.append(f"not attempted: {', '.join(empty)}")
        if reasons:
            yield Attention(record.student, tuple(reasons))


def states(records) -> Counter:
    """How many submissions ended in which state."""
    return Counter(record.state for record in records)
