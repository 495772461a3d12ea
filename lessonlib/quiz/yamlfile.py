"""Reading quiz.yaml and misconceptions.yaml so that every complaint can name its line.

All values stay the text that was written: `no`, `1.10` and `None` are what the author typed,
not False, 1.1 and nothing.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from textwrap import shorten

import yaml

from lessonlib.quiz.errors import QuizError
from lessonlib.quiz.markup import to_html
from lessonlib.quiz.numbers import to_number

INDENT_REMEDY = "Indent with spaces, not with tabs"
QUOTE_REMEDY = (
    "Text that begins with ` or * or holds ': ' needs quotation marks around it, "
    "or a | after the key and the text indented on the next lines"
)


class Entry:
    """One mapping of the file: the values of its keys, and the line each stands on.

    Every method that reads a value takes the words that say, in the error, what should have stood there.
    `where` says which question it belongs to, once that is known.
    """

    def __init__(self, node: yaml.Node, file: str, where: str = ""):
        self.file, self.where, self.line = file, where, node.start_mark.line + 1
        self._nodes: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        if not isinstance(node, yaml.MappingNode):
            raise self.error(f"found {_shown(node)} where lines of 'key: value' were expected")
        self._twice: list[tuple[str, int]] = []
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else _shown(key_node)
            if key in self._nodes:
                self._twice.append((key, key_node.start_mark.line + 1))
            self._nodes[key] = value_node
            # A block below its key begins a line later than it; what is said is about the key.
            own_line = isinstance(value_node, yaml.MappingNode)
            self._lines[key] = (key_node if own_line else value_node).start_mark.line + 1

    def error(self, problem: str, key: str | None = None, line: int | None = None) -> QuizError:
        """The error to raise, about `key` where it is there, else about the whole entry."""
        if line is None:
            line = self._lines.get(key, self.line)
        where = f", {self.where}" if self.where else ""
        return QuizError(f"{self.file}, line {line}{where}: {problem}.")

    def allow(self, *keys: str) -> None:
        """Refuse every key that is not one of `keys`, and one that stands twice."""
        for key, line in self._twice:
            raise self.error(f"the key {key!r} stands here twice; keep one of them", line=line)
        for key in self._nodes:
            if key not in keys:
                raise self.error(f"unknown key {key!r}; the keys allowed here are {', '.join(keys)}", key)

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    @property
    def keys(self) -> list[str]:
        """The keys in the order they stand."""
        return list(self._nodes)

    def text(self, key: str, expected: str, default: str | None = None) -> str:
        """The text of `key`, without the space around it."""
        if key not in self._nodes:
            if default is not None:
                return default
            raise self.error(f"{key} is missing; add '{key}:' with {expected}")
        node = self._nodes[key]
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(f"{key} is {_shown(node)}, expected {expected}", key)
        if not node.value.strip():
            raise self.error(f"{key} is empty, expected {expected}", key)
        return node.value.strip()

    def code(self, key: str, expected: str) -> str:
        """The text of `key` with the space it begins with, which matters in code."""
        self.text(key, expected)
        return self._nodes[key].value.rstrip().lstrip("\n")

    def texts(self, key: str, expected: str) -> list[str]:
        """The texts of `key`: a list, or a single one."""
        node = self._nodes.get(key)
        if not isinstance(node, yaml.SequenceNode):
            return [self.text(key, expected)]
        for item in node.value:
            if not isinstance(item, yaml.ScalarNode) or not item.value.strip():
                raise self.error(f"{key} holds {_shown(item)}, expected {expected}", line=item.start_mark.line + 1)
        return [item.value.strip() for item in node.value]

    def prose(self, key: str, expected: str) -> str:
        """The text of `key`, checked to be markup that can be shown."""
        text = self.text(key, expected)
        try:
            to_html(text)
        except ValueError as error:
            raise self.error(f"in {key}, {error}", key) from None
        return text

    def number(self, key: str, expected: str, default: str | None = None) -> Fraction:
        """The number of `key`, exactly as written: 0.1 is one tenth."""
        text = self.text(key, expected, default)
        try:
            return to_number(text)
        except ValueError:
            raise self.error(f"{key} is {text!r}, expected {expected}, like 20, 0.25 or 1e-3", key) from None

    def flag(self, key: str, default: bool) -> bool:
        """True or False."""
        text = self.text(key, "true or false", "true" if default else "false")
        if text not in ("true", "false"):
            raise self.error(f"{key} is {text!r}, expected true or false", key)
        return text == "true"

    def entry(self, key: str, expected: str) -> Entry:
        """The mapping under `key`."""
        node = self._nodes[key]
        if not isinstance(node, yaml.MappingNode):
            raise self.error(f"{key} is {_shown(node)}, expected {expected}", key)
        return Entry(node, self.file, f"{key!r}")

    def entries(self, key: str, expected: str, minimum: int) -> list[Entry]:
        """The list of mappings under `key`, at least `minimum` of them."""
        node = self._nodes.get(key)
        if node is None and minimum == 0:
            return []
        if node is None:
            raise self.error(f"{key} is missing; add '{key}:' with {expected}")
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(f"{key} is {_shown(node)}, expected {expected}", key)
        if len(node.value) < minimum:
            raise self.error(f"{key} has {len(node.value)} entries, expected {expected}", key)
        return [Entry(item, self.file, self.where) for item in node.value]


def load(path: str | Path) -> Entry:
    """The whole file as one entry. Raises QuizError when it cannot be read or is not YAML."""
    try:
        text = Path(path).read_text("utf-8")
    except FileNotFoundError:
        raise QuizError(f"{path}: there is no such file; a lesson's questions stand in quiz.yaml.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise QuizError(f"{path}, line {line}: this is not UTF-8 text; save the file as UTF-8.") from None
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1
        raise QuizError(f"{path}, line {line}: not valid YAML: {error.problem}. {remedy(error)}.") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise QuizError(f"{path}, line {line}: a character that YAML does not allow. Delete it.") from None
    if node is None:
        raise QuizError(f"{path}, line 1: the file is empty. Begin with 'title:' and 'questions:'.")
    return Entry(node, str(path))


def remedy(error: yaml.MarkedYAMLError) -> str:
    """What to do about text that is not YAML, as a sentence without its full stop."""
    return INDENT_REMEDY if r"\t" in error.problem else QUOTE_REMEDY


def _shown(node: yaml.Node) -> str:
    """What stands there, in a few words of an error message."""
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if isinstance(node, yaml.MappingNode):
        return "a group of keys"
    return repr(shorten(node.value, 60)) if node.value else "nothing"
