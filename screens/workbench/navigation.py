"""Going to places: the keys of the workbench that jump along the timeline, and those that mark it."""

from collections.abc import Callable

from textual import getters
from textual.screen import Screen

from nnsim.errors import NnsimError
from nnsim.session.session import Session
from nnsim.timeline import Cursor, Place, Position, Timeline, find, parse_place
from nnsim.timeline.timeline import LONGEST_NAME
from screens.dialogs.basic import TextDialog
from screens.host import Host

HINT = """epoch 0 to {last:,}, step 480, 50%, or where something holds:
loss<0.1  val<0.2  accuracy=1  grad:layer1<1e-6  lr-change
best  best-val  nan  diverged  changed  mark:NAME"""


class Going(Screen[None]):
    """The part of a workbench that knows places and marks."""

    app = getters.app(Host)
    session: Session
    place: Place | None = None  # what n and N look for
    _prefix = ""

    def _count(self) -> int:
        raise NotImplementedError

    def _moved(self, move: Callable[[], None]) -> None:
        raise NotImplementedError

    # ------------------------------------------------------------------ places

    def action_go(self) -> None:
        """Ask for a place, unless a number was typed before: that is an epoch."""
        if self._prefix:
            self._go(str(self._count()))
            return
        last = self.session.end.step // self.session.steps_per_epoch
        text = self.place.text if self.place is not None else ""
        dialog = TextDialog("Go to", HINT.format(last=last), text, check=self._check_place)
        self.app.push_screen(dialog, self._go)

    def _check_place(self, text: str) -> str | None:
        """What is wrong with a place, or why the run has none such and will have none."""
        try:
            self.session.step_at(parse_place(text))
        except NnsimError as error:
            return str(error)
        return None

    def _go(self, text: str | None) -> None:
        if text is None:
            return
        if complaint := self._check_place(text):
            self.app.tell(complaint, severity="warning")
            return
        place = parse_place(text)
        if not isinstance(place, Position):
            self.place = place
        self._moved(lambda: self.session.go_to(place))

    def action_again(self, direction: int) -> None:
        """Go to the next, or the previous, of the places asked for last; train on to the next if need be."""
        count, session, place = self._count(), self.session, self.place
        if place is None:
            self.app.tell("g goes to a place such as loss<0.1; n and N then go on and back.")
            return
        try:
            found = find(session.focused.timeline, place)
        except NnsimError as error:
            self.app.tell(str(error), severity="warning")
            return
        look = found.after if direction > 0 else found.before
        reached = here = session.cursor.step
        for _ in range(min(count, len(found.first))):
            reached, before = look(reached) or reached, reached
            if reached == before:
                break
        if reached != here:
            self._moved(lambda: session.head_for(Cursor(reached)))
        elif direction > 0 and session.may_come(place):
            self._moved(lambda: session.go_to(place, here))
        elif not len(found.first):
            self.app.tell(found.otherwise, severity="warning")
        else:
            word = "after" if direction > 0 else "before"
            yet = " so far" if direction > 0 and session.focused.timeline.stop is None else ""
            self.app.tell(f"{place.text}: none {word} {self._where()}{yet}", severity="warning")

    def _where(self) -> str:
        session = self.session
        step, per_epoch = session.cursor.step, session.steps_per_epoch
        return f"epoch {step:,}" if per_epoch == 1 else f"step {step:,} (epoch {-(-step // per_epoch):,})"

    # ------------------------------------------------------------------ marks

    def action_mark(self) -> None:
        """Ask for the name of the step under the cursor."""
        self._prefix = ""
        self.session.stay()
        # What is below the dialog may move on: runs still meet, and what is watched grows.
        timeline, step = self.session.focused.timeline, self.session.cursor.step
        hint = "a name of its own for this step; an empty name takes the mark away"
        where, name = self._where(), timeline.marked(step)
        dialog = TextDialog(f"Mark {where}", hint, name, check=lambda text: _complaint(timeline, step, text))
        self.app.push_screen(dialog, lambda name: self._mark(timeline, step, where, name))

    def _mark(self, timeline: Timeline, step: int, where: str, name: str | None) -> None:
        if name is None:
            return
        try:
            timeline.mark(step, name)
        except NnsimError as error:
            self.app.tell(str(error), severity="warning")
            return
        self.session.revision += 1
        self.app.tell(f"{where}: {f'marked {name.strip()}; w saves it' if name.strip() else 'not marked'}")
        self._moved(self.session.stay)

    def action_go_mark(self, direction: int) -> None:
        """Go to the next, or the previous, mark of any kind."""
        count, session = self._count(), self.session
        marks, here = session.focused.timeline.marks, session.cursor.step
        steps = sorted({one.step for one in marks})
        if direction > 0:
            ahead = [step for step in steps if step > here]
        else:
            ahead = [step for step in reversed(steps) if step < here]
        if not ahead:
            there = f"no mark {'after' if direction > 0 else 'before'} {self._where()}"
            self.app.tell(there if steps else "This run has no marks; m makes one.", severity="warning")
            return
        step = ahead[min(count, len(ahead)) - 1]
        self._moved(lambda: session.head_for(Cursor(step)))
        self.app.tell(" · ".join(f"{one.kind}: {one.text}" for one in marks if one.step == step))


def _complaint(timeline: Timeline, step: int, name: str) -> str | None:
    """What is wrong with a name for a step, or None."""
    if step > timeline.length:
        return f"this run ends at step {timeline.length:,}"
    if len(name) > LONGEST_NAME:
        return f"the name is too long (allowed: {LONGEST_NAME} characters)"
    others = [one for one in timeline.marks if one.kind == "mark" and one.step != step]
    taken = next((one.step for one in others if one.text == name.strip()), None)
    return None if taken is None else f"step {taken:,} has this name already"
