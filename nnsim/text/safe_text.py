"""Text from a file of unknown origin, made safe to show in a terminal."""

import re
from collections.abc import Sequence
from pathlib import Path

# C0 without tab and newline, DEL, C1, and the characters that turn the direction of the text around them or
# hide inside it: a terminal obeys the first three, a reader is deceived by the rest.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)


def clean(text: str, limit: int = 100_000) -> str:
    """Remove control and bidirectional characters; keep tab, newline, and at most `limit` characters."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n")[:limit])


def is_clean(text: str) -> bool:
    """Whether nothing in the text would have to be removed."""
    return (text.isascii() and text.isprintable()) or _UNSAFE.search(text) is None


def clean_line(text: str, limit: int = 200) -> str:
    """The same for what must stay on one line: every run of white space becomes one space."""
    return " ".join(clean(text, 10 * limit).split())[:limit]


def printable_path(path: Path) -> str:
    return clean_line(str(path).encode("utf-8", "replace").decode("utf-8"), 300) or "?"


def quote(value: object, limit: int = 60) -> str:
    """A value as an error message quotes it: its literal form, cleaned and cut."""
    text = clean_line(repr(value), limit + 1)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def count(number: int, noun: str) -> str:
    """`1 step`, `10,000 steps`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def columns(rows: Sequence[tuple[str, ...]], gap: str = "  ") -> list[str]:
    """The rows of a table as lines, each column as wide as its longest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
