"""Reaches below the public interface of Textual for the screens, each time by a function of its own.

A test sees to it that no other room reaches there, so that a new version of Textual is looked over in this one.
"""

from collections.abc import Iterable
from typing import Any

from textual.binding import BindingsMap
from textual.command import CommandList, CommandPalette
from textual.dom import DOMNode
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from screens.terminal.compositor import DirtyCompositor


def render_dirty_cells_only(screen: Screen[Any]) -> None:
    """Let a screen render the cells that are dirty, and not the rectangle around them."""
    screen._compositor = DirtyCompositor()


def rendered_rows(screen: Screen[Any]) -> list[Strip]:
    """A screen as it stands, row by row."""
    return screen._compositor.render_strips()


def refresh_layout_now(screen: Screen[Any], changed: Iterable[Widget]) -> None:
    """Lay a screen out at once, and those of its containers anew whose children have changed."""
    for container in (*changed, screen):
        container._clear_arrangement_cache()
    screen._refresh_layout()


def paint(screen: Screen[Any]) -> None:
    """Put what was drawn onto the terminal at once.

    Textual would send a message for every widget and wait for its next tick; while training runs, each of these
    turns costs a slice of it.
    """
    for widget in screen.walk_children(Widget):
        if widget._repaint_required:
            widget._repaint_required = False
            screen._dirty_widgets.add(widget)
    screen._on_timer_update()


def binds(node: DOMNode, key: str) -> bool:
    """Whether a key is bound by a node itself."""
    return key in node._bindings.key_to_bindings


def bindings_by_node(screen: Screen[Any]) -> list[tuple[DOMNode, BindingsMap]]:
    """All bindings that act on a screen: those of the widget with the focus first, then of what it lies in."""
    return screen._modal_binding_chain


class PagedPalette(CommandPalette):
    """Textual's palette, whose list may be too low for a page."""

    def _action_command_list(self, action: str) -> None:
        """Let the list do what a key is for; without room for a line it has no pages, and would raise."""
        if not action.startswith("page") or self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)
