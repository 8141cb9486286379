"""Writes the runs of a session into a recording, those of the focused one's kind: what `w` and `save` do."""

from collections.abc import Generator
from pathlib import Path

from nnsim.output_files import OutputFiles
from nnsim.session.session import Session
from nnsim.timeline import Timeline

UNSAVED = "nothing is saved, the run is still in memory"


def saving_session(session: Session, path: Path, files: OutputFiles) -> Generator[float]:
    """Saves in parts that take milliseconds; closed before its end, it leaves nothing behind.

    Runs that nnsim has trained can be trained again, so a recording holds either those, with the answers to the
    lesson, or the figures of other programs' runs.

    Args: path: of the recording. files: whether and where it may be written.
    Yields: which share of the work is done.  Raises: NnsimError, in one line, where it cannot be written.
    """
    from nnsim.logs.figures_copy import copying
    from nnsim.recording import Facts
    from nnsim.recording.format import MAX_RUNS
    from nnsim.recording.recorder import saving

    held = session.saving
    if not isinstance(session.focused.log, Timeline):
        names, logs = zip(*held.imported.items(), strict=True)
        yield from copying(path, logs, names, lost=UNSAVED, files=files)
        return
    yield from saving(
        path,
        held.timelines(MAX_RUNS),
        files=files,
        answers=[*held.answers.values()],
        facts=Facts(student=held.student),
    )
