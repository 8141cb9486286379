"""Recordings: timelines in one file, written beside a run, read lazily, trusted never."""

from nnsim.recording.follow import Following, follow_recording
from nnsim.recording.open import open_recording
from nnsim.recording.reader import Recording
from nnsim.recording.recorder import Recorder, save
from nnsim.recording.summary import describe

__all__ = ["Following", "Recorder", "Recording", "describe", "follow_recording", "open_recording", "save"]
