"""Logs that other processes are still writing: what is added, runs that appear, and figures that are new."""

import json
import shutil
import time
from pathlib import Path

import pytest

from nnsim.cli import watch
from nnsim.errors import NnsimError
from nnsim.logs.log_source import LogSource
from nnsim.logs.run_set import RunSet
from nnsim.output_files import OutputFiles
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


@pytest.mark.parametrize("content", ["", HEADER, "{"])
def test_a_file_that_its_writer_writes_anew_is_no_end_and_its_run_stays_the_same(folder, content):
    file = folder / "a" / "metrics.csv"
    whole = file.read_text()
    for path in (folder, file):
        source = LogSource(path, clock=still)
        (log,) = source.timelines
        file.write_text(content)
        assert not source.refresh()
        assert source.timelines == (log,)
        file.write_text(f"{whole}0,2,2.0,\n")
        assert source.refresh()
        assert source.timelines == (log,)
        assert log.length == 2
        file.write_text(whole)


def test_a_state_that_stays_torn_ends_it_after_a_while(tmp_path):
    state = tmp_path / "trainer_state.json"
    shutil.copy(FILES / "hugging_face" / state.name, state)
    now_s = [0.0]
    source = LogSource(tmp_path, clock=lambda: now_s[0])
    state.write_text(state.read_text()[:200])
    assert not source.refresh()
    now_s[0] = 6.0
    with pytest.raises(NnsimError, match="is no JSON"):
        source.refresh()
    assert len(source.timelines) == 1


def test_checkpoints_of_a_trainer_are_one_run_that_grows(tmp_path):
    def save(step):
        (tmp_path / f"checkpoint-{step}").mkdir()
        history = [{"step": one, "loss": 1 / one} for one in range(1, step + 1)]
        state = json.dumps({"global_step": step, "max_steps": 100, "log_history": history})
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)

    save(5)
    source = LogSource(tmp_path, clock=still)
    (log,) = source.timelines
    for step in (10, 15):
        save(step)
        assert source.refresh()
        assert source.timelines == (log,)
        assert log.length == step


def test_watch_waits_for_the_first_figure_of_a_run(folder, monkeypatch, capsys):
    file = folder / "a" / "metrics.csv"
    whole = file.read_text()
    file.write_text(HEADER)
    monkeypatch.setattr(time, "sleep", lambda _: file.write_text(whole))
    monkeypatch.setattr(watch, "_told", lambda _, source: source.timelines[0].length)
    assert watch.watch_recording(folder, [], True, OutputFiles(writable=False)) == 1
    assert "waiting for a run" in capsys.readouterr().err
