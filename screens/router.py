"""Opens screens over each other, leaves them, and holds the open recording."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from nnsim.recording import Recording
    from nnsim.session.session import Session
    from screens.host import Host


class ScreenRouter:
    """Opens what a person chooses; imports each screen when it opens it.

    Args: recording: open from the start; closed with the next one, or with the app.
    """

    def __init__(self, app: Host, recording: Recording | None = None) -> None:
        self._app = app
        self._recording = recording

    def open_workbench(self, session: Session) -> None:
        from screens.workbench.workbench import Workbench

        self._app.push_screen(Workbench(session))

    def open_tour(self) -> None:
        import scenarios
        from nnsim.scenario.scenario import read_scenario
        from nnsim.session.session import Session
        from screens.tour import Tour

        self._app.push_screen(Tour(Session.of_scenario(read_scenario(scenarios.TOUR))))

    def open_scenario(self, path: Path) -> None:
        """Opens a scenario file in a workbench, its lesson where a person has left it.  Raises: ScenarioError."""
        from nnsim.lessons.progress_notes import session_of_lesson
        from nnsim.scenario.student import student_name

        self.open_workbench(session_of_lesson(path, self._app.files, student_name(None, os.environ)))

    def open_recording(self, path: Path) -> None:
        """Opens a recording in a workbench.  Raises: RecordingError."""
        from nnsim.recording import open_recording
        from nnsim.session.session import Session

        self.close_recording()
        self._recording = open_recording(path)
        self.open_workbench(
            Session.of_timelines(self._recording.timelines, self._recording.answers, self._recording.facts.student)
        )

    def leave(self, screen: Screen[Any]) -> None:
        """Goes back to the screen below, or out of the program; once, however often it was asked for."""
        from screens.workbench.workbench import Workbench

        if screen is not self._app.screen:
            return
        if len(self._app.screen_stack) > 2:
            self._app.pop_screen()
            if not any(isinstance(one, Workbench) for one in self._app.screen_stack):  # which it could belong to
                self.close_recording()
        else:
            self._app.exit(0)

    @property
    def recorded_in(self) -> Path | None:
        """The file of the open recording, if any."""
        return None if self._recording is None else self._recording.path

    def close_recording(self) -> None:
        """Close the recording that is open, if any."""
        if self._recording is not None:
            self._recording.close()
            self._recording = None
