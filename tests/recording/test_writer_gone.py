"""A follower finds out that the writer is gone, and only then: it says so, and what was recorded stays."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from recorded_runs import trained

from nnsim.cli import execute
from nnsim.recording import Recorder, follow_recording
from nnsim.recording.format import META, WRITER_KEY
from nnsim.recording.writer_process import SILENT_S, writer_lives, writer_text
from nnsim.session.session import Session

ROOT = Path(__file__).resolve().parents[2]
# Told to, it begins a transaction, parts of which reach the disk, and never ends it.
WRITER = """
import os, signal, sys
from pathlib import Path
from recorded_runs import trained
from nnsim.recording import Recorder

run = trained("full batch", 100)
recorder = Recorder(Path(sys.argv[1]), [run.timeline])
run.advance_to(200)
recorder.flush()
print("ready", flush=True)
if sys.stdin.readline():
    recorder._connection.execute("PRAGMA cache_size = 1")
    recorder._connection.execute("BEGIN IMMEDIATE")
    recorder._connection.execute("DELETE FROM checkpoints")
    for number in range(100):
        recorder._connection.execute("INSERT INTO meta VALUES (?, ?, 0)", (f"x{number}", "x" * 4000))
    print("ready", flush=True)
    sys.stdin.read()
"""


class Writer:
    """A process of its own that writes a recording, to be killed."""

    def __init__(self, path):
        search = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "recording")))
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            env=os.environ | {"PYTHONPATH": search},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def begin(self):
        """Be in the middle of a transaction."""
        self.process.stdin.write("begin\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ready\n"

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def clock():
    """A clock that stands until it is set."""

    class Clock:
        now_s = 0.0

        def __call__(self):
            return self.now_s

    return Clock()


def elsewhere(path):
    """Let a file say that it is written on another machine."""
    text = json.dumps(json.loads(writer_text()) | {"machine": "another"})
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(META.insert, META.row(WRITER_KEY, text))
    connection.close()


@pytest.mark.parametrize("inside", [False, True], ids=["between transactions", "inside one"])
def test_a_killed_writer_is_told_and_what_it_wrote_stays(tmp_path, inside, capsys):
    path = tmp_path / "x.nnsim"
    writer = Writer(path)
    with follow_recording(path) as following:
        session = Session.of_growing(following)
        session.follow.refresh()
        if inside:
            writer.begin()
            session.follow.refresh()
        assert (following.gone, session.notices.take()) == (False, "")
        writer.kill()
        assert Path(f"{path}-journal").exists() == inside
        session.follow.refresh()
        assert (following.gone, following.ended, session.follow.source, session.follow.active) == (
            True,
            True,
            None,
            False,
        )
        assert session.notices.take() == "the writer has gone: the recording ends at step 200"
        assert session.cursor.step == 200
        assert len(list(session.focused.timeline.checkpoints)) == 1
    assert execute(["watch", str(path), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1]) == {
        "step": 200,
        "ended": True,
        "writer": "gone",
        "message": "the writer has gone: the recording ends at step 200",
    }
    assert said.err == f"nnsim: {path}: the writer has gone: the recording ends at step 200\n"


def test_a_writer_that_lives_is_known_on_its_own_machine_only():
    own = json.loads(writer_text())
    assert writer_lives(writer_text()) is True
    assert writer_lives(json.dumps(own | {"machine": "another"})) is None
    assert writer_lives(json.dumps(own | {"started": "1"})) is False  # its number went to a later process
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        child.wait()
    assert writer_lives(json.dumps(own | {"process": child.pid, "started": None})) is False
    for text in ("", "{", "[]", "3", '{"machine": 1}', json.dumps(own | {"process": -1}), "[" * 1000):
        assert writer_lives(text) is None


def test_on_another_machine_the_time_of_the_file_tells(tmp_path, clock):
    path = tmp_path / "x.nnsim"
    recorder = Recorder(path, [trained("full batch", 100).timeline])
    elsewhere(path)
    with follow_recording(path, clock) as following:
        for _ in range(3):
            clock.now_s += SILENT_S
            following.refresh()
            assert not following.ended
            os.utime(path, ns=(0, 0))  # which a flush that has nothing to write changes
            recorder.flush()
            assert path.stat().st_mtime_ns > 0
        following.refresh()
        clock.now_s += SILENT_S + 0.1
        assert following.refresh()
        assert following.parting == "the writer has gone: the recording ends at step 100"
    recorder.close()


def test_a_closed_recording_says_nothing_of_its_writer(tmp_path):
    path = tmp_path / "x.nnsim"
    with Recorder(path, [trained("full batch", 100).timeline]):
        pass
    with follow_recording(path) as following:
        assert (following.ended, following.gone, following.parting) == (True, False, "")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM meta WHERE key = ?", (WRITER_KEY,)).fetchone() == (0,)
    connection.close()
