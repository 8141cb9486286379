"""Logs that other processes are still writing: what is added, runs that appear, and figures that are new."""

import shutil
from pathlib import Path

import pytest

from nnsim.logs.log_source import LogSource
from nnsim.logs.run_set import RunSet
from nnsim.session.session import Session

FILES = Path(__file__).parent / "files"
HEADER = "epoch,step,train_loss,val_loss\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "metrics.csv").write_text(f"{HEADER}0,0,3.0,\n0,1,2.5,\n")
    return tmp_path


def still():
    """A clock by which reading takes no time."""
    return 0.0


def append(path, text):
    with path.open("a") as file:
        file.write(text)


def test_a_session_follows_a_folder_in_which_runs_grow_and_new_ones_appear(folder):
    with RunSet([folder], follows=True, clock=still) as runs:
        session = Session.of_runs(runs, follows=True)
        assert session.cursor.step == 1
        append(folder / "a" / "metrics.csv", "0,2,2.0,\n0,2,,1.5\n")
        session.follow.refresh()
        assert session.cursor.step == 2
        assert session.view.figures(session.focused) == {"loss": 2.0, "validation_loss": 1.5}
        (folder / "b").mkdir()
        (folder / "b" / "metrics.csv").write_text(f"{HEADER}0,0,9.0,\n")
        session.follow.refresh()
        assert [one.log.name for one in session.tracks] == ["a", "b"]


def test_event_files_are_read_on_from_where_they_ended_and_a_torn_record_is_taken_when_it_is_whole(tmp_path):
    (source,) = (FILES / "tensorboard" / "tensors").iterdir()
    content = source.read_bytes()
    (tmp_path / "run").mkdir()
    file = tmp_path / "run" / source.name
    file.write_bytes(content[: len(content) // 2])
    log_source = LogSource(tmp_path, clock=still)
    (log,) = log_source.timelines
    before = log.length
    assert 0 < before < 9
    assert any("in the midst of a record" in one for one in log.remarks)
    file.write_bytes(content)
    assert log_source.refresh()
    assert log_source.timelines == (log,)
    assert log.length == 9
    assert not any("in the midst of a record" in one for one in log.remarks)
    assert not log_source.refresh()


def test_a_run_that_is_started_again_in_the_same_folder_writes_steps_anew(tmp_path):
    first, second = sorted((FILES / "tensorboard" / "run").iterdir())[:2]
    shutil.copy(first, tmp_path / first.name)
    log_source = LogSource(tmp_path, clock=still)
    assert log_source.timelines[0].length == 24
    shutil.copy(second, tmp_path / second.name)
    assert log_source.refresh()
    (log,) = log_source.timelines
    assert log.length == 39
    assert len(log.series["loss"]) == 40


def test_a_log_that_is_gone_ends_with_what_was_read(folder):
    with RunSet([folder / "a" / "metrics.csv"], follows=True, clock=still) as runs:
        session = Session.of_runs(runs, follows=True)
        (folder / "a" / "metrics.csv").unlink()
        session.follow.refresh()
        assert not session.follow.source
        assert "what was read stays" in session.notices.take()
        assert session.focused.log.length == 1
