"""The pictures of the report, as SVG in the page's colours."""

from matplotlib.figure import Figure

from lessonlib.report.numbers import ClassNumbers
from lessonlib.style import figures

BINS = 10


def scores(numbers: ClassNumbers) -> str:
    """How many students have earned which share of the points."""
    counts = histogram(numbers.shares)
    with figures.colours():
        figure = Figure(figsize=(7.2, 2.6), layout="constrained")
        axes = figure.subplots()
        axes.bar([10 * place + 5 for place in range(BINS)], counts, width=9, color=figures.BLUE)
        axes.set(xlabel="points earned (%)", ylabel="students", xlim=(0, 100), xticks=range(0, 101, 10))
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.grid(axis="x", visible=False)
        axes.set_axisbelow(True)
        told = "; ".join(f"{10 * place} to {10 * place + 10} %: {count}" for place, count in enumerate(counts) if count)
        return figures.svg(figure, f"How many students earned which share of the points. {told}.")


def histogram(shares: list[float]) -> list[int]:
    """How many of the shares fall into each tenth; 1 belongs to the last.

    >>> histogram([0.0, 0.05, 0.1, 0.999, 1.0])
    [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    """
    counts = [0] * BINS
    for share in shares:
        counts[min(BINS - 1, int(share * BINS + 1e-9))] += 1
    return counts


def items(numbers: ClassNumbers) -> str:
    """A bar for each item, as long as the share of its points that was earned, with its discrimination behind it."""
    colours = {"exercise": figures.BLUE, "question": figures.ORANGE, "manual": figures.PURPLE}
    shown = numbers.items
    with figures.colours():
        figure = Figure(figsize=(7.2, 0.8 + 0.28 * len(shown)), layout="constrained")
        axes = figure.subplots()
        for kind, colour in colours.items():
            places = [place for place, item in enumerate(shown) if item.kind == kind]
            shares = [100 * shown[place].difficulty for place in places]
            if places:
                axes.barh(places, shares, color=colour, height=0.66, label=kind)
        for place, item in enumerate(shown):
            text = "" if item.discrimination is None else f"  discrimination {item.discrimination:.2f}"
            axes.text(101, place, text, va="center", fontsize=8.5, color=figures.MUTED)
        axes.set_yticks(range(len(shown)), [item.name for item in shown], fontsize=9)
        axes.set(xlabel="points earned (% of what there is)", xlim=(0, 100), xticks=range(0, 101, 20))
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_axisbelow(True)
        figure.legend(loc="outside upper left", ncols=3, fontsize="small")
        told = "; ".join(f"{item.name}: {100 * item.difficulty:.0f} %" for item in shown)
        return figures.svg(figure, f"The share of its points that each item earned. {told}.")
