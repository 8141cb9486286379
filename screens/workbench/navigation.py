"""The keys that move the cursor along the timeline, mark steps, and list the events that one can go to."""

from collections.abc import Callable

from nnsim.errors import NnsimError
from nnsim.lessons.session_events import SessionEvent, session_events
from nnsim.timeline import Cursor, Place, Position, RunLog, find, parse_place
from nnsim.timeline.cursor import Unit
from nnsim.timeline.timeline import LONGEST_NAME
from screens.dialogs.basic import TextDialog
from screens.dialogs.picker import Choice, PickDialog
from screens.workbench.controller_context import Context
from screens.workbench.lesson_keys import LessonKeys
from screens.workbench.status import speed_message, why_no_further

HINT = """epoch 0 to {last:,}, step 480, 50%, or where something holds:
loss<0.1  val<0.2  accuracy=1  grad:layer1<1e-6  lr-change
best  best-val  nan  diverged  changed  mark:NAME"""


class Navigation:
    """Moves the cursor of a session: by epochs, batches and phases, to places and to marks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.session = context.session
        self.place: Place | None = None  # what n and N look for

    def play(self) -> None:
        self._context.take_count()
        self._context.start_clock()
        self._context.change(lambda: self.session.playback.play(not self.session.playback.playing))

    def move(self, unit: Unit, direction: int) -> None:
        """Goes as many epochs, batches or phases on (1) or back (-1) as were typed."""
        count = self._context.take_count() * direction
        self._go_far(direction, lambda: self.session.motion.move(unit, count))

    def go_to_start(self) -> None:
        self._context.take_count()
        self._go_far(-1, lambda: self.session.motion.head_for(Cursor()))

    def go_to_newest(self) -> None:
        self._context.take_count()
        self._go_far(1, self.session.follow.go_newest)

    def _go_far(self, direction: int, move: Callable[[], None]) -> None:
        """Moves on (1) or back (-1), or says why not."""
        before, paused = self.session.cursor, not self.session.playback.playing
        self._context.change(move)
        if paused and self.session.view.arrived and before == self.session.cursor:
            self._context.tell(why_no_further(self.session, direction))

    def change_speed(self, by: int) -> None:
        count, before = self._context.take_count() * by, self.session.playback.speed
        self._context.change(lambda: self.session.playback.change_speed(count))
        if message := speed_message(self.session.playback.speed, before, by, self._context.status):
            self._context.tell(message)

    def next_run(self, by: int) -> None:
        by *= self._context.take_count()
        if len(self.session.tracks) == 1:
            self._context.tell("This scenario has one run only.")
            return
        self._context.change(lambda: self.session.motion.focus_on(self.session.view.focus + by))

    def stop(self) -> None:
        """Stops what is under way: a pending edit, the work of panes, training towards a place."""
        context, session = self._context, self.session
        context.take_count()
        if context.pending.under_way:
            context.change(lambda: None)
            return
        stopped = [pane.cancel() for pane in context.panes]
        if session.view.arrived and not (session.playback.playing or session.follow.active or any(stopped)):
            context.tell("Nothing runs that escape could stop; q leaves.")
        if context.pacer.approaching:
            context.pacer.give_up()
            context.change(lambda: session.motion.head_for(context.drawn_cursor))
        else:
            context.change(session.motion.stay)

    def go(self) -> None:
        """Asks for a place, or goes to the epoch that was typed."""
        if self._context.typed_count:
            self._go(str(self._context.take_count()))
            return
        last = self.session.view.end.step // self.session.view.steps_per_epoch
        text = self.place.text if self.place is not None else ""
        dialog = TextDialog("Go to", HINT.format(last=last), text, check=self._check_place)
        self._context.ask(dialog, self._go)

    def _check_place(self, text: str) -> str | None:
        """The error in a place, or the reason why the run never reaches it."""
        try:
            self.session.motion.step_at(self._parsed(text))
        except NnsimError as error:
            return str(error)
        return None

    def _go(self, text: str | None) -> None:
        if text is None:
            return
        if complaint := self._check_place(text):
            self._context.tell(complaint, severity="warning")
            return
        place = self._parsed(text)
        if not isinstance(place, Position):
            self.place = place
        self._context.change(lambda: self.session.motion.go_to(place))

    def _parsed(self, text: str) -> Place:
        """A place as it was typed, the focused run's own figures among those that it may name."""
        return parse_place(text, self.session.focused.log.series)

    def go_to_next(self, direction: int) -> None:
        """Goes to the next, or previous, of the places asked for last; trains on to the next if need be."""
        count, session, place = self._context.take_count(), self.session, self.place
        if place is None:
            self._context.tell("g goes to a place such as loss<0.1; n and N then go on and back.")
            return
        try:
            found = find(session.focused.log, place)
        except NnsimError as error:
            self._context.tell(str(error), severity="warning")
            return
        next_step = found.after if direction > 0 else found.before
        reached = here = session.cursor.step
        for _ in range(min(count, len(found.first))):
            reached, before = next_step(reached) or reached, reached
            if reached == before:
                break
        if reached != here:
            self._context.change(lambda: session.motion.head_for(Cursor(reached)))
        elif direction > 0 and session.motion.may_come(place):
            self._context.change(lambda: session.motion.go_to(place, here))
        elif not len(found.first):
            self._context.tell(found.otherwise, severity="warning")
        else:
            word = "after" if direction > 0 else "before"
            yet = " so far" if direction > 0 and session.focused.log.stop is None else ""
            self._context.tell(f"{place.text}: none {word} {self._where()}{yet}", severity="warning")

    def _where(self) -> str:
        session = self.session
        step, per_epoch = session.cursor.step, session.view.steps_per_epoch
        unit = self.session.focused.log.unit
        return f"{unit} {step:,}" if per_epoch == 1 else f"step {step:,} (epoch {-(-step // per_epoch):,})"

    def mark(self) -> None:
        """Asks for a name of the step under the cursor."""
        self._context.take_count()
        if self._context.refuse_while_pending():
            return
        self.session.motion.stay()
        # What is below the dialog may move on: runs still meet, and what is watched grows.
        timeline, step = self.session.focused.log, self.session.cursor.step
        hint = "a name of its own for this step; an empty name takes the mark away"
        where, name = self._where(), timeline.marked(step)
        dialog = TextDialog(f"Mark {where}", hint, name, check=lambda text: _complaint(timeline, step, text))
        self._context.ask(dialog, lambda name: self._mark(timeline, step, where, name))

    def _mark(self, timeline: RunLog, step: int, where: str, name: str | None) -> None:
        if name is None:
            return
        try:
            timeline.mark(step, name)
        except NnsimError as error:
            self._context.tell(str(error), severity="warning")
            return
        self.session.state.revision += 1
        self._context.tell(f"{where}: {f'marked {name.strip()}; w saves it' if name.strip() else 'not marked'}")
        self._context.change(self.session.motion.stay)

    def go_to_mark(self, direction: int) -> None:
        """Goes to the next, or previous, mark."""
        count, session = self._context.take_count(), self.session
        marks, here = session.focused.log.marks, session.cursor.step
        steps = sorted({one.step for one in marks})
        if direction > 0:
            ahead = [step for step in steps if step > here]
        else:
            ahead = [step for step in reversed(steps) if step < here]
        if not ahead:
            there = f"no mark {'after' if direction > 0 else 'before'} {self._where()}"
            self._context.tell(there if steps else "This run has no marks; m makes one.", severity="warning")
            return
        step = ahead[min(count, len(ahead)) - 1]
        self._context.change(lambda: session.motion.head_for(Cursor(step)))
        self._context.tell(" · ".join(f"{one.kind}: {one.text}" for one in marks if one.step == step))


def _complaint(timeline: RunLog, step: int, name: str) -> str | None:
    """The error in a name for a step, or None."""
    if step > timeline.length:
        return f"this run ends at step {timeline.length:,}"
    if len(name) > LONGEST_NAME:
        return f"the name is too long (allowed: {LONGEST_NAME} characters)"
    others = [one for one in timeline.marks if one.kind == "mark" and one.step != step]
    taken = next((one.step for one in others if one.text == name.strip()), None)
    return None if taken is None else f"step {taken:,} has this name already"


NO_EVENTS = "Nothing has happened in these runs that one could go to: m marks a step."


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
            context.tell(NO_EVENTS)
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
