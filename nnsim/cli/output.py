"""What the commands say: results on standard output, complaints on standard error."""

import io
import sys

LONGEST_COMPLAINT = 1000


def prepare() -> None:
    """Show what the terminal's encoding lacks as `?` rather than fail on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Write lines to standard output, at once."""
    print(text, flush=True)


def say_json(value: object) -> None:
    """Write a value as strict JSON, in which a number is finite."""
    import json

    say(json.dumps(value, indent=2, allow_nan=False))


def complain(text: str) -> None:
    """Write one line to standard error."""
    from nnsim.text import clean_line

    print(f"nnsim: {clean_line(text, LONGEST_COMPLAINT)}", file=sys.stderr, flush=True)


def count(number: int, noun: str) -> str:
    """`1 step`, `10,000 steps`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def columns(rows: list[tuple[str, ...]], gap: str = "  ") -> list[str]:
    """Lines of a table, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
