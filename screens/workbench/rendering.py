"""Decides when a workbench is drawn: frames that are due, effects of keys, and the time that drawing may take."""

from time import monotonic, perf_counter
from typing import Protocol

from nnsim.errors import NnsimError
from nnsim.session.view import View
from nnsim.timeline import Cursor
from screens.panes.lesson import LessonPane
from screens.panes.pane import Pane
from screens.terminal import frame_pacing
from screens.workbench.controller_context import Context

DRAWING = 8  # where training takes all the time it gets, drawing takes at most one part in so many of it


class Canvas(Context, Protocol):
    """A workbench as it is drawn."""

    @property
    def is_current(self) -> bool:
        """Whether the workbench is the screen on top."""

    @property
    def view(self) -> View:
        """The view of the panes: at the crosshair, where there is one."""

    @property
    def appearance(self) -> object:
        """The state of the picture beside the session."""

    def may_draw(self, for_key: bool = False) -> bool:
        """Whether the terminal has room for a frame.  Args: for_key: it shows the effect of a key."""

    def present(self, pane: Pane) -> None:
        """Draws a pane."""

    def restage(self) -> None:
        """Gives the places of panes that have nothing to draw to the others, or back."""

    def paint(self) -> None:
        """Sends what was drawn to the terminal."""


class Rendering:
    """Draws what has changed at every frame, and the effects of keys at once."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._session, self._pacer = canvas.session, canvas.pacer
        self.cursor = Cursor()  # that the panes show
        self._drawn: tuple[int, object] | None = None  # the state of the last picture that is whole
        self._speed_said: float | None = None  # in the status line
        self._key_waits = False  # for room to show what it has done
        self.ticked = monotonic()
        self.rests_until = 0.0  # drawing, so that training has its share of the time

    def start_clock(self) -> None:
        """Starts time now, whenever the last frame was drawn."""
        self.ticked = monotonic()

    def invalidate(self) -> None:
        """Draws the next frame even where the session has not changed."""
        self._drawn = None

    def frame(self) -> None:
        """Lets time pass, and draws what that has changed."""
        now, session = monotonic(), self._session
        try:
            session.follow.refresh()
        except NnsimError as error:
            session.follow.end()
            self._canvas.tell(str(error), severity="error", timeout=10)
        if notice := session.notices.take():
            self._canvas.tell(notice, "warning" if session.notices.warns else "information", timeout=10)
        # Asked before time moves the goal on: where training keeps the speed, the last goal is reached by now.
        behind = session.training.lagging() is not None
        if not self._pacer.approaching:  # time stands still until the picture of the cursor is there
            session.playback.elapse(now - self.ticked)
        self.ticked = now
        self._pacer.measure()
        self._pacer.wake()
        if behind and now < self.rests_until:
            return
        self.draw()
        if self._drawn is not None:  # else panes that show two steps would stand there while drawing rests
            self.rests_until = now + DRAWING * (monotonic() - now)
        if not self._pacer.yields_to_key:
            frame_pacing.collect_if_due()

    def draw(self, for_key: bool = False) -> None:
        """Draws the session, if it has changed and the terminal has room for a frame."""
        canvas, pacer = self._canvas, self._pacer
        state = (self._session.state.revision, canvas.appearance)
        if not canvas.is_current:
            return
        if state == self._drawn:
            if pacer.epochs_per_s != self._speed_said and canvas.may_draw():
                self._draw_lines()
                canvas.paint()
            return
        self._key_waits = self._key_waits or for_key
        if not canvas.may_draw(self._key_waits):
            return
        began, for_key, self._key_waits = perf_counter(), self._key_waits, False
        if not (pacer.resting and not for_key) and not pacer.approach(canvas.view):
            # The lesson first: what it asks, other panes hold back.
            lessons = [pane for pane in canvas.panes if isinstance(pane, LessonPane)]
            for lesson in lessons:
                canvas.present(lesson)
            canvas.restage()
            for pane in [one for one in canvas.panes if one not in lessons]:
                if not for_key and self._drawn is not None and pacer.yields_to_key:
                    # The key is not to wait for a picture that it changes: it is drawn with it. Where it changes
                    # none, the next frame is drawn to its end, whatever is pressed meanwhile.
                    self._drawn = None
                    return
                if pane.display or pane.follows:
                    canvas.present(pane)
            self._drawn, self.cursor = state, self._session.cursor
        self._draw_lines()  # they tell what is awaited while the panes show what they have shown
        canvas.paint()
        if for_key:
            pacer.go_on(began)

    def draw_waiting(self) -> None:
        """Draws the effect of a key that waits for room; other frames wait for their time."""
        if self._key_waits:
            self.draw()

    def draw_pane(self, pane: Pane) -> None:
        if not self._pacer.approach(self._canvas.view):
            self._canvas.present(pane)
        self._draw_lines()

    def draw_count(self) -> None:
        """Draws a count that is being typed; the panes do not depend on it, unless it has cut a frame short."""
        began = perf_counter()
        if self._drawn is not None and self._canvas.is_current and self._canvas.may_draw(for_key=True):
            self._draw_lines()
            self._canvas.paint()
            self._pacer.go_on(began)
        else:
            self.draw(for_key=True)

    def _draw_lines(self) -> None:
        """Draws the lines around the panes: they alone tell the measured speed."""
        self._speed_said = self._pacer.epochs_per_s
        self._canvas.draw_lines()
