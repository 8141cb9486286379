"""The app: from the command line to a screen, and back with an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.screen import Screen

from nnsim.errors import NnsimError
from nnsim.output_files import ANYWHERE, OutputFiles
from screens import preferences
from screens.host import Host
from screens.preferences import Preferences
from screens.router import ScreenRouter
from screens.terminal import frame_pacing
from screens.terminal.crash import report

FIGURES_S = 0.5  # until the first figures stand; then the rest is imported, before a key asks for it

if TYPE_CHECKING:
    from textual.command import Provider

    from nnsim.logs.run_set import RunSet
    from nnsim.recording import GrowingRecording, Recording
    from nnsim.scenario.catalog import Outline
    from nnsim.serve.served_folder import ServedFolder
    from nnsim.session.playback import PlaybackOptions
    from nnsim.session.session import Session
    from screens.loading import Opening


def _palette() -> type[Provider]:
    from screens.workbench.palette import Actions

    return Actions


class NnsimApp(Host):
    """Home at the bottom, a workbench over it; or a workbench alone where the command line names what to open."""

    TITLE = "nnsim"
    COMMANDS: ClassVar[set[Any]] = {_palette}

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
        over_home: bool = False,
        served: ServedFolder | None = None,
        first: Callable[[], Screen[Any]] | None = None,
    ) -> None:
        """Args: first: makes the screen to begin with, in place of home or a workbench. theme: for this time; None
        takes the one last chosen. chosen: None reads the preferences. opening: the screen that loads the session,
        in place of one. records: the file that the run is recorded into; a crash
        names it. over_home: whether home lies below what is loaded. served: the folder that a class sees, in place
        of a person's own recordings."""
        super().__init__(theme, chosen, files, records, served)
        self.opening = opening
        self._keeps = opening  # as long as it keeps keys
        self.session = session
        self.router: ScreenRouter = ScreenRouter(self, recording)
        self._tour, self._over_home, self._first = tour, over_home, first

    def get_default_screen(self) -> Screen[Any]:
        """The screen at the bottom, below home or a workbench."""
        return self.opening or super().get_default_screen()

    def on_mount(self) -> None:
        if self.opening is None:
            self.open_first()

    def open_first(self) -> None:
        if self._first is not None:
            self.push_screen(self._first())
            return
        if self.session is not None:
            self.router.open_workbench(self.session)
            return
        from screens.home import Home

        self.push_screen(Home())
        if self._tour:
            self.router.open_tour()

    async def handle_input(self, event: events.Event) -> None:
        """Keeps what is typed while a screen is opening."""
        if self._keeps is None or not isinstance(event, events.Key | events.Paste):
            await super().handle_input(event)
        elif not self._keeps.keep(event):
            self.exit(0)

    def on_opening_loaded(self, message: Opening.Loaded) -> None:
        if isinstance(message.made, Exception):
            self.fail(message.made)
            return
        frame_pacing.collect_seldom()  # the first frame does not wait for a search of all that was imported
        screen = message.made()
        if self._over_home:
            from screens.home import Home

            self.push_screen(Home())
        self.push_screen(screen)
        screen.call_after_refresh(self._hand_over)

    def _hand_over(self) -> None:
        """Gives the keys that waited to the new screen, before those typed from now on."""
        assert self._keeps is not None
        self.input_queue.put_first(self._keeps.held)
        self._keeps = None
        self.call_later(self.deliver_input)
        from screens.loading import import_rest

        self.set_timer(FIGURES_S, Thread(target=import_rest, name="rest", daemon=True).start)

    def action_command_palette(self) -> None:
        from screens.workbench.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def on_unmount(self) -> None:
        self.router.close_recording()
        self.router.close_recorder()


def open_home(files: OutputFiles, theme: str | None = None, served: ServedFolder | None = None) -> int:
    """Runs the app with the list of scenarios.  Raises: ScenarioError where a file of nnsim's own is damaged."""
    from nnsim.lessons.course import named_course
    from nnsim.scenario.language import wanted_language
    from screens.loading import HomeOpening, listed_recordings

    def load() -> Callable[[], Screen[Any]]:
        import_module("markdown_it")  # whose parser would keep a key waiting later
        from screens.home import Home

        return Home

    opening = HomeOpening(named_course(wanted_language(os.environ)), listed_recordings(files, served), load, served)
    return run(NnsimApp(theme=theme, opening=opening, files=files, served=served))


def open_tour(files: OutputFiles, theme: str | None = None) -> int:
    """Runs the app with the tour, and the list of scenarios behind it."""
    return run(NnsimApp(theme=theme, tour=True, files=files))


def open_scenario(
    outline: Outline,
    begin: Callable[[], Session],
    begun: Callable[[Session], None],
    files: OutputFiles,
    theme: str | None = None,
    records: Path | None = None,
    over_home: bool = False,
) -> int:
    """Runs the app with live runs of a scenario.

    Args: outline: what the opening shows of it. begin: imports the engine and makes the session, in a thread.
    begun: called with the session before the workbench shows it. records: the file that it is recorded into.
    over_home: whether home is seen when the workbench is left.
    """
    from screens.loading import WorkbenchOpening, import_workbench
    from screens.pane_catalog import ABOUT, Staged, before_a_step, stage_of

    def load() -> Callable[[], Screen[Any]]:
        session = begin()
        import_workbench()
        from screens.workbench.workbench import Workbench

        def make_screen() -> Workbench:
            begun(session)
            return Workbench(session)

        return make_screen

    chosen = preferences.read(files)
    kept = chosen.layout(outline.name, ABOUT)
    show = outline.show if outline.goes_on else before_a_step(outline.show)
    stage = Staged(kept, len(kept)) if kept and not show else stage_of(outline.panes, show)
    opening = WorkbenchOpening(outline.title, stage, load)
    app = NnsimApp(theme=theme, chosen=chosen, opening=opening, records=records, files=files, over_home=over_home)
    return run(app)


def open_replay(
    recording: Recording,
    files: OutputFiles,
    playing: PlaybackOptions | None = None,
    theme: str | None = None,
    served: ServedFolder | None = None,
) -> int:
    """Runs the app with a recording, and closes it.  Raises: NnsimError where the place to start at is missing."""
    from nnsim.session.playback import PlaybackOptions
    from nnsim.session.session import Session

    may_train = served is None or served.training
    session = Session.of_timelines(recording.timelines, recording.answers, recording.facts.student, may_train)
    try:
        if playing is not None and playing != PlaybackOptions():
            session.playback.begin(playing)
        elif recording.answers:  # a hand-in is read with all that it has come to
            session.motion.head_for(session.view.end)
    except NnsimError:
        recording.close()
        raise
    return run(NnsimApp(session, recording, theme, files=files, served=served))


def open_watch(growing: GrowingRecording, files: OutputFiles, theme: str | None = None) -> int:
    """Runs the app with a recording that another process writes, and closes it."""
    from nnsim.session.session import Session

    return run(NnsimApp(Session.of_growing(growing), growing.recording, theme, files=files))


def open_sweep(path: Path, files: OutputFiles, theme: str | None = None) -> int:
    """Runs the app with the map of a sweep.  Raises: RecordingError where the file is none."""
    from nnsim.sweep.opened_sweep import OpenedSweep
    from screens.sweep.sweep_screen import SweepScreen

    swept = OpenedSweep.open(path)
    return run(NnsimApp(theme=theme, files=files, first=lambda: SweepScreen(swept)))


def open_run_set(
    runs: RunSet,
    files: OutputFiles,
    theme: str | None = None,
    playing: PlaybackOptions | None = None,
    follows: bool = False,
) -> int:
    """Runs the app with runs from several places.  Raises: NnsimError where the place to start at is missing."""
    from nnsim.session.session import Session

    session = Session.of_runs(runs, follows)
    if playing is not None:
        session.playback.begin(playing)
    return run(NnsimApp(session, None, theme, files=files))


SWITCH_S = 0.0005  # until the threads of keys and of output get the interpreter from one that computes


def run(app: NnsimApp) -> int:
    frame_pacing.collect_seldom()
    sys.setswitchinterval(SWITCH_S)
    status = app.run()
    error = app.failure
    if isinstance(error, NnsimError):
        raise error  # what was opened is at fault, as a recording that is damaged further on
    if error is not None:
        return report(error)
    return int(status if status is not None else app.return_code or 0)
