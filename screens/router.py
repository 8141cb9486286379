"""Opens screens over each other, leaves them, and holds the open recording."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from nnsim.errors import NnsimError
from nnsim.output_files import free_path

if TYPE_CHECKING:
    from nnsim.recording import Recording
    from nnsim.recording.background import Beside
    from nnsim.session.session import Session
    from screens.host import Host


class ScreenRouter:
    """Opens what a person chooses; imports each screen when it opens it.

    Args: recording: open from the start; closed with the next one, or with the app.
    """

    def __init__(self, app: Host, recording: Recording | None = None) -> None:
        self._app = app
        self._recording = recording
        self._recorder: Beside | None = None

    def open_workbench(self, session: Session) -> None:
        from screens.workbench.workbench import Workbench

        self._app.push_screen(Workbench(session))

    def open_tour(self) -> None:
        import scenarios
        from nnsim.scenario.scenario import read_scenario
        from nnsim.session.session import Session
        from screens.tour import Tour

        self._check_training()
        self._app.push_screen(Tour(Session.of_scenario(read_scenario(scenarios.TOUR))))

    def open_scenario(self, path: Path, in_place_of: Screen[Any] | None = None) -> None:
        """Opens a scenario file in a workbench, its lesson where a person has left it.

        Args: in_place_of: the screen that it takes the place of.  Raises: ScenarioError.
        """
        if in_place_of is not None and in_place_of is not self._app.screen:
            return  # another one was asked for before
        from nnsim.lessons.progress_notes import session_of_lesson
        from nnsim.scenario.language import wanted_language
        from nnsim.scenario.student import student_name

        self._check_training()
        files = self._app.files
        session = session_of_lesson(path, files, student_name(None, os.environ), wanted_language(os.environ))
        if self._app.served is not None and files.writable:
            from nnsim.recording.background import record_session

            self.close_recorder()
            files.make_folder(files.recordings)
            record = free_path(files.recordings, path.stem)
            session.saving.written = self._recorder = record_session(session, record, False, files)
        if in_place_of is not None:
            self._app.pop_screen()
        self.open_workbench(session)

    def session_of_table(self, path: Path, targets: Sequence[str]) -> Session:
        """Live runs of a network on a table of a person's own.  Raises: ScenarioError."""
        from nnsim.scenario.from_data import chosen_task
        from nnsim.scenario.student import student_name
        from nnsim.session.session import Session

        self._check_training()
        task = chosen_task(str(path), tuple(targets), None, {})
        session = Session.of_scenario(task.scenario, None, task.settings, student_name(None, os.environ))
        session.notices.post(task.short_notice, warns=False)
        return session

    def open_recording(self, path: Path) -> None:
        """Opens a recording in a workbench.  Raises: RecordingError."""
        from nnsim.logs.figures_format import holds_figures_alone
        from nnsim.logs.run_set import RunSet
        from nnsim.recording import open_recording
        from nnsim.recording.growing import GrowingRecording
        from nnsim.scenario.language import wanted_language
        from nnsim.scenario.student import student_name
        from nnsim.session.session import Session

        may_train = self._app.served is None or self._app.served.training
        self.close_recording()
        if holds_figures_alone(path):
            self.open_workbench(Session.of_runs(RunSet([path])))
            return
        self._recording = opened = open_recording(path, language=wanted_language(os.environ))
        growing = GrowingRecording(opened)
        if growing.writer_at_work:
            session = Session.of_growing(growing, may_train)
        else:
            session = Session.of_timelines(opened.timelines, opened.answers, opened.facts.student, may_train)
        if self._app.served is not None:  # what a student saves of it is the student's
            session.saving.student = student_name(None, os.environ)
        self.open_workbench(session)

    def is_lowest(self, screen: Screen[Any]) -> bool:
        """Whether leaving a screen ends the program."""
        return screen is self._app.screen and len(self._app.screen_stack) <= 2

    def leave(self, screen: Screen[Any]) -> None:
        """Goes back to the screen below, or out of the program; once, however often it was asked for."""
        from screens.workbench.workbench import Workbench

        if screen is not self._app.screen:
            return
        if not self.is_lowest(screen):
            self._app.pop_screen()
            if not any(isinstance(one, Workbench) for one in self._app.screen_stack):  # which it could belong to
                self.close_recording()
                self.close_recorder()
        else:
            self._app.exit(0)

    def _check_training(self) -> None:
        if self._app.served is not None:
            self._app.served.check_training()

    def close_recorder(self) -> None:
        """Ends the recording of a served run, if any; what fails is told with the messages of the session."""
        if self._recorder is not None:
            with suppress(NnsimError):  # the session was told when it failed
                self._recorder.close()
            self._recorder = None

    @property
    def recorded_in(self) -> Path | None:
        """The file of the open recording, if any."""
        return None if self._recording is None else self._recording.path

    def close_recording(self) -> None:
        """Close the recording that is open, if any."""
        if self._recording is not None:
            self._recording.close()
            self._recording = None
