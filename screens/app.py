"""The app: from the command line to a screen, and back with an exit status."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

if TYPE_CHECKING:
    from nnsim.session import Session


class NnsimApp(App[int]):
    """Home at the bottom, a workbench over it; or a workbench alone where the command line names what to open."""

    TITLE = "nnsim"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, session: Session | None = None) -> None:
        super().__init__()
        self._session = session

    def on_mount(self) -> None:
        if self._session is None:
            from screens.home import Home

            self.push_screen(Home())
        else:
            self.open_workbench(self._session)

    def open_workbench(self, session: Session) -> None:
        """Show a session."""
        from screens.workbench import Workbench

        self.push_screen(Workbench(session))

    def leave(self, screen: Screen[Any]) -> None:
        """Go back to home, or out of the program where there is none."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        else:
            self.exit(0)


def open_home() -> int:
    """Run the app with the list of scenarios."""
    return _run(NnsimApp())


def open_scenario(scenario: Any, variant: str | None = None, settings: Mapping[str, Any] | None = None) -> int:
    """Run the app with live runs of a scenario."""
    from nnsim.session import Session

    return _run(NnsimApp(Session.of_scenario(scenario, variant, settings)))


def open_replay(path: Path, speed: str | None = None) -> int:
    """Run the app with a recording."""
    from nnsim.recording import open_recording

    from nnsim.session import Session

    recording = open_recording(path)
    try:
        return _run(NnsimApp(Session.of_timelines(recording.timelines)))
    finally:
        recording.close()


def _run(app: NnsimApp) -> int:
    status = app.run()
    return app.return_code if status is None and app.return_code is not None else int(status or 0)
