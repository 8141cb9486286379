"""The app: from the command line to a screen, and back with an exit status."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from nnsim.terminal import capabilities
from screens.ascii import AsciiFilter

if TYPE_CHECKING:
    from nnsim.recording import Recording

    from nnsim.session import Session

LARGEST = (400, 150)  # cells; a terminal that says it is larger would take gigabytes to draw


class NnsimApp(App[int]):
    """Home at the bottom, a workbench over it; or a workbench alone where the command line names what to open."""

    TITLE = "nnsim"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    MarkdownH1, MarkdownH2, MarkdownH3 { content-align: left middle; margin: 0 0 1 0; padding: 0; }
    Markdown { padding: 0; margin: 0; }
    MarkdownBlock { margin: 0 0 1 0; }
    * { scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $foreground 35%; }
    """

    def __init__(self, session: Session | None = None, recording: Recording | None = None) -> None:
        super().__init__()
        self._session = session
        self._recording = recording
        size = os.get_terminal_size() if os.isatty(1) else os.terminal_size((80, 24))
        self.terminal = capabilities(os.environ, (size.columns, size.lines))
        if not self.terminal.unicode:
            self._filters.append(AsciiFilter())

    def on_mount(self) -> None:
        self.set_class(not self.terminal.unicode, "-ascii")
        if self._session is None:
            from screens.home import Home

            self.push_screen(Home())
        else:
            self.open_workbench(self._session)

    def open_workbench(self, session: Session) -> None:
        """Show a session."""
        from screens.workbench import Workbench

        self.push_screen(Workbench(session))

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

    def _close_recording(self) -> None:
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def on_unmount(self) -> None:
        self._close_recording()


def open_home() -> int:
    """Run the app with the list of scenarios."""
    return _run(NnsimApp())


def open_scenario(scenario: Any, variant: str | None = None, settings: Mapping[str, Any] | None = None) -> int:
    """Run the app with live runs of a scenario: of one variant, or of all."""
    from nnsim.session import Session

    return _run(NnsimApp(Session.of_scenario(scenario, variant, settings)))


def open_replay(path: Path, speed: float | None = None) -> int:
    """Run the app with a recording.

    Args: speed: epochs a second, at which it plays at once, infinity being full speed; None waits for a key.
    """
    from nnsim.recording import open_recording

    from nnsim.session import Session, speed_index

    recording = open_recording(path)
    session = Session.of_timelines(recording.timelines)
    if speed is not None:
        session.speed = speed_index(speed)
        session.play(True)
    return _run(NnsimApp(session, recording))


def _run(app: NnsimApp) -> int:
    status = app.run()
    return int(status if status is not None else app.return_code or 0)
