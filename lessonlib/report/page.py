"""The report as one HTML page that needs nothing else: no network, no script."""

from statistics import fmean, median

from lessonlib.quiz.markup import to_html
from lessonlib.report import plots
from lessonlib.report.numbers import ClassNumbers, share, states
from lessonlib.report.similarity import Pair
from lessonlib.style import CSS_OF_PAGES, escape

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{css}
body {{ margin: 0 auto; max-width: 860px; padding: 16px; background: #fff; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0d1013; }} }}
.ll h1 {{ font-size: 22px; margin: 0 0 4px; }} .ll h2 {{ font-size: 16px; margin: 0 0 6px; }}
@media print {{ .ll {{ break-inside: avoid; }} }}
</style>
<body>
<main>
{body}
</main>
</body>
</html>
"""
FEW = "Fewer than ten graded submissions: too few to say how an item discriminates."


def page(numbers: ClassNumbers, pairs: list[Pair]) -> str:
    """The whole page."""
    sections = (_head, _distribution, _items, _misconceptions, _attention)
    body = "\n".join([*(section(numbers) for section in sections), _similar(pairs), _students(numbers)])
    return PAGE.format(title=escape(f"{numbers.lesson}: class report"), css=CSS_OF_PAGES, body=body)


def _section(heading, *parts):
    return f'<section class="ll" aria-label="{escape(heading)}"><h2>{escape(heading)}</h2>{"".join(parts)}</section>'


def _table(head, rows):
    """A table; each column is (heading, whether it holds numbers)."""
    heads = "".join(f'<th scope="col"{" class=n" if number else ""}>{escape(text)}</th>' for text, number in head)
    lines = "".join(
        "<tr>"
        + "".join(f"<td{' class=n' if head[place][1] else ''}>{cell}</td>" for place, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    table = f'<table class="ll-table"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
    return f'<div class="ll-scroll">{table}</div>'


def _head(numbers):
    counted = ", ".join(f"{count} {state}" for state, count in sorted(states(numbers.records).items()))
    middle, longest = numbers.seconds
    chips = [counted or "no submissions"]
    if numbers.shares:
        shares = [100 * value for value in numbers.shares]
        chips += [f"mean {fmean(shares):.0f} %", f"median {median(shares):.0f} %"]
    chips.append(f"run time: median {middle:.1f} s, longest {longest:.1f} s")
    spans = " ".join(f'<span class="ll-chip">{escape(chip)}</span>' for chip in chips)
    return (
        f'<section class="ll" aria-label="Class report"><h1>{escape(numbers.lesson)}</h1>'
        f'<p class="ll-muted">{len(numbers.records)} submissions</p><p>{spans}</p></section>'
    )


def _distribution(numbers):
    return _section("Scores", plots.scores(numbers) if numbers.shares else "<p>Nothing is graded yet.</p>")


def _items(numbers):
    rows = [
        (
            f"<code>{escape(item.name)}</code>",
            item.kind,
            f"{item.points:g}",
            f"{100 * item.difficulty:.0f} %",
            item.full,
            item.none,
            "–" if item.discrimination is None else f"{item.discrimination:.2f}",
        )
        for item in numbers.items
    ]
    head = (("item", 0), ("kind", 0), ("points", 1), ("earned", 1), ("full", 1), ("none", 1), ("discrimination", 1))
    about = (
        '<p class="ll-muted">Discrimination is the correlation of an item with all other points. Near 0, the item does '
        "not tell strong from weak; below 0, look at its wording.</p>"
    )
    few = "" if any(item.discrimination is not None for item in numbers.items) else f'<p class="ll-muted">{FEW}</p>'
    picture = plots.items(numbers) if rows else ""
    return _section("Items", picture, few, about, _table(head, rows))


def _misconceptions(numbers):
    if not numbers.misconceptions:
        return _section("Misconceptions", "<p>No known one was recognised.</p>")
    rows = [
        (
            len(found.students),
            f"<code>{escape(found.where)}</code>",
            to_html(found.says),
            escape(_names(found.students)),
        )
        for found in numbers.misconceptions
    ]
    return _section(
        "Misconceptions",
        _table((("students", 1), ("where", 0), ("the sentence that helps", 0), ("who", 0)), rows),
    )


def _names(students):
    """The first names of a list, and how many more there are."""
    return ", ".join(students[:6]) + (f" and {len(students) - 6} more" if len(students) > 6 else "")


def _attention(numbers):
    if not numbers.attention:
        return _section("Who needs attention", "<p>Nobody stands out.</p>")
    rows = [(escape(one.student), escape("; ".join(one.reasons))) for one in numbers.attention]
    return _section("Who needs attention", _table((("student", 0), ("why", 0)), rows))


def _similar(pairs):
    about = (
        '<p class="ll-muted">Fingerprints of the code, without names and layout, and without what many share. '
        "A reason to read both, not a verdict: short exercises have few ways to be solved.</p>"
    )
    if not pairs:
        return _section("Similar code", about, "<p>No two stand out.</p>")
    rows = [(escape(pair.one), escape(pair.other), f"{100 * pair.alike:.0f} %", pair.shared) for pair in pairs[:50]]
    head = (("student", 0), ("student", 0), ("alike", 1), ("fingerprints", 1))
    return _section("Similar code", about, _table(head, rows))


def _students(numbers):
    rows = [
        (
            escape(record.student),
            f"{record.score:g} of {record.points:g}" if record in numbers.graded else "–",
            f"{100 * share(record):.0f} %" if record in numbers.graded else "–",
            escape(record.state),
            escape(" ".join(record.instructor)),
        )
        for record in numbers.records
    ]
    head = (("student", 0), ("points", 1), ("share", 1), ("state", 0), ("remarks", 0))
    return _section("Students", _table(head, rows))
