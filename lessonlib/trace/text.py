"""Traces as plain text, for terminals, screen readers and places where HTML is not shown."""

import math


def flow(trace) -> str:
    lines = [trace.title]
    for number, stage in enumerate(trace.stages, 1):
        lines += [f"{number} {stage.title}: {stage.before} -> {stage.after}", f"    {stage.what}"]
        lines += [f"    {name}: {sample}" for name, sample in stage.samples]
    return "\n".join(lines)


def training(trace) -> str:
    names = list(trace.epochs[0].values)
    widths = [max(7, len(name)) for name in names]
    head = "  ".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))
    lines = [f"epoch  {head}  observation"]
    for epoch in trace.epochs:
        numbers = "  ".join(f"{epoch.values[name]:{width}.4f}" for name, width in zip(names, widths, strict=True))
        lines.append(f"{epoch.number:5d}  {numbers}  {epoch.observation}")
    return "\n".join(lines)


def rates(trace) -> str:
    lines = ["epoch  updates       rate  sum of rates    loss  observation"]
    lines += [
        f"{epoch.number:5d}  {epoch.updates:>7}  {epoch.rate:9.4g}  {epoch.total:12.3g}  {epoch.loss:6.3f}  "
        f"{epoch.observation}"
        for epoch in trace.epochs
    ]
    return "\n".join(lines)


def prediction(trace) -> str:
    lines = []
    for number, step in enumerate(trace.steps, 1):
        values = ", ".join(f"{value:.2f}" for value in step.values)
        lines += [f"Layer {number}  {step.title}   {step.formula}", f"    [{values}]", f"    {step.remark}"]
    return "\n".join([*lines, trace.decision])


def steps(trace) -> str:
    lines = []
    for number, step in enumerate(trace.steps, 1):
        lines += [f"{number} {step.title}: {step.formula}", f"    {step.shapes}"]
        lines += [f"    {name}: {shown(values)}" for name, values in step.numbers]
        lines += [f"    {step.remark}", f"    {'ok' if step.passed else 'LOOK HERE'}: {step.check}"]
    return "\n".join(lines)


def shown(values, first: int = 10, last: int = 0) -> str:
    """The first and the last of some numbers, small ones with more digits.

    >>> shown((0.5, -0.25))
    '[0.500, -0.250]'
    >>> shown((0.5, 0.25, -2.0, 3.0), first=1, last=1)
    '[0.500, …, 3.000]'
    """
    digits = 3 if max(map(abs, values), default=1) >= 0.1 else 4
    text = [f"{value:.{digits}f}" for value in values]
    if len(text) > first + last + 1:
        text = [*text[:first], "…", *text[len(text) - last :]]
    return f"[{', '.join(text)}]"


def optimizer(trace) -> str:
    names = list(trace.steps[0].memory)
    head = "".join(f"{name:>11}" for name in ["gradient", *names, "move", "parameter"])
    lines = [trace.title, f"step{head}"]
    for step in trace.steps:
        numbers = [step.gradient, *step.memory.values(), step.move, step.parameter]
        lines.append(f"{step.number:4d}" + "".join(f"{number:11.4g}" for number in numbers))
    return "\n".join(lines)


def lines(trace) -> str:
    width = max(len(trace.code(step)) for step in trace.steps)
    text = []
    for number, step in enumerate(trace.steps, 1):
        changes = [f"{name} = {value(step.after[name])}" for name in step.changed]
        text.append(f"{number:3d}  {trace.code(step):{width}}  {'; '.join(changes) or 'nothing changed'}")
    return "\n".join(text)


def value(watched, digits: int | None = None) -> str:
    """A value of `trace.lines` in a line, all its numbers with the same number of decimals: 0, 1 or 3.

    >>> value(((0.5, -1.0), (2.0, 3.0)))
    '[[0.5, -1.0], [2.0, 3.0]]'
    >>> value((0.125, None)), value(2.0)
    ('[0.125, None]', '2')
    """
    digits = decimals(watched) if digits is None else digits
    if isinstance(watched, tuple):
        return "[" + ", ".join(value(part, digits) for part in watched) + "]"
    return f"{watched:.{digits}f}" if isinstance(watched, float) else str(watched)


def decimals(watched) -> int:
    """How many decimals a value needs, at most 3."""
    if isinstance(watched, tuple):
        return max(map(decimals, watched), default=0)
    if not isinstance(watched, float) or not math.isfinite(watched):
        return 0
    return next((digits for digits in (0, 1) if abs(watched - round(watched, digits)) < 1e-6), 3)
