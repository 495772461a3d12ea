"""Traces as HTML for the notebook."""

from lessonlib.style import escape, page


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
    head = "".join(f'<th class="n" scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(
        f'<tr><td class="n">{epoch.number}</td>'
        + "".join(f'<td class="n">{epoch.values[name]:.3f}</td>' for name in names)
        + f"<td>{_bar(epoch.values['loss'] / largest)}</td><td>{escape(epoch.observation)}</td></tr>"
        for epoch in trace.epochs
    )
    return page(
        f'<div class="ll-head"><b>Training, epoch by epoch</b><span>{len(trace.epochs)} epochs</span></div>'
        f'<div class="ll-scroll"><table class="ll-table"><thead><tr><th class="n" scope="col">epoch</th>{head}'
        f'<th scope="col">loss</th><th scope="col">observation</th></tr></thead><tbody>{rows}</tbody></table></div>',
        "training trace",
    )


def _bar(share: float) -> str:
    return f'<span class="ll-bar" aria-hidden="true"><i style="width:{100 * share:.0f}%"></i></span>'


def prediction(trace) -> str:
    steps = "".join(_step(number, step) for number, step in enumerate(trace.steps, 1))
    head = f'<div class="ll-head"><b>One prediction, layer by layer</b><span>{len(trace.steps)} layers</span></div>'
    return page(f"{head}{steps}<p><b>{escape(trace.decision)}</b></p>", "prediction trace")


def _step(number: int, step) -> str:
    largest = max((abs(value) for value in step.values), default=1) or 1
    columns = "".join(
        f'<span title="{value:.3f}" style="height:{max(3, 44 * abs(value) / largest):.0f}px"'
        f"{' class=minus' if value < 0 else ' class=zero' if value == 0 else ''}></span>"
        for value in step.values
    )
    shown = step.values if len(step.values) <= 4 else [*step.values[:2], None, step.values[-1]]
    numbers = ", ".join("…" if value is None else f"{value:.2f}" for value in shown)
    return (
        f'<div class="ll-card ll-step"><div class="ll-number">{number}</div><div class="ll-grow">'
        f"<p><b>{escape(step.title)}</b> <code>{escape(step.formula)}</code></p>"
        f'<p>{escape(step.remark)}</p><p class="ll-muted">[{numbers}]</p></div>'
        f'<div class="ll-columns" aria-hidden="true">{columns}</div></div>'
    )
