"""One parameter through the steps of an optimizer: what comes in, what the optimizer remembers, how far it moves."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Step:
    """One step: the gradient, what the optimizer remembers after it, the move, and where the parameter is now."""

    number: int  # counted from 1
    gradient: float
    memory: dict[str, float]
    move: float
    parameter: float


@dataclass(frozen=True)
class Walk:
    """The steps of one optimizer, in their order."""

    title: str
    steps: tuple[Step, ...]

    def __repr__(self):
        from lessonlib.trace import text

        return text.optimizer(self)

    def _repr_html_(self):
        from lessonlib.trace import html

        return html.optimizer(self)


def optimizer(rule, gradients, start=0.0) -> Walk:
    """Let an optimizer of the engine move one parameter, one step for each gradient.

    Args:
        rule: a new optimizer, such as `Adam(0.01)`.
        gradients: the gradients of the steps, one number each.
        start: where the parameter is before the first step.

    Raises:
        ValueError: the optimizer is not new, or a gradient is not one number.

    >>> from lessonlib.optimizers import SGD
    >>> trace = optimizer(SGD(0.1, momentum=0.5), [1.0, 1.0])
    >>> [round(step.move, 4) for step in trace.steps]
    [-0.1, -0.15]
    """
    if rule.parameters is not None:
        raise ValueError(
            f"This {type(rule).__name__} has made steps before, and remembers them. Give a new one: "
            f"{type(rule).__name__}({float(rule.learning_rate):g})."
        )
    if np.ndim(gradients) != 1 or len(gradients) == 0:
        raise ValueError(f"Expected a list of numbers, the gradients of one parameter. Received: {gradients!r}")
    p = np.array([start], "float32")
    rule.prepare(p)
    steps = []
    for number, gradient in enumerate(gradients, 1):
        before = float(p[0])
        rule.step(p, np.array([gradient], "float32"))
        memory = {name: float(getattr(rule, name)[0]) for name in rule.slots}
        steps.append(Step(number, float(gradient), memory, float(p[0]) - before, float(p[0])))
    return Walk(title(rule), tuple(steps))


def title(rule) -> str:
    """
    >>> from lessonlib.optimizers import SGD
    >>> title(SGD(0.1, momentum=0.9))
    'SGD with momentum 0.9, learning rate 0.1'
    """
    momentum = getattr(rule, "momentum", 0)
    extra = f" with momentum {momentum:g}" if momentum else ""
    return f"{type(rule).__name__}{extra}, learning rate {float(rule.learning_rate):g}"
