"""The sabotage lab: nine trainings, each broken at another step. Which step is it?"""

from dataclasses import dataclass

from lessonlib.explore import faults
from lessonlib.explore.explorer import explorer
from lessonlib.explore.faults import FAULTS, LOUD, Report

# The runs in an order that gives nothing away; the first ones are the easiest.
ORDER = ("Update", "Initialization", "Validation", "Loss", "Convergence", "Backpropagation", "Iteration", "Evaluation",
         "Forward pass")  # fmt: skip
RUNS = tuple("ABCDEFGHI")
UNDECIDED = "choose one"
DIAGNOSES = (UNDECIDED, *(f"{number} {fault.step}: {fault.what}" for number, fault in enumerate(FAULTS, 1)))
FAULT = dict(zip(DIAGNOSES[1:], FAULTS, strict=True))
TOPS = (1.0, 2.0, 4.0, 17.0)  # the highest loss in the picture: the first that is enough; no loss is above 16.2


@dataclass(frozen=True)
class Run:
    """A broken training beside a healthy one that began with the same random numbers."""

    name: str
    fault: faults.Fault
    healthy: Report
    broken: Report
    instruments: bool
    diagnosis: str

    @property
    def solved(self) -> bool:
        return FAULT.get(self.diagnosis) == self.fault


def train(run: str = "A", instruments: bool = False, diagnosis: str = UNDECIDED) -> Run:
    """The run of that letter.

    >>> train("A").broken.losses[-1] > train("A").healthy.losses[-1]
    True
    """
    step = ORDER[RUNS.index(run)]
    fault = next(fault for fault in FAULTS if fault.step == step)
    return Run(run, fault, faults.train(), faults.train(step), instruments, diagnosis)


def picture():
    """Training and validation loss of both trainings, as a matplotlib figure, and what shows a run in it.

    The table below says which training is which.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    from lessonlib.style import figures

    figure = Figure(figsize=(7.2, 2.7), layout="constrained")
    panels = []
    for axes, name, colour, marker in zip(
        figure.subplots(1, 2, sharey=True),
        ("Training", "Validation"),
        (figures.BLUE, figures.ORANGE),
        "os",
        strict=True,
    ):
        (broken,) = axes.plot([], color=colour, marker=marker, markersize=4, label="this run")
        (healthy,) = axes.plot([], color=figures.MUTED, linestyle="--", label="healthy")
        axes.set(title=name, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter("{x:.1f}")
        panels.append((axes, broken, healthy, marker))
    figure.axes[0].set(ylabel="loss")

    def show(run: Run):
        top = next(top for top in TOPS if max(*run.broken.losses, *run.broken.val_losses) <= top)
        for (axes, *lines, marker), name in zip(panels, ("losses", "val_losses"), strict=True):
            for line, report in zip(lines, (run.broken, run.healthy), strict=True):
                line.set_data(range(1, len(getattr(report, name)) + 1), getattr(report, name))
            few = len(run.broken.losses) <= 2 * len(run.healthy.losses)
            lines[0].set_marker(marker if few else "none")
            axes.set(ylim=(0, top), xlim=(0, len(run.broken.losses) + 1))
        return [line for _, *lines, _ in panels for line in lines]

    return figure, show


def readings(run: Run) -> list[tuple[str, str, str]]:
    """(what is read, in the healthy training, in this run); the instruments' readings only when they are on."""
    wanted = [
        ("loss of the last epoch", "{:.3f}", lambda report: report.losses[-1]),
        ("val_loss of the last epoch", "{:.3f}", lambda report: report.val_losses[-1]),
        ("val_accuracy", "{:.3f}", lambda report: report.val_accuracy),
        ("test accuracy, as reported", "{:.3f}", lambda report: report.test_accuracy),
    ]
    if run.instruments:
        wanted += [
            ("hidden units that differ", "{} of 16", lambda report: report.different_units),
            ("bend of the scores (0: a straight line)", "{:.2f}", lambda report: report.bend),
            ("gradient check: largest error", "{:.1%}", lambda report: report.gradient_error),
            ("rows in both training and validation", "{}", lambda report: report.rows_in_both),
            ("looks at the test rows", "{}", lambda report: report.looks_at_test),
        ]
    return [(name, form.format(read(run.healthy)), form.format(read(run.broken))) for name, form, read in wanted]


def details(run: Run) -> str:
    """The readings as an HTML table."""
    rows = "".join(
        f'<tr><td>{name}</td><td class="n">{healthy}</td><td class="n">{broken}</td></tr>'
        for name, healthy, broken in readings(run)
    )
    return (
        '<table class="ll-table"><thead><tr><th scope="col">reading</th><th class="n" scope="col">healthy (dashed)</th>'
        f'<th class="n" scope="col">run {run.name} (solid)</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def verdict(run: Run) -> str:
    """What the diagnosis is worth.

    >>> verdict(train("A"))
    'Run A is broken at one of the nine steps. Compare it with the healthy run. Which step is it?'
    >>> verdict(train("A", diagnosis="7 Validation: validation rows are trained on too"))[:38]
    'Not this one. With that fault: Better '
    """
    if run.diagnosis == UNDECIDED:
        return f"Run {run.name} is broken at one of the nine steps. Compare it with the healthy run. Which step is it?"
    if not run.solved:
        return f"Not this one. With that fault: {FAULT[run.diagnosis].sign}"
    heard = "This fault is loud: the curves show it." if run.fault.kind == LOUD else (
        "This fault is silent: nobody who looks only at the curves would suspect it."
    )  # fmt: skip
    return f"Right: {run.fault.what}. {run.fault.sign} {heard}"


def mark(run: Run) -> str:
    """Whether the diagnosis is right; as long as there is none, neither."""
    return "" if run.diagnosis == UNDECIDED else "good" if run.solved else "half"


def sabotage_explorer() -> None:
    """Show the lab: choose a run, look, switch the instruments on, choose a diagnosis."""
    for step in ORDER:
        faults.train(step)  # beforehand, so that a move of the slider has only to draw
    found = set()

    def solved(run):
        found.update(run.name if run.solved else ())
        return len(found) == len(RUNS)

    def letters():
        return f" ({', '.join(sorted(found))})" if found else ""

    explorer(
        "sabotage lab",
        mission="find the broken step of each run, from A to I.",
        train=train,
        picture=picture,
        verdict=lambda run: f"{verdict(run)} Found so far: {len(found)} of 9{letters()}.",
        solved=solved,
        details=details,
        mark=mark,
        run=(RUNS, "A"),
        instruments=((False, True), False),
        diagnosis=(DIAGNOSES, UNDECIDED),
    )
