"""Screens under test: an app is opened, its keys are pressed, it comes to rest, and what stands on it is read."""

from contextlib import asynccontextmanager

from monkey import character
from textual.events import Key
from waiting import pauses

from screens.dialogs.picker import PickDialog
from screens.pane_catalog import Staged
from screens.terminal.textual_internals import rendered_rows
from screens.workbench.workbench import Workbench

PANES = ("loss", "gradients", "predictions", "lesson", "schedule", "arrays")


def strips(app):
    """The rows of the screen, with their styles."""
    return rendered_rows(app.screen)


def rows(app):
    """The rows of the screen as text."""
    return [strip.text for strip in strips(app)]


def notices(app):
    """The messages that lie over the screen, the oldest first."""
    return [str(one.message) for one in app._notifications]


def redraw(workbench):
    """Draw what stands under the cursor now, where the workbench would with its next frame."""
    workbench.rendering.draw()


def send(app, key):
    """Put a key into the app's queue, without waiting for what it does."""
    app.driver.send_message(Key(key, character(key)))


def shown(lines):
    """The rows that stand in a box of lines."""
    return [lines.render_line(y).text.rstrip() for y in range(lines.size.height)]


class Opened:
    """An app with a workbench: keys go in; the focused pane, the session and the screen are looked at."""

    def __init__(self, pilot):
        self.pilot = pilot

    @property
    def app(self):
        return self.pilot.app

    @property
    def workbench(self):
        return next(screen for screen in self.app.screen_stack if isinstance(screen, Workbench))

    @property
    def session(self):
        return self.workbench.session

    @property
    def status(self):
        return self.workbench.query_one("#status").text

    @property
    def pane(self):
        return self.workbench.panes[0]

    @property
    def trainer(self):
        track = self.session.focused
        return track.trainer_at(self.session.view.step_of(track), self.session.view.phase_of(track))

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self):
        """Wait until the cursor is where it is heading and the screen has caught up."""
        async for _ in pauses(self.pilot):
            session = self.session
            if session.playback.playing or (session.view.arrived and session.training.lagging() is None):
                break
        else:
            raise AssertionError(f"still on the way: {self.status}")
        redraw(self.workbench)
        await self.pilot.pause()

    async def pick(self, label):
        """Pick a line of the list that is open."""
        dialog = self.app.screen
        assert isinstance(dialog, PickDialog)
        options = dialog.query_one("OptionList")
        lines = [str(options.get_option_at_index(i).prompt) for i in range(options.option_count)]
        options.highlighted = next(i for i, line in enumerate(lines) if label in line)
        await self.press("enter")

    # ------------------------------------------------------------------ looking

    @property
    def kinds(self):
        """What the panes are."""
        return [pane.kind for pane in self.workbench.panes]

    @property
    def notices(self):
        return notices(self.app)

    @property
    def rows(self):
        """All rows of the screen."""
        return rows(self.app)

    @property
    def lesson(self):
        """The pane of the lesson."""
        return self.workbench.lesson.pane

    def lines(self, pane=None):
        """The rows of a pane, by default the first one, without its frame."""
        region = (pane or self.pane).content_region
        return [strip.text[region.x : region.right] for strip in strips(self.app)[region.y : region.bottom]]

    def text(self, pane=None):
        return "\n".join(self.lines(pane))


async def put_side_by_side(workbench, kinds):
    """Put panes side by side in this order, as a person does who wants to see all of them; the first in focus."""
    slots = workbench.slots
    await slots.put_on(Staged(tuple(kinds), len(kinds)))
    slots.side_by_side = True
    slots.focus_pane(slots.panes[0])


@asynccontextmanager
async def opened(app, size=(80, 24), notifications=False, panes=()):
    """Open an app that shows a workbench, and wait until it stands.

    Args: notifications: are drawn, too. panes: to be put side by side; none for those that the scenario stages.
    """
    async with app.run_test(size=size, notifications=notifications) as pilot:
        one = Opened(pilot)
        await one.settle()
        if panes:
            await put_side_by_side(one.workbench, panes)
            await one.settle()
        yield one
