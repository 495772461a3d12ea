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
    model.fit() (45 minutes): 2 of 5 questions
    """
    if not found:
        text = "There are no lessons in the folder of this page. Start the course with python -m lessonlib."
        return {"text/html": page(f"<p>{text}</p>", "Lessons"), "text/plain": text}
    minutes = sum(lesson.minutes for lesson in found)
    head = f"{len(found)} lesson{'s' if len(found) > 1 else ''}, {minutes} minutes"
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
    if lesson.problem:
        return f"<p><b>{escape(lesson.problem)}</b></p>"
    if not lesson.tasks:
        return ""
    percent = round(100 * lesson.done / lesson.tasks)
    return (
        '<div style="display: flex; align-items: center; gap: 12px">'
        f'<span class="ll-bar" style="flex: 1" role="img" aria-label="{percent} percent done">'
        f'<i style="width: {percent}%"></i></span>'
        f'<span class="ll-muted">{_done(lesson)}</span></div>'
    )


def _done(lesson: Lesson) -> str:
    """The progress in words.

    >>> _done(Lesson("02-fit", "model.fit()", answered=2, questions=5, exercises=1))
    '2 of 5 questions, 0 of 1 exercise'
    """
    counts = ((lesson.answered, lesson.questions, "question"), (lesson.solved, lesson.exercises, "exercise"))
    parts = [f"{done} of {all_} {word}{'s' if all_ != 1 else ''}" for done, all_, word in counts if all_]
    return ", ".join(parts) or "nothing to hand in"
