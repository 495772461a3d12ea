"""The start page's two displays, each as HTML and as plain text."""

from urllib.parse import quote

from lessonlib.start.installation import Finding
from lessonlib.start.progress import Lesson
from lessonlib.style import escape, page


def findings(found: list[Finding]) -> dict[str, str]:
    """The installation check as a MIME bundle.

    >>> print(findings([Finding("Python", "version 3.12.1")])["text/plain"])
    Everything works.
    ok       Python: version 3.12.1
    """
    wrong = sum(not finding.fine for finding in found)
    head = "Everything works." if not wrong else f"{wrong} of {len(found)} need your attention."
    rows = "".join(_finding_row(finding) for finding in found)
    body = (
        f'<div class="ll-head"><b>{head}</b><span>installation check</span></div>'
        f'<table class="ll-table"><tbody>{rows}</tbody></table>'
    )
    lines = [head]
    for finding in found:
        lines.append(f"{'ok' if finding.fine else 'problem':8} {finding.what}: {finding.seen}")
        if finding.advice:
            lines.append(f"{'':8} {finding.advice}")
    return {"text/html": page(body, "Installation check"), "text/plain": "\n".join(lines)}


def _finding_row(finding: Finding) -> str:
    colour, word = ("green", "ok") if finding.fine else ("red", "problem")
    advice = f"<br><b>{escape(finding.advice)}</b>" if finding.advice else ""
    return (
        f'<tr><td style="width: 6em; color: var(--ll-{colour})"><b>{word}</b></td>'
        f'<td style="width: 8em">{escape(finding.what)}</td>'
        f"<td>{escape(finding.seen)}{advice}</td></tr>"
    )


def lessons(found: list[Lesson]) -> dict[str, str]:
    """The list of lessons as a MIME bundle.

    >>> print(lessons([Lesson("02-fit", "model.fit()", 45, questions=5, answered=2)])["text/plain"])
    1 lesson, 45 minutes
    model.fit() (45 minutes): answered 2 of 5 questions
    """
    if not found:
        text = "There are no lessons in the folder of this page. Start the course with python -m lessonlib."
        return {"text/html": page(f"<p>{text}</p>", "Lessons"), "text/plain": text}
    head = f"{_count(len(found), 'lesson')}, {sum(lesson.minutes for lesson in found)} minutes"
    body = f'<div class="ll-head"><b>Lessons</b><span>{head}</span></div>' + "".join(map(_card, found))
    lines = [head]
    for lesson in found:
        lines.append(f"{lesson.title} ({lesson.minutes} minutes): {lesson.problem or _done(lesson)}")
    return {"text/html": page(body, "Lessons"), "text/plain": "\n".join(lines)}


def _card(lesson: Lesson) -> str:
    link = f'<a href="{quote(f"../{lesson.name}/{lesson.name}.ipynb")}">{escape(lesson.title)}</a>'
    minutes = f'<span class="ll-chip">{lesson.minutes} min</span>' if lesson.minutes else ""
    return (
        f'<div class="ll-card{_state(lesson)}">'
        f'<div class="ll-head" style="margin: 0"><b>{link}</b>{minutes}</div>'
        f"<p>{escape(lesson.about)}</p>{_progress(lesson)}</div>"
    )


def _state(lesson: Lesson) -> str:
    """The class that colours the edge of a lesson's card."""
    if lesson.problem:
        return " bad"
    if lesson.tasks and lesson.done == lesson.tasks:
        return " good"
    return " half" if lesson.done else ""


def _progress(lesson: Lesson) -> str:
    """One small bar for each measure of progress."""
    if lesson.problem:
        return f"<p><b>{escape(lesson.problem)}</b></p>"
    bars = "".join(
        f'<div style="flex: 1 1 8em"><span class="ll-muted">{word} {done} of {_count(all_, unit)}</span>'
        f'<span class="ll-bar" aria-hidden="true"><i style="width: {100 * done / all_:.0f}%"></i></span></div>'
        for word, done, all_, unit in lesson.measures
    )
    return f'<div class="ll-row">{bars}</div>'


def _done(lesson: Lesson) -> str:
    """The progress in words.

    >>> _done(Lesson("02-fit", "model.fit()", answered=2, questions=5, exercises=1))
    'answered 2 of 5 questions, solved 0 of 1 exercise'
    """
    parts = [f"{word} {done} of {_count(all_, unit)}" for word, done, all_, unit in lesson.measures]
    return ", ".join(parts) or "nothing to hand in"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'s' if number != 1 else ''}"
