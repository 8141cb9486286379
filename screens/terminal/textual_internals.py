"""Reaches below Textual's public interface for the screens, by a function for each purpose.

A test allows this nowhere else, so that a new version of Textual is checked here.
"""

from collections.abc import Iterable
from typing import Any

import textual.strip
from textual.binding import BindingsMap
from textual.command import CommandList, CommandPalette
from textual.dom import DOMNode
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from screens.terminal.compositor import DirtyCompositor


def render_dirty_cells_only(screen: Screen[Any]) -> None:
    """Lets a screen render its dirty cells, and not the rectangle around them."""
    screen._compositor = DirtyCompositor()


class _NoCache:
    """Stands for a cache and keeps nothing."""

    __slots__ = ()

    def get(self, key: object, default: Any = None) -> Any:
        return default

    def __setitem__(self, key: object, value: object) -> None:
        """Lets it go."""


_NO_CACHE = _NoCache()


def keep_no_parts_of_strips() -> None:
    """Lets strips forget what was cut from them and styled of them.

    Each strip has seven caches, and what stands in them has as many again: 3 MB in a session. The compositor
    paints dirty cells alone, so that hardly anything is cut twice.
    """
    setattr(textual.strip, "FIFOCache", lambda most: _NO_CACHE)  # noqa: B010  (it is no name that Textual exports)


def rendered_rows(screen: Screen[Any]) -> list[Strip]:
    return screen._compositor.render_strips()


def refresh_layout_now(screen: Screen[Any], changed: Iterable[Widget]) -> None:
    """Lays a screen out at once, with those of its containers whose children have changed."""
    for container in (*changed, screen):
        container._clear_arrangement_cache()
    screen._refresh_layout()


def paint(screen: Screen[Any]) -> None:
    """Sends what was drawn to the terminal at once. Textual would send a message for every widget and wait for its
    tick; while training runs, each of these turns costs a slice of it."""
    for widget in screen.walk_children(Widget):
        if widget._repaint_required:
            widget._repaint_required = False
            screen._dirty_widgets.add(widget)
    screen._on_timer_update()


def binds(node: DOMNode, key: str) -> bool:
    return key in node._bindings.key_to_bindings


def bindings_by_node(screen: Screen[Any]) -> list[tuple[DOMNode, BindingsMap]]:
    """All bindings of a screen, from the focused widget upwards."""
    return screen._modal_binding_chain


class PagedPalette(CommandPalette):
    """Textual's palette, whose list may be too low for a page."""

    def _action_command_list(self, action: str) -> None:
        """Ignores page keys where the list has no room for a line: Textual would raise."""
        if not action.startswith("page") or self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)
