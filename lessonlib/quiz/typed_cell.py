"""Typed answers, read from the text of a notebook's cells: nothing of it is run, so anybody's may be read.

The look at a lesson before it is handed in, the build, and grading all read them here: what one counts, all count.
"""

import ast
import re

CALL = re.compile(r"\btyped\s*\(")
CELL = 20_000  # characters; no cell of answers is longer, and Python's parser takes its time
ANSWER = 200
UNREAD = "A call of quiz.typed cannot be read, so it does not count; write it on lines of its own, in plain Python."


def read(sources, questions):
    """Return the answers in the calls of `quiz.typed` in these sources of code cells, and what cannot be read.

    The first is {question: answer}, of plain texts, numbers and lists, as they stand in calls that are statements of
    their own; as in a run, a later answer, also a blank one, takes the place of an earlier one. The second is a list
    of sentences. `questions` are the names there are.

    >>> read(['import math', 'quiz.typed(a="B", b=open("x"), c="", d=[])'], ["a", "b", "c", "d"])
    ({'a': 'B'}, ["The typed answer to 'b' is no plain text or number, so it does not count."])
    >>> read(['if True: quiz.typed(a="B")'], ["a"])[1] == [UNREAD]
    True
    """
    answers, problems = {}, []
    for source in filter(CALL.search, sources):
        plain, others = _calls(source)
        problems += [UNREAD] * others
        for name, node in ((keyword.arg, keyword.value) for call in plain for keyword in call.keywords):
            try:
                answer = _answer(node)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                unread = f"The typed answer to {name!r} is no plain text or number, so it does not count."
                problems += [UNREAD] if name is None else [unread] * (name in questions)
                continue
            if name in questions:
                answers[name] = answer
    return {name: answer for name, answer in answers.items() if answer != ""}, list(dict.fromkeys(problems))


def _calls(source):
    """(the calls of `typed` that are statements of the cell, whether there are, or may be, others)."""
    try:
        if len(source) > CELL:
            raise ValueError("too long")
        tree = ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return [], True
    values = [statement.value for statement in tree.body if isinstance(statement, (ast.Expr, ast.Assign))]
    plain = [value for value in values if _is_call(value)]
    return plain, len(plain) < sum(map(_is_call, ast.walk(tree)))


def _is_call(node):
    return isinstance(node, ast.Call) and "typed" in (getattr(node.func, "attr", ""), getattr(node.func, "id", ""))


def _answer(node):
    """The answer that a piece of syntax is, "" for a blank one. Raises ValueError, and what ast raises, for others."""
    answer = ast.literal_eval(node)
    if is_blank(answer):
        return ""
    if not isinstance(answer, (str, int, float, list, tuple, set)) or len(str(answer)) > ANSWER:
        raise ValueError("no answer")
    return answer


def is_blank(answer) -> bool:
    """Whether what was typed is no answer; 0 is one."""
    empty = isinstance(answer, (dict, list, tuple)) and not answer
    return answer is None or empty or not str(answer).strip()
