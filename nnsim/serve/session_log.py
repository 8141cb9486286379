"""A line for each session and each refusal: who, from where, how long, and why it ended."""

import json
import sys
import time
from typing import TextIO

from nnsim.text import clean_line


class SessionLog:
    """Args: as_json: an object a line in place of text. out: where to write; standard error by default."""

    def __init__(self, as_json: bool = False, out: TextIO | None = None) -> None:
        self._as_json = as_json
        self._out = out

    def note(self, event: str, **about: str | int | float | None) -> None:
        """Writes a line.  Args: event: what has happened, in a word or two; about: names and their values."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        clean = {key: clean_line(one, 200) if isinstance(one, str) else one for key, one in about.items()}
        if self._as_json:
            line = json.dumps({"at": at, "event": event, **clean})
        else:
            line = " ".join(
                [at, event, *(f"{key}={_quoted(one)}" for key, one in clean.items() if one is not None)]
            )
        try:
            print(line, file=self._out or sys.stderr, flush=True)
        except (OSError, ValueError):
            self._out = None  # nobody reads it any more; the class goes on


def _quoted(value: str | int | float | None) -> str:
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return json.dumps(text) if " " in text or text == "" else text
