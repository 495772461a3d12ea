"""A loop, line by line, as HTML: one step with its line marked, for the stepper; all steps as a table, for paper."""

from lessonlib.style import escape, frame, page
from lessonlib.trace.text import decimals, value


def table(trace) -> str:
    """All steps below the source: what stands in for the stepper where there are no widgets."""
    rows = "".join(
        f'<tr><td class="n">{number}</td><td><code>{escape(trace.code(step))}</code></td><td>{changes(step)}</td></tr>'
        for number, step in enumerate(trace.steps, 1)
    )
    return page(
        f'<div class="ll-head"><b>The loop, line by line</b><span>{len(trace.steps)} steps</span></div>'
        '<div class="ll-scroll"><table class="ll-table"><thead><tr><th class="n" scope="col">step</th>'
        '<th scope="col">line</th><th scope="col">what it changed</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>",
        "the loop, line by line",
    )


def changes(step) -> str:
    if not step.changed:
        return '<span class="ll-muted">nothing</span>'
    parts = []
    for name in step.changed:
        before = f"{escape(value(step.before[name]))} → " if name in step.before else ""
        parts.append(f"<b>{escape(name)}</b> {before}{escape(value(step.after[name]))}")
    return "<br>".join(parts)


def step(trace, number: int) -> str:
    """Step `number`, counted from 1: the source with its line marked, and beside it everything that is watched."""
    now = trace.steps[number - 1]
    source = "".join(
        f'<span class="{"now" if line == now.line else "line"}">{escape(text) or " "}</span>'
        for line, text in enumerate(trace.source, 1)
    )
    cards = "".join(card(name, now) for name in trace.names)
    return frame(
        f'<div class="ll-head"><b>Step {number} of {len(trace.steps)}</b><span>line {now.line}</span></div>'
        f'<pre class="ll-lines">{source}</pre>'
        f'<p class="ll-card {"good" if now.changed else ""}" role="status">{sentence(trace, now)}</p>'
        f'<div class="ll-watched">{cards}</div>',
        "the loop, line by line",
    )


def sentence(trace, step) -> str:
    """What the line did, for the eye and for a screen reader."""
    code = f"<code>{escape(trace.code(step))}</code>"
    if not step.changed:
        return f"{code} changed nothing that is watched."
    names = [escape(name) for name in step.changed]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{code} {'changed' if set(step.changed) & set(step.before) else 'set'} <b>{listed}</b>."


def card(name: str, step) -> str:
    """One watched name: its value, and the value before if this line has changed it."""
    changed = name in step.changed
    before = step.before.get(name, "not yet") if changed else None
    after = step.after.get(name, "not yet")
    numbers = f'{grid(before)}<span class="ll-muted">→</span>{grid(after, before)}' if changed else grid(after)
    return f'<div class="ll-card{" good" if changed else ""}"><b>{escape(name)}</b><div>{numbers}</div></div>'


def grid(shown, before=None) -> str:
    """A value as a small table; numbers that differ from `before` are bold."""
    digits = decimals(shown)
    rows = shown if isinstance(shown, tuple) else (shown,)
    olds = before if isinstance(before, tuple) and len(before) == len(rows) else (None,) * len(rows)
    body = ""
    for row, old in zip(rows, olds, strict=True):
        cells = row if isinstance(row, tuple) else (row,)
        old = old if isinstance(old, tuple) else (old,)
        same = old if len(old) == len(cells) else (None,) * len(cells)
        body += (
            "<tr>"
            + "".join(cell(number, earlier, digits) for number, earlier in zip(cells, same, strict=True))
            + "</tr>"
        )
    return f'<table class="ll-grid">{body}</table>'


def cell(number, earlier, digits: int) -> str:
    text = escape(value(number, digits))
    return f"<td><b>{text}</b></td>" if earlier is not None and number != earlier else f"<td>{text}</td>"
