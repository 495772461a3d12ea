"""Points, given in the process that can be trusted: by comparing outcomes, and by reading answers."""

import functools
import json
from fractions import Fraction

from lessonlib.checks.judge import judge
from lessonlib.checks.report import share
from lessonlib.grading import plans, strict
from lessonlib.grading.pool import NotRun
from lessonlib.grading.record import Item
from lessonlib.quiz import bank, typed_cell
from lessonlib.quiz.plain import count, number
from lessonlib.quiz.seal import sealed
from lessonlib.quiz.session import Session
from lessonlib.quiz.store import FORMAT, Record, now

ANSWERS = 1 << 20


def exercise(graded, table, told):
    """The Item of an exercise: what its witness `told`, compared with the table of hidden cases.

    The remark tells no hidden case: only how many came out right, and the author's sentence on a known mistake.
    Raises NotRun when a plan is to be carried out and the machine fails.
    """
    if told is None:
        remark = "The notebook did not get as far as this exercise, so nothing of it could be tried."
        return Item(graded.id, graded.kind, graded.name, graded.points, 0.0, 0, len(table.cases), remark)
    results = strict.outcomes(told, len(table.cases))
    try:
        verdict = plans.judge(table, told) if plans.is_plan(table) else judge(table, results)
    except plans.TooMuch:
        remark = "Your plan takes more memory or time than a plan may; look at its sizes."
        return Item(graded.id, graded.kind, graded.name, graded.points, 0.0, 0, len(table.cases), remark)
    except NotRun:
        raise
    except Exception:  # values that no function of this exercise could give: they were made up
        remark = "What came back is nothing that this exercise can give."
        return Item(graded.id, graded.kind, graded.name, graded.points, 0.0, 0, len(table.cases), remark)
    cases = len(verdict.results) or len(table.cases)
    score = graded.points * verdict.score / table.points if verdict.score != table.points else graded.points
    remark, mistake = "", ""
    if verdict.results and verdict.passed < cases:
        mistake = verdict.remark
        remark = mistake or _remark(results, verdict.passed, cases)
    elif not verdict.results:
        remark = f"Not attempted: `{graded.name}` returns nothing."
    return Item(
        graded.id, graded.kind, graded.name, graded.points, round(score, 6), verdict.passed, cases, remark, mistake
    )


def _remark(results, passed, cases):
    raised = {outcome.raised for outcome in results if outcome.raised}
    if "NameError" in raised and len(raised) == 1 and not passed:
        return "It is not defined, or it uses a name that is not defined."
    right = f"{share(passed, cases, 'case')} right"
    if "TimeoutError" in raised:
        return f"{right}; in some it took too long, or ended the program."
    if raised:
        return f"{right}; in some it stopped with {', '.join(sorted(raised))}."
    return f"{right}. These were other cases than those in the notebook."


def quiz(graded, path, content, cells, remarks):
    """(the Item of the quiz, {question: what was answered}) from the bytes of answers.json and the typed cells.

    `path` is the course's own quiz.json. Nothing is run: typed answers are read as the plain values they are.
    """
    session = _session(path, path.stat().st_mtime_ns)
    records = _records(content, session, remarks)
    typed, problems = typed_cell.read([cell.source for cell in cells if cell.type == "code"], session.questions)
    remarks += [(problem[0].lower() + problem[1:].rstrip("."), problem) for problem in problems]
    for question, answer in typed.items():
        try:
            _take(session, records, question, answer)
        except ValueError:
            remarks.append((f"the typed answer to {question!r} cannot be used", f"Your typed answer to {question!r} "
                            "cannot be read; write a letter, letters or a number."))  # fmt: skip
    earned, answers, lines = Fraction(0), {}, []
    for name, answer in session.answers(records).items():
        question = session.questions[name]
        fraction, wrong = _mark(path, path.stat().st_mtime_ns, name, answer)
        earned += question.points * fraction
        answers[name] = {
            "answer": answer, "score": float(question.points * fraction), "points": float(question.points),
            "wrong": wrong, "attempts": records[name].attempts if name in records else 0,
        }  # fmt: skip
        if question.exam:
            points = f"{number(question.points * fraction)} of {count(question.points, 'point')}"
            lines.append(f"\n{name}: {f'answer {answer}' if answer else 'not answered'}, {points}")
    remark = "Marked by your instructor:" + "".join(lines) if lines else ""
    score = min(round(float(earned), 6), graded.points)
    right = sum(one["score"] == one["points"] for one in answers.values())
    return Item(graded.id, graded.kind, graded.name, graded.points, score, right, len(answers), remark), answers


def _take(session, records, name, answer):
    """Take a typed answer. A guess that was committed stays."""
    question = session.questions[name]
    value = question.canonical(answer)
    if not question.kind.commits:
        session.typed[name] = value
    elif value and not (name in records and records[name].checked):
        records[name] = Record(value, now(), checked=value)


@functools.lru_cache(maxsize=10_000)
def _mark(path, _changed, name, answer):
    """Opening the seals of an answer takes milliseconds, and a class gives the same answers again and again."""
    mark = _session(path, _changed).questions[name].mark(answer)
    return mark.fraction, mark.wrong


def _session(path, changed):
    """A session of the quiz that can mark all its questions."""
    return Session(path, _with_exam(path, changed))


@functools.lru_cache(maxsize=100)
def _with_exam(path, _changed):
    """The bytes of quiz.json; where questions are in exam mode, with their key, which stands in solutions/ only."""
    content = path.read_bytes()
    if not any(question.get("mode") == "exam" for question in json.loads(content)["questions"]):
        return content
    lesson = path.parent.name
    source = path.parents[2] / "solutions" / lesson / "quiz.yaml"
    return json.dumps(sealed(bank.read(source), lesson, exam=True)).encode()


def _records(content, session, remarks):
    """{question: Record} of answers.json, one by one: a damaged answer takes no other with it."""
    if content is None:
        remarks.append(
            ("answers.json is missing, so only typed answers of the quiz count; if answers were clicked, ask for it",
             "answers.json was not handed in, so only typed answers of the quiz count.")
        )  # fmt: skip
        return {}
    data = strict.parsed(content) if len(content) <= ANSWERS else None
    entries = data.get("answers") if isinstance(data, dict) and data.get("format") == FORMAT else None
    if not isinstance(entries, dict):
        remarks.append(
            ("answers.json is damaged, so only typed answers of the quiz count; ask for the file again",
             "Your answers.json is damaged, so only typed answers of the quiz count. Hand it in again.")
        )  # fmt: skip
        return {}
    records, damaged = {}, []
    for question in session.questions:
        if question in entries:
            try:
                records[question] = _record(entries[question])
            except (TypeError, ValueError):
                damaged.append(question)
    if damaged:
        remarks.append((f"in answers.json the answers to {', '.join(damaged)} cannot be read", ""))
    return records


def _record(entry):
    record = Record(**entry)
    if len(record.value) > 1000 or len(record.typed_seen) > 1000:
        raise ValueError("no answer is that long")
    return record
