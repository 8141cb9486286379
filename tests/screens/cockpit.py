"""A workbench under test, flown by keys."""

from waiting import pauses

from nnsim.session.session import Session
from screens.workbench.workbench import Workbench

PANES = ("loss", "gradients", "predictions", "lesson", "schedule", "arrays")


class Cockpit:
    """A workbench under test: keys go in, the session and the screen are looked at."""

    def __init__(self, pilot):
        self.pilot = pilot

    @property
    def bench(self) -> Workbench:
        return next(screen for screen in self.pilot.app.screen_stack if isinstance(screen, Workbench))

    @property
    def session(self) -> Session:
        return self.bench.session

    @property
    def status(self) -> str:
        return self.bench.query_one("#status").text

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self):
        """Wait until the cursor is where it is heading and the screen has caught up."""
        async for _ in pauses(self.pilot):
            if self.session.playback.playing or (self.session.arrived and self.session.training.lagging() is None):
                break
        else:
            raise AssertionError(f"still on the way: {self.status}")
        self.bench._draw()
        await self.pilot.pause()


async def flown(pilot):
    cockpit = Cockpit(pilot)
    await cockpit.settle()
    return cockpit
