"""`nnsim`, `nnsim open` and `nnsim tour`: live runs on a screen, and what every command needs that opens one."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.cli.environment import adopt_configuration, named_theme, reading_language
from nnsim.cli.output import complain, is_terminal, say
from nnsim.cli.task_options import TaskOptions
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.terminal.capabilities import why_no_screen
from nnsim.text import clean_line

if TYPE_CHECKING:
    from nnsim.recording.background import Beside
    from nnsim.session.session import Session


def show_home(files: OutputFiles, theme: str | None = None) -> int:
    """Opens the list of scenarios.  Args: theme: what --theme says, here and below.  Returns: the exit status."""
    require_screen()
    reading_language(files)  # which complains of one that is none, before there is a screen
    from screens.app import open_home

    return open_home(files, named_theme(theme))


def show_tour(files: OutputFiles, theme: str | None = None) -> int:
    require_screen()
    from screens.app import open_tour

    return open_tour(files, named_theme(theme))


def show_lesson(path: Path, files: OutputFiles, student: str = "", theme: str | None = None) -> int:
    """Opens a scenario, its lesson where a person has left it, over the list of scenarios.

    Returns: the exit status.  Raises: NnsimError as `show_scenario`.
    """
    require_screen()
    from nnsim.scenario.catalog import read_outline
    from screens.app import open_scenario

    language = reading_language(files)

    def begin() -> "Session":
        from nnsim.lessons.progress_notes import session_of_lesson

        return session_of_lesson(path, files, student, language)

    outline = read_outline(path, language)
    return open_scenario(outline, begin, lambda session: None, files, named_theme(theme), over_home=True)


def show_scenario(
    options: TaskOptions,
    files: OutputFiles,
    record: Path | None = None,
    overwrite: bool = False,
    theme: str | None = None,
) -> int:
    """Opens a scenario, and records all its runs in `record`.  Returns: the exit status, 1 if that failed.

    Raises: NnsimError where there is no terminal, or the scenario, a setting or the file is wrong. The scenario is
    read after the first paint, so that the screen may have been there for a moment.
    """
    if record is not None:
        from nnsim.cli.run import check_record

        check_record(record, overwrite, files)
    require_screen()
    from nnsim.scenario.catalog import outline_of
    from screens.app import open_scenario

    language = reading_language(files)
    outline, colours = outline_of(options.scenario, language), named_theme(theme)
    recorded: list[tuple[Session, Beside]] = []

    def begin() -> "Session":
        from nnsim.scenario.translation import in_language
        from nnsim.session.session import Session

        task = options.task()
        if record is not None:
            import_module("nnsim.recording.background")  # which the first picture need not wait for
        scenario, complaint = in_language(task.scenario, language)
        session = Session.of_scenario(scenario, options.variant, task.settings, options.student)
        if complaint:
            session.notices.post(complaint)
        if notice := task.told(session.view.focused.timeline.plan).short_notice:
            session.notices.post(notice, warns=False)
        return session

    def begun(session: "Session") -> None:
        if record is not None:
            from nnsim.recording.background import record_session

            session.saving.written = record_session(session, record, overwrite, files)
            recorded.append((session, session.saving.written))

    status = 0
    try:
        status = open_scenario(outline, begin, begun, files, colours, record)
    finally:  # also where the screen has crashed
        for session, beside in recorded:
            _end_record(session, beside)
            status = status or int(beside.failed)
    return status


def _end_record(session: "Session", beside: "Beside") -> None:
    try:
        beside.close()
    except NnsimError as error:
        complain(str(error))
    if left := session.notices.take():
        complain(left)
    say(f"{clean_line(str(beside.path))}: {'recorded in part' if beside.failed else 'recorded'}")


def show_sweep(path: Path, files: OutputFiles, theme: str | None = None) -> int:
    """Opens the map of a sweep.  Returns: the exit status.  Raises: NnsimError."""
    require_screen()
    from screens.app import open_sweep

    return open_sweep(path, files, named_theme(theme))


def require_screen(without: str = "nnsim run SCENARIO trains without a screen") -> None:
    """Check that there is a terminal, and that the three packages, whose names are common, belong together.

    Args: without: what to do where there is none.
    """
    adopt_configuration(os.environ, OutputFiles.of(os.environ))
    homes = {
        find_spec(name).submodule_search_locations[0].rpartition(os.sep)[0]  # type: ignore[union-attr,index]
        for name in ("nnsim", "screens", "scenarios")
    }
    if len(homes) > 1:
        raise NnsimError(
            f"the packages nnsim, screens and scenarios come from different places ({', '.join(sorted(homes))}): "
            "install nnsim into an environment of its own"
        )
    reason = why_no_screen(os.environ, is_terminal(sys.stdin), is_terminal(sys.stdout))
    if reason is not None:
        raise NnsimError(f"needs a terminal, but {reason}; {without}")
