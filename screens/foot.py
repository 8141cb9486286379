"""The footer: the keys that do something now, each of which a click performs too."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.style import Style
from textual.widgets import Static


class Key(NamedTuple):
    """A key in the footer, and the action that a click on it performs."""

    text: str
    action: str


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
        line, left = Content(), room
        for key in keys:
            between = " · " if line else ""
            if len(between) + len(key.text) <= left:
                left -= len(between) + len(key.text)
                line += Content(between) + Content.styled(
                    key.text,
                    Style.from_meta(
                        {"@click": key.action if key.action.startswith("app.") else f"screen.{key.action}"}
                    ),
                )
        self.update(line, layout=False)
