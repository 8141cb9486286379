"""Recordings: timelines in one file, written beside a run, read lazily, trusted never."""

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
