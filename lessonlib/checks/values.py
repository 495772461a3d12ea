"""Values as JSON, as short text for a report, and compared by kind.

A value of an exercise is None, a bool, an int, a float, a str, a numpy array of these, or a list,
tuple or dict of values. A numpy scalar counts as the number it holds.
"""

import json
import math

import numpy as np

WIDTH = 76  # characters of a value in a report
NAMES = {str: "a text", list: "a list", tuple: "a tuple", dict: "a dict", np.ndarray: "an array"}
DTYPE_KINDS = {"b": "booleans", "i": "whole numbers", "u": "whole numbers", "f": "floats", "U": "text"}


def encode(value):
    """Return `value` as plain JSON data that `decode` turns back.

    Floats keep 12 digits, so that the last bits of another machine's arithmetic change no file.

    >>> encode((1, 0.1 + 0.2, [np.float32(2)]))
    {'tuple': [1, 0.3, [2.0]]}
    >>> encode(np.array([[1.0], [np.nan]]))
    {'array': 'float64', 'shape': [2, 1], 'values': [1.0, {'float': 'nan'}]}

    Raises TypeError for any other kind of value.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, np.ndarray) and value.dtype.kind in DTYPE_KINDS:
        dtype = "str" if value.dtype.kind == "U" else value.dtype.name
        return {"array": dtype, "shape": list(value.shape), "values": encode(value.ravel().tolist())}
    raise TypeError(
        f"{show(value)} cannot stand in a table; use None, bool, int, float, str, list, tuple, "
        "dict or a numpy array of numbers"
    )


def decode(data):
    """Return the value that `encode` wrote.

    >>> decode({"tuple": [1, {"float": "inf"}]})
    (1, inf)

    Raises ValueError when `data` was not written by `encode`.
    """
    if isinstance(data, list):
        return [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    try:
        if "float" in data:
            return float(data["float"])
        if "tuple" in data:
            return tuple(decode(data["tuple"]))
        if "dict" in data:
            return {decode(key): decode(item) for key, item in data["dict"]}
        return np.array(decode(data["values"]), dtype=data["array"]).reshape(data["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a value of a table: {json.dumps(data)[:WIDTH]}") from error


def show(value, digits=6):
    """Return a short text for `value`, the same on every run and every machine.

    >>> show([np.float64(1 / 3), 20, 20.0, "a"])
    "[0.333333, 20, 20.0, 'a']"
    >>> show(np.zeros((800, 10)))
    'array of shape (800, 10)'
    >>> show(print)
    'a builtin_function_or_method'
    """
    text = _text(value, digits)
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def _text(value, digits, largest_array=12):
    def inner(item):
        return _text(item, digits, largest_array=3)

    if isinstance(value, np.ndarray):
        if value.dtype.kind in DTYPE_KINDS and value.size <= largest_array:
            return f"array({inner(value.tolist())})"
        return f"array of shape {value.shape}"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        text = f"{value:.{digits}g}"
        return text if set(text) & set(".en") else text + ".0"
    if isinstance(value, int) and abs(value) >= 10**WIDTH:
        return f"a whole number with more than {WIDTH} digits"
    if value is None or value is ... or isinstance(value, (bool, int, str)):
        return repr(value)
    if type(value) is list:
        return f"[{', '.join(map(inner, value))}]"
    if type(value) is tuple:
        return f"({', '.join(map(inner, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{inner(key)}: {inner(item)}' for key, item in value.items())}}}"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def difference(got, expected, tolerance):
    """Return what tells `got` from `expected`, as one sentence, or "" when they are equal.

    Numbers may be off by `tolerance`: absolute up to 1, relative beyond, and always absolute where a
    whole number is expected; arrays of whole numbers must be the same. NaN equals NaN. A list may stand
    for a tuple and the other way round.

    >>> difference(np.float64(20), 20, 1e-6)
    ''
    >>> difference(0.52, 0.5, 1e-6)
    'off by 0.02'
    >>> difference(np.zeros(3), np.zeros((3, 1)), 1e-6)
    'shape (3,) where (3, 1) was expected'
    """
    if isinstance(expected, np.ndarray):
        return _array_difference(got, expected, tolerance)
    if isinstance(got, np.generic) or (isinstance(got, np.ndarray) and got.shape == ()):
        got = got.item()
    found, wanted = kind(got), kind(expected)
    if found != wanted and {found, wanted} != {"a list", "a tuple"}:
        return f"{found} where {wanted} was expected"
    return COMPARISONS.get(wanted, _equal_difference)(got, expected, tolerance)


def kind(value):
    """Return the name of the kind of `value`, with its article.

    >>> kind(np.float32(1)), kind(True), kind(print)
    ('a number', 'True or False', 'a builtin_function_or_method')
    """
    if value is None:
        return "None"
    if isinstance(value, (bool, np.bool_)):
        return "True or False"
    if isinstance(value, (int, float, np.number)):
        return "a number"
    for base, name in NAMES.items():
        if isinstance(value, base):
            return name
    return show(value)


def _number_difference(got, expected, tolerance):
    if isinstance(got, float) or isinstance(expected, float):
        return _float_difference(got, expected, tolerance)
    distance = abs(got - expected)
    return "" if distance <= tolerance else f"off by {show(distance)}"


def _float_difference(got, expected, tolerance):
    allowed = tolerance * max(1, abs(expected)) if isinstance(expected, float) else tolerance
    try:
        got, expected = float(got), float(expected)
    except OverflowError:  # a whole number with more than 300 digits
        return "far too large to compare"
    distance = abs(got - expected)
    if got == expected or (math.isnan(got) and math.isnan(expected)):
        return ""
    if not math.isfinite(distance):
        return f"{show(got)} where {show(expected)} was expected"
    return "" if distance <= allowed else f"off by {show(distance)}"


def _equal_difference(got, expected, tolerance):
    return "" if got == expected else f"{show(got)} where {show(expected)} was expected"


def _sequence_difference(got, expected, tolerance):
    if len(got) != len(expected):
        return f"{len(got)} values where {len(expected)} were expected"
    for index, (one, other) in enumerate(zip(got, expected, strict=True)):
        if found := difference(one, other, tolerance):
            return f"at [{index}]: {found}"
    return ""


def _dict_difference(got, expected, tolerance):
    if missing := [key for key in expected if key not in got]:
        return f"the key {show(missing[0])} is missing"
    if extra := [key for key in got if key not in expected]:
        return f"the key {show(extra[0])} was not expected"
    for key, value in expected.items():
        if found := difference(got[key], value, tolerance):
            return f"at [{show(key)}]: {found}"
    return ""


def _array_difference(got, expected, tolerance):
    if not isinstance(got, np.ndarray):
        return f"{kind(got)} where an array was expected"
    if got.shape != expected.shape:
        return f"shape {got.shape} where {expected.shape} was expected"
    found, wanted = DTYPE_KINDS.get(got.dtype.kind, got.dtype.name), DTYPE_KINDS[expected.dtype.kind]
    if found != wanted:
        return f"an array of {found} ({got.dtype}) where {wanted} ({expected.dtype}) were expected"
    exact = expected.dtype.kind != "f"  # whole numbers, booleans and text
    same = got == expected if exact else _close(got, expected, tolerance)
    wrong = np.argwhere(~np.atleast_1d(same))
    if not len(wrong):
        return ""
    where = tuple(int(i) for i in wrong[0]) if expected.shape else ()
    place = ", ".join(map(str, where))
    return (
        f"{len(wrong)} of {expected.size} values differ, the first at [{place}]: "
        f"{show(got[where])} where {show(expected[where])} was expected"
    )


def _close(got, expected, tolerance):
    """The rule of `_number_difference` for every element of two numeric arrays of one shape."""
    got, expected = got.astype(float), expected.astype(float)
    allowed = tolerance * np.maximum(1, np.abs(expected))
    with np.errstate(invalid="ignore"):  # inf - inf
        near = np.abs(got - expected) <= allowed
    return (got == expected) | (near & np.isfinite(expected)) | (np.isnan(got) & np.isnan(expected))


COMPARISONS = {
    "a number": _number_difference,
    "a list": _sequence_difference,
    "a tuple": _sequence_difference,
    "a dict": _dict_difference,
}
