"""Recordings: timelines in one file, written beside a run, read lazily, trusted never.

What stands here is imported when it is asked for, so that a program which records its own training with
`nnsim.recorder` needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnsim.recording.facts import Facts
    from nnsim.recording.growing import GrowingRecording, follow_recording
    from nnsim.recording.reader import Recording, open_recording
    from nnsim.recording.recorder import Recorder, save
    from nnsim.recording.recording_summary import describe

__all__ = [
    "Facts",
    "GrowingRecording",
    "Recorder",
    "Recording",
    "describe",
    "follow_recording",
    "open_recording",
    "save",
]
_MODULES = {
    "Facts": "facts",
    "GrowingRecording": "growing",
    "Recorder": "recorder",
    "Recording": "reader",
    "describe": "recording_summary",
    "follow_recording": "growing",
    "open_recording": "reader",
    "save": "recorder",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
