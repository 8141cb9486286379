"""What the commands say: results on standard output, complaints on standard error."""

import io
import os
import sys

from nnsim.errors import NnsimError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

LONGEST_COMPLAINT = 1000
MOST_DAMAGE = 20  # sentences about one file


def prepare() -> None:
    """Show what the terminal's encoding lacks as `?` rather than fail on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def is_terminal(stream: "TextIO | None") -> bool:
    """Whether a standard stream is a terminal; it is None where the program was started with it closed."""
    return stream is not None and stream.isatty()


def say(text: str, end: str = "\n") -> None:
    """Writes lines to standard output at once.  Raises: BrokenPipeError; NnsimError for any other fault."""
    try:
        print(text, end=end, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        raise NnsimError(f"standard output: cannot be written: {error.strerror}") from None


def drop_output() -> None:
    """Send what is left in the buffer of standard output nowhere, for Python would try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_json(value: object) -> None:
    import json

    say(json.dumps(value, indent=2, allow_nan=False))


def complain(text: str) -> None:
    """Writes one line to standard error where there is one."""
    from contextlib import suppress

    from nnsim.text import clean_line

    if sys.stderr is not None:
        with suppress(OSError):
            print(f"nnsim: {clean_line(text, LONGEST_COMPLAINT)}", file=sys.stderr, flush=True)


def report_damage(path: "Path", damage: "Sequence[str]") -> None:
    """Complain of what is damaged in a file, a line each."""
    from nnsim.text import count

    for sentence in damage[:MOST_DAMAGE]:
        complain(f"{path}: {sentence}")
    if len(damage) > MOST_DAMAGE:
        complain(f"{path}: {count(len(damage) - MOST_DAMAGE, 'more damaged part')}")
