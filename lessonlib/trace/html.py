"""Traces as HTML for the notebook."""

from lessonlib.style import escape, page
from lessonlib.trace.text import shown


def flow(trace) -> str:
    stages = "".join(_stage(number, stage) for number, stage in enumerate(trace.stages, 1))
    head = f'<div class="ll-head"><b>{escape(trace.title)}</b><span>{len(trace.stages)} stages</span></div>'
    return page(head + stages, "data flow")


def _stage(number: int, stage) -> str:
    arrow = "" if stage.before == stage.after else f' → <span class="ll-chip">{escape(stage.after)}</span>'
    samples = "".join(
        f'<div class="ll-scroll"><span class="ll-muted">{escape(name)}</span> <code>{escape(sample)}</code></div>'
        for name, sample in stage.samples
    )
    return (
        f'<div class="ll-card ll-step"><div class="ll-number">{number}</div><div class="ll-grow">'
        f"<p><b>{escape(stage.title)}</b></p>"
        f'<p><span class="ll-chip">{escape(stage.before)}</span>{arrow}</p>'
        f"<p>{escape(stage.what)}</p>{samples}</div></div>"
    )


def training(trace) -> str:
    names = list(trace.epochs[0].values)
    largest = max(epoch.values["loss"] for epoch in trace.epochs)
    # Of many columns, a long name may be broken after its _, so that the observation has room.
    heads = (escape(name).replace("_", "_<wbr>" if len(names) > 4 else "_") for name in names)
    head = "".join(f'<th class="n" scope="col">{name}</th>' for name in heads)
    rows = "".join(
        f'<tr><td class="n">{epoch.number}</td>'
        + "".join(f'<td class="n">{epoch.values[name]:.3f}</td>' for name in names)
        + f"<td>{_bar(epoch.values['loss'] / largest)}</td><td>{escape(epoch.observation)}</td></tr>"
        for epoch in trace.epochs
    )
    return page(
        f'<div class="ll-head"><b>Training, epoch by epoch</b><span>{len(trace.epochs)} epochs</span></div>'
        f'<div class="ll-scroll"><table class="ll-table"><thead><tr><th class="n" scope="col">epoch</th>{head}'
        '<th scope="col">loss</th><th class="wide" scope="col">observation</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>",
        "training trace",
    )


def rates(trace) -> str:
    highest = max(epoch.rate for epoch in trace.epochs) or 1
    rows = "".join(
        f'<tr><td class="n">{epoch.number}</td><td class="n">{epoch.updates}</td><td class="n">{epoch.rate:.4g}</td>'
        f'<td>{_bar(epoch.rate / highest)}</td><td class="n">{epoch.total:.3g}</td><td class="n">{epoch.loss:.3f}</td>'
        f"<td>{escape(epoch.observation)}</td></tr>"
        for epoch in trace.epochs
    )
    number = 'class="n" scope="col"'
    names = (
        f'<th {number}>epoch</th><th {number}>updates</th><th scope="colgroup" colspan="2">rate</th>'
        f'<th {number}>sum of rates</th><th {number}>loss</th><th scope="col">observation</th>'
    )
    return page(
        f'<div class="ll-head"><b>The learning rate, epoch by epoch</b><span>{len(trace.epochs)} epochs</span></div>'
        f'<div class="ll-scroll"><table class="ll-table"><thead><tr>{names}</tr></thead><tbody>{rows}</tbody>'
        "</table></div>",
        "trace of the learning rate",
    )


def _bar(share: float) -> str:
    return f'<span class="ll-bar" aria-hidden="true"><i style="width:{100 * share:.0f}%"></i></span>'


def prediction(trace) -> str:
    steps = "".join(_step(number, step) for number, step in enumerate(trace.steps, 1))
    head = f'<div class="ll-head"><b>One prediction, layer by layer</b><span>{len(trace.steps)} layers</span></div>'
    return page(f"{head}{steps}<p><b>{escape(trace.decision)}</b></p>", "prediction trace")


def _step(number: int, step) -> str:
    probabilities = "softmax" in step.formula or "sigmoid" in step.formula
    most = 10 if probabilities else 4
    shown = step.values if len(step.values) <= most else [*step.values[:2], None, step.values[-1]]
    numbers = ", ".join("…" if value is None else f"{value:.2f}" for value in shown)
    return (
        f'<div class="ll-card ll-step"><div class="ll-number">{number}</div><div class="ll-grow">'
        f"<p><b>{escape(step.title)}</b> <code>{escape(step.formula)}</code></p>"
        f'<p>{escape(step.remark)}</p><p class="ll-muted">[{numbers}]</p></div>'
        f"{_columns(step.values, 1.0 if probabilities else None)}</div>"
    )


def steps(trace) -> str:
    failed = sum(not step.passed for step in trace.steps)
    says = "every check passed" if not failed else f"{failed} of {len(trace.steps)} checks say: look here"
    head = f'<div class="ll-head"><b>One run, in nine steps</b><span>{says}</span></div>'
    return page(head + "".join(_numbered(number, step) for number, step in enumerate(trace.steps, 1)), "nine steps")


def _numbered(number: int, step) -> str:
    looks = "".join(
        f'<div class="ll-look"><span class="ll-muted">{escape(name)}</span>{_columns(values)}'
        f"<code>{escape(shown(values, first=2, last=1))}</code></div>"
        for name, values in step.numbers
    )
    kind, mark = ("good", "✓ Check passed:") if step.passed else ("bad", "✗ Look here:")
    return (
        f'<div class="ll-card ll-step"><div class="ll-number">{number}</div><div class="ll-grow">'
        f"<p><b>{escape(step.title)}</b> <code>{escape(step.formula)}</code></p>"
        f'<p class="ll-muted">{escape(step.shapes)}</p><p>{escape(step.remark)}</p>{looks}'
        f'<p class="ll-check {kind}"><b>{mark}</b> {escape(step.check)}</p></div></div>'
    )


def _columns(values, largest: float | None = None) -> str:
    """A tiny bar chart, as wide as there are numbers, but at most 40. `largest` is a full column: the largest value."""
    largest = largest or max((abs(value) for value in values), default=1) or 1
    columns = "".join(
        f'<span title="{value:.3f}" style="height:{max(3, 44 * abs(value) / largest):.0f}px"'
        f"{' class=minus' if value < 0 else ' class=zero' if value == 0 else ''}></span>"
        for value in values[:40]
    )
    return f'<div class="ll-columns" aria-hidden="true">{columns}</div>'


def optimizer(trace) -> str:
    names = ["gradient", *trace.steps[0].memory, "move", "parameter"]
    largest = max(abs(step.move) for step in trace.steps) or 1
    head = "".join(f'<th class="n" scope="col">{escape(name)}</th>' for name in ["step", *names])
    rows = "".join(
        f'<tr><td class="n">{step.number}</td>'
        + "".join(
            f'<td class="n">{value:.4g}</td>'
            for value in (step.gradient, *step.memory.values(), step.move, step.parameter)
        )
        + f"<td>{_bar(abs(step.move) / largest)}</td></tr>"
        for step in trace.steps
    )
    return page(
        f'<div class="ll-head"><b>{escape(trace.title)}</b><span>{len(trace.steps)} steps of one parameter</span></div>'
        f'<div class="ll-scroll"><table class="ll-table"><thead><tr>{head}<th scope="col">size of the move</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>",
        "trace of an optimizer",
    )
