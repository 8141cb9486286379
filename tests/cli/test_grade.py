"""`nnsim grade` as a teacher runs it: table, JSON and CSV, exit statuses, folders, files that cannot be judged."""

import csv
import io
import json

import pytest
from hand_ins import LESSON


@pytest.fixture
def class_folder(nnsim, tmp_path):
    """A folder with a finished run, one that is cut, and one that is no recording, in folders of their own."""
    folder = tmp_path / "class"
    (folder / "late").mkdir(parents=True)
    lesson = folder / "class.toml"
    lesson.write_text(LESSON, encoding="utf-8")
    nnsim("run", lesson, "--student", " Ada ", "--record", folder / "b.nnsim")
    nnsim("run", lesson, "--set", "schedule.rate=10", "--student", "=Bob", "--record", folder / "a.nnsim")
    (folder / "late" / "c.nnsim").write_bytes((folder / "a.nnsim").read_bytes()[:9000])
    (folder / "notes.txt").write_text("no recording", encoding="utf-8")
    (folder / "late" / "d.nnsim").write_text("no recording", encoding="utf-8")
    return folder


def against(folder):
    return "--against", folder / "class.toml"


def test_a_folder_is_judged_as_json(nnsim, class_folder):
    status, out, err = nnsim("grade", class_folder, class_folder / "gone.nnsim", *against(class_folder), "--json")
    assert (status, err) == (1, "")
    found = json.loads(out)
    assert [one["file"].rpartition("/")[2] for one in found["files"]] == [
        "a.nnsim",
        "b.nnsim",
        "gone.nnsim",
        "c.nnsim",
        "d.nnsim",
    ]
    bob, ada, *others = found["files"]
    assert (ada["student"], ada["verified"], ada["error"]) == ("Ada", True, None)
    assert ada["challenges"] == [
        {"part": 4, "goal": "loss<0.05 within 200 epochs", "reached": False, "epoch": None}
    ]
    assert ada["questions"] == [{"part": part, "answer": None, "right": None} for part in (2, 3)]
    assert bob["challenges"][0]["reached"]
    assert bob["settings"] == {"schedule.rate": 10}
    assert all(one["error"] and not one["verified"] and not one["finished"] for one in others)
    assert found["summary"]["errors"] == 3
    assert list(ada) == [
        *("file", "student", "verified", "finished", "proof", "lesson", "hints", "settings", "questions"),
        *("challenges", "word", "differs", "error"),
    ]


def test_it_is_a_table_and_csv_too(nnsim, class_folder):
    status, out, _ = nnsim("grade", class_folder / "a.nnsim", class_folder / "b.nnsim", *against(class_folder))
    assert status == 0
    assert "    reached by schedule.rate = 10\n" in out
    assert "2 files in " in out.splitlines()[-1]
    status, out, _ = nnsim("grade", class_folder, "--csv", *against(class_folder))
    assert status == 1
    bob, ada, *_ = csv.DictReader(io.StringIO(out))
    assert (bob["student"], bob["part 4"], bob["settings"]) == ("'=Bob", "epoch 112", "schedule.rate = 10")
    assert (ada["verified"], ada["finished"], ada["part 4"]) == ("true", "false", "")


@pytest.mark.parametrize(("arguments", "complaint"), [
    ([], "missing argument"),
    (["{folder}", "--json", "--csv"], "--csv: does not go with --json"),
    (["{folder}", "--against", "xorr"], "no scenario named 'xorr'"),
    (["{folder}", "--budget", "0"], "--budget 0: is no budget"),
    (["{folder}", "--budget", "nan"], "--budget nan: is no budget"),
    (["{empty}"], "holds no recording"),
])  # fmt: skip
def test_a_wrong_command_line_is_refused(nnsim, tmp_path, arguments, complaint):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.nnsim").touch()
    places = {"folder": tmp_path, "empty": tmp_path / "empty"}
    status, out, err = nnsim("grade", *(one.format(**places) for one in arguments))
    assert (status, out) == (2, "")
    assert complaint in err


def test_a_recording_of_no_installed_scenario_needs_one_to_be_judged_by(nnsim, tmp_path):
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 2\n[train]\nepochs = 5\n'
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    nnsim("run", tmp_path / "own.toml", "--record", tmp_path / "a.nnsim")
    status, out, _ = nnsim("grade", tmp_path / "a.nnsim", "--json")
    assert status == 1
    assert json.loads(out)["files"][0]["error"].startswith("no scenario own comes with nnsim")
    status, out, _ = nnsim("grade", tmp_path / "a.nnsim", "--against", tmp_path / "own.toml", "--json")
    (found,) = json.loads(out)["files"]
    assert (status, found["lesson"], found["verified"], found["finished"]) == (0, "same", True, True)


def test_a_student_is_named_by_the_environment_and_in_what_is_saved_of_a_conversation(program, nnsim, tmp_path):
    path = tmp_path / "a.nnsim"
    status, _, err = program("run", "xor", "--epochs", "5", "--record", str(path), NNSIM_STUDENT="Grace")
    assert (status, err) == (0, "")
    assert json.loads(nnsim("grade", path, "--json").out)["files"][0]["student"] == "Grace"
    status, out, _ = nnsim("run", "xor", "--epochs", "5", "--student", "")
    assert (status, out) == (2, "")
