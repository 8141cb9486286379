"""`nnsim sweep`, as a person types it."""

import csv
import io
import json
import sqlite3

import pytest

XOR = ("sweep", "xor", "--epochs", "60", "--over", "schedule.rate=0.1:10:log:3", "--over", "model.hidden=[2],[3]")


def test_the_table_is_that_of_the_grid(nnsim):
    status, out, _ = nnsim(*XOR, "--seeds", "2", "--until", "loss<0.5", "--json", "--workers", "1")
    found = json.loads(out)
    assert status == 0
    assert [one["values"] for one in found["axes"]] == [[0.1, 1.0, 10.0], [[2], [3]]]
    assert [one["settings"]["model.hidden"] for one in found["members"]] == [[2], [2], [3], [3]] * 3
    assert [one["seed"] for one in found["members"]] == [1, 2] * 6
    run = json.loads(
        nnsim("run", "xor", "--epochs", "60", "--set", "schedule.rate=0.1", "--set", "model.hidden=[3]", "--json")[
            1
        ]
    )
    assert found["members"][2]["loss"] == pytest.approx(run["loss"], rel=1e-9)
    assert found["members"][2]["accuracy"] == run["accuracy"]


def test_a_sweep_that_was_ended_goes_on_to_the_same_table(nnsim, tmp_path):
    path = tmp_path / "a.nnsweep"
    whole = nnsim(*XOR, "-o", str(path), "--json", "--workers", "1")[1]
    with sqlite3.connect(path) as connection:
        before = connection.execute("SELECT number, outcomes FROM tasks ORDER BY number").fetchall()
        connection.execute("DELETE FROM tasks WHERE number = 0")
    connection.close()
    status, out, err = nnsim("sweep", "--resume", str(path), "--json")
    assert (status, out, err) == (0, whole, "")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT number, outcomes FROM tasks ORDER BY number").fetchall() == before
    connection.close()


def test_halving_goes_on_after_a_break_in_any_rung_to_the_same_table(nnsim, tmp_path):
    path = tmp_path / "a.nnsweep"
    whole = nnsim(*XOR, "--halving", "--factor", "2", "-o", str(path), "--json", "--workers", "1").out
    assert json.loads(whole)["halving"]["saved"] > 0
    for last in range(3):
        with sqlite3.connect(path) as connection:
            connection.execute("DELETE FROM tasks WHERE number > ?", (last,))
        connection.close()
        assert nnsim("sweep", "--resume", str(path), "--json") == (0, whole, "")
    assert "saved)" in nnsim("sweep", "--resume", str(path)).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sweep",), "SCENARIO: is missing"),
        (("sweep", "xor"), "--over: is missing"),
        (("sweep", "xor", "--over", "model.hidden=4,16"), "in brackets: --over model.hidden=[4],[16]\n"),
        (("sweep", "xor", "--over", "schedule.rate"), "is no range of a setting"),
        (("sweep", "xor", "--over", "schedule.rate=1:2:cubic:3"), "is no range of a setting"),
        (("sweep", "xor", "--over", "schedule.rate=0:2:log:3"), "ends above 0"),
        (("sweep", "xor", "--over", "schedule.rate=1:2:log:0"), "no count of values"),
        (("sweep", "xor", "--over", "schedule.rate=1,1"), "more than once"),
        (("sweep", "xor", "--over", "schedule.rate=1,fast"), "schedule.rate"),
        (("sweep", "xor", "--over", "weather=1,2"), "is no setting"),
        (("sweep", "xor", "--over", "schedule.rate=1,2", "--over", "schedule.rate=3,4"), "given 2 times"),
        (("sweep", "xor", "--over", "random.seed=1,2", "--seeds", "2"), "one of the two"),
        (("sweep", "xor", "--over", "schedule.rate=1,2", "--until", "best"), "is no goal"),
        (("sweep", "xor", "--over", "schedule.rate=1,2", "-o", "a.txt"), "ends in .nnsweep"),
        (("sweep", "xor", "--over", "schedule.rate=1:9:log:9000", "--seeds", "9000"), "too many"),
        (("sweep", "--resume", "no.nnsweep"), "is no file that can be read"),
        (("sweep", "xor", "--resume", "no.nnsweep"), "does not go with --resume"),
        (("sweep", "--resume", "no.nnsweep", "--set", "schedule.rate=2"), "--set: does not go with --resume"),
        (("sweep", "--resume", "no.nnsweep", "--no-marks"), "--no-marks: does not go with --resume"),
        (("sweep", "--resume", "no.nnsweep", "--halving"), "--halving: does not go with --resume"),
        (("sweep", "xor", "--over", "schedule.rate=1,2", "--factor", "2"), "--factor: means nothing without"),
        (("sweep", "xor", "--seeds", "20", "--halving"), "there is nothing to stop early"),
        (("sweep", "xor", "--over", "schedule.rate=1,2", "--set", "schedule.rate=3"), "one of the two"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(nnsim, arguments, said):
    status, out, err = nnsim(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


DAMAGE = {
    "DELETE FROM meta WHERE key = 'scenario'": "the entry 'scenario' is missing in it",
    "UPDATE meta SET value = 'title = ' WHERE key = 'scenario'": "the scenario in it cannot be read: is no TOML",
    "UPDATE meta SET value = '{}' WHERE key = 'sweep'": "swept cannot be read: 'task_size' is missing",
    "UPDATE meta SET value = replace(value, 'rate', 'rat')": "schedule.rat: unknown key",
    "UPDATE meta SET value = '?' WHERE key = 'files'": "the files of its scenario cannot be read",
    "UPDATE tasks SET crc = 0": "task 0 is damaged",
}


@pytest.mark.parametrize("statement", DAMAGE)
def test_a_damaged_sweep_is_told_by_its_part(nnsim, tmp_path, statement):
    path = tmp_path / "a.nnsweep"
    nnsim("sweep", "xor", "--epochs", "2", "--over", "schedule.rate=1,2,3", "-o", str(path), "--workers", "1")
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    status, out, err = nnsim("sweep", "--resume", str(path))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"nnsim: {path}: ")
    assert DAMAGE[statement] in err


def test_a_sweep_that_was_copied_in_part_and_a_foreign_file_are_told(nnsim, tmp_path):
    path = tmp_path / "a.nnsweep"
    nnsim("sweep", "xor", "--epochs", "2", "--over", "schedule.rate=1,2,3", "-o", str(path), "--workers", "1")
    content = path.read_bytes()
    for size in (3000, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        assert "a part of it is missing" in nnsim("sweep", "--resume", str(path)).err
    for foreign in (b"", b"hello", b"title = 'a scenario'"):
        path.write_bytes(foreign)
        assert nnsim("sweep", "--resume", str(path)).err == f"nnsim: {path}: is no sweep of nnsim\n"


def test_a_sweep_is_written_for_other_programs(nnsim, tmp_path):
    path = tmp_path / "a.nnsweep"
    whole = nnsim(*XOR, "-o", str(path), "--json", "--workers", "1").out
    assert nnsim("export", str(path), "--to", "json", "-o", "-").out == whole
    lines = nnsim("export", str(path), "--to", "csv", "-o", "-").out.splitlines()
    members = json.loads(whole)["members"]
    rows = list(csv.DictReader(lines))
    assert [float(one["loss"]) for one in rows] == [one["loss"] for one in members]
    assert [json.loads(one["model.hidden"]) for one in rows] == [one["settings"]["model.hidden"] for one in members]
    status, out, _ = nnsim("export", str(path), "--to", "svg", "-o", "-", "--size", "80x24")
    assert status == 0
    assert "XOR" in out
    assert "rate →" in "".join(out.split("&#160;"))
    assert nnsim("export", str(path), "--to", "npz").err.count("means nothing for a sweep") == 1


def test_a_sweep_is_told_in_lines(nnsim, tmp_path, monkeypatch):
    path = tmp_path / "a.nnsweep"
    nnsim(*XOR, "-o", str(path), "--workers", "1")
    monkeypatch.setattr("sys.stdin", io.StringIO("left 9\ndown\nfigure accuracy\ndance\nquit\n"))
    status, out, _ = nnsim("open", str(path), "--plain")
    assert status == 0
    assert "best by loss" in out
    assert "schedule.rate = 0.1, model.hidden = [2]" in out
    assert "the map shows the accuracy" in out
    assert "'dance': is no command" in out
