"""The stage of a lesson's page: its panes, the run in focus, and where the cursor starts."""

from nnsim.lessons.page_stage import begin_page
from nnsim.scenario.lesson_stage import LessonStage, StageMark
from screens.panes.lesson import LessonPane
from screens.workbench.controller_context import Context
from screens.workbench.slots import Slots, stage_on


class StageKeys:
    """Puts on stage what the open page says, and again when a person asks for it."""

    def __init__(self, context: Context, slots: Slots) -> None:
        self._context, self._slots = context, slots
        self._session = context.session
        self._page = 0  # that is on stage
        self._marked: StageMark | None = None  # what the panes were told last
        self._opened = {0}  # pages whose run and cursor were set already

    @property
    def is_behind(self) -> bool:
        """Whether another page is open than the one on stage."""
        return self._open_page != self._page

    @property
    def _open_page(self) -> int:
        pane = next((one for one in self._context.panes if isinstance(one, LessonPane)), None)
        return self._page if pane is None or pane.learner is None else pane.learner.page

    def _stage(self, page: int) -> LessonStage:
        parts = self._session.scenario.lesson.parts
        return parts[page].stage if page < len(parts) else LessonStage()

    def begin(self) -> None:
        """Sets run and cursor of the first page, unless they were chosen already: a replay, a place, playing."""
        self._place(self._stage(0), opening=True)

    async def follow(self) -> bool:
        """Puts the open page on stage, where another one was.  Returns: whether the panes were drawn for it."""
        page = self._open_page
        if page == self._page:
            return False
        self._page = page
        if page not in self._opened:  # who comes back finds the runs as they were left
            self._opened.add(page)
            self._place(self._stage(page))
        # Pages that say nothing of panes leave the slots as they are.
        return bool(self._session.scenario.lesson.shown(page)) and await self._put_on()

    @property
    def mark(self) -> StageMark:
        """What the page on stage marks."""
        return self._stage(self._page).mark

    def show_mark(self) -> None:
        """Tells the panes what the page marks, where they do not know it yet."""
        mark = self.mark
        for pane in self._context.panes:
            pane.marked_layer = mark.layer
        if mark is not self._marked:
            self._marked = mark
            for pane in self._context.panes if mark.point else ():
                pane.choose_row(mark.point - 1)

    async def restore(self) -> None:
        """Goes back to the stage of the page, whatever was changed by hand."""
        self._context.take_count()
        stage, before = self._stage(self._page), (self._session.view.focus, self._session.view.goal)
        self._place(stage)
        if not await self._put_on() and before == (self._session.view.focus, self._session.view.goal):
            self._context.tell("This is the page's stage already; p changes a slot.")

    async def _put_on(self) -> bool:
        """Puts the panes of the page into the slots.  Returns: whether they were not there already."""
        stage, slots = stage_on(self._session, self._page), self._slots
        if stage == slots.stage and slots.is_own:
            return False
        await slots.put_on(stage)
        return True

    def _place(self, stage: LessonStage, opening: bool = False) -> None:
        if stage.run or stage.cursor is not None:
            self._context.change(lambda: begin_page(self._session, stage, opening=opening))
