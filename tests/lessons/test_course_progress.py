"""Progress is kept in a small file and its copy, whatever kills the program or damages one of them."""

import json
import os

import pytest
from progress_writers import lost, writers

from nnsim.errors import OutputError
from nnsim.lessons.progress import (
    COPY,
    FILE,
    GivenPrediction,
    LessonProgress,
    add_note,
    read_progress,
    reset_progress,
)
from nnsim.output_files import OutputFiles


@pytest.fixture
def files(tmp_path):
    return OutputFiles(root=tmp_path)


def note(page=1, answers=None, reached=(), seconds=0.0, last=1.0):
    given = {part: GivenPrediction(*one) for part, one in (answers or {}).items()}
    return LessonProgress(page, page, given, reached, seconds, last)


def test_nothing_is_done_where_there_is_no_file(files):
    assert read_progress(files).progress.lessons == {}
    assert read_progress(files).complaint == ""


def test_notes_add_up(files):
    add_note(files, "xor", note(3, {2: ("a", None)}, (), 60.0, 10.0))
    add_note(files, "xor", note(2, {2: ("a", True), 3: ("0.5", None)}, (4,), 30.0, 20.0))
    add_note(files, "xor", note(2, {2: ("a", None)}, (), 1.0, 15.0))
    found = read_progress(files).progress.lessons["xor"]
    assert (found.page, found.furthest, found.reached, found.seconds, found.last) == (2, 3, (4,), 91.0, 20.0)
    assert found.answers == {2: GivenPrediction("a", True), 3: GivenPrediction("0.5", None)}


def test_another_answer_has_the_verdict_of_its_own(files):
    add_note(files, "xor", note(2, {2: ("a", False)}))
    add_note(files, "xor", note(2, {2: ("b", None)}))
    assert read_progress(files).progress.lessons["xor"].answers[2] == GivenPrediction("b", None)


@pytest.mark.parametrize("name", [FILE, COPY])
@pytest.mark.parametrize("damage", ["cut", "digit", "empty", "foreign"])
def test_one_damaged_file_loses_nothing_and_is_kept_aside(files, name, damage):
    add_note(files, "xor", note(5, {2: ("a", True)}, (), 12.0))
    path = files.state / name
    whole = path.read_text()
    path.write_text(
        {"cut": whole[:-30], "digit": whole.replace("12.0", "92.0"), "empty": "", "foreign": '{"format": 7}'}[
            damage
        ]
    )
    harmed = path.read_text()
    read = read_progress(files)
    assert read.progress.lessons["xor"].page == 5
    assert str(path) in read.complaint
    assert "its copy is used" in read.complaint
    assert "\n" not in read.complaint
    add_note(files, "xor", note(6, {}, (), 1.0))
    assert (files.state / f"{path.stem}-damaged.json").read_text() == harmed
    again = read_progress(files)
    assert again.complaint == ""
    assert (again.progress.lessons["xor"].page, again.progress.lessons["xor"].seconds) == (6, 13.0)
    assert (files.state / FILE).read_bytes() == (files.state / COPY).read_bytes()


def test_where_both_are_damaged_progress_begins_anew_and_both_are_kept(files):
    add_note(files, "xor", note(5))
    for name in (FILE, COPY):
        (files.state / name).write_text("{")
    read = read_progress(files)
    assert read.progress.lessons == {}
    assert "begins anew" in read.complaint
    add_note(files, "xor", note(2))
    assert len(list(files.state.glob("*-damaged.json"))) == 2


def test_the_newer_of_two_whole_files_counts(files):
    add_note(files, "xor", note(2))
    older = (files.state / COPY).read_bytes()
    add_note(files, "xor", note(3))
    (files.state / COPY).write_bytes(older)  # as after a kill between the two
    assert read_progress(files).progress.lessons["xor"].page == 3


def test_a_reset_keeps_what_was_there_under_another_name(files):
    assert reset_progress(files) is None
    add_note(files, "xor", note(4))
    kept = reset_progress(files)
    assert json.loads(kept.read_text())["lessons"]["xor"]["page"] == 4
    assert read_progress(files).progress.lessons == {}


def test_a_closed_door_keeps_progress_out(tmp_path):
    files = OutputFiles(writable=False, root=tmp_path)
    with pytest.raises(OutputError, match="read-only"):
        add_note(files, "xor", note(1))
    assert not list(tmp_path.iterdir())


def test_killed_writers_beside_each_other_lose_nothing(tmp_path):
    with writers(tmp_path, "one", "two") as found:
        for number, one in enumerate(found):
            one.wait_for(7 + number)
        for one in found:
            one.kill()
            read = read_progress(OutputFiles(root=tmp_path))
            assert read.complaint == ""
            assert lost(read.progress, one) == []
            assert one.written > 0


def test_what_killed_writers_have_left_is_removed_in_time(files):
    add_note(files, "xor", note(1))
    old, new = (files.state / f".nnsim-{name}.part" for name in ("old", "new"))
    for one in (old, new):
        one.write_bytes(b"half")
    os.utime(old, (0, 0))
    add_note(files, "xor", note(1))
    assert (old.exists(), new.exists()) == (False, True)
