"""The course's one catalogue of misconceptions, which questions and known mistakes name with `catches`.

    loss-falls-at-every-step:
      belief: In healthy training the loss falls at every step.
      truth: Single batches are noisy; the trend lives in the mean over many of them.
      taught: 02-model-fit

An entry is what a learner may believe, what is true, and the lesson (or a list of them) that shows it. The
entries stand in alphabetical order, so that two authors who add one seldom touch the same lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lessonlib.quiz.yamlfile import load

KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LESSON = re.compile(r"\d\d(-[a-z0-9]+)+")


@dataclass(frozen=True)
class Misconception:
    """What a learner may believe, what is true instead, and the lessons that show it."""

    belief: str
    truth: str
    taught: tuple[str, ...]


def read(path: str | Path) -> dict[str, Misconception]:
    """The catalogue by name. Raises QuizError naming file and line.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "misconceptions.yaml")
    ...     _ = path.write_text("more-is-better: {belief: More helps., truth: Less may., taught: 02-model-fit}")
    ...     read(path)["more-is-better"].belief
    'More helps.'
    """
    file = load(path)
    file.allow(*file.keys)  # refuses a name that stands twice
    catalogue, above = {}, ""
    for name in file.keys:
        if not KEBAB_CASE.fullmatch(name):
            raise file.error(f"the name is {name!r}, expected words joined by -, like loss-falls-at-every-step", name)
        if name < above:
            raise file.error(f"{name} stands below {above}; keep the alphabetical order", name)
        above = name
        entry = file.entry(name, "lines with belief, truth and taught")
        entry.allow("belief", "truth", "taught")
        taught = tuple(entry.texts("taught", "the folder of the lesson that shows it, like 02-model-fit"))
        for lesson in taught:
            if not LESSON.fullmatch(lesson):
                raise entry.error(f"taught is {lesson!r}, expected the folder of a lesson, like 02-model-fit", "taught")
        catalogue[name] = Misconception(
            entry.prose("belief", "what a learner may believe, in one sentence"),
            entry.prose("truth", "what is true instead"),
            taught,
        )
    return catalogue


def nearest(name: str, catalogue) -> str:
    """What to do about a name that the catalogue does not have, as words of an error."""
    from difflib import get_close_matches

    close = get_close_matches(name, catalogue, 1)
    return f"write {close[0]}, or add {name} to misconceptions.yaml" if close else "add it to misconceptions.yaml"
