"""Numbers as people write them, read exactly."""

from __future__ import annotations

import re
from fractions import Fraction

# The lengths are limited because an exact 1e999999999 would fill the memory.
NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})(e[+-]?[0-9]{1,3})?|[+-]?[0-9]{1,20}/[0-9]{1,20}")
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+")


def to_number(text: str) -> Fraction:
    """The exact value of a number as people write it: 20, 0.25, 0,25, 1e-3, 1/3, 1 000.

    Raises ValueError for everything else, and for 1,000, which is a thousand to some and one to others.

    >>> to_number("0,25")
    Fraction(1, 4)
    """
    cleaned = cleaned_text(text)
    if THOUSANDS.fullmatch(cleaned):
        raise ValueError(f"write {cleaned.replace(',', '')} without a comma if you mean thousands, else use a point")
    cleaned = cleaned.replace(",", ".")
    if not NUMBER.fullmatch(cleaned):
        raise ValueError("write a number like 20, 0.25 or 1e-3")
    try:
        return Fraction(cleaned)
    except ZeroDivisionError:
        raise ValueError("a fraction cannot have 0 below its line") from None


def cleaned_text(text: str) -> str:
    """Without spaces and underscores, and with a plain minus sign."""
    return re.sub(r"[\s_]", "", text).replace("\u2212", "-").lower()
