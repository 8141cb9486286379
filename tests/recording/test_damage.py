"""Damaged, hostile and foreign files are refused in one line that names the part, or read as they were written."""

import os
import socket
import sqlite3
import tracemalloc
import zlib
from random import Random

import numpy as np
import pytest
from damaged_recordings import SCHEMAS, damage, flipped_bits, forge, read_all, with_schema
from recorded_runs import assert_same, changed_on_the_way, make_scenario, trained
from shared import THIRD

from nnsim.errors import RecordingError
from nnsim.recording import describe, follow_recording, open_recording, save
from nnsim.recording.codec import from_json
from nnsim.recording.format import (
    CHECKPOINTS,
    COMMANDS,
    MARKS,
    META,
    MINOR,
    RUNS,
    SEGMENTS,
    SERIES,
    VERSION,
    content_hash,
    tables_of,
)
from nnsim.recording.packing import pack
from nnsim.recording.verification import verify
from nnsim.timeline.run import Run


@pytest.fixture(scope="module")
def run():
    return changed_on_the_way()


def refusal(path):
    with pytest.raises(RecordingError) as caught:
        read_all(path)
    assert "\n" not in str(caught.value)
    assert "x.nnsim: " in str(caught.value)
    return str(caught.value)


def test_no_flipped_bit_goes_unnoticed_and_changes_anything(run, sound, path):
    noticed = 0
    for place, bit in flipped_bits(len(sound), 150, seed=1):
        data = bytearray(sound)
        data[place] ^= 1 << bit
        path.write_bytes(data)
        try:
            with open_recording(path) as recording:
                assert recording.scenario == run.timeline.scenario
                assert_same(recording.timelines[0], run.timeline)
        except RecordingError:
            noticed += 1
    assert noticed > 75  # the others fell on unused space


CASES = 75 // THIRD  # a part; 300 in all


@pytest.mark.parametrize("part", range(4))
def test_whatever_is_done_to_a_file_it_opens_or_is_refused_in_one_line(sound, path, part):
    refused = []
    for case in range(part * CASES, (part + 1) * CASES):
        damage(sound, path, Random(case))
        try:
            read_all(path)
        except RecordingError as error:
            refused.append(str(error))
    assert 0.4 * CASES < len(refused) < CASES
    assert not [one for one in refused if "\n" in one or len(one) > 1000]


@pytest.mark.parametrize("script", SCHEMAS)
def test_a_schema_that_is_not_exactly_ours_is_refused(sound, path, script):
    with_schema(sound, path, script)
    refusal(path)


def change(path, table, **values):
    """Change the last row of a table, with a checksum that fits."""
    names = [one.name for one in table.columns]

    def changed(row):
        for name, value in values.items():
            row[names.index(name)] = value

    forge(path, table, changed)


@pytest.mark.parametrize(
    ("table", "values", "complaint"),
    [
        (RUNS, {"length": 10**9}, "longer than its scenario"),
        (RUNS, {"length": 10**12}, "the runs are damaged"),
        (RUNS, {"length": 2099}, "the end of run 1 is damaged"),
        (RUNS, {"variant": "other"}, "variant 'other' is not known"),
        (RUNS, {"settings": '{"model.hidden": [99999]}'}, "model.hidden"),
        (RUNS, {"settings": "[" * 100_000}, "settings of run 1 are damaged"),
        (RUNS, {"settings": '{"model.hidden": [5, 2]}'}, "the checkpoint at step 0 of run 1 is damaged .size."),
        (RUNS, {"settings": '{"solver.kind": "random-search", "train.batch_size": 0}'}, "not one of them"),
        (RUNS, {"stop_reason": "bored"}, "the end of run 1 is damaged"),
        (RUNS, {"spacing": 3}, "does not fit its scenario"),
        (RUNS, {"spacing": 2**40}, "checkpoints of run 1"),
        (SERIES, {"name": "gradient:layer9"}, "'gradient:layer9' is not one of them"),
        (SERIES, {"stride": 2}, "does not fit"),
        (SEGMENTS, {"data": bytes(1000)}, r"step records 1-2,100 of gradient:layer3 are damaged \(compression\)"),
        (SEGMENTS, {"count": 2099}, r"step records 1-2,100 of gradient:layer3 are damaged \(count\)"),
        (SEGMENTS, {"chunk": 1}, "step records 1-2,100 of gradient:layer3 are missing"),
        (CHECKPOINTS, {"random": "{}"}, r"the checkpoint at step 2048 of run 1 is damaged \(random state\)"),
        (CHECKPOINTS, {"slots": bytes(8)}, r"the checkpoint at step 2048 of run 1 is damaged \(size\)"),
        (CHECKPOINTS, {"step": 2101}, "the checkpoints of run 1 are damaged"),
        (COMMANDS, {"key": "model.hidden"}, "command 3 of run 1 cannot be given there"),
        (COMMANDS, {"value": "1e999"}, "command 3 of run 1: small: train.epochs"),
        (COMMANDS, {"value": "650"}, "longer than its scenario lets it be"),
        (MARKS, {"step": 2101}, "the marks of run 1 lie beyond its last step"),
    ],
)
def test_a_value_that_may_not_be_is_refused_though_its_checksum_fits(path, table, values, complaint):
    change(path, table, **values)
    with pytest.raises(RecordingError, match=complaint):
        read_all(path)


def test_an_inflated_blob_stops_at_the_size_that_is_allowed(path):
    change(path, SEGMENTS, data=zlib.compress(bytes(30_000_000), 9)[:36_000])
    tracemalloc.start()
    refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_an_altered_value_and_a_removed_row_are_named(sound, path):
    def edited(statement):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute(statement)
        connection.close()
        return refusal(path)

    edited("UPDATE segments SET data = zeroblob(30) WHERE series = 0")
    assert "step records 1-2,100 of loss are damaged (checksum)" in refusal(path)
    assert "step records 1-2,100 of loss are missing" in edited("DELETE FROM segments WHERE series = 0")
    path.write_bytes(sound)
    assert "some of the commands of run 1 are missing" in edited("DELETE FROM commands WHERE number = 2")
    assert "its scenario is missing" in edited("DELETE FROM meta WHERE key = 'scenario'")


def test_the_hash_notices_what_was_changed_with_all_checksums_right(path):
    assert describe(path)["hash_ok"] is True
    change(path, MARKS, text="I reached it")
    assert describe(path)["hash_ok"] is False


def test_one_damaged_chunk_leaves_the_rest_readable(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE segments SET crc = crc + 1 WHERE series = 0")
    connection.close()
    with open_recording(path) as recording:
        series = recording.timelines[0].series
        assert series["accuracy"].at_step(2000) is not None
        with pytest.raises(RecordingError, match="of loss are damaged"):
            series["loss"].at_step(2000)


def test_what_a_file_says_cannot_speak_to_the_terminal(path):
    change(path, MARKS, text="\x1b]52;c;eA==\x07hi\u202e", kind="a\nb")
    with open_recording(path) as recording:
        assert recording.timelines[0].marks[-1].text == "]52;c;eA==hi"
        assert recording.timelines[0].marks[-1].kind == "a b"
    assert from_json('{"a\\u001b": ["\\u001b[2J\\ud800x"]}') == {"a": ["[2J?x"]}


# ------------------------------------------------------------------ versions and foreign files


def test_a_newer_minor_version_opens_with_what_is_understood_and_a_newer_major_does_not(run, sound, path):
    with_schema(sound, path, f"PRAGMA user_version = {VERSION + 1}; CREATE TABLE notes (a TEXT PRIMARY KEY) STRICT")
    with open_recording(path) as recording:
        assert recording.format == f"1.{VERSION % 1000 + 1}"
        assert_same(recording.timelines[0], run.timeline, [2000])
    with_schema(sound, path, f"PRAGMA user_version = {VERSION + 1}; CREATE VIEW notes AS SELECT 1")
    assert "foreign view" in refusal(path)
    with_schema(sound, path, f"PRAGMA user_version = {VERSION + 1000}")
    assert f"is of format 2.{VERSION % 1000}, newer than this nnsim knows (allowed: 1.x)" in refusal(path)


def test_all_that_a_newer_minor_version_may_bring_is_passed_over(run, path):
    """Tables, keys of the meta data, figures: nothing of it is damage, and what is understood is proved."""
    before = describe(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.execute("CREATE TABLE notes (run INTEGER NOT NULL, text TEXT, PRIMARY KEY (run, text)) STRICT")
    connection.execute("INSERT INTO notes VALUES (0, 'of a later version')")
    connection.execute(META.insert, META.row("mood", "of a later version"))
    connection.execute(SERIES.insert, SERIES.row(200, 0, "curvature", 1, 2))
    connection.execute(SEGMENTS.insert, SEGMENTS.row(200, 0, 2, pack(np.array([1.0, 2.0]))))
    connection.execute(META.insert, META.row("sha256", content_hash(connection)))
    connection.close()
    assert describe(path) == before | {"format": f"1.{VERSION % 1000 + 1}", "size": path.stat().st_size}
    with open_recording(path) as recording:
        assert set(recording.timelines[0].series) == set(run.timeline.series)
        assert verify(recording).verified
    follow_recording(path).close()
    with_schema(path.read_bytes(), path, f"PRAGMA user_version = {VERSION}")
    assert "it holds a foreign" in refusal(path)


@pytest.mark.parametrize(
    "text", ["{}", "[1]", '[{"part": 0, "asked": "", "answer": ""}]', "[" * 9000, "x", '[{"part": 1, "asked": 5}]']
)
def test_answers_that_are_none_are_refused(path, text):
    with sqlite3.connect(path) as connection:
        connection.execute(META.insert, META.row("answers", text))
    connection.close()
    assert "its answers are damaged" in refusal(path)


def test_what_is_no_recording_is_refused_without_being_waited_for(tmp_path):
    path = tmp_path / "x.nnsim"
    assert "No such file" in refusal(path)
    path.write_bytes(b"")
    assert "is empty" in refusal(path)
    path.write_text("title = 'a scenario'" * 10)
    assert "is no recording of nnsim" in refusal(path)
    with path.open("wb") as file:
        file.truncate(2**32 + 1)
    assert "is too large" in refusal(path)
    path.unlink()
    path.mkdir()
    assert "is a folder" in refusal(path)
    path.rmdir()
    os.mkfifo(path)
    assert "is no ordinary file" in refusal(path)
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))
        assert "is no ordinary file" in refusal(path)
    with pytest.raises(RecordingError, match="is no name of a file"):
        open_recording(tmp_path / "x\0y")


def test_a_pipe_in_place_of_the_journal_is_not_waited_for(path):
    os.mkfifo(f"{path}-journal")
    assert "is no journal" in refusal(path)


@pytest.mark.parametrize("name", ["a?mode=rw", "a#b", "100%25", "a b'c\"", ":memory:", "file:x", "ü\udcff"])
def test_any_name_will_do(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    timeline = trained("full batch", 100).timeline
    save(tmp_path / name, [timeline])
    assert os.listdir(tmp_path) == [name]
    with open_recording(tmp_path / name) as recording:
        assert recording.timelines[0].length == 100
    assert os.listdir(tmp_path) == [name]


def test_reading_needs_no_right_to_write_and_leaves_nothing_behind(path, sound):
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        read_all(path)
    finally:
        path.parent.chmod(0o700)
    assert os.listdir(path.parent) == ["x.nnsim"]
    assert path.read_bytes() == sound


def test_a_file_may_not_ask_for_hours_of_checking_its_scenario(path):
    lines = "\n".join(["a" * 150] * 266)
    text = make_scenario(f'[lesson]\ntext = """{lines}"""').text
    scenario = Run(make_scenario("")).timeline.scenario
    assert len(text) > len(scenario.text)
    connection = sqlite3.connect(path, isolation_level=None)
    rows = [COMMANDS.row(0, number, 300, "schedule.rate", "0.5") for number in range(9000)]
    connection.execute("BEGIN")
    connection.executemany(COMMANDS.insert, rows)
    connection.execute(META.insert, META.row("scenario", text))
    connection.execute("COMMIT")
    connection.close()
    assert "too many runs and commands" in refusal(path)


def test_a_broken_name_in_the_schema_is_refused_too(sound, path):
    path.write_bytes(
        sound.replace(b"tablesegments", b"tablesegm\xa0nts").replace(b"TABLE segments", b"TABLE \xa0\xe1gments")
    )
    assert path.read_bytes() != sound
    refusal(path)


def test_every_column_has_its_bounds():
    for table in tables_of(MINOR):
        for column in table.columns:
            assert not column.holds(-1)
            assert not column.holds(1.0)
            assert not column.holds(True)
            assert not column.holds(column.most + 1)
            assert column.holds(None) == column.optional
