"""The preferences of a person: the theme, and the panes in the slots of each scenario, in a small JSON file.

It is checked when it is read, and a damaged file counts as missing.
"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.text import clean_line, is_clean

FILE = "screens.json"
CONFIGURATION = "config.toml"
LARGEST = 256 * 1024  # bytes
MOST_LAYOUTS = 1_000
MOST_SLOTS = 16
LONGEST_NAME = 80  # of a scenario, a pane or a theme
FORMAT = 1

Layout = tuple[str, tuple[str, ...] | None]  # a scenario and its panes; None for those forgets them


@dataclass(frozen=True)
class Preferences:
    """A person's choices.

    Args: theme: its name. layouts: names of the panes in the slots, by the scenario's name. complaint: the error in
    the file. usual: the panes of the configuration, for what has no layout of its own.
    """

    theme: str | None = None
    layouts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    complaint: str = ""
    usual: tuple[str, ...] = ()

    def layout(self, scenario: str, known: Container[str]) -> tuple[str, ...]:
        """The panes that were chosen for a scenario, without those of other versions of nnsim."""
        return tuple(name for name in self.layouts.get(scenario, self.usual) if name in known)

    def changed(self, *, theme: str | None = None, layout: Layout | None = None) -> "Preferences":
        """The choices with another theme, or another layout of a scenario."""
        layouts = dict(self.layouts)
        if layout is not None:
            name, panes = layout
            layouts.pop(name, None)
            if panes is not None:
                layouts[name] = panes
        return replace(self, theme=theme or self.theme, layouts=dict(list(layouts.items())[-MOST_LAYOUTS:]))


def path(files: OutputFiles) -> Path:
    return files.configuration / FILE


def read(files: OutputFiles) -> Preferences:
    """Reads the choices, none where the file is missing or damaged, and the panes of the configuration."""
    found = _kept(files)
    if not (files.configuration / CONFIGURATION).exists():  # it is rare, and takes longer to read than this file
        return found
    from nnsim.configuration import read_configuration

    try:
        return replace(found, usual=read_configuration(files).panes)
    except NnsimError as error:
        return replace(found, complaint=found.complaint or str(error))


def _kept(files: OutputFiles) -> Preferences:
    file = path(files)
    try:
        if not file.exists():
            return Preferences()
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
    return Preferences(complaint=f"{clean_line(str(file))}: {reason}; theme and layouts are as they come")


def write(files: OutputFiles, *, theme: str | None = None, layout: Layout | None = None) -> Preferences:
    """Writes a theme, or the layout of a scenario, atomically; sets a file aside that cannot be read.

    Returns: all choices.  Raises: OutputError where it cannot be written.
    """
    before = _kept(files)  # again: another nnsim may have written it since
    if before.complaint and path(files).is_file():
        files.set_aside(path(files), "screens-unread")
        before = Preferences()
    after = before.changed(theme=theme, layout=layout)
    table = {"format": FORMAT, "theme": after.theme, "layouts": after.layouts}
    files.write(path(files), json.dumps(table, indent=1, ensure_ascii=False).encode() + b"\n", "it is as it was")
    return after


def _checked(table: Any) -> Preferences:
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
    return Preferences(theme, {name: tuple(panes) for name, panes in layouts.items()})


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and is_clean(value)
