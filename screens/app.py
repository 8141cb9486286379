"""The app: from the command line to a screen, and back with an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual._compositor import CompositorUpdate
from textual.app import App
from textual.notifications import SeverityLevel
from textual.screen import Screen

from nnsim.errors import NnsimError
from nnsim.terminal import capabilities
from screens.ascii import AsciiFilter
from screens.crash import report
from screens.filters import ColourlessFilter, SafeFilter
from screens.frames import FrameAnswered
from screens.shown import Changes

if sys.platform == "win32":
    TerminalDriver = None  # Textual's own
else:
    from screens.driver import TerminalDriver

if TYPE_CHECKING:
    from nnsim.playing import Playing
    from nnsim.recording import Following, Recording
    from nnsim.session import Session


class NnsimApp(App[int]):
    """Home at the bottom, a workbench over it; or a workbench alone where the command line names what to open."""

    TITLE = "nnsim"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    MarkdownH1, MarkdownH2, MarkdownH3 { content-align: left middle; margin: 0 0 1 0; padding: 0; }
    Markdown { padding: 0; margin: 0; }
    ToastRack { margin-bottom: 2; }
    MarkdownBlock { margin: 0 0 1 0; }
    * { scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $foreground 35%; }
    """

    def __init__(
        self, session: Session | None = None, recording: Recording | None = None, tour: bool = False
    ) -> None:
        super().__init__(driver_class=TerminalDriver)
        self._session = session
        self._recording = recording
        self.giving_way: list[Callable[[], None]] = []  # of those whose work a key must not wait for
        self._tour = tour
        size = os.get_terminal_size() if os.isatty(1) else os.terminal_size((80, 24))
        self.terminal = capabilities(os.environ, (size.columns, size.lines))
        self._filters.append(SafeFilter())
        if not self.terminal.unicode:
            self._filters.append(AsciiFilter())
        if not self.terminal.colours:
            self._filters.append(ColourlessFilter())

    def on_mount(self) -> None:
        self.set_class(not self.terminal.unicode, "-ascii")
        if self._session is None:
            from screens.home import Home

            self.push_screen(Home())
            if self._tour:
                self.open_tour()
        else:
            self.open_workbench(self._session)

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        """Say something in a corner for a while, as it is: what a file or a person wrote is no markup."""
        self.notify(text, severity=severity, timeout=timeout, markup=False)

    def open_workbench(self, session: Session) -> None:
        """Show a session."""
        from screens.workbench import Workbench

        self.push_screen(Workbench(session))

    def open_tour(self) -> None:
        """Begin the tour."""
        import scenarios
        from nnsim.scenario import read_scenario
        from nnsim.session import Session
        from screens.tour import Tour

        self.push_screen(Tour(Session.of_scenario(read_scenario(scenarios.TOUR))))

    def open_scenario(self, path: Path) -> None:
        """Open a scenario file in a workbench.  Raises: ScenarioError."""
        from nnsim.scenario import read_scenario
        from nnsim.session import Session

        self.open_workbench(Session.of_scenario(read_scenario(path)))

    def open_recording(self, path: Path) -> None:
        """Open a recording in a workbench.  Raises: RecordingError."""
        from nnsim.recording import open_recording
        from nnsim.session import Session

        self._close_recording()
        self._recording = open_recording(path)
        self.open_workbench(Session.of_timelines(self._recording.timelines))

    def leave(self, screen: Screen[Any]) -> None:
        """Go back to home, or out of the program where there is none."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
            self._close_recording()
        else:
            self.exit(0)

    # ------------------------------------------------------------------ terminal

    def may_draw(self, for_key: bool = False) -> bool:
        """Whether the terminal has room for a frame.

        Args: for_key: the frame shows what a key has done, and comes before those that show time passing.
        """
        frames = getattr(self._driver, "frames", None)  # a driver without a terminal has none
        return frames is None or frames.may_draw(for_key)

    def key_pressed(self) -> None:
        """A key is on its way to its handler; the thread that reads the input says so."""
        for give_way in self.giving_way:
            give_way()

    def frame_answered(self) -> None:
        """The terminal has drawn a frame: there may be room for one that waits."""
        if self.screen_stack:
            self.screen.post_message(FrameAnswered())

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send no more than the cells that change."""
        shown = getattr(self._driver, "shown", None)
        if shown is not None and isinstance(renderable, CompositorUpdate):
            shown.fit(screen.size)
            renderable = Changes(renderable, shown)
        super()._display(screen, renderable)

    def _fatal_error(self) -> None:
        """End; what is said about it is one line (see _run), not a page with what the variables hold."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()

    # ------------------------------------------------------------------ leaving

    def _close_recording(self) -> None:
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def on_unmount(self) -> None:
        self._close_recording()


def nnsim_app() -> type[NnsimApp]:
    """The app that the screens belong to."""
    return NnsimApp


def open_home() -> int:
    """Run the app with the list of scenarios."""
    return _run(NnsimApp())


def open_tour() -> int:
    """Run the app with the tour, and the list of scenarios behind it."""
    return _run(NnsimApp(tour=True))


def open_scenario(scenario: Any, variant: str | None = None, settings: Mapping[str, Any] | None = None) -> int:
    """Run the app with live runs of a scenario: of one variant, or of all."""
    from nnsim.session import Session

    return _run(NnsimApp(Session.of_scenario(scenario, variant, settings)))


def open_session(session: Session) -> int:
    """Run the app with a session that somebody keeps an eye on."""
    return _run(NnsimApp(session))


def open_replay(recording: Recording, playing: Playing | None = None) -> int:
    """Run the app with a recording, which it closes.

    Raises: NnsimError where it has no such place to start at.
    """
    from nnsim.session import Session

    session = Session.of_timelines(recording.timelines)
    try:
        if playing is not None:
            playing.begin(session)
    except NnsimError:
        recording.close()
        raise
    return _run(NnsimApp(session, recording))


def open_watch(recording: Following) -> int:
    """Run the app with a recording that another process is still writing, and close it at the end."""
    from nnsim.session import Session

    return _run(NnsimApp(Session.of_growing(recording), recording))


def _run(app: NnsimApp) -> int:
    status = app.run()
    if isinstance(app._exception, NnsimError):
        raise app._exception  # what was opened is at fault, as a recording that is damaged further on
    if app._exception is not None:
        return report(app._exception)
    return int(status if status is not None else app.return_code or 0)
