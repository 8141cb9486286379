"""Every version of the format that was ever released stays readable.

`versions/` holds a recording of each, as the nnsim of its time wrote it, and what it says of itself. Neither is
made anew: a file that no longer reads as it did is a fault of the reader.
"""

import json
from pathlib import Path

import pytest
from damaged_recordings import read_all

from nnsim.recording import describe
from nnsim.recording.format import MAJOR, MINOR

VERSIONS = sorted((Path(__file__).parent / "versions").glob("*.nnsim"))


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_recording_of_this_version_reads_as_it_did(path):
    found = describe(path)
    del found["file"]
    assert found == json.loads(path.with_suffix(".json").read_text())
    assert found["format"] == path.stem
    assert found["hash_ok"] is True
    read_all(path)


def test_there_is_a_recording_of_the_first_version():
    assert "1.0" in [path.stem for path in VERSIONS]


def test_there_is_a_recording_of_the_version_that_is_written_now():
    assert f"{MAJOR}.{MINOR}" in [path.stem for path in VERSIONS]
