"""The slots of a workbench: the pane of each, the focus, and the layout that is remembered."""

from collections.abc import Callable, Iterable, Sequence

from nnsim.session.session import Session
from screens.dialogs.picker import Choice, PickDialog
from screens.pane_catalog import about
from screens.panes import PANES, new_pane
from screens.panes.pane import Pane
from screens.preferences import MOST_SLOTS
from screens.widgets.layout import PaneLayout, grid_layout, whole_layout
from screens.workbench.controller_context import Context

ADD, REMOVE, RESET = "+", "-", "="  # answers that are no panes


def own_layout(session: Session) -> tuple[str, ...]:
    return tuple(name for name in session.scenario.panes if name in PANES)


class Slots:
    """The panes of a workbench in their order."""

    def __init__(self, context: Context, kinds: Iterable[str]) -> None:
        """Args: kinds: of the panes to begin with."""
        self._context = context
        self.panes: Sequence[Pane] = [new_pane(name, context) for name in kinds]
        self.focus = 0
        self.arrangement: Callable[[int, int, int, int], PaneLayout] = grid_layout  # see screens.widgets.layout
        self.zoomed = False  # whether the pane with the focus has the screen to itself
        self._taken_away: dict[str, Pane] = {}  # by their kinds; a widget is not shown a second time

    @property
    def in_focus(self) -> Pane:
        return self.panes[self.focus]

    @property
    def kinds(self) -> list[str]:
        return [pane.kind for pane in self.panes]

    def layout(self, width: int, height: int) -> PaneLayout:
        """The places of panes in a body of so many cells."""
        if self.zoomed:
            return whole_layout(self.focus, width, height)
        return self.arrangement(len(self.panes), self.focus, width, height)

    def focus_next(self, by: int) -> None:
        """Focuses the pane so many slots on, or back."""
        self._context.take_count()
        self.focus_pane(self.panes[(self.focus + by) % len(self.panes)])

    def focus_pane(self, pane: Pane) -> None:
        self.focus = self.panes.index(pane)
        self._context.rearrange()

    def zoom(self) -> None:
        """Gives the focused pane the whole screen, or takes that back."""
        self._context.take_count()
        self.zoomed = not self.zoomed
        self._context.rearrange()

    def pick(self) -> None:
        """Asks which pane the focused slot shows, and what else to do with slots."""
        self._context.take_count()
        place = f"slot {self.focus + 1} of {len(self.panes)}"
        own = "as the scenario has it" if self._is_own else "forget what was changed here"
        choices = [
            *self._choices(),
            Choice(ADD, "Add a slot", f"for one more pane, behind {place}", "+", possible=self._can_add),
            Choice(REMOVE, "Remove this slot", self.in_focus.title, "-", possible=len(self.panes) > 1),
            Choice(RESET, "Scenario's panes", own, "=", possible=not self._is_own),
        ]
        self._context.ask(PickDialog(f"What {place} shows", choices, self.in_focus.kind), self._picked)

    def _choices(self) -> list[Choice]:
        kinds = self.kinds
        found = []
        for name in PANES:
            reason = PANES[name].why_not(self._context.session.view)
            title, description = about(name)
            place = str(kinds.index(name) + 1) if name in kinds else ""
            if reason:
                description = f"not here: {reason[0].lower()}{reason[1:]}"
            found.append(Choice(name, title, description, place))
        return found

    @property
    def _can_add(self) -> bool:
        return len(self.panes) < min(MOST_SLOTS, len(PANES))

    @property
    def _is_own(self) -> bool:
        return tuple(self.kinds) == own_layout(self._context.session)

    async def _picked(self, answer: str | None) -> None:
        if answer is None:
            return
        if answer == ADD:
            kinds = self.kinds
            choices = [one for one in self._choices() if one.answer not in kinds]
            self._context.ask(PickDialog("What the new slot shows", choices), self.add_slot)
        elif answer == REMOVE:
            await self.remove_slot()
        elif answer == RESET:
            await self._fill(own_layout(self._context.session))
        else:
            await self.show_pane(answer)

    async def show_pane(self, name: str) -> None:
        """Puts a pane into the focused slot; swaps it with another slot's."""
        layout, here = self.kinds, self.focus
        if name in layout:
            there = layout.index(name)
            layout[there] = layout[here]
        layout[here] = name
        await self._fill(layout)

    async def add_slot(self, name: str | None) -> None:
        """Puts a pane into a new slot behind the focused one."""
        if name is None:
            return
        layout = self.kinds
        layout.insert(self.focus + 1, name)
        await self._fill(layout, self.focus + 1)

    async def remove_slot(self) -> None:
        """Removes the focused slot; the last one stays."""
        layout = self.kinds
        if len(layout) == 1:
            self._context.tell("The last slot stays: p shows something else in it.")
            return
        del layout[self.focus]
        await self._fill(layout)

    async def _fill(self, layout: Sequence[str], focus: int | None = None) -> None:
        """Shows these panes in this order, and remembers that; panes that stay keep their state.

        Args: focus: the slot to focus. Frames are drawn while panes are mounted, so slots and focus change
        together.
        """
        context, former = self._context, self.panes
        before = {pane.kind: pane for pane in former}
        panes = [before.get(name) or new_pane(name, context) for name in layout]
        new = [pane for pane in panes if pane.kind not in before]
        for pane in new:
            pane.display = False  # until it has its place
            if pane.kind in self._taken_away:
                pane.take_over(self._taken_away.pop(pane.kind))
        await context.pane_box.add(new)
        left = [pane for pane in former if pane not in panes]
        self.panes = panes
        self.focus = min(self.focus if focus is None else focus, len(panes) - 1)
        context.pane_box.put_in_order(panes)
        for pane in left:
            self._taken_away[pane.kind] = pane
            pane.display = False
        context.rearrange()
        await context.pane_box.remove_children(left)
        context.remember_layout(None if self._is_own else tuple(layout))
