"""Data from the sandbox, taken only when it is exactly what was asked for. Every byte may be an enemy's."""

import base64
import binascii
import builtins
import json

from lessonlib.checks import values
from lessonlib.checks.calls import Outcome

DTYPES = {"bool", "str"} | {f"{kind}{bits}" for kind in ("int", "uint", "float") for bits in (16, 32, 64)}
DTYPES |= {"int8", "uint8"}
OUTPUTS = 500  # of one cell
COLOURS = 5000  # nbconvert copies all that follows at each of them
TEXTS = 1 << 20  # characters of an array of texts


def parsed(content):
    """The JSON in `content`, None when it is none."""
    try:
        return json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def outcomes(told, count):
    """The Outcomes that a witness told, `count` of them: what it did not tell is a TimeoutError."""
    result = [_outcome(parsed(text)) for text in told[:count] if isinstance(text, str)]
    return result + [Outcome(raised="TimeoutError")] * (count - len(result))


def _outcome(data):
    if not isinstance(data, dict) or len(data) != 1:
        return Outcome(raised="Unusable")
    if "raises" in data:
        name = data["raises"]
        known = isinstance(name, str) and isinstance(getattr(builtins, name, None), type)
        return Outcome(raised=name if known else "Exception")
    try:
        return Outcome(value=_value(data["value"], 0))
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError, RecursionError):
        return Outcome(raised="Unusable")


def _value(data, depth):
    """Check that `data` is what values.encode writes, and decode it."""
    _check(data, depth)
    return values.decode(data)


def _check(data, depth):
    if depth > 30:
        raise ValueError("too deep")
    if isinstance(data, list):
        for item in data:
            _check(item, depth + 1)
    elif isinstance(data, dict):
        keys = set(data)
        if keys == {"float"}:
            if data["float"] not in ("nan", "inf", "-inf"):
                raise ValueError("no such float")
        elif keys == {"tuple"}:
            _check(_list(data["tuple"]), depth + 1)
        elif keys == {"dict"}:
            for pair in _list(data["dict"]):
                if not isinstance(pair, list) or len(pair) != 2:
                    raise ValueError("no pair")
                _check(pair, depth + 1)
        elif keys == {"array", "shape", "values"}:
            _check_array(data, depth)
        else:
            raise ValueError("no such value")


def _check_array(data, depth):
    if data["array"] not in DTYPES:
        raise ValueError("no such array")
    if any(type(size) is not int or size < 0 for size in _list(data["shape"])) or len(data["shape"]) > 8:
        raise ValueError("no such shape")
    for item in _list(data["values"]):
        if isinstance(item, list) or (isinstance(item, dict) and set(item) != {"float"}):
            raise ValueError("an array holds numbers")
        _check(item, depth + 1)
    if data["array"] == "str":  # numpy gives every text the room of the longest
        longest = max([len(item) for item in data["values"] if isinstance(item, str)], default=0)
        if longest * len(data["values"]) > TEXTS:
            raise ValueError("texts too long for an array")


def _list(data):
    if not isinstance(data, list):
        raise ValueError("no list")
    return data


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def cell(message, places, page):
    """(place, outputs, number) of a message about a cell, None when it is none about one of `places`."""
    place = message.get("cell") if isinstance(message, dict) else None
    if type(place) is not int or place not in places:
        return None
    shown = message.get("outputs")
    shown = (
        [output for output in (clean(one, page) for one in shown[:OUTPUTS]) if output]
        if isinstance(shown, list)
        else []
    )
    count = message.get("count")
    return place, shown, count if type(count) is int and 0 <= count < 10**6 else None


def clean(output, page):
    """An output of the page as nbformat has it, made anew from its texts, without what a browser could run."""
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": _text(output.get("text"))}
    if kind == "error":
        lines = output.get("traceback")
        lines = [_text(line) for line in lines] if isinstance(lines, list) else []
        name, value = _text(output.get("ename"))[:200], _text(output.get("evalue"))
        return {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
    if kind not in ("display_data", "execute_result") or not isinstance(output.get("data"), dict):
        return None
    data = {
        mime: known for mime, known in ((mime, _mime(mime, output["data"], page)) for mime in output["data"]) if known
    }
    made = {"output_type": kind, "data": data, "metadata": {}}
    if kind == "execute_result":
        made["execution_count"] = None
    return made if data else None


def _mime(mime, data, page):
    text = data[mime]
    if not isinstance(text, str):
        return ""
    if mime in ("text/plain", "text/latex"):
        return _text(text)
    if mime in ("text/html", "text/markdown"):
        return page.harmless(mime, _text(text))
    if mime in ("image/png", "image/jpeg"):
        try:
            base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            return ""
        return text
    return ""


def _text(value):
    """A text that every program can write down, and that does not change its colour thousands of times."""
    if not isinstance(value, str):
        return ""
    if value.count("\x1b") > COLOURS:
        value = value.replace("\x1b", "")
    return value.encode("utf-8", "replace").decode()
