"""The slots of a workbench: the pane of each, the focus, the stage they stand on, and the layout remembered."""

from collections.abc import Sequence
from dataclasses import replace

from nnsim.session.session import Session
from nnsim.session.view import View
from screens.dialogs.picker import Choice, PickDialog
from screens.pane_catalog import LESSON, Staged, about, stage_of
from screens.panes import PANES, new_pane
from screens.panes.pane import Pane
from screens.preferences import MOST_SLOTS
from screens.widgets.layout import LEAST_WIDTH, PaneLayout, grid_layout, lead_layout, whole_layout
from screens.workbench.controller_context import Context

ADD, REMOVE, RESET, GRID = "+", "-", "=", "#"  # answers that are no panes


def stage_on(session: Session, page: int = 0) -> Staged:
    """The panes of a scenario as a page of its lesson stages them."""
    lesson = session.scenario.lesson
    panes = [name for name in session.scenario.panes if name in PANES]
    return stage_of(panes, [name for name in lesson.shown(page) if name in PANES])


class Slots:
    """The panes of a workbench in their order."""

    def __init__(
        self, context: Context, stage: Staged, kinds: Sequence[str] = (), *, by_page: bool = False
    ) -> None:
        """Args: stage: of the open page. kinds: of the panes that a person has put in its place, if any. by_page:
        whether the page says what is on stage."""
        self._context = context
        kinds = kinds or stage.panes
        self.panes: Sequence[Pane] = [new_pane(name, context) for name in kinds]
        self.stage, self.by_page = stage, by_page
        self.staged = stage.staged if kinds == stage.panes else len(kinds)  # how many of the first ones are on it
        self.side_by_side = False  # whether all panes stand in a grid instead
        self.bare = frozenset[int]()  # slots on the stage of the page whose panes have nothing to draw yet
        self._turn: int | None = None  # the slot that had the focus last, but for the lesson's
        self.focus = kinds.index(LESSON) if LESSON in kinds else 0
        self.zoomed = False  # whether the pane with the focus has the screen to itself
        self._taken_away: dict[str, Pane] = {}  # by their kinds; a widget is not shown a second time

    @property
    def focus(self) -> int:
        """The slot that has the focus."""
        return self._focus

    @focus.setter
    def focus(self, slot: int) -> None:
        self._focus = slot
        if self.panes[slot].kind != LESSON:  # the reader of the lesson keeps the picture that was turned to
            self._turn = slot

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
        if self.side_by_side:
            return grid_layout(len(self.panes), self.focus, width, height)
        order, staged = self._order()
        # Where the lesson has no room beside the lead, the pane with the focus has all of it.
        slot = self._turn if width >= 2 * LEAST_WIDTH else self.focus
        turn = 0 if slot is None else order.index(slot)
        wide = about(self.panes[order[0]].kind).wide
        found = lead_layout(len(order), turn, width, height, wide=wide, staged=staged)
        places = tuple(replace(place, slot=order[place.slot]) for place in found.places)
        return PaneLayout(places, order[0], tuple(order[slot] for slot in found.tabs))

    def _order(self) -> tuple[list[int], int]:
        """The slots as they take their places, and how many of them are on stage: the bare ones are not."""
        slots = [*range(len(self.panes))]
        pictures = [slot for slot in slots[: self.staged] if self.panes[slot].kind != LESSON]
        drawn = [slot for slot in pictures if slot not in self.bare]
        if not self.bare or not drawn:
            return slots, self.staged
        lesson = [slot for slot in slots[: self.staged] if self.panes[slot].kind == LESSON]
        first = [drawn[0], *lesson, *drawn[1:]]
        return [*first, *(slot for slot in slots if slot not in first)], len(first)

    def tabs(self, width: int, height: int) -> dict[int, tuple[str, ...]]:
        """The titles of panes on stage that share the place of a visible one, by its slot."""
        found = self.layout(width, height)
        staged = {slot for slot in self._order()[0][: self._order()[1]] if slot in found.tabs}
        shown = [slot for slot in found.slots if slot in staged]
        hidden = [self.panes[slot].title for slot in found.tabs if slot in staged and slot not in found.slots]
        return {slot: tuple(hidden) for slot in shown} if hidden and not self.zoomed else {}

    def find_bare(self, view: View, withheld: frozenset[str]) -> frozenset[int]:
        """The slots of the page's stage whose panes have nothing to draw of a view; none of what was put there by
        hand.  Args: withheld: figures that the lesson asks about."""
        if not (self.by_page and self.is_own):
            return frozenset()
        return frozenset(
            slot
            for slot, pane in enumerate(self.panes[: self.staged])
            if pane.kind != LESSON and not pane.has_picture(view, withheld)
        )

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
        own = "as the page has them" if self.is_own else "forget what was changed here"
        choices = [
            *self._choices(),
            Choice(ADD, "Add a slot", f"for one more pane, behind {place}", "+", possible=self._can_add),
            Choice(REMOVE, "Remove this slot", self.in_focus.title, "-", possible=len(self.panes) > 1),
            Choice(RESET, "The stage again", own, "=", possible=not self.is_own),
            Choice(GRID, "All panes", "side by side", "#", possible=not self.side_by_side),
        ]
        self._context.ask(PickDialog(f"What {place} shows", choices, self.in_focus.kind), self._picked)

    def _choices(self) -> list[Choice]:
        kinds = self.kinds
        found = []
        for name in PANES:
            reason = PANES[name].why_not(self._context.session.view)
            title, description = about(name)[:2]
            place = str(kinds.index(name) + 1) if name in kinds else ""
            if reason:
                description = f"not here: {reason[0].lower()}{reason[1:]}"
            found.append(Choice(name, title, description, place))
        return found

    @property
    def _can_add(self) -> bool:
        return len(self.panes) < min(MOST_SLOTS, len(PANES))

    @property
    def is_own(self) -> bool:
        """Whether nothing was changed by hand on the stage of the page."""
        return Staged(tuple(self.kinds), self.staged) == self.stage and not self.side_by_side

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
            await self.put_on(self.stage)
        elif answer == GRID:
            self.side_by_side = True
            self._context.rearrange()
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
        self.staged += self.focus < self.staged
        await self._fill(layout, self.focus + 1)

    async def remove_slot(self) -> None:
        """Removes the focused slot; the last one stays."""
        layout = self.kinds
        if len(layout) == 1:
            self._context.tell("The last slot stays: p shows something else in it.")
            return
        del layout[self.focus]
        self.staged -= self.focus < self.staged
        await self._fill(layout)

    async def put_on(self, stage: Staged) -> None:
        """Puts the panes of a page on stage, whatever stood there; the focus stays where it can, else the lesson
        has it."""
        self.stage, self.staged, self.side_by_side, self._turn = stage, stage.staged, False, None
        kind = self.in_focus.kind
        if kind not in stage.panes[: stage.staged]:
            kind = LESSON if LESSON in stage.panes else stage.panes[0]
        await self._fill(stage.panes, stage.panes.index(kind))

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
        context.remember_layout(None if self.is_own else tuple(layout))
