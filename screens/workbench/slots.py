"""The slots of a workbench: which pane each of them shows, kept per scenario."""

from textual import getters
from textual.containers import Container
from textual.screen import Screen

from nnsim.session.session import Session
from screens.dialogs.picker import Choice, PickDialog
from screens.host import Host
from screens.pane_catalog import about
from screens.panes import PANES, made
from screens.panes.availability import why_not
from screens.panes.base import Pane
from screens.panes.pane_context import PaneContext
from screens.preferences import MOST_SLOTS

ADD, REMOVE, RESET = "+", "-", "="  # answers that are no panes


def own_layout(session: Session) -> tuple[str, ...]:
    """The panes that the scenario asks for."""
    return tuple(name for name in session.scenario.panes if name in PANES)


class Slots(Screen[None]):
    """The part of a workbench that knows which slot shows which pane."""

    app = getters.app(Host)
    session: Session
    pane_context: PaneContext
    panes: list[Pane]
    _focused_pane = 0

    def __init__(self) -> None:
        super().__init__()
        self._taken_away: dict[str, Pane] = {}  # by their kinds; a widget is not shown a second time

    def take_count(self) -> int:
        raise NotImplementedError

    def _rearrange(self) -> None:
        raise NotImplementedError

    def _layout_now(self) -> tuple[str, ...]:
        """The panes to begin with: those that were kept for this scenario, else its own."""
        return self.app.preferences.layout(self.session.scenario.name, PANES) or own_layout(self.session)

    # ------------------------------------------------------------------ asking

    def action_pick_pane(self) -> None:
        """Ask what the focused slot shall show, and what else to do with the slots."""
        self.take_count()
        focused = self.panes[self._focused_pane]
        place = f"slot {self._focused_pane + 1} of {len(self.panes)}"
        own = "as the scenario has it" if self._is_own else "forget what was changed here"
        choices = [
            *self._choices(),
            Choice(ADD, "Add a slot", f"for one more pane, behind {place}", "+", possible=self._can_add),
            Choice(REMOVE, "Remove this slot", focused.title, "-", possible=len(self.panes) > 1),
            Choice(RESET, "Scenario's panes", own, "=", possible=not self._is_own),
        ]
        self.app.push_screen(PickDialog(f"What {place} shows", choices, focused.kind), self._picked)

    def _choices(self) -> list[Choice]:
        shown = [pane.kind for pane in self.panes]
        found = []
        for name in PANES:
            reason = why_not(name, self.session.view)
            title, told = about(name)
            place = str(shown.index(name) + 1) if name in shown else ""
            if reason:
                told = f"not here: {reason[0].lower()}{reason[1:]}"
            found.append(Choice(name, title, told, place))
        return found

    @property
    def _can_add(self) -> bool:
        return len(self.panes) < min(MOST_SLOTS, len(PANES))

    @property
    def _is_own(self) -> bool:
        return tuple(pane.kind for pane in self.panes) == own_layout(self.session)

    async def _picked(self, answer: str | None) -> None:
        if answer is None:
            return
        if answer == ADD:
            shown = {pane.kind for pane in self.panes}
            choices = [one for one in self._choices() if one.answer not in shown]
            self.app.push_screen(PickDialog("What the new slot shows", choices), self.add_slot)
        elif answer == REMOVE:
            await self.remove_slot()
        elif answer == RESET:
            await self._fill(own_layout(self.session))
        else:
            await self.show_pane(answer)

    # ------------------------------------------------------------------ doing

    async def action_pane_key(self, action: str) -> None:
        """Do what a key of the focused pane's own does; the footer says which."""
        await self.app.run_action(action, default_namespace=self.panes[self._focused_pane])

    async def show_pane(self, name: str) -> None:
        """Put a pane into the focused slot; where another slot has it, the two change places."""
        layout, here = [pane.kind for pane in self.panes], self._focused_pane
        if name in layout:
            there = layout.index(name)
            layout[there] = layout[here]
        layout[here] = name
        await self._fill(layout)

    async def add_slot(self, name: str | None) -> None:
        """Put a pane into a new slot behind the focused one."""
        if name is None:
            return
        layout = [pane.kind for pane in self.panes]
        layout.insert(self._focused_pane + 1, name)
        await self._fill(layout, self._focused_pane + 1)

    async def remove_slot(self) -> None:
        """Take the focused slot away; the last one stays."""
        layout = [pane.kind for pane in self.panes]
        if len(layout) == 1:
            self.app.tell("The last slot stays: p shows something else in it.")
            return
        del layout[self._focused_pane]
        await self._fill(layout)

    async def _fill(self, layout: list[str] | tuple[str, ...], focus: int | None = None) -> None:
        """Show these panes in this order, and keep that for the next time. Panes that stay are kept as they are.

        Args: focus: the slot that gets it, where that is another one. While panes are mounted frames are drawn, so
        slots and focus change together.
        """
        box = self.query_one("#panes", Container)
        before = {pane.kind: pane for pane in self.panes}
        panes = [before.get(name) or made(name, self.pane_context) for name in layout]
        new = [pane for pane in panes if pane.kind not in before]
        for pane in new:
            pane.display = False  # until it has its place
            if pane.kind in self._taken_away:
                pane.go_on_from(self._taken_away.pop(pane.kind))
        if new:
            await box.mount(*new)
        left = [pane for pane in self.panes if pane not in panes]
        self.panes = panes
        self._focused_pane = min(self._focused_pane if focus is None else focus, len(panes) - 1)
        for index, pane in enumerate(panes):
            if box.children[index] is not pane:
                box.move_child(pane, before=index)
        for pane in left:
            self._taken_away[pane.kind] = pane
            pane.display = False
        self._rearrange()
        await box.remove_children(left)
        self.app.keep(layout=(self.session.scenario.name, None if self._is_own else tuple(layout)))
