"""The footer: the keys that do something now, each of which a click performs too."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual.content import Content
from textual.style import Style
from textual.widgets import Static

BETWEEN = " · "


class Key(NamedTuple):
    """A key in the footer, and the action that a click on it performs."""

    text: str
    action: str


def as_fit(keys: Iterable[Key], room: int) -> list[Key]:
    """As many of the keys as fit into a line, in their order."""
    found, left = list[Key](), room
    for key in keys:
        taken = len(BETWEEN if found else "") + len(key.text)
        if taken <= left:
            left -= taken
            found.append(key)
    return found


def as_text(keys: Iterable[Key], room: int) -> str:
    """The same as plain text."""
    return BETWEEN.join(key.text for key in as_fit(keys, room))


class Foot(Static):
    """The keys that apply; a click on one performs it."""

    DEFAULT_CSS = """
    Foot { link-style: none; link-color: $text-muted; link-background-hover: $panel; link-color-hover: $text;
           link-style-hover: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._shown: tuple[Sequence[Key], int] | None = None

    def show(self, keys: Sequence[Key], room: int) -> None:
        """Show as many keys as there is room for."""
        if (keys, room) == self._shown:
            return
        self._shown = keys, room
        self.update(Content(BETWEEN).join(map(_clickable, as_fit(keys, room))), layout=False)


def _clickable(key: Key) -> Content:
    action = key.action if key.action.startswith("app.") else f"screen.{key.action}"
    return Content.styled(key.text, Style.from_meta({"@click": action}))
