"""HTML and Markdown of strangers, without what a browser could run, and in bounded time.

The parser looks through all elements that are open at every step, and through all attributes at every attribute: a
page of a million small pieces, one in the other, would keep it busy for hours. Nobody writes such a page by accident.
"""

import functools
import re
from html import escape

import bleach
from bleach import html5lib_shim
from bleach.css_sanitizer import CSSSanitizer

LONGEST = 200_000  # characters
ALTOGETHER = 2_000_000  # characters in the outputs of one notebook; the solutions of the course show 630,000
ATTRIBUTES = 100  # of one element
STEPS = 400_000  # through open elements; the largest page of the course takes 8,000
MARKDOWN = 20_000  # characters; nbconvert looks for the end of a formula from each of its beginnings
REMEMBERED = 20_000  # characters; 100 of that length at most are kept in memory
TAGS = (
    "a b blockquote br caption code dd details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img li ol p pre "
    "small span strong sub summary sup table tbody td tfoot th thead tr u ul"
).split()
ATTRIBUTES_OF = {
    "*": ["class", "title", "style", "role", "aria-label"],
    "a": ["href"],
    "img": lambda tag, name, value: name in ("alt", "width") or (name == "src" and value.startswith("data:image/")),
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
STYLES = CSSSanitizer(
    allowed_css_properties=["color", "background-color", "text-align", "font-weight", "width", "height", "padding"]
)
# What stands between ] and the address of a link, where the address may be one of a script, or hide that it is.
ADDRESS = re.compile(r"\](?=[(:]\s*(?!https?://)[^\s)]*[:&\\<])")
# The first line of a code block: what looks like a space only later on makes nbconvert's parser stumble.
FENCE = re.compile(r"(?:`{3,}|~{3,})[^\n]*&[^\n]*")
# A sign that begins no tag, or none that is known: HTML would take all for a tag that stands up to the next ">".
SIGN = re.compile(rf"<(?!!--|/?(?:{'|'.join(TAGS)})(?:\s*/?>|\s+(?:[\w-]+\s*=|open\s*>)))", re.IGNORECASE)
# Behind it a browser could see a tag; then it gets a space: `a<b` is shown as `a< b`.
LESS = re.compile(r"&lt;(?![\s\d=$`])")
AND = re.compile(r"&amp;(?=&amp;|\s)")


class Page:
    """The outputs of one notebook: from the place on where they are too much together, they are left out."""

    def __init__(self):
        self.left = ALTOGETHER

    def harmless(self, mime, text):
        """`text` of the kind "text/html" or "text/markdown" without what a browser could run."""
        if mime == "text/html" and len(text) > LONGEST:
            return ""
        self.left -= len(text) if mime == "text/html" else min(len(text), MARKDOWN)
        if self.left < 0:
            return ""
        return html(text) if mime == "text/html" else markdown(text)


class _TooMuch(Exception):
    """A page that would keep the parser busy."""


class _Tokenizer(html5lib_shim.BleachHTMLTokenizer):
    def __iter__(self):
        for token in super().__iter__():
            tree = self.parser.tree
            self.parser.count(1 + len(tree.openElements) * (1 + len(tree.activeFormattingElements)))
            yield token

    def attributeNameState(self):
        if len(self.currentToken["data"]) > ATTRIBUTES:
            raise _TooMuch
        return super().attributeNameState()


class _Parser(html5lib_shim.BleachHTMLParser):
    def __init__(self):
        super().__init__(TAGS, strip=True, consume_entities=False, namespaceHTMLElements=False)
        self.steps, self.moved = 0, 0
        self._before_table = self.tree.getTableMisnestedNodePosition
        self.tree.getTableMisnestedNodePosition = self._move

    def _parse(self, stream, innerHTML=False, container="div", scripting=True, **more):
        self.innerHTMLMode, self.container, self.scripting = innerHTML, container, scripting
        self.tokenizer = _Tokenizer(stream=stream, consume_entities=self.consume_entities, parser=self, **more)
        self.reset()
        self.mainLoop()

    def _move(self):
        """What does not belong into a table goes before it, behind all that went there already."""
        self.moved += 1
        self.count(self.moved)
        return self._before_table()

    def count(self, steps):
        self.steps += steps
        if self.steps > STEPS:
            raise _TooMuch


def html(text):
    """HTML without scripts, forms, frames and addresses outside the page; "" where that would take too long.

    >>> html("<b>bold</b><script>alert(1)</script>"), html("<div>" * 30_000)
    ('<b>bold</b>alert(1)', '')
    """
    if len(text) > LONGEST:
        return ""
    return _remembered(text) if len(text) <= REMEMBERED else _cleaned(text)


def markdown(text):
    """Markdown without such HTML, pictures from elsewhere, and links to programs; its beginning if it is long.

    >>> print(markdown("[a](javascript:b) [c](https://d.org) ![e](https://f.org/g.png)"))
    [a]\\(javascript:b) [c](https://d.org) ! [e](https://f.org/g.png)
    >>> print(markdown("> `a < b`, $c<d$"))
    > `a < b`, $c< d$
    """
    rest = len(text) - MARKDOWN
    text = text[:MARKDOWN]
    text = (html(SIGN.sub("&lt;", text)) or escape(text, quote=False)).replace("![", "! [")
    # Markdown writes such signs as HTML wants them, once more in formulas and in code.
    text = AND.sub("&", LESS.sub("< ", text).replace("&lt;", "<").replace("&gt;", ">"))
    text = FENCE.sub(lambda found: found[0].replace("&", "&amp;"), ADDRESS.sub(r"]\\", text))
    return f"{text}\n\n({rest:,} more characters stand in the submission.)" if rest > 0 else text


def _cleaned(text):
    protocols = ["http", "https", "data"]
    cleaner = bleach.Cleaner(TAGS, ATTRIBUTES_OF, protocols, strip=True, css_sanitizer=STYLES)
    cleaner.parser = _Parser()
    try:
        return cleaner.clean(text)
    except (_TooMuch, RecursionError):  # the second one comes from styles
        return ""


# A class shows the same tables and cards again and again, and to clean one takes milliseconds.
_remembered = functools.lru_cache(maxsize=100)(_cleaned)
