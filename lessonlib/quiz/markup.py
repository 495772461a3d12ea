"""The small markup of questions: `code`, fenced code, **bold**, *italic* and $mathematics$. All else is plain text."""

import re
from html import escape, unescape

FENCE = re.compile(r"^```[\w-]*[ ]*\n(.*?)^```[ ]*$", re.DOTALL | re.MULTILINE)
FENCE_LINE = re.compile(r"^```", re.MULTILINE)
CODE = r"`(?P<code>[^`]+)`"
# Stars open and close only at the edge of words, so 2 * 3, 2*3*4 and 2**3 stay as they are.
BOLD = r"(?<!\w)\*\*(?P<bold>\S(?:.*?\S)??)\*\*(?!\w)"
ITALIC = r"(?<![\w*])\*(?P<italic>[^\s*](?:[^*]*[^\s*])?)\*(?![\w*])"
# As in Pandoc, so that $5 and $10 stay as they are. TeX is left for the page to typeset.
MATH = r"\$(?P<math>[^\s$`](?:[^$`]*[^\s$`])?)\$(?!\d)"
INLINE = re.compile(f"{CODE}|{MATH}|{BOLD}|{ITALIC}")
CLOSED = re.compile(f"{CODE}|{MATH}|{BOLD}")
OPENED = re.compile(r"(?<!\w)\*\*(?=\S)")
TAG = {"code": "code", "bold": "b", "italic": "em"}


def to_html(text: str) -> str:
    """HTML for `text`. What is not markup is escaped, so no text can smuggle in a tag.

    One paragraph comes back without a `<p>`, fit for the inside of a label.

    Raises ValueError when a fenced block or ** is not closed.

    >>> to_html("Is `a < b` **always** true?")
    'Is <code>a &lt; b</code> <b>always</b> true?'
    """
    if len(FENCE_LINE.findall(text)) % 2:
        raise ValueError("a code block is opened with ``` and not closed; write ``` alone on the line after it")
    prose_and_code = FENCE.split(text.strip() + "\n")
    if any(OPENED.search(CLOSED.sub("x", prose)) for prose in prose_and_code[0::2]):
        raise ValueError("** is opened and not closed on the same line; close it, or put it between backticks")
    blocks = []
    for prose, code in zip(prose_and_code[0::2], [*prose_and_code[1::2], None], strict=True):
        blocks += [f"<p>{_inline(part.strip())}</p>" for part in re.split(r"\n[ ]*\n", prose) if part.strip()]
        if code is not None:
            blocks.append(f"<pre><code>{escape(code.rstrip())}</code></pre>")
    if len(blocks) == 1:
        return blocks[0].removeprefix("<p>").removesuffix("</p>")
    return "".join(blocks)


def to_text(html: str) -> str:
    """The words of HTML made by `to_html`, for places that show no HTML.

    >>> to_text(to_html("Is `a < b` **always** true?"))
    'Is a < b always true?'
    """
    words = re.sub(r"<[^>]+>", "", html.replace("</p>", "\n").replace("</pre>", "\n"))
    return unescape(words).strip()


def _inline(text: str) -> str:
    html, end = [], 0
    for match in INLINE.finditer(text):
        content = match[match.lastgroup]
        if match.lastgroup == "math":
            html += [escape(text[end : match.start()]), f'<span class="math">${escape(content)}$</span>']
            end = match.end()
            continue
        inner = escape(content) if match.lastgroup == "code" else _inline(content)
        tag = TAG[match.lastgroup]
        html += [escape(text[end : match.start()]), f"<{tag}>{inner}</{tag}>"]
        end = match.end()
    return "".join(html) + escape(text[end:])
