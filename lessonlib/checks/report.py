"""A verdict as HTML and as plain text."""

import re
from itertools import groupby
from operator import attrgetter

from lessonlib.style import escape, page

SHOWN = 4  # wrong cases shown at once; the others wait behind a click


def html(verdict):
    """Return the report as one framed piece of HTML."""
    if not verdict.results:
        look = "ll-card"  # nothing was tried, so nothing is wrong
    elif verdict.score == verdict.points:
        look = "ll-card good"
    else:
        look = "ll-card half" if verdict.score else "ll-card bad"
    wrong = [result for result in verdict.results if result.wrong]
    right = [result for result in verdict.results if not result.wrong]
    parts = [f'<div class="ll-head"><b><code>{escape(verdict.name)}</code></b><span>{_points(verdict)}</span></div>']
    if verdict.results:
        percent = 100 * verdict.score / verdict.points
        parts.append(f'<span class="ll-bar"><i style="width:{percent:.0f}%"></i></span>')
    headline = "".join(f"<p>{_inline(line)}</p>" for line in _headline(verdict))
    parts.append(f'<div class="{look}">{headline}</div>')
    if wrong:
        parts.append(_case_table(wrong[:SHOWN], verdict.noun))
    if wrong[SHOWN:]:
        parts.append(
            _fold(
                f"{_count(len(wrong[SHOWN:]), f'more wrong {verdict.noun}')}", _case_table(wrong[SHOWN:], verdict.noun)
            )
        )
    if right:
        parts.append(_fold(f"{_count(len(right), f'right {verdict.noun}')}", _case_table(right, verdict.noun)))
    parts += [f'<p class="ll-muted">{_inline(note)}</p>' for note in verdict.notes]
    parts.append(_nested_hints(verdict.hints, 1))
    return page("".join(parts), f"Check of {verdict.name}: {_points(verdict)}")


def text(verdict):
    """Return the report as plain text.

    >>> from lessonlib.checks.judge import CaseResult, Verdict
    >>> print(text(Verdict("double", 1.0, 0.0, "", (CaseResult("double(2)", "2", "4", "off by 2.0"),))))
    double: 0 of 1 point
    0 of 1 case is right.
      double(2)
        came back: 2
        expected:  4   (off by 2.0)
    """
    lines = [f"{verdict.name}: {_points(verdict)}", *_headline(verdict)]
    for call, group in _by_call(result for result in verdict.results if result.wrong):
        lines += [f"  {line}" for line in call.splitlines()]
        for result in group:
            lines.append(f"    came back: {result.came_back}")
            lines.append(f"    expected:  {result.expected}   ({result.wrong})")
    lines += verdict.notes
    if verdict.hints:
        lines.append(f"Hint: {verdict.hints[0]}")
    return "\n".join(lines)


def lines_html(lines):
    """Return the lines of code to order as HTML."""
    rows = [f"       {escape(lines.head)}"]
    rows += [f"<b>{letter}</b>          {escape(line)}" for letter, line in lines.lines.items()]
    code = "\n".join(rows)
    return page(f'<div class="ll-scroll"><pre>{code}</pre></div>', "Lines of code to put in order")


def lines_text(lines):
    """Return the lines of code to order as plain text.

    >>> from lessonlib.checks.cases import Lines
    >>> print(lines_text(Lines("def mean(x):", {"A": "return total / len(x)", "B": "total = sum(x)"})))
    def mean(x):
      A      return total / len(x)
      B      total = sum(x)
    """
    return "\n".join([lines.head, *(f"  {letter}      {line}" for letter, line in lines.lines.items())])


def _headline(verdict):
    lines = [verdict.remark] if verdict.remark else []
    if verdict.results:
        results, passed = _count(len(verdict.results), verdict.noun), verdict.passed
        if passed == len(verdict.results):
            lines.append(f"Right: {results}, all {'reached' if verdict.noun == 'goal' else 'as expected'}.")
        else:
            done = "reached in every run" if verdict.noun == "goal" else "right"
            lines.append(f"{share(passed, len(verdict.results), verdict.noun)} {done}.")
    return lines


def share(passed, number, noun):
    """How many of them are, in words.

    >>> share(1, 6, "case"), share(2, 6, "case"), share(0, 1, "goal")
    ('1 of 6 cases is', '2 of 6 cases are', '0 of 1 goal is')
    """
    return f"{passed} of {_count(number, noun)} {'is' if 1 in (passed, number) else 'are'}"


def _points(verdict):
    return f"{verdict.score:g} of {_count(verdict.points, 'point')}"


def _count(number, noun):
    return f"{number:g} {noun}{'' if number == 1 else 's'}"


def _inline(line):
    """Escape a sentence; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(line, quote=False))


HEADS = {"case": ("call", "came back", "expected"), "goal": ("goal", "measured", "asked for")}


def _case_table(results, noun):
    rows = []
    for result, call in _with_calls(results, noun):
        why = f'<br><span class="ll-muted">{_inline(result.wrong)}</span>' if result.wrong else ""
        look = ' class="ll-wrong"' if result.wrong else ""
        rows.append(
            f"<tr>{call}<td{look}><code>{escape(result.came_back)}</code>{why}</td>"
            f"<td><code>{escape(result.expected)}</code></td></tr>"
        )
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS[noun])
    return (
        f'<div class="ll-scroll"><table class="ll-table"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _by_call(results):
    return groupby(results, key=attrgetter("call"))


def _with_calls(results, noun):
    """Each result with its cell for the call. Goals that are measured alike share the cell of the first."""
    for call, group in _by_call(results):
        group = list(group)
        span = f' rowspan="{len(group)}"' if len(group) > 1 else ""
        yield group[0], f"<td{span}>{_call(call, noun)}</td>"
        yield from ((result, "") for result in group[1:])


def _call(call, noun):
    """A call as code; the use of an object as a small program, its last line being the one that is told about."""
    if noun == "goal":
        return escape(call)
    *above, last = call.split("\n")
    if not above:
        return f"<code>{escape(call)}</code>"
    lines = "".join(f"{escape(line)}\n" for line in above)
    return f"<pre>{lines}<b>{escape(last)}</b></pre>"


def _fold(summary, body):
    return f'<details><summary class="ll-muted">{escape(summary)}</summary>{body}</details>'


def _nested_hints(hints, number):
    """Each hint opens the next one, so nobody sees the last before the first."""
    if not hints:
        return ""
    return _fold(f"Hint {number}", f"<p>{_inline(hints[0])}</p>{_nested_hints(hints[1:], number + 1)}")
