"""Numbers as people read, hear and type them."""

from __future__ import annotations

import math
import re

LONGEST_NUMBER = 40  # characters that are typed
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?\s*%?", re.ASCII)
_TYPED = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d+)?(?:e[+-]?\d{1,3})?\s*%?", re.ASCII | re.IGNORECASE)


def rounded(value: float, digits: int = 2) -> str:
    """A figure with few digits, for reading or listening."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite" if value > 0 else "minus infinite"
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    near = float(f"{value:.{digits}g}") + 0.0  # no -0
    return f"{near:,.0f}" if abs(near) >= 10 ** (digits - 1) else f"{near:g}"


def finite(value: float | None) -> float | None:
    """A number as JSON may hold it: None in place of infinities and NaN."""
    return None if value is None or not math.isfinite(value) else float(value)


def percent(share: float) -> str:
    """A share from 0 to 1 in percent: 100% where it is all and 0% where it is none, and nowhere else.

    0.5 -> "50%", 1433 / 1438 -> "99.7%", 0.0004 -> "0.04%"
    """
    for digits in range(6):
        text = f"{share:.{digits}%}"
        if share in (0.0, 1.0) or float(text[:-1]) not in (0.0, 100.0):
            return text
    return "<0.00001%" if share < 0.5 else ">99.99999%"


def number(value: float) -> str:
    """A value for reading, in at most eight characters: three significant digits."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value + 0.0:.3g}" if abs(value) < 999.5 else f"{value:.0f}"
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def signed(value: float) -> str:
    """A value with its sign, always."""
    return number(value) if value < 0 or not math.isfinite(value) else f"+{number(value)}"


def short(value: float, width: int, plus: bool = False) -> str:
    """A value in at most so many characters; what is too small for them is 0, what is too large is big."""
    if math.isnan(value):
        return "-"
    text = signed(value) if plus else number(value)
    for digits in (2, 1):
        if len(text) > width:
            form = f".{digits}g" if 1e-3 <= abs(value) < 1e4 else f".{digits - 1}e"
            mantissa, _, exponent = f"{value:{'+' if plus else ''}{form}}".partition("e")
            text = f"{mantissa}e{int(exponent)}" if exponent else mantissa
    if len(text) <= width:
        return text
    return "0" if abs(value) < 1 else ("-big" if value < 0 else "big")[:width]


def number_in(choice: str) -> float | None:
    """The first number of a choice; `75 %` is 0.75."""
    found = _NUMBER.search(choice)
    if found is None:
        return None
    text = found[0].replace(",", "")
    return float(text.rstrip("% ")) / (100 if text.endswith("%") else 1)


def typed_number(text: str) -> float | None:
    """A number that a person typed, `0.25`, `1,000`, `1e-3` or `75 %`; None where it is none."""
    plain = text.strip()
    if len(plain) > LONGEST_NUMBER or not re.search("[0-9]", plain) or not _TYPED.fullmatch(plain):
        return None
    try:
        number = float(plain.replace(",", "").rstrip("% "))
    except ValueError:
        return None
    return (number / 100 if plain.endswith("%") else number) if math.isfinite(number) else None
