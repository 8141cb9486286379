"""What the screens keep from one start to the next: the theme, and the panes that a person has put into the slots.

One small JSON file in the user's configuration. What it says is checked when it is read, and a file that is damaged
is as good as none.
"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nnsim import paths
from nnsim.atomic_file import replace_file
from nnsim.paths import free_path
from nnsim.text import clean_line, is_clean

FILE = "screens.json"
LARGEST = 256 * 1024  # bytes
MOST_LAYOUTS = 1_000
MOST_SLOTS = 16
LONGEST_NAME = 80  # of a scenario, a pane or a theme
FORMAT = 1


@dataclass(frozen=True)
class Kept:
    """What is kept.

    Args: theme: its name. layouts: names of the panes in the slots, by the scenario's name. complaint: what was
    wrong with the file, in one line.
    """

    theme: str | None = None
    layouts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complaint: str = ""

    def layout(self, scenario: str, known: Container[str]) -> tuple[str, ...]:
        """The panes that are kept for a scenario, without those that another version of nnsim had."""
        return tuple(name for name in self.layouts.get(scenario, ()) if name in known)


def path() -> Path:
    """The file."""
    return paths.configuration() / FILE


def read() -> Kept:
    """What was kept; nothing of it where the file is missing or damaged."""
    file = path()
    try:
        if not file.exists():
            return Kept()
        if not file.is_file():
            raise ValueError("is no file")
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"is larger than {LARGEST:,} bytes")
        return _checked(json.loads(content.decode("utf-8")))
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        # What JSON and the decoder say is for who writes such files, and nobody writes this one.
        reason = str(error) if type(error) is ValueError else "is no JSON"
    return Kept(complaint=f"{clean_line(str(file))}: {reason}; theme and layouts are as they come")


def write(*, theme: str | None = None, layout: tuple[str, tuple[str, ...] | None] | None = None) -> Kept:
    """Keep a theme, or the layout of a scenario; the file is there whole, before and after.

    A file that cannot be read gets another name first: it may be that of a newer nnsim, with all of its layouts.

    Args: layout: a scenario and its panes; None for those forgets them.
    Returns: all that is kept now.
    Raises: OSError where it cannot be written.
    """
    kept = read()  # again: another nnsim may have written it since
    if kept.complaint and path().is_file():
        path().rename(free_path(path().parent, "screens-unread", ".json"))
        kept = Kept()
    if theme is not None:
        kept = replace(kept, theme=theme)
    if layout is not None:
        name, panes = layout
        layouts = {key: value for key, value in kept.layouts.items() if key != name}
        if panes is not None:
            layouts[name] = panes
        kept = replace(kept, layouts=dict(list(layouts.items())[-MOST_LAYOUTS:]))
    table = {"format": FORMAT, "theme": kept.theme, "layouts": kept.layouts}
    replace_file(path(), json.dumps(table, indent=1, ensure_ascii=False).encode() + b"\n")
    return kept


def _checked(table: Any) -> Kept:
    """Raises: ValueError saying what is not allowed."""
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise ValueError(f"is no file of format {FORMAT}")
    theme, layouts = table.get("theme"), table.get("layouts", {})
    if not (theme is None or _is_name(theme)):
        raise ValueError("theme: is no name")
    if not isinstance(layouts, dict) or len(layouts) > MOST_LAYOUTS:
        raise ValueError(f"layouts: is no table of at most {MOST_LAYOUTS:,}")
    for name, panes in layouts.items():
        listed = isinstance(panes, list) and 0 < len(panes) <= MOST_SLOTS and all(map(_is_name, panes))
        if not _is_name(name) or not listed or len(set(panes)) != len(panes):
            raise ValueError("layouts: a layout is no list of different panes")
    return Kept(theme, {name: tuple(panes) for name, panes in layouts.items()})


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and is_clean(value)
