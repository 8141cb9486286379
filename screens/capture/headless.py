"""A workbench without a terminal, for pictures, and for films while it plays."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.driver import Driver
from textual.geometry import Size
from textual.pilot import Pilot
from textual.strip import Strip

from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.export.asciicast import CastEvent
from nnsim.session.playback import SPEEDS
from nnsim.session.session import Session
from nnsim.terminal.theme_names import DEFAULT
from nnsim.text import clean_line, quote
from screens.app import NnsimApp
from screens.panes import PANES
from screens.plots import PlotWidget
from screens.plots.draw import Picture
from screens.preferences import Preferences
from screens.terminal.screen_diff import SentCells
from screens.terminal.textual_internals import rendered_rows
from screens.workbench.workbench import FRAMES_PER_S, Workbench

LONGEST_S = 3600.0  # of a film
# What a picture shows does not depend on the terminal that it is asked for in.
ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
WITHOUT = ("NO_COLOR", "WT_SESSION", "TEXTUAL_COLOR_SYSTEM")


class Studio(NnsimApp):
    """The app with a camera in place of a terminal."""

    def __init__(self, session: Session, theme: str) -> None:
        super().__init__(session, theme=theme, chosen=Preferences())  # no picture depends on who takes it
        self.driver_class = Camera

    def open_first(self) -> None:
        """A stage takes its place."""


class Camera(Driver):
    """A driver that collects what is written to it."""

    def __init__(self, app: Any, *, size: tuple[int, int] | None = None, **options: Any) -> None:
        super().__init__(app, size=size, **options)
        self._cells = Size(*(size or (80, 24)))
        self.sent_cells = SentCells()
        self.written: list[str] = []

    def write(self, data: str) -> None:
        self.written.append(data)

    def developed(self) -> str:
        """Takes what was written since the last call."""
        text = "".join(self.written)
        self.written.clear()
        return text

    def start_application_mode(self) -> None:
        self.send_message(events.Resize(self._cells, self._cells))

    def disable_input(self) -> None:
        """Nobody types."""

    def stop_application_mode(self) -> None:
        """There is no terminal to give back."""


class Stage(Workbench):
    """A workbench whose time passes only where its caller lets it."""

    def __init__(self, session: Session, pane: str | None = None) -> None:
        """Args: pane: that stands there alone; None leaves those of the scenario."""
        self._alone = pane
        super().__init__(session)

    def kept_kinds(self) -> Sequence[str]:
        return super().kept_kinds() if self._alone is None else (self._alone,)

    def tick(self) -> None:
        """The clock of the room means nothing here."""

    def begin_lesson(self) -> None:
        """The picture is of the place that was asked for."""

    async def shoot(self, pilot: Pilot[Any]) -> None:
        """Draws the session, and waits until every widget has drawn."""
        self.rendering.draw()
        await pilot.pause(0)
        while self.pacer.approaching and self.app.failure is None:
            await pilot.pause(0)


@contextmanager
def lights() -> Iterator[None]:
    before = dict(os.environ)
    for name in WITHOUT:
        os.environ.pop(name, None)
    os.environ |= ENVIRONMENT
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


def _work(
    session: Session,
    size: tuple[int, int],
    pane: str | None,
    act: Callable[[Pilot[Any], Stage, Camera], Awaitable[None]],
    theme: str = DEFAULT,
) -> None:
    """Opens a session in a workbench of a size, with one pane alone where one is named, and acts there."""
    names = [name for name, one in PANES.items() if one.why_not(session.view) is None]
    if pane is not None and pane not in names:
        reason = PANES[pane].why_not(session.view) if pane in PANES else ""
        why = f"cannot be drawn: {reason}" if reason else f"there is no such pane{nearest(pane, names)}"
        raise NnsimError(f"--pane {quote(pane)}: {why} (allowed: {', '.join(names)})")
    failed: list[NnsimError] = []

    async def direct(pilot: Pilot[Any]) -> None:
        app = pilot.app
        try:
            stage = Stage(session, pane)
            stage.slots.zoomed = pane is not None
            await app.push_screen(stage)
            await pilot.pause()
            assert isinstance(stage.app.driver, Camera)
            await act(pilot, stage, stage.app.driver)
        except NnsimError as error:
            failed.append(error)
        finally:
            app.exit(0)

    with lights():
        app = Studio(session, theme)
        asyncio.run(app.run_async(size=size, mouse=False, auto_pilot=direct))
    if failed:
        raise failed[0]
    if (error := app.failure) is not None:
        raise error


@dataclass(frozen=True)
class Caption:
    """What is written at a picture of one pane.  Args: all: None leaves what the pane says of itself."""

    title: str | None = None
    x_label: str | None = None
    y_label: str | None = None


def photograph(session: Session, size: tuple[int, int], theme: str = DEFAULT) -> list[Strip]:
    """The workbench at the session's cursor, in rows of cells, with as many panes as fit into columns and lines."""
    taken: list[list[Strip]] = []

    async def act(pilot: Pilot[Any], stage: Stage, camera: Camera) -> None:
        await stage.shoot(pilot)
        taken.append(rendered_rows(stage))

    _work(session, size, None, act, theme)
    return taken[0]


def photograph_pane(
    session: Session, size: tuple[int, int], pane: str, caption: Caption, theme: str = DEFAULT
) -> list[Strip]:
    """What one pane draws at the session's cursor, below its title, without frame, status and keys."""
    taken: list[list[Strip]] = []

    async def act(pilot: Pilot[Any], stage: Stage, camera: Camera) -> None:
        widget = stage.query_one(PANES[pane])
        for plot in widget.query(PlotWidget):
            plot.axis_names = (caption.x_label, caption.y_label)
        stage.rendering.invalidate()
        await stage.shoot(pilot)
        title = caption.title if caption.title is not None else str(widget.border_title or "")
        place, style = widget.content_region, widget.rich_style
        rows = [strip.crop(place.x, place.right) for strip in rendered_rows(stage)[place.y : place.bottom]]
        taken.append([*_title_rows(title, place.width, style), *rows])

    _work(session, size, pane, act, theme)
    # The frame and what surrounds it take room, which the picture is to have in the end.
    (rows,) = taken
    missing = size[0] - rows[0].cell_length, size[1] - len(rows)
    if missing != (0, 0):
        _work(session, (size[0] + missing[0], size[1] + missing[1]), pane, act, theme)
    return taken[-1]


def pane_picture(
    session: Session, size: tuple[int, int], pane: str, caption: Caption
) -> tuple[Picture | None, str]:
    """The plot that a pane draws at the session's cursor, None where it draws none, and the pane's title."""
    taken: list[tuple[Picture | None, str]] = []

    async def act(pilot: Pilot[Any], stage: Stage, camera: Camera) -> None:
        widget = stage.query_one(PANES[pane])
        plots = [one for one in widget.query(PlotWidget) if one.display]
        for plot in plots:
            plot.axis_names = (caption.x_label, caption.y_label)
        stage.rendering.invalidate()
        await stage.shoot(pilot)
        title = caption.title if caption.title is not None else str(widget.border_title or "")
        taken.append((plots[0].picture if plots else None, title))

    _work(session, size, pane, act)
    return taken[0]


def _title_rows(title: str, width: int, style: Style) -> list[Strip]:
    if not title:
        return []
    bold = style + Style(bold=True)
    return [Strip([Segment(set_cell_size(clean_line(title, width), width), bold)]), Strip.blank(width, style)]


def film(
    session: Session,
    size: tuple[int, int],
    pane: str | None,
    look: Callable[[], bool] = lambda: True,
    theme: str = DEFAULT,
) -> list[CastEvent]:
    """The workbench while the session plays from its cursor to the end, as events of an asciicast in the film's
    time.

    Args: look: says after each frame whether to go on.  Raises: NnsimError where it would play for hours.
    """
    left = (session.view.end.step - session.cursor.step) / session.view.steps_per_epoch
    speed = SPEEDS[session.playback.speed]
    if speed is not None and session.playback.idle_limit_s is None and left / speed > LONGEST_S:
        raise NnsimError(
            f"--speed {speed}: {left:,.0f} epochs would take {left / speed:,.0f} s "
            f"(allowed: {LONGEST_S:,.0f} s; a higher speed, or a later --step)"
        )
    taken: list[CastEvent] = []

    async def act(pilot: Pilot[Any], stage: Stage, camera: Camera) -> None:
        marks = sorted((mark.step, f"{mark.kind}: {mark.text}") for mark in session.focused.log.marks)
        marks = [one for one in marks if one[0] > session.cursor.step]
        await stage.shoot(pilot)
        camera.developed()
        camera.sent_cells.forget()  # the film begins with the whole picture, on an empty screen
        stage.refresh(layout=True)
        await pilot.pause()
        taken.append(CastEvent(0.0, "o", "\x1b[?25l\x1b[2J" + camera.developed()))
        frame, most = 0, int(LONGEST_S * FRAMES_PER_S)
        session.playback.play(True)
        while session.playback.playing and frame < most and look():
            frame += 1
            session.playback.elapse(1 / FRAMES_PER_S)
            await stage.shoot(pilot)
            at_s = frame / FRAMES_PER_S
            while marks and marks[0][0] <= session.cursor.step:
                taken.append(CastEvent(at_s, "m", marks.pop(0)[1]))
            if text := camera.developed():
                taken.append(CastEvent(at_s, "o", text))
        taken.append(CastEvent((frame + FRAMES_PER_S) / FRAMES_PER_S, "o", "\x1b[?25h"))

    _work(session, size, pane, act, theme)
    return taken
