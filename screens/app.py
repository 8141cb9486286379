"""The app: from the command line to a screen, and back with an exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.screen import Screen

from nnsim.errors import NnsimError
from nnsim.output_files import ANYWHERE, OutputFiles
from screens import preferences
from screens.host import Host
from screens.preferences import Preferences
from screens.router import ScreenRouter
from screens.terminal import gc_pacing
from screens.terminal.crash import report

if TYPE_CHECKING:
    from textual.command import Provider

    from nnsim.recording import GrowingRecording, Recording
    from nnsim.scenario.catalog import Outline
    from nnsim.session.playback import PlaybackOptions
    from nnsim.session.session import Session
    from screens.loading import Opening


def _palette() -> type[Provider]:
    """The actions of the palette, imported when it is opened."""
    from screens.workbench.palette import Actions

    return Actions


class NnsimApp(Host):
    """Home at the bottom, a workbench over it; or a workbench alone where the command line names what to open."""

    TITLE = "nnsim"
    COMMANDS: ClassVar[set[Any]] = {_palette}
    router: ScreenRouter

    def __init__(
        self,
        session: Session | None = None,
        recording: Recording | None = None,
        theme: str | None = None,
        chosen: Preferences | None = None,
        tour: bool = False,
        opening: Opening | None = None,
        records: Path | None = None,
        files: OutputFiles = ANYWHERE,
    ) -> None:
        """Args: theme: its name, for this time; None is the one last chosen. chosen: None reads what was chosen
        before. opening: seen until it has loaded what is to be shown, in place of a session. records: the file that
        all of it is written into, to be named where the app crashes. files: whether and where files may be written.
        """
        super().__init__(theme, chosen, files, records)
        self.opening = opening
        self._keeps = opening  # as long as it keeps keys
        self.session = session
        self.router = ScreenRouter(self, recording)
        self._tour = tour

    def get_default_screen(self) -> Screen[Any]:
        """What lies at the bottom, below home or a workbench."""
        return self.opening or super().get_default_screen()

    def on_mount(self) -> None:
        if self.opening is None:
            self.open_first()

    def open_first(self) -> None:
        """Open what the command line asks for."""
        if self.session is not None:
            self.router.open_workbench(self.session)
            return
        from screens.home import Home

        self.push_screen(Home())
        if self._tour:
            self.router.open_tour()

    async def handle_input(self, event: events.Event) -> None:
        """What is typed while something is being opened waits for it."""
        if self._keeps is None or not isinstance(event, events.Key | events.Paste):
            await super().handle_input(event)
        elif not self._keeps.keep(event):
            self.exit(0)

    def on_opening_loaded(self, message: Opening.Loaded) -> None:
        """Show what has been loaded."""
        if isinstance(message.made, Exception):
            self.fail(message.made)
            return
        screen = message.made()
        self.push_screen(screen)
        screen.call_after_refresh(self._hand_over)

    def _hand_over(self) -> None:
        """Give what was typed to the screen that it waited for, before what is typed from now on."""
        assert self._keeps is not None
        self.input_queue.put_first(self._keeps.held)
        self._keeps = None
        self.call_later(self.deliver_input)

    def action_command_palette(self) -> None:
        """Open the palette."""
        from screens.workbench.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def on_unmount(self) -> None:
        self.router.close_recording()


def open_home(files: OutputFiles, theme: str | None = None) -> int:
    """Run the app with the list of scenarios.

    Raises: ScenarioError where a file of those that come with nnsim is damaged.
    """
    from nnsim.scenario import catalog
    from screens.loading import HomeOpening, recent_recordings

    def load() -> Callable[[], Screen[Any]]:
        import_module("markdown_it")  # whose parser would keep a key waiting later
        from screens.home import Home

        return Home

    recordings = recent_recordings(files.recordings)
    opening = HomeOpening(catalog.entries(), recordings, load, files.is_first_start())
    return run(NnsimApp(theme=theme, opening=opening, files=files))


def open_tour(files: OutputFiles, theme: str | None = None) -> int:
    """Run the app with the tour, and the list of scenarios behind it."""
    return run(NnsimApp(theme=theme, tour=True, files=files))


def open_scenario(
    outline: Outline,
    begin: Callable[[], Session],
    begun: Callable[[Session], None],
    files: OutputFiles,
    theme: str | None = None,
    records: Path | None = None,
) -> int:
    """Run the app with live runs of a scenario.

    Args: outline: what is seen of it at first. begin: imports the engine and makes the session, in a thread.
    begun: is told of the session before it is shown, and never where the opening was left. records: the file that
    it is written into.
    """
    from screens.loading import WorkbenchOpening, import_workbench
    from screens.pane_catalog import ABOUT

    def load() -> Callable[[], Screen[Any]]:
        session = begin()
        import_workbench()
        from screens.workbench.workbench import Workbench

        def shown() -> Workbench:
            begun(session)
            return Workbench(session)

        return shown

    chosen = preferences.read(files)
    panes = chosen.layout(outline.name, ABOUT) or outline.panes
    opening = WorkbenchOpening(outline.title, panes, load)
    return run(NnsimApp(theme=theme, chosen=chosen, opening=opening, records=records, files=files))


def open_replay(
    recording: Recording, files: OutputFiles, playing: PlaybackOptions | None = None, theme: str | None = None
) -> int:
    """Run the app with a recording, which it closes.

    Raises: NnsimError where it has no such place to start at.
    """
    from nnsim.session.session import Session

    session = Session.of_timelines(recording.timelines, recording.answers, recording.facts.student)
    try:
        if playing is not None:
            session.playback.begin(playing)
    except NnsimError:
        recording.close()
        raise
    return run(NnsimApp(session, recording, theme, files=files))


def open_watch(growing: GrowingRecording, files: OutputFiles, theme: str | None = None) -> int:
    """Run the app with a recording that another process is still writing, and close it at the end."""
    from nnsim.session.session import Session

    return run(NnsimApp(Session.of_growing(growing), growing.recording, theme, files=files))


SWITCH_S = 0.0005  # until the threads of keys and of output get the interpreter from one that computes


def run(app: NnsimApp) -> int:
    gc_pacing.collect_seldom()
    sys.setswitchinterval(SWITCH_S)
    status = app.run()
    error = app.failure
    if isinstance(error, NnsimError):
        raise error  # what was opened is at fault, as a recording that is damaged further on
    if error is not None:
        return report(error)
    return int(status if status is not None else app.return_code or 0)
