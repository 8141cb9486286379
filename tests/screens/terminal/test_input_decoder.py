"""Bytes of a terminal become keys, mouse events and pastes; floods of them become nothing."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS, IGNORE_SEQUENCE
from textual._xterm_parser import XTermParser

from screens.terminal.input_decoder import PASTE_CHARACTERS, TYPED_KEYS, InputDecoder, InputDropped
from screens.terminal.input_queue import CLICKS, InputQueue

LATER = 100.0  # seconds, after which nothing is unfinished


def named(messages):
    """What messages say, to be compared."""
    found = []
    for message in messages:
        match message:
            case events.Key():
                found.append((message.key, message.character))
            case events.Paste():
                found.append(("paste", message.text))
            case events.MouseEvent():
                found.append((type(message).__name__, message.x, message.y, message.button))
            case _:
                found.append(type(message).__name__)
    return found


def decoded(*parts, queue=None):
    """All that comes of some bytes, and of a pause behind them."""
    decoder = InputDecoder(queue or InputQueue())
    found = [message for part in parts for message in decoder.feed(part, 0.0)]
    for now_s in (LATER, 2 * LATER):
        found += decoder.pause(now_s)
    assert not decoder.is_waiting
    return named(found)


# An escape key says by a pause that it is alone, and shift+f3 looks like an answer.
AMBIGUOUS = re.compile(r"\x1b\x1b?|\x1b\[\d+;\d+R")


@pytest.mark.parametrize("sequence", [one for one in ANSI_SEQUENCES_KEYS if not AMBIGUOUS.fullmatch(one)])
def test_every_sequence_that_textual_knows_is_the_same_keys(sequence):
    expected = [key for key in XTermParser()._sequence_to_key_events(sequence) if key.key != "<ignore>"]
    assert decoded(sequence.encode()) == named(expected)
    if ANSI_SEQUENCES_KEYS[sequence] is not IGNORE_SEQUENCE:
        assert decoded(b"z" + sequence.encode() + b"z") == [("z", "z"), *named(expected), ("z", "z")]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (b"\x1b", [("escape", "\x1b")]),
        (b"\x1b\x1b", [("escape", "\x1b"), ("escape", "\x1b")]),
        (b"\x1b\x1b[C", [("escape", "\x1b"), ("right", None)]),
        (b"\x1bx", [("alt+x", "x")]),
        (b"\x1b[99;5u", [("ctrl+c", None)]),
        (b"\x1b[97;;97u", [("a", "a")]),
        ("ü".encode(), [("ü", "ü")]),
        (b"\x1b[200~a\x1b[Cb\x1b[201~c", [("paste", "a\x1b[Cb"), ("c", "c")]),
        (b"\x1b[I\x1b[O", ["AppFocus", "AppBlur"]),
        (b"\x1b[?2026;2$y\x1b[?2026;0$y", ["TerminalSupportsSynchronizedOutput"]),
        (b"\x1b[12;40R", ["CursorPosition"]),
        (b"\x1b[<0;3;4M\x1b[<0;3;4m", [("MouseDown", 2.0, 3.0, 1), ("MouseUp", 2.0, 3.0, 1)]),
        (b"\x1b[<35;3;4M\x1b[<35;5;6M\x1b[<64;5;6M", [("MouseMove", 4.0, 5.0, 0), ("MouseScrollUp", 4.0, 5.0, 0)]),
        (b"\x1b[99999999u\x1b[99999999999999999999u\x1b[48;9;9;1;1tz", [("z", "z")]),
        (b"\x1b]11;rgb:0/0/0\x07\x1bP1$r0m\x1b\\z", [("z", "z")]),
    ],
)
def test_what_a_terminal_sends(typed, found):
    assert decoded(typed) == found


PIECES = st.sampled_from(
    [b"a", b"5", b"\r", "ü".encode(), b"\x1b[C", b"\x1bOP", b"\x1b[1;5D", b"\x1b[<64;3;4M", b"\x1b[2;3R",
     b"\x1b[200~pasted\x1b[201~", b"\x1b[97;5u", b"\x1b]0;x\x07"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12), st.lists(st.integers(0, 200), max_size=6))
def test_it_does_not_matter_where_the_bytes_are_cut(pieces, cuts):
    whole = b"".join(pieces)
    places = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    parts = [whole[a:b] for a, b in pairwise(places)]
    assert decoded(*parts) == decoded(whole)


@given(st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=40))
def test_no_bytes_raise_and_a_key_after_a_pause_is_always_heard(pieces):
    decoder = InputDecoder(InputQueue())
    for piece in pieces:
        list(decoder.feed(piece, 0.0))
    for now_s in (LATER, 2 * LATER):
        list(decoder.pause(now_s))
    assert named(decoder.feed(b"z", 3 * LATER))[-1] == ("z", "z")


FLOODS = {
    "text": b"the quick brown fox\r",
    "arrows": b"\x1b[A",
    "escape": b"\x1b",
    "unfinished": b"\x1b[1;2",
    "unfinished, of one byte": b"\x1b[",
    "unfinished functions": b"\x1bO",
    "string": b"\x1b]0;" + b"x" * 50,
    "unknown": b"\x1b[5;5y",
    "moves": b"\x1b[<35;1;1M\x1b[<35;1;2M",
    "clicks": b"\x1b[<0;1;1M\x1b[<0;1;1m",
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("key", [b"?", b"\x1b[C"])
def test_a_flood_comes_to_little_and_the_key_behind_it_is_heard(flood, key):
    queue = InputQueue()
    decoder, found = InputDecoder(queue), []
    data = flood * (100_000 // len(flood)) + key
    for place in range(0, len(data), 4096):
        for message in decoder.feed(data[place : place + 4096], 0.0):
            found.append(message)
            queue.put(message)
    for now_s in (LATER, 2 * LATER):
        found += decoder.pause(now_s)
    assert len(found) <= TYPED_KEYS + CLICKS + 100_000 // 4096 + 3
    assert named(found)[-1] == named(XTermParser()._sequence_to_key_events(key.decode()))[-1]


def test_a_number_before_the_key_behind_a_flood_counts():
    assert decoded(b"x" * 5000, b"x" * 200 + b"3\x1b[C") == ["InputDropped", ("3", "3"), ("right", None)]


def test_text_that_comes_at_once_is_a_paste_with_the_keys_that_still_wait():
    queue = InputQueue()
    decoder = InputDecoder(queue)
    for message in [message for _ in range(8) for message in decoder.feed(b"a" * 25, 0.0)]:
        queue.put(message)
    assert queue.take().key == "a"
    assert not list(decoder.feed(b"b" * 200, 0.0))
    assert queue.take() is None
    assert named(decoder.pause(LATER)) == [("paste", "a" * 199 + "b" * 199), ("b", "b")]


def test_many_characters_at_once_wait_until_they_are_known_to_be_no_flood():
    decoder = InputDecoder(InputQueue())
    assert not list(decoder.feed(b"m" * 100, 0.0))
    assert len(list(decoder.pause(0.05))) == 100
    assert not list(decoder.feed(b"m" * 100, 1.0))
    assert not list(decoder.feed(b"m" * 100, 1.0))
    assert not list(decoder.feed(b"m" * 100, 1.0))
    assert named(decoder.pause(LATER)) == [("paste", "m" * 299), ("m", "m")]


def test_keys_that_a_person_holds_down_are_no_flood():
    decoder = InputDecoder(InputQueue())
    found = [message for n in range(3000) for message in decoder.feed(b"\x1b[C", n / 100)]
    assert len(found) == 3000


def test_ctrl_c_is_heard_in_the_middle_of_a_flood():
    assert ("ctrl+c", "\x03") in decoded(b"x" * 9000 + b"\x03" + b"x" * 9000)
    assert ("ctrl+c", None) in decoded(b"\x1b[A" * 3000 + b"\x1b[99;5u" + b"\x1b[A" * 3000)


def test_a_paste_is_whole_or_dropped():
    assert decoded(b"\x1b[200~" + b"x" * PASTE_CHARACTERS + b"\x1b[201~") == [("paste", "x" * PASTE_CHARACTERS)]
    assert decoded(b"\x1b[200~" + b"x" * (PASTE_CHARACTERS + 1) + b"\x1b[201~") == ["InputDropped"]


def test_a_paste_without_an_end_ends_when_nothing_more_comes():
    decoder = InputDecoder(InputQueue())
    assert not list(decoder.feed(b"\x1b[200~abc\x1b[20", 0.0))
    assert not list(decoder.pause(0.5))
    assert named(decoder.pause(LATER)) == [("paste", "abc")]
    assert named(decoder.feed(b"z", LATER)) == [("z", "z")]


def test_dropped_input_is_said_in_one_line():
    decoder = InputDecoder(InputQueue())
    list(decoder.feed(b"x" * 10_000, 0.0))
    dropped = next(iter(decoder.pause(LATER)))
    assert isinstance(dropped, InputDropped)
    assert "\n" not in dropped.reason
    assert "4,096 characters" in dropped.reason
