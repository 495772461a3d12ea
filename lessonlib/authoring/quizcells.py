"""The cells of a lesson that belong to its quiz: which there must be, and what stands in them."""

import ast
import re

from lessonlib.authoring import source
from lessonlib.authoring.errors import BuildError

QUIZ_CELLS = ("show", "typed", "score")


def check(notebook, bank):
    """Raise BuildError unless the quiz cells of `notebook` fit to `bank`, which is None without a quiz.

    There is one cell each that shows what is left, takes typed answers and scores; further cells may show
    questions by name, each question once.
    """
    places = [(position, cell) for position, cell in enumerate(notebook.cells) if "quiz" in cell.metadata]
    kinds = [cell.metadata["quiz"] for _, cell in places]
    for kind in kinds:
        if kind not in QUIZ_CELLS:
            raise BuildError(f'quiz="{kind}" is unknown; a quiz cell is one of {", ".join(QUIZ_CELLS)}')
    named = {}
    for position, cell in places:
        if cell.metadata["quiz"] == "show":
            for question in questions_shown(cell.source):
                where = source.place(position, cell)
                if bank is None or question not in bank.key:
                    known = ", ".join(bank.key) if bank else "none, for there is no quiz.yaml"
                    raise BuildError(f"{where} shows {question!r}; the questions are {known}")
                if question in named:
                    raise BuildError(f"{where} shows {question!r}, as {named[question]} does; show it once")
                named[question] = where
    once = [kind for (_, cell), kind in zip(places, kinds, strict=True) if not questions_shown(cell.source)]
    if sorted(once) != sorted(QUIZ_CELLS if bank else ()):
        remedy = "give it one each of show, typed and score" if bank else "write quiz.yaml or remove them"
        raise BuildError(f"the quiz cells are [{', '.join(kinds)}]; {remedy}")
    if bank:
        typed = next(cell.source for _, cell in places if cell.metadata["quiz"] == "typed")
        blank = ", ".join(f'{question}=""' for question in bank.key)
        code = "".join(line for line in typed.splitlines() if not line.lstrip().startswith("#"))
        if re.sub(r"\s|,(?=\))", "", code) != f"quiz.typed({blank})".replace(" ", ""):
            raise BuildError(f'the quiz="typed" cell must be `quiz.typed({blank})`: every question, and no answer')


def questions_shown(code):
    """The names in the calls of `quiz.show` in a cell.

    >>> questions_shown('quiz.show("guess", "order")'), questions_shown("quiz.show()")
    (['guess', 'order'], [])
    """
    try:
        calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    except SyntaxError:  # said when the cell runs
        return []
    shows = [call for call in calls if ast.unparse(call.func) == "quiz.show"]
    return [argument.value for call in shows for argument in call.args if isinstance(argument, ast.Constant)]
