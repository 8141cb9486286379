"""The box that holds the panes of a workbench."""

from collections.abc import Sequence

from textual.containers import Container
from textual.widget import Widget


class PaneBox(Container):
    """Holds panes, in their order."""

    async def add(self, panes: Sequence[Widget]) -> None:
        """Mount panes behind those that are there."""
        if panes:
            await self.mount(*panes)

    def put_in_order(self, panes: Sequence[Widget]) -> None:
        """Put these panes first, in this order."""
        for index, pane in enumerate(panes):
            if self.children[index] is not pane:
                self.move_child(pane, before=index)
