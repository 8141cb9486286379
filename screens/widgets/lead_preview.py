"""A lesson's lead pane, small: drawn from a short run, which a thread trains when the cursor rests there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.message import Message
from textual.timer import Timer

from nnsim.errors import NnsimError

if TYPE_CHECKING:
    from nnsim.session.view import View
    from screens.panes.pane import Pane

RESTING_S = 0.3  # before a picture is made: whoever goes through the list waits for none
TRAINING_S = 0.3  # at most, so that there is something to be seen
SLICE = 64  # steps between two looks at the clock
LEAST_SIZE = 24, 8  # cells of a picture in which anything can be told
NO_LEADS = ("lesson", "narrator", "arrays", "arithmetic", "diagnosis")  # panes of text


class LeadPicture(Container):
    """Shows the lead pane of one scenario at a time; nothing where there is no room, or its file is not correct."""

    DEFAULT_CSS = """
    LeadPicture { height: 1fr; width: 1fr; }
    LeadPicture Pane, LeadPicture Pane:focus { border: none; }
    """

    class Made(Message):
        """A thread has made the view that is to be drawn."""

        def __init__(self, path: Path, kind: str, view: View) -> None:
            super().__init__()
            self.path, self.kind, self.view = path, kind, view

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._wanted: Path | None = None
        self._resting: Timer | None = None
        self._view: View | None = None
        self.pane: Pane | None = None

    def show(self, path: Path | None, page: int = 0) -> None:
        """Draws the lead pane of a scenario's page soon.  Args: path: None for nothing. page: from 0."""
        if path == self._wanted:
            return
        self._wanted, self._view = path, None
        if self._resting is not None:
            self._resting.stop()
        if self.pane is not None:
            self.pane.remove()
            self.pane = None
        if path is not None:
            self._resting = self.set_timer(RESTING_S, lambda: self._begin(path, page))

    @property
    def has_room(self) -> bool:
        """Whether a picture could tell anything."""
        return self.size.width >= LEAST_SIZE[0] and self.size.height >= LEAST_SIZE[1]

    def _begin(self, path: Path, page: int) -> None:
        if not self.has_room or path != self._wanted:
            return
        tell: Callable[[Message], object] = self.post_message
        Thread(target=_make, args=(path, page, tell), name="lead picture", daemon=True).start()

    async def on_lead_picture_made(self, message: Made) -> None:
        """Mounts the pane, unless the cursor has gone on."""
        message.stop()
        if message.path != self._wanted or not self.is_attached:
            return
        from screens.panes import PANES

        pane = PANES[message.kind]()
        pane.can_focus = False
        self._view, self.pane = message.view, pane
        await self.mount(pane)
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def on_pane_changed(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self.pane is None or self._view is None or not self.pane.is_attached:
            return
        self.pane.display = self.has_room
        if not self.pane.display:
            return
        if self.pane.size.width:
            self.pane.present(self._view)
        else:  # it has no place yet
            self.call_after_refresh(self._draw)


def _make(path: Path, page: int, tell: Callable[[Message], object]) -> None:
    """Trains the runs of a scenario a little, and tells the view of it."""
    from nnsim.scenario.scenario import read_scenario
    from nnsim.session.session import Session
    from nnsim.timeline import Cursor
    from screens.panes import PANES

    try:
        session = Session.of_scenario(read_scenario(path))
    except NnsimError:
        return  # what is wrong with it is said by whoever opens it
    staged, panes = session.scenario.lesson.shown(page), session.scenario.panes
    kinds = [one for one in (*staged, *panes) if one in PANES and one not in NO_LEADS]
    end = monotonic() + TRAINING_S
    tracks = session.tracks
    for track in tracks:
        share = track.last_step // 10 or track.last_step
        while track.run is not None and track.timeline.length < share and monotonic() < end:
            track.run.advance(min(SLICE, share - track.timeline.length))
    view = session.view.at(Cursor(session.focused.timeline.length))
    kind = next((one for one in kinds if PANES[one].why_not(view) is None), None)
    if kind is not None:
        with suppress(RuntimeError):  # the loop is closed: the program has ended
            tell(LeadPicture.Made(path, kind, view))
