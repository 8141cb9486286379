"""What is used of a terminal follows from its environment and size alone."""

import sys

import pytest

from nnsim.terminal.capabilities import TRUECOLOR, capabilities, why_no_screen

WIDE = (120, 40)


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "screen-256color", "COLORTERM": "truecolor"}, TRUECOLOR),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, TRUECOLOR),
        ({"TERM": "xterm-direct"}, TRUECOLOR),
        ({"TERM": "xterm"}, 16),
        ({"TERM": "linux"}, 16),
        ({}, 16),
        ({"WT_SESSION": "1"}, TRUECOLOR),
        ({"TERM": "vt100"}, 0),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, 0),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, 0),
        # no-color.org: only a value that is not empty counts
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, 256),
    ],
)
def test_colours(environ, colours):
    found = capabilities(environ, WIDE)
    assert found.colours == colours
    assert found.reasons["colours"]


@pytest.mark.parametrize(
    ("environ", "unicode"),
    [
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LC_CTYPE": "UTF-8"}, True),
        ({}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "de_DE"}, False),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "ja_JP.eucJP", "LANG": "en_US.UTF-8"}, False),
        # what Python makes of LANG=C, and of no locale at all
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
        ({"LC_CTYPE": "C.UTF-8"}, True),
        # the console of Linux: UTF-8, and a font of 512 characters without braille
        ({"TERM": "linux", "LANG": "C.UTF-8"}, False),
        ({"TERM": "linux", "LANG": "C.UTF-8", "NNSIM_CHARACTERS": "unicode"}, True),
        ({"TERM": "xterm", "LANG": "C.UTF-8", "NNSIM_CHARACTERS": "ascii"}, False),
    ],
)
def test_unicode(environ, unicode):
    found = capabilities(environ, WIDE)
    assert found.unicode is unicode
    assert found.reasons["unicode"]


@pytest.mark.parametrize(
    ("size", "large_enough", "comfortable"),
    [
        ((39, 50), False, False),
        ((200, 11), False, False),
        ((40, 12), True, False),
        ((79, 24), True, False),
        ((80, 23), True, False),
        ((80, 24), True, True),
    ],
)
def test_size(size, large_enough, comfortable):
    found = capabilities({}, size)
    assert (found.width, found.height) == size
    assert (found.large_enough, found.comfortable) == (large_enough, comfortable)
    assert ("40x12" in found.reasons["size"]) == (not large_enough)


def test_a_screen_needs_a_terminal_on_both_ends_that_is_not_dumb():
    assert why_no_screen({"TERM": "xterm"}, True, True) is None
    assert why_no_screen({}, True, True) is None
    assert why_no_screen({}, False, True) == "standard input is no terminal"
    assert why_no_screen({}, True, False) == "standard output is no terminal"
    assert why_no_screen({}, False, False) == "standard input and standard output are no terminal"
    assert "TERM=dumb" in why_no_screen({"TERM": "dumb"}, True, True)


def test_a_python_without_termios_has_no_screen_and_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "termios", None)
    assert "termios" in why_no_screen({"TERM": "xterm"}, True, True)
    monkeypatch.setattr(sys, "platform", "win32")  # where Textual has a driver of its own
    assert why_no_screen({"TERM": "xterm"}, True, True) is None
