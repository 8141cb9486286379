"""`nnsim learn` goes on where a person was, tells progress in words, and begins anew when it is asked to."""

import io

import pytest

from nnsim.lessons.progress import LessonProgress, add_note, read_progress
from nnsim.output_files import ANYWHERE
from nnsim.scenario.catalog import entries


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def said(monkeypatch):
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_the_course_is_gone_on_with_in_words(nnsim, said):
    first, second, *_ = entries()
    said("lesson\nlesson\nquit\n")
    done = nnsim("learn", "--plain")
    assert done.status == 0
    assert f"0 of {len(entries())} lessons done.\nNext: {first.title}; about" in done.out
    assert read_progress(ANYWHERE).progress.lessons[first.name].page == 2
    said("")
    assert "where you stopped on page 2 of" in nnsim("learn", "--plain").out
    add_note(ANYWHERE, first.name, LessonProgress(50, 50, last=1e10))
    said("")
    done = nnsim("learn", "--plain")
    assert f"1 of {len(entries())} lessons done.\nNext: {second.title}; about" in done.out
    assert second.summary in done.out


def test_where_all_is_done_that_is_said(nnsim, said):
    for entry in entries():
        add_note(ANYWHERE, entry.name, LessonProgress(60, 60))
    said("")
    done = nnsim("learn", "--plain")
    assert (done.status, done.out.splitlines()[-1]) == (0, "All lessons are done.")


def test_a_reset_asks_and_keeps_what_was_there(nnsim, said):
    assert nnsim("learn", "--reset", "--yes").out == "nothing is begun: there is no progress\n"
    add_note(ANYWHERE, "xor", LessonProgress(3, 3))
    said("y\n")
    done = nnsim("learn", "--reset")
    assert (done.status, done.out) == (2, "")
    assert "no terminal (allowed: --reset --yes)" in done.err
    done = nnsim("learn", "--reset", "--yes")
    assert done.status == 0
    assert "progress-before.json" in done.out
    assert read_progress(ANYWHERE).progress.lessons == {}
    assert (ANYWHERE.state / "progress-before.json").exists()


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1), ("", 1)])
def test_a_reset_in_a_terminal_is_answered(nnsim, said, monkeypatch, answer, left):
    add_note(ANYWHERE, "xor", LessonProgress(3, 3))
    said(f"{answer}\n")
    monkeypatch.setattr("nnsim.cli.learn.is_terminal", lambda stream: True)
    done = nnsim("learn", "--reset")
    assert done.out.startswith("Forget the progress in 1 lesson? y or n: ")
    assert len(read_progress(ANYWHERE).progress.lessons) == left


def test_what_does_not_go_together_is_refused(nnsim):
    assert nnsim("learn", "--yes").err == "nnsim: --yes: says nothing without --reset (allowed: with it)\n"
    assert "read-only" in nnsim("learn", "--reset", "--yes", "--read-only").err
