"""The box that holds the panes of a workbench, each in its place."""

from collections.abc import Callable, Sequence
from typing import Any

from textual.containers import Container
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from screens.widgets.layout import PaneLayout

Arrangement = Callable[[int, int], PaneLayout]  # of so many columns and rows of cells


class PlacedLayout(Layout):
    """Puts each pane where a layout value says."""

    name = "placed"

    def __init__(self) -> None:
        self.panes: Sequence[Widget] = ()
        self.arrangement: Arrangement = lambda width, height: PaneLayout(())

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """Places the children that are displayed and have a place."""
        return [
            WidgetPlacement(Region(place.x, place.y, place.width, place.height), NULL_OFFSET, NULL_SPACING, pane)
            for place in self.arrangement(size.width, size.height).places
            if (pane := self.panes[place.slot]) in children
        ]


class PaneBox(Container):
    """Holds panes, in their order and in their places."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._placed = PlacedLayout()

    @property
    def layout(self) -> Layout:
        """What its children are laid out by."""
        return self._placed

    def place(self, panes: Sequence[Widget], arrangement: Arrangement) -> None:
        """Places panes, also when the box changes its size.  Args: panes: slot by slot."""
        self._placed.panes, self._placed.arrangement = panes, arrangement
        self.refresh(layout=True)

    async def add(self, panes: Sequence[Widget]) -> None:
        if panes:
            await self.mount(*panes)

    def put_in_order(self, panes: Sequence[Widget]) -> None:
        """Puts these panes first, in this order."""
        for index, pane in enumerate(panes):
            if self.children[index] is not pane:
                self.move_child(pane, before=index)
