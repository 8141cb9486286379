"""asciicast, version 2: a terminal session as timed pieces of output, which `asciinema play` shows.

Reference: asciinema's documentation, "asciicast v2".
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CastEvent:
    """Output ("o"), or a marker with a label ("m"), so many seconds from the start."""

    at_s: float
    kind: Literal["o", "m"]
    text: str


def asciicast(size: tuple[int, int], title: str, events: Iterable[CastEvent]) -> Iterator[str]:
    """The lines of a file.  Args: size: columns and lines. events: in the order of their times."""
    header = {
        "version": 2,
        "width": size[0],
        "height": size[1],
        "title": title,
        "env": {"TERM": "xterm-256color"},
    }
    yield json.dumps(header, ensure_ascii=False) + "\n"
    for one in events:
        yield json.dumps([round(one.at_s, 6), one.kind, one.text], ensure_ascii=False) + "\n"
