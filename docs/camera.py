"""A workbench without a terminal, driven by keys, and its pictures."""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic

from scenes import Typed
from textual.pilot import Pilot
from textual.strip import Strip

from nnsim.output_files import OutputFiles
from nnsim.scenario import catalog
from nnsim.scenario.scenario import read_scenario
from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.capture.headless import ENVIRONMENT, WITHOUT, Stage
from screens.panes.loss import LossPane
from screens.preferences import Preferences
from screens.workbench.workbench import Workbench

LONGEST_S = 60.0  # that anything may take until it has come to rest

NOBODY = Path(__file__).parent / "nobody"  # a folder that is not there


@contextmanager
def lights(**more: str) -> Iterator[None]:
    """An environment in which pictures do not depend on the terminal that they are made in."""
    before = dict(os.environ)
    for name in WITHOUT:
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT, **more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def opened(scenario: str, variant: str | None = None, settings: dict[str, object] | None = None) -> Session:
    """A session of a scenario that comes with nnsim."""
    return Session.of_scenario(read_scenario(catalog.find(scenario)), variant, settings)


class Set(NnsimApp):
    """An app in which time passes only when it is told to, and nothing is said in a corner."""

    def open_first(self) -> None:
        if self.session is None:
            super().open_first()
        else:
            self.push_screen(Stage(self.session))

    def tell(self, text: str, *_: object, **__: object) -> None:
        """A picture shows the panes."""


class Camera:
    """An app that is looked at.  Args: pilot: presses its keys."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self.pilot = pilot

    @property
    def app(self) -> NnsimApp:
        assert isinstance(self.pilot.app, NnsimApp)
        return self.pilot.app

    @property
    def workbench(self) -> Workbench:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, Workbench))

    async def settled(self) -> None:
        """Wait until the cursor is where it was sent, and everything shows it."""
        until = monotonic() + LONGEST_S
        while monotonic() < until:
            await self.pilot.pause()
            screen = self.app.screen
            if not isinstance(screen, Workbench):
                break
            session = screen.session
            if examining := [one for one in self.app.workers if one.group == "diagnosis"]:
                await self.app.workers.wait_for_complete(examining)
            bands = [pane.band for pane in screen.panes if isinstance(pane, LossPane)]
            if (
                session.view.arrived
                and session.training.lagging() is None
                and not any(one.under_way for one in bands)
            ):
                screen.rendering.draw()
                break
            screen.pacer.wake()
        else:
            raise AssertionError("it does not come to rest")
        await self.pilot.pause(0.05)

    async def press(self, *keys: str) -> None:
        """Press keys one by one, and wait until what they ask for is done."""
        for key in keys:
            await self.pilot.press(*(key if isinstance(key, Typed) else [key]))
        await self.settled()

    async def resize(self, size: tuple[int, int]) -> None:
        await self.pilot.resize_terminal(*size)
        await self.settled()

    def strips(self) -> list[Strip]:
        """What is on the screen."""
        return list(self.app.screen._compositor.render_strips())


@asynccontextmanager
async def camera(
    session: Session | None, size: tuple[int, int], chosen: Preferences | None = None
) -> AsyncIterator[Camera]:
    """An app of a size.  Args: chosen: what its user has changed before; None: nothing."""
    # What is pictured is nobody's own: no progress, no recordings, no scenarios of whoever makes the pictures.
    files = OutputFiles(writable=False, root=NOBODY)
    async with Set(session, chosen=chosen or Preferences(), files=files).run_test(size=size) as pilot:
        found = Camera(pilot)
        await found.settled()
        yield found


async def show_alone(found: Camera, pane: str, then: Sequence[str] = ()) -> None:
    """Give a pane the screen to itself."""
    workbench = found.workbench
    names = [one.kind for one in workbench.panes]
    if pane in names:
        workbench.slots.focus = names.index(pane)
        workbench.rearrange()
    else:
        await workbench.slots.show_pane(pane)
    await found.press("z", *then)
