"""A recording tells whose it is, which lesson it belongs to, and what decides its bits."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from forged_recordings import forge_first
from recorded_runs import make_scenario, trained

from nnsim.data.data_files import ScenarioFiles
from nnsim.errors import RecordingError
from nnsim.recording import Facts, Recorder, describe, open_recording, save
from nnsim.recording.format import FACTS
from nnsim.scenario.catalog import find
from nnsim.scenario.scenario import parse_scenario, read_scenario
from nnsim.scenario.scenario_hashes import differing_parts, part_hashes

VERSIONS = Path(__file__).parent / "versions"


@pytest.fixture(scope="module")
def run():
    return trained("full batch", 100)


@pytest.fixture
def path(run, tmp_path):
    save(tmp_path / "x.nnsim", [run.timeline], facts=Facts(student="Übung 7\x1b[2J"))
    return tmp_path / "x.nnsim"


def test_facts_are_those_that_were_given_and_those_that_can_be_measured(run, path):
    with open_recording(path) as recording:
        facts = recording.facts
        assert recording.hash_holds()
    assert facts.student == "Übung 7[2J"
    assert (facts.numpy, facts.kernel, facts.precision, facts.source) == (np.__version__, "numpy", "float64", "")
    assert facts.blas
    assert facts.vector
    hashes = part_hashes(run.timeline.scenario)
    assert (facts.lesson_hash, facts.task_hash, facts.variants_hash) == tuple(hashes.values())
    assert describe(path)["facts"]["student"] == facts.student


def test_a_recorder_writes_facts_before_it_comes_to_its_end(run, tmp_path):
    path = tmp_path / "x.nnsim"
    with Recorder(path, [run.timeline], facts=Facts(student="a", kernel="other", source="csv")):
        with open_recording(path) as recording:
            assert (recording.facts.student, recording.facts.kernel, recording.facts.source) == (
                "a",
                "other",
                "csv",
            )
        assert describe(path)["facts"]["kernel"] == "other"


def test_an_older_recording_has_the_hashes_of_its_scenario_and_says_nothing_else():
    with open_recording(VERSIONS / "1.2.nnsim") as recording:
        facts, hashes = recording.facts, part_hashes(recording.scenario)
        assert recording.facts_hold()
    assert replace(facts, numpy="") == Facts(**{f"{part}_hash": digest for part, digest in hashes.items()})
    assert "facts" not in describe(VERSIONS / "1.2.nnsim")


def test_damaged_facts_are_named(path):
    sound = path.read_bytes()
    edits = {
        "UPDATE facts SET value = 'b' WHERE key = 'student'": "some of the facts are damaged",
        "DELETE FROM facts WHERE key = 'student'": "something was changed after it was recorded",
        "DELETE FROM facts": "something was changed after it was recorded",
    }
    for statement, damage in edits.items():
        path.write_bytes(sound)
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()
        assert any(one.startswith(damage) for one in describe(path)["damage"]), statement
    path.write_bytes(sound)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE facts")
    connection.close()
    with pytest.raises(RecordingError, match="table facts is missing"):
        open_recording(path)


def test_facts_of_a_recording_without_an_end_have_their_hash_too(run, tmp_path):
    path = tmp_path / "x.nnsim"
    recorder = Recorder(path, [run.timeline], facts=Facts(student="a"))
    assert "damage" not in describe(path)
    forge_first(path, FACTS, lambda row: row.__setitem__(1, "b"), "key = 'student'")
    assert describe(path)["damage"] == ["the facts were changed after they were recorded (their hash is another)"]
    recorder.close()


def test_titles_and_comments_are_no_part_of_what_is_the_same():
    text = find("xor").read_text(encoding="utf-8")
    changed = "# a comment\n" + text.replace('title = "', 'title = "Another ', 1)
    assert changed.count("Another ") == text.count("Another ") + 1
    one, other = (parse_scenario(each, name="xor", source="xor.toml") for each in (text, changed))
    assert differing_parts(one, other) == []


@pytest.mark.parametrize(
    ("extra", "head", "part"),
    [
        ("", '[lesson]\ntext = "x"', "lesson"),
        ("[loss]\nkind = 'mse'", "", "task"),
        ("[train]\nepochs = 7", "", "variants"),
        ("[random]\nseed = 7", "", "variants"),
        ("[[variants]]\nname = 'a'", "", "variants"),
        ("[sweep]\nkey = 'random.seed'\nvalues = [1, 2]", "", "variants"),
    ],
)
def test_what_was_changed_is_told_by_its_part(extra, head, part):
    plain = make_scenario("")
    assert differing_parts(plain, plain) == []
    assert differing_parts(plain, make_scenario(extra, head)) == [part]


def test_other_data_files_under_the_same_names_are_another_task():
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "csv"\npath = "a.csv"\ntarget = "y"\n[model]\nhidden = [2]\n'

    def with_rows(rows):
        files = ScenarioFiles(contents={"a.csv": rows.encode()})
        return parse_scenario(text, name="a", source="a", files=files)

    one = with_rows("x,y\n1,2\n2,3\n3,4\n")
    assert differing_parts(one, with_rows("x,y\n1,2\n2,3\n3,4\n")) == []
    assert differing_parts(one, with_rows("x,y\n1,2\n2,3\n3,5\n")) == ["task"]


def test_opening_a_screen_does_not_load_what_reads_the_libraries():
    code = "import sys, nnsim.recording, nnsim.cli, nnsim.cli.open; print('threadpoolctl' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
    )


def test_a_scenario_is_the_same_as_itself_read_again():
    path = find("xor")
    assert differing_parts(read_scenario(path), read_scenario(path)) == []
