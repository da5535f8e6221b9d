"""Credits are integers in hundredths everywhere inside: 1 credit = 100 units.

Text on the wire and on screens is decimal credits ("1.5"); floats never carry a credit.
"""

from __future__ import annotations

import re

UNITS_PER_CREDIT = 100

_CREDITS_TEXT = re.compile(r"^(-?)(\d{1,4})(?:\.(\d{1,2}))?$")


def units_from_text(text: str) -> int:
    """Turn decimal credits such as "2", "1.5" or "0.25" into units; else ValueError."""
    match = _CREDITS_TEXT.fullmatch(text.strip())
    if match is None:
        message = f"not a credit value with at most two decimals: {text!r}"
        raise ValueError(message)
    sign, whole, fraction = match.groups()
    units = int(whole) * UNITS_PER_CREDIT + int((fraction or "").ljust(2, "0"))
    return -units if sign else units


def credits_text(units: int) -> str:
    """Turn units into the shortest decimal text: 150 -> "1.5", 3000 -> "30"."""
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), UNITS_PER_CREDIT)
    return f"{sign}{whole}.{fraction:02d}".rstrip("0").rstrip(".")
