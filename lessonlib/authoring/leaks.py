"""What must never reach a student: solution lines, reasons and keys of the quiz, files of the author."""

import base64
import contextlib
import json
import re

import yaml

from lessonlib.authoring.lesson import solution_region
from lessonlib.quiz.markup import to_html

AUTHOR_FILES = {"quiz.yaml", "exercises.py", "answers.json"}
MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN", "BEGIN MARK SCHEME")
VERDICT_KEYS = {"answer", "correct", "key", "right", "why"}
REASONS = ("why", "otherwise", "low", "high")  # keys of quiz.yaml whose text explains an answer
BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
SHORT = 12  # a solution line with fewer characters, spaces not counted, says too little to be a secret


def leaks(lesson, files):
    """Return what the student files ({name: bytes}) of a lesson give away, one sentence each.

    Spaces do not matter, nor how a file escapes its text.
    """
    found = [
        f"{name} is a file of the author"
        for name in files
        if name in AUTHOR_FILES or not name.endswith((".ipynb", ".json"))
    ]
    for name, content in files.items():
        text = _squeezed(_all_text(content.decode("utf-8", "replace")))
        found += [f"{name} contains {secret!r}" for secret in secrets(lesson) if _squeezed(secret) in text]
    if "quiz.json" in files:
        keys = {key for key, _ in _items(json.loads(files["quiz.json"]))}
        found += [f"quiz.json has the key {key!r}" for key in sorted(keys & VERDICT_KEYS, key=str)]
    return found


def secrets(lesson):
    """Return every text that only the author may have."""
    lines = [line.strip() for name in lesson.exercises for line in solution_region(lesson.solution(name))]
    shown = _shown(lesson)
    code = [
        line
        for line in lines
        if len(_squeezed(line)) >= SHORT and not line.startswith("#") and _squeezed(line) not in shown
    ]
    reasons = [text for reason in _reasons(lesson.folder / "quiz.yaml") for text in (reason, to_html(reason))]
    prose = [line for text in _sample_answers(lesson) for line in text.splitlines() if len(_squeezed(line)) >= SHORT]
    return list(dict.fromkeys([*MARKS, *code, *reasons, *prose]))


def _shown(lesson):
    """The lines of code that the lesson shows outside its solutions: a loop it teaches, a training to repair."""
    return {
        _squeezed(line)
        for cell in lesson.notebook.cells
        if cell.cell_type == "code"
        for line in set(cell.source.splitlines()) - set(solution_region(cell.source))
    }


def _sample_answers(lesson):
    """What the person who marks an explanation gets to see."""
    for name, explanation in lesson.explanations.items():
        yield from (lesson.solution(name), explanation.half, explanation.none, *explanation.looks_for)


def _reasons(path):
    """Every explanation of the quiz: it tells which answer is right."""
    if not path.exists():
        return
    for key, value in _items(yaml.load(path.read_text("utf-8"), yaml.BaseLoader)):
        if key in REASONS:
            yield value


def _items(data):
    """Every key and value of nested data, at any depth."""
    if isinstance(data, list):
        data = dict(enumerate(data))
    if isinstance(data, dict):
        for key, value in data.items():
            yield key, value
            yield from _items(value)


def _all_text(content):
    """The text as it stands, and, of JSON, every text in it without its escapes; and what base64 hides of both."""
    texts = [content]
    with contextlib.suppress(ValueError):
        texts += [value for _, value in _items(json.loads(content)) if isinstance(value, str)]
    return "\n".join([*texts, *(_decoded(found) for text in texts[1:] for found in BASE64.findall(text))])


def _decoded(text):
    whole = text[: len(text) // 4 * 4]
    return base64.b64decode(whole).decode("utf-8", "replace")


def _squeezed(text):
    return "".join(text.replace("\\", "").split())  # quotation marks may be escaped, also twice
