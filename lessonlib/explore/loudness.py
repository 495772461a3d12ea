"""Which faults are loud, and which are silent: all nine of the sabotage lab, each with several starts."""

from dataclasses import dataclass

from lessonlib.explore import faults
from lessonlib.explore.faults import FAULTS, LOUD


@dataclass(frozen=True)
class Loudness:
    """The validation losses in which the healthy trainings and those with each fault ended."""

    healthy: tuple[float, ...]
    broken: tuple[tuple[float, ...], ...]  # in the order of FAULTS

    @property
    def loud(self) -> int:
        """How many of the faults the curves show."""
        return sum(fault.kind == LOUD for fault in FAULTS)

    def rows(self) -> list[tuple[str, tuple[float, ...], str]]:
        """(name, validation losses, kind), the healthy ones first."""
        faulty = zip(FAULTS, self.broken, strict=True)
        named = [(f"{n} {fault.step}: {fault.what}", ends, fault.kind) for n, (fault, ends) in enumerate(faulty, 1)]
        return [("healthy", self.healthy, ""), *named]

    def __repr__(self):
        return "\n".join(
            f"{name:56s} {min(ends):6.3f} to {max(ends):6.3f}  {kind}".rstrip() for name, ends, kind in self.rows()
        )

    def _repr_html_(self):
        from lessonlib import style
        from lessonlib.style import figures

        with figures.colours():
            drawing = figures.svg(draw(self), alt=f"Validation loss at the end of each training. {self!r}")
        body = "".join(
            f'<tr><td>{name}</td><td class="n">{min(ends):.3f} to {max(ends):.3f}</td><td>{kind}</td></tr>'
            for name, ends, kind in self.rows()
        )
        head = (
            '<th scope="col">training</th><th class="n" scope="col">val_loss at the end</th><th scope="col">fault</th>'
        )
        return style.page(
            f'<div class="ll-head"><b>Nine faults</b><span>{len(self.healthy)} trainings each</span></div>{drawing}'
            f'<table class="ll-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>',
            "nine faults compared",
        )


def loudness(starts: int = 10) -> Loudness:
    """Train healthy and with each of the nine faults, from this many different first weights each.

    >>> loudness(2).loud
    5
    """
    ends = [[faults.train(step, seed).val_losses[-1] for seed in range(starts)] for step in (None, *_steps())]
    return Loudness(tuple(ends[0]), tuple(map(tuple, ends[1:])))


def _steps():
    return [fault.step for fault in FAULTS]


def draw(result: Loudness):
    """A dot for each training, as a matplotlib figure."""
    from matplotlib.figure import Figure

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(min(result.healthy), max(result.healthy), color=figures.LINE)
    for place, (fault, ends) in enumerate(zip(FAULTS, result.broken, strict=True)):
        marker, colour = ("o", figures.RED) if fault.kind == LOUD else ("s", figures.BLUE)
        axes.plot(ends, [place] * len(ends), marker, color=colour, markersize=5, alpha=0.7)
    axes.set(xscale="log", xlabel="validation loss at the end (grey band: the healthy trainings)")
    axes.set_xticks([0.2, 0.5, 1, 2, 5, 10], ["0.2", "0.5", "1", "2", "5", "10"])
    axes.minorticks_off()
    axes.set_yticks(range(len(FAULTS)), [f"{number} {step}" for number, step in enumerate(_steps(), 1)])
    axes.invert_yaxis()
    return figure
