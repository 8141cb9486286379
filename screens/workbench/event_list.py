"""The list of what happened in the runs, from which the cursor goes to one of the events."""

from nnsim.lessons.session_events import SessionEvent, session_events
from nnsim.timeline import Cursor
from screens.dialogs.picker import Choice, PickDialog
from screens.workbench.controller_context import Context
from screens.workbench.lesson_keys import LessonKeys

NONE = "Nothing has happened in these runs that one could go to: m marks a step."


class EventList:
    """Lists the answers, challenges, forks, changed settings and marks, and goes to the one that is picked."""

    def __init__(self, context: Context, lesson: LessonKeys) -> None:
        self._context, self._lesson = context, lesson
        self._session = context.session

    def show(self) -> None:
        """Lists what happened; says so where nothing did."""
        context, session = self._context, self._session
        context.take_count()
        if context.refuse_while_pending():
            return
        session.motion.stay()
        found = session_events(session.view, session.saving.answers)
        if not found:
            context.tell(NONE)
            return
        choices = [Choice(str(place), self._where(one), one.text) for place, one in enumerate(found)]

        async def go(answer: str | None) -> None:
            if answer is not None:
                await self._go(found[int(answer)])

        context.ask(PickDialog("What happened", choices), go)

    def _where(self, event: SessionEvent) -> str:
        """The place of an event in words, with its run where there are several."""
        view = self._session.view
        track = view.tracks[event.track]
        per_epoch = track.log.steps_per_epoch
        place = f"{track.log.unit} {-(-event.step // per_epoch):,}"
        if event.step % per_epoch:
            place = f"step {event.step:,}"
        return f"{place} · {view.label(track, view.tracks)}" if len(view.tracks) > 1 else place

    async def _go(self, event: SessionEvent) -> None:
        motion = self._session.motion
        if event.page is not None:
            await self._lesson.open_page(event.page)  # first, for it may say where the cursor begins
        if event.track < len(self._session.tracks):
            self._context.change(lambda: motion.focus_on(event.track))
            self._context.change(lambda: motion.head_for(Cursor(event.step)))
