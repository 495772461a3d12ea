"""The explorer of a bowl: a loss of two parameters, which one can see, and the path of an optimizer down into it."""

from dataclasses import dataclass

import numpy as np

from lessonlib.explore.explorer import explorer
from lessonlib.optimizers import SGD, Adam, Optimizer, RMSprop

CURVATURES = (1.0, 25.0)
START = (-4.0, 1.0)
NEAR, MOST_STEPS, STEPS = 0.01, 20, 60  # the mission, and how many steps are made
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.06, 0.07, 0.075, 0.08, 0.085, 0.1, 0.2, 0.3, 0.5, 1.0)
MOMENTA = (0.0, 0.3, 0.5, 0.7, 0.9, 0.99)
LEVELS = (0.05, 0.3, 1, 2.5, 5, 8.5, 13, 20, 32, 50)  # the losses of the lines on the map
FAR = 1e9  # where a path that flies away is cut off


@dataclass(frozen=True)
class Descent:
    """The points of a path, the first is the start; the loss at each; and the angle by which the bowl is turned."""

    points: np.ndarray
    losses: np.ndarray
    curvatures: tuple[float, float]
    turn: float

    @property
    def arrival(self) -> int | None:
        """The number of steps after which the loss is below NEAR and stays there; None if it does not come to that."""
        outside = np.flatnonzero(~(self.losses < NEAR))
        arrived = int(outside[-1]) + 1 if len(outside) else 0
        return arrived if arrived < len(self.losses) else None

    @property
    def mission_accomplished(self) -> bool:
        return self.arrival is not None and self.arrival <= MOST_STEPS


def rotation(turn: float) -> np.ndarray:
    """The matrix that turns the plane by so many degrees, against the clock."""
    angle = np.radians(turn)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def hessian(curvatures, turn: float = 0.0) -> np.ndarray:
    """The matrix H of the bowl ½ pᵀHp whose axes have these curvatures, turned by `turn` degrees.

    >>> hessian((1, 25)).tolist()
    [[1.0, 0.0], [0.0, 25.0]]
    """
    return rotation(turn) @ np.diag(np.asarray(curvatures, float)) @ rotation(turn).T


def descend(optimizer: Optimizer, curvatures=CURVATURES, turn=0.0, start=START, steps=STEPS) -> Descent:
    """Let an optimizer of the engine walk down the bowl ½ pᵀHp, whose gradient at p is Hp. The start turns with it.

    >>> descend(SGD(0.5), curvatures=(1, 1), steps=2).points[:, 0].tolist()
    [-4.0, -2.0, -1.0]
    """
    matrix = hessian(curvatures, turn)
    p = (rotation(turn) @ start).astype("float32")
    optimizer.prepare(p)
    points = [p.copy()]
    for _ in range(steps):
        optimizer.step(p, (matrix @ p).astype(p.dtype))
        np.clip(p, -FAR, FAR, out=p)
        points.append(p.copy())
    path = np.array(points, float)
    return Descent(path, 0.5 * np.einsum("ti,ij,tj->t", path, matrix, path), tuple(curvatures), turn)


def make(optimizer: str, learning_rate: float, momentum: float) -> Optimizer:
    """The optimizer of that name. Adam's momentum is its beta_1.

    >>> make("Adam", 0.01, 0.5).beta_1
    0.5
    """
    if optimizer == "Adam":
        return Adam(learning_rate, beta_1=momentum)
    return {"SGD": SGD, "RMSprop": RMSprop}[optimizer](learning_rate, momentum=momentum)


def contour(axes):
    """The map of a bowl. Gives back what shows a descent on it: lines of equal loss (ellipses), and the path."""
    from lessonlib.style import figures

    (levels,) = axes.plot([], color=figures.LINE, linewidth=1, label="_levels")
    (bottom,) = axes.plot(0, 0, color=figures.GREEN, marker="*", markersize=14, linestyle="none", label="_bottom")
    (path,) = axes.plot([], color=figures.BLUE, marker="o", markersize=3, linewidth=1.2, label="path")
    (start,) = axes.plot([], color=figures.ORANGE, marker="o", markersize=8, linestyle="none", label="_start")
    axes.grid(False)
    axes.set(xlim=(-5, 5), ylim=(-3, 3), xlabel="first parameter", ylabel="second parameter")
    axes.set(xticks=(-4, -2, 0, 2, 4), yticks=(-2, 0, 2))
    around = np.append(np.linspace(0, 2 * np.pi, 60), np.nan)  # the nan lifts the pen before the next ellipse
    circle = np.array([np.cos(around), np.sin(around)])

    def show(descent: Descent):
        reaches = np.sqrt(2 * np.array(LEVELS)[:, None] / descent.curvatures)  # the half axes of each ellipse
        levels.set_data(rotation(descent.turn) @ np.hstack([reach[:, None] * circle for reach in reaches]))
        path.set_data(descent.points.T)
        start.set_data(descent.points[:1].T)
        return [levels, bottom, path, start]

    return show


def picture():
    """The map of the bowl beside the loss at every step, as a matplotlib figure, and what shows a descent in it."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 2.9), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    show_path = contour(left)
    (losses,) = right.plot([], color=figures.BLUE, label="loss")
    right.axhline(NEAR, color=figures.GREEN, linewidth=1.2, linestyle="--", label="_target")
    right.axvline(MOST_STEPS, color=figures.GREEN, linewidth=1.2, linestyle="--", label="_limit")
    right.set(xlabel="step", ylabel="loss", yscale="log", xlim=(-3, STEPS + 3), ylim=(1e-6, 1e4))
    right.set_yticks((1e-6, 1e-4, 1e-2, 1, 1e2, 1e4), ("1e-6", "1e-4", "0.01", "1", "100", "10000"))
    right.set_xticks(range(0, STEPS + 1, 20))
    right.yaxis.set_minor_locator(NullLocator())

    def show(descent: Descent):
        losses.set_data(range(len(descent.losses)), np.clip(descent.losses, 1e-7, 1e5))
        figure.set_label(f"A bowl from above, and the loss at every step. {described(descent)}")
        return [*show_path(descent), losses]

    return figure, show


def draw_walks(walks: dict, turn: float = 0.0, steps: int = 40):
    """Four walks on one bowl: `walks` has a name for each, and a function that makes its optimizer."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 5.2), layout="constrained")
    told = ["Walks on a bowl, seen from above."]
    for axes, (name, make_one) in zip(figure.subplots(2, 2, sharex=True, sharey=True).flat, walks.items(), strict=True):
        descent = descend(make_one(), turn=turn, steps=steps)
        contour(axes)(descent)
        axes.set(title=f"{name}: loss {descent.losses[-1]:.1g}")
        axes.label_outer()
        told.append(f"{name}: {described(descent)}")
    figure.set_label(" ".join(told))
    return figure


def described(descent: Descent) -> str:
    """The path in words.

    >>> described(descend(SGD(0.5), curvatures=(1, 1), steps=3))
    'The path goes from (-4.00, 1.00) to (-0.50, 0.12) in 3 steps; the loss goes from 8.5 to 0.133.'
    """
    start, end = (f"({x:.2f}, {y:.2f})" for x, y in descent.points[[0, -1]])
    return (
        f"The path goes from {start} to {end} in {len(descent.points) - 1} steps; "
        f"the loss goes from {descent.losses[0]:.3g} to {descent.losses[-1]:.3g}."
    )


def verdict(descent: Descent) -> str:
    """The result in one sentence or two.

    >>> verdict(descend(SGD(0.1, momentum=0.5)))
    'The loss is below 0.01 for good after 12 steps. Mission accomplished.'
    """
    if descent.losses[-1] > descent.losses[0]:
        return "The loss grows: the steps are longer than the bowl allows."
    if descent.arrival is None:
        return (
            f"After {len(descent.losses) - 1} steps the loss is {descent.losses[-1]:.3g}, and never stays below {NEAR}."
        )
    text = f"The loss is below {NEAR} for good after {descent.arrival} steps."
    return (
        f"{text} Mission accomplished." if descent.mission_accomplished else f"{text} The mission allows {MOST_STEPS}."
    )


def run(optimizer: str = "SGD", learning_rate: float = 0.02, momentum: float = 0.0, turned: bool = False) -> Descent:
    """The explorer's descent for these settings."""
    return descend(make(optimizer, learning_rate, momentum), turn=30.0 if turned else 0.0)


def bowl_explorer() -> None:
    """Show the explorer of the bowl."""
    explorer(
        "explorer of a bowl",
        mission=f"a loss below {NEAR} for good, after at most {MOST_STEPS} steps.",
        train=run,
        picture=picture,
        verdict=verdict,
        solved=lambda descent: descent.mission_accomplished,
        optimizer=(("SGD", "RMSprop", "Adam"), "SGD"),
        learning_rate=(RATES, 0.02),
        momentum=(MOMENTA, 0.0),
        turned=((False, True), False),
    )
