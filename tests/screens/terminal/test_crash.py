"""What is said about a fault of nnsim itself."""

import pytest
from textual.worker import WorkerFailed

from nnsim.timeline.run import Run
from screens.terminal.crash import report


def fault():
    try:
        Run(None, None)
    except AttributeError as error:
        return error
    raise AssertionError("no fault")


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_fault_is_one_line_with_its_place(capsys, monkeypatch, wrapped):
    monkeypatch.delenv("NNSIM_DEBUG", raising=False)
    error = fault()
    assert report(WorkerFailed(error) if wrapped else error) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("nnsim: a fault in nnsim ended it at nnsim/timeline/run.py:")
    assert "AttributeError: 'NoneType' object" in said
    assert "NNSIM_DEBUG=1" in said


def test_those_who_ask_get_the_traceback(capsys, monkeypatch):
    monkeypatch.setenv("NNSIM_DEBUG", "1")
    assert report(fault()) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_what_a_fault_quotes_is_cleaned(capsys, monkeypatch):
    monkeypatch.delenv("NNSIM_DEBUG", raising=False)
    report(ValueError("a\x1b]52;c;cm0=\x07b\nc"))
    assert "ValueError: a]52;c;cm0=b c (" in capsys.readouterr().err
