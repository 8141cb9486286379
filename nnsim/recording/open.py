"""Opening a recording: all of it or nothing, or what is left of a damaged one."""

from pathlib import Path
from typing import Literal

from nnsim.errors import RecordingError
from nnsim.recording.reader import Recording
from nnsim.recording.salvage import Salvaged
from nnsim.recording.sqlite_reader import Door
from nnsim.text import printable_path


def open_recording(path: Path, damaged: Literal["refuse", "gaps"] = "refuse") -> Recording:
    """Open a recording; this takes no longer for a long run than for a short one.

    Args: damaged: "refuse" a damaged file, on opening or when its damaged part is first looked at; or open it with
    "gaps": what cannot be read is NaN or left out, and `damage` of the recording names it. All of the file is read
    then.
    Raises: RecordingError in one line where the file is damaged, foreign, or of a format that is too new.
    """
    if damaged == "refuse":
        return _opened(Recording, path, Door(path))
    recording = _opened(Salvaged, path, Door(path, cut=True))
    if not recording.damage:
        try:
            Door(path).close()
        except RecordingError as error:  # it is the file that is damaged, and nothing that stands in it
            recording.damage.append(str(error).removeprefix(f"{printable_path(path)}: "))
    return recording


def _opened(kind: type[Recording], path: Path, door: Door) -> Recording:
    try:
        return kind(path, door)
    except BaseException:
        door.close()
        raise
