"""What strangers write as HTML or Markdown, as nbconvert shows it: nothing runs, and nothing is fetched."""

import re
from html.parser import HTMLParser

import pytest
from nbconvert.filters import markdown2html

from lessonlib.grading import harmless, strict

SCRIPTS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](\n  javascript:alert(1))",
    "[x](<java&Tab;script:alert(1)>)",
    "[x](vbscript:alert(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]:\njavascript:alert(1)\n\n[x][]",
    "<javascript:alert(1)>",
    "![x](https://elsewhere.example/seen.png)",
    "\\![x](//elsewhere.example/seen.png)",
    "![x]\n\n[x]: https://elsewhere.example/seen.png",
    "<img src='https://elsewhere.example/seen.png'>",
    "<a href='javascript:alert(1)' onclick='alert(1)'>x</a><script>alert(1)</script>",
    '`<a title="`<script>alert(1)</script>">',
    '``` x" onmouseover="alert(1)\nx\n```',
    "```&Tab;\nx\n```",
    "&lt;script>alert(1)&lt;/script>",
    "`&lt;script&gt;alert(1)&lt;/script&gt;",
    "<b title='`'>&lt;<b title='`'>script>alert(1)",
    "<<b></b>script>alert(1)<</b>/script>",
    "< script>alert(1)</ script>&amp;lt;script&amp;gt;alert(1)",
    "&lt;\\script>alert(1) &lt;&#115;cript> &lt;javascript:alert(1)>",
    "<a title='$' href='javascript&amp;colon;alert(1)'>x</a>$ [x](javascript&amp;&amp;colon;alert(1))",
]


class Found(HTMLParser):
    """What a page would run or fetch."""

    def __init__(self):
        super().__init__()
        self.bad = []

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "iframe", "object", "embed", "style", "svg", "form"):
            self.bad.append(tag)
        for name, value in attrs:
            address = re.sub(r"[\0- ]", "", value or "").lower()
            program = name == "href" and re.match(r"(?!https?:)[a-z][\w+.-]*:", address)
            fetched = name == "src" and not address.startswith("data:image/")
            if name.startswith("on") or program or fetched:
                self.bad.append((tag, name, value))


@pytest.mark.parametrize("text", SCRIPTS)
def test_nothing_runs_and_nothing_is_fetched(text):
    shown = strict.clean({"output_type": "display_data", "data": {"text/markdown": text}}, harmless.Page())
    for markdown in (harmless.markdown(text), shown["data"]["text/markdown"] if shown else ""):
        found = Found()
        found.feed(markdown2html(markdown))
        assert not found.bad


def test_what_an_honest_student_writes_stays_as_it_is():
    text = (
        "**Why?** See [Keras](https://keras.io/) and [below](#end): $x_1 < 3$, `a[0](x)`.\n\n1. one\n2. two & 3\n\n"
        "> $$\\begin{aligned} a & > 1 \\\\ b & <= 2 \\end{aligned}$$\n\n```\nif a < 1 && b >= 2 -> 'x'\n```\n"
    )
    assert harmless.markdown(text) == text
    shown = markdown2html(text)
    assert "$x_1 &lt; 3$" in shown and "if a &lt; 1 &amp;&amp; b &gt;= 2 -&gt; 'x'" in shown


def test_a_sign_before_a_letter_is_shown_and_begins_no_tag():
    shown = markdown2html(harmless.markdown("`a<b` $c<d >e$ e<f <<b>g</b> <x> <details open>h</details>"))
    assert "<code>a&lt; b</code> $c&lt; d &gt;e$ e&lt; f &lt;" in shown
    assert "&lt; x&gt; <details>h</details>" in shown
    assert "<b>g</b>" in shown


def test_too_much_of_it_in_one_notebook_is_left_out():
    page, honest = harmless.Page(), "<b>bold</b>" * 10_000
    assert page.harmless("text/html", "x" * 10**7) == "", "and does not count"
    kept = [bool(page.harmless(kind, honest)) for _ in range(50) for kind in ("text/html", "text/markdown")]
    assert kept == [True] * 30 + [False] * 70


def test_long_text_is_cut_and_says_so():
    cut = harmless.markdown("\\begin{a}" * 100_000)
    assert len(cut) < harmless.MARKDOWN + 100
    assert cut.endswith("(880,000 more characters stand in the submission.)")


def test_colours_by_the_thousand_are_dropped():
    def shown(times):
        return strict.clean({"output_type": "stream", "text": "\x1b[31mred\x1b[0m" * times}, harmless.Page())["text"]

    assert "\x1b" in shown(100)
    assert "\x1b" not in shown(10_000)
