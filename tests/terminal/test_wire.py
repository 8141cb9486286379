"""What reaches the terminal: colours, letters, and nothing that a file says to it."""

import re

import pytest

# What nnsim itself sends: styles, places, modes, questions, and progressive keyboard enhancement.
OWN = re.compile(
    rb"\x1b\[(?:[\d;]*m|\d+;\d+H|\d+G|\?(?:1049|25|7|1004|2004|1000|1003|1006|2026)[hl]|\?2026\$p|6n|>\d+u|<u)"
    rb"|\x1b\]22;[a-z-]*\x07"  # the shape of the mouse's pointer
)
COLOUR = re.compile(r"(?:^|;)(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;|$)")


def styles(terminal):
    return {found.decode() for found in re.findall(rb"\x1b\[([\d;]*)m", terminal.sent)}


def tour(terminal):
    """The workbench, a dialog, and out again."""
    terminal.wait_for("epoch 0/")
    terminal.keys("5", "right")
    terminal.wait_for("epoch 5/")
    terminal.keys("?")
    terminal.wait_for("a number repeats a key")
    terminal.keys("escape")
    terminal.wait_for(lambda: "a number repeats a key" not in terminal.text)
    terminal.keys("q")
    assert terminal.exit_status() == 0


def test_without_colours_and_utf8_neither_is_sent(opened):
    terminal = opened("open", "xor", environ={"NO_COLOR": "1", "LC_ALL": "C"})
    tour(terminal)
    assert styles(terminal)
    assert not [style for style in styles(terminal) if COLOUR.search(style)]
    assert terminal.sent.isascii()


def test_a_plain_xterm_gets_sixteen_colours(opened):
    terminal = opened("open", "xor", environ={"TERM": "xterm", "LANG": "C"})
    tour(terminal)
    assert any(COLOUR.search(style) for style in styles(terminal))
    assert not [style for style in styles(terminal) if re.search("[34]8;[25]", style)]
    assert terminal.sent.isascii()


HOSTILE = r"a\u001b]52;c;cm0=\u0007b\u001b[31mc\u009b5mde\u202ef\u2066g\u200bh\u0000\u007fi"
SCENARIO = """
title = "T {hostile}"
summary = "S {hostile}"
panes = ["loss", "predictions", "lesson", "arrays"]
[data]
kind = "table"
input_names = ["x{hostile}"]
target_names = ["y{hostile}"]
inputs = [[0.0], [1.0]]
targets = [[0.0], [1.0]]
[lesson]
text = "L {hostile} &#x202e;m&#27;[31mn [link](http://a.example/{hostile}) `{hostile}`"
[[variants]]
name = "one"
summary = "V {hostile}"
[[variants]]
name = "two"
"""
DECEIVING = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\x80-\x9f]")


def check_wire(terminal):
    """Nothing but what nnsim sends of itself, and text without characters that a terminal obeys."""
    text = OWN.sub(b"", terminal.sent.replace(b"\r\n", b""))
    assert b"\x1b" not in text
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", text)
    assert not DECEIVING.search(text.decode())


def test_no_text_of_a_scenario_speaks_to_the_terminal(opened, tmp_path):
    path = tmp_path / "hostile.toml"
    path.write_text(SCENARIO.format(hostile=HOSTILE))
    terminal = opened("open", path)
    terminal.wait_for("T a]52;c;cm0=b[31mc5mdefghi")
    for keys in ("3\x1b[C", "z", "\t", "\t", "\t", "z", "v", "e", "\x1b", "w"):
        terminal.keys(keys)
        terminal.settle(0.1)
    # What is typed and pasted comes back on the screen too.
    terminal.keys("\x1b[200~a\u202e\u009b31mb\x1b]52;c;cm0=\x07c\x1b[201~")
    terminal.settle(0.1)
    terminal.keys("escape", "\x03")
    assert terminal.exit_status() == 130
    check_wire(terminal)


@pytest.mark.parametrize(
    "wrong",
    [
        f'title = "t"\nsummary = "s"\n"{HOSTILE}" = 1\n',
        SCENARIO.format(hostile=HOSTILE).replace('name = "two"', f'name = "{HOSTILE}"'),
    ],
    ids=["key", "variant"],
)
def test_a_wrong_scenario_is_refused_without_its_escape_sequences(opened, tmp_path, wrong):
    path = tmp_path / "hostile\x1b]52;c;cm0=\x07\u202e.toml"
    path.write_text(wrong)
    terminal = opened("open", path)
    assert terminal.exit_status() == 2
    check_wire(terminal)
    assert terminal.text.startswith("nnsim: ")
