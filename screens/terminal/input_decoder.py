"""Decodes what a terminal sends, in bounded memory and time.

Textual's parser tries half a dozen expressions at every character, makes an event of every movement of the mouse,
and types out whatever it does not know: a megabyte of nonsense takes it minutes and gigabytes. This finds the end
of a sequence before it looks inside, and drops what nobody has typed.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator

from textual import constants, events, messages
from textual._xterm_parser import XTermParser
from textual.keys import Keys
from textual.message import Message

from screens.terminal.input_queue import InputQueue

TYPED_KEYS, KEYS_PER_S = 256, 200.0  # a person types no more at once, and holds no key down that repeats faster
BURST_KEYS, BURST_PAUSE_S = 32, 0.02  # so many at once may be the beginning of a flood, and wait for so long
AGAIN_KEYS = 8  # behind a flood, which a slow line may deliver in pieces
FLOOD_PAUSE_S = 0.15  # a flood is over when nothing has come for so long
PASTE_PAUSE_S = 1.0  # so is a paste whose end does not come
PASTE_CHARACTERS = 4096  # the longest text that a field is given at once
NOISE_CHARACTERS = 64  # of unknown sequences, behind which the last character may have been a key
SEQUENCE_CHARACTERS = 64  # the longest sequence that is decoded

ESCAPE = "\x1b"
PASTE_BEGINS, PASTE_ENDS = "\x1b[200~", "\x1b[201~"
INTERRUPTS = ("\x03", "\x1b[99;5u")  # ctrl+c, which is heard in the middle of a flood too
MOVES = {str(code) for code in range(64) if code & 32}  # what the mouse's movements begin with
WHOLE = ("mouse", "position", "key")  # kinds of tokens that say themselves where they end
# A sequence is cut short by another one, and by any control character.
TOKEN = re.compile(
    r"(?P<text>[^\x1b]+)"
    r"|(?P<mouse>\x1b\[<(?P<code>\d{1,3});-?\d{1,5};-?\d{1,5}[Mm]|\x1b\[M[^\x1b]{3})"
    r"|(?P<position>\x1b\[\d+;\d+R)"
    r"|(?P<key>\x1b\[\[[A-E]|\x1b\[\d+\$|\x1b\[(?!\[|M)[0-?]*[ -/]*[@-~]"
    r"|\x1bO[ -~]|\x1b[^\[OPX\]^_\x1b]|\x1b(?=\x1b))"
    r"|(?P<noise>\x1b[PX\]^_][^\x03\x07\x1b]*(?:\x07|\x1b\\|(?=\x03|\x1b[^\\]))|\x1b[\[O][ -?]*(?=[^ -~]))"
)


class InputDropped(Message, bubble=False):
    """Some input was dropped.  Args: reason: a sentence about it."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class _Text:
    """A text up to its longest useful length."""

    def __init__(self, text: str = "") -> None:
        self._parts: list[str] = []
        self._room = PASTE_CHARACTERS
        self.add(text)

    def add(self, text: str) -> None:
        if self._room >= 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)

    def message(self, key: str = "") -> Message:
        """The text as a paste, or that it was too long.  Args: key: the end of it that is a key."""
        if self._room < 0:
            return InputDropped(f"Dropped what came: more than {PASTE_CHARACTERS:,} characters at once.")
        return events.Paste("".join(self._parts).removesuffix(key).replace("\x00", ""))


class InputDecoder:
    """Decodes bytes into keys, events of the mouse, pastes and answers.

    Keys that come faster than anybody types are a flood: text that was pasted without a mark of the terminal, or
    noise. They become one paste, together with those that `queue` still holds; the last of them counts as a key,
    for somebody may have pressed it to get out.
    """

    def __init__(self, queue: InputQueue) -> None:
        self._queue = queue
        self._parser = XTermParser()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._answer = events.CursorPosition(0, 0)
        self._read_s = 0.0  # when something came last
        self._rest = ""  # the beginning of a sequence
        self._keys = 0.0  # how many have come of late
        self._burst = ""  # characters that may be the beginning of a flood
        self._noise = 0  # characters of unknown sequences since the last pause
        self._last: list[str] = []  # what may have been pressed behind a flood
        self._flood: _Text | None = None
        self._paste: _Text | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether something is unfinished, so that `pause` is due before long."""
        return bool(self._rest or self._noise or self._burst) or self._flood is not None or self._paste is not None

    def feed(self, data: bytes, now_s: float) -> Iterator[Message]:
        self._keys = max(0.0, self._keys - (now_s - self._read_s) * KEYS_PER_S)
        self._read_s = now_s
        text, place = self._rest + self._decode(data), 0
        self._rest, moved = "", ""
        while place < len(text):
            if self._paste is not None:
                end = text.find(PASTE_ENDS, place)
                if end < 0:
                    partial = next(n for n in range(len(PASTE_ENDS) - 1, -1, -1) if text.endswith(PASTE_ENDS[:n]))
                    end = max(place, len(text) - partial)
                    self._paste.add(text[place:end])
                    self._rest = text[end:]
                    break
                self._paste.add(text[place:end])
                place = end + len(PASTE_ENDS)
                yield self._paste.message()
                self._paste = None
                continue
            found = TOKEN.match(text, place)
            if found is None:
                self._keep(text[place:])
                break
            place, token, kind = found.end(), found[0], found.lastgroup
            times = 1
            while kind in WHOLE and text.startswith(token if token != ESCAPE else 2 * ESCAPE, place):
                place, times = place + len(token), times + 1
            # Of movements that follow each other the last one says all.
            is_move = found["code"] in MOVES
            if moved and not (is_move and token.startswith(moved[: moved.index(";")])):
                yield from self._mouse(moved)
            moved = token if is_move else ""
            for _ in range(min(times, TYPED_KEYS + 1)):
                match kind:
                    case "text":
                        yield from self._typed(token)
                    case "mouse":
                        yield from () if is_move else self._mouse(token)
                    case "position":
                        yield self._answer
                    case "key":
                        yield from self._sequence(token)
                    case _:
                        self._ignore(token)
        if moved:
            yield from self._mouse(moved)

    def pause(self, now_s: float) -> Iterator[Message]:
        """Decodes what is unfinished and will stay so, because nothing has come for some time."""
        idle_s = now_s - self._read_s
        if self._paste is not None:
            if idle_s >= PASTE_PAUSE_S:
                yield self._paste.message()
                self._paste, self._rest = None, ""
            return
        if idle_s >= BURST_PAUSE_S:
            yield from self._release()
        if self._rest and idle_s >= constants.ESCAPE_DELAY:
            rest, self._rest = self._rest, ""
            if len(rest) <= 2:
                yield from self._press(rest)
            else:
                self._ignore(rest)
        if self._rest or idle_s < FLOOD_PAUSE_S:
            return
        last, noise, self._last, self._noise = self._last, self._noise, [], 0
        if self._flood is not None:
            yield self._flood.message("".join(last))
            self._flood, self._keys = None, TYPED_KEYS - AGAIN_KEYS
        elif noise < NOISE_CHARACTERS:
            return
        for token in last:
            # Behind a flood of escape keys a letter is a letter, and behind one of beginnings it is one of its own.
            alone = token.startswith("\x1b") and (len(token) == 2 or not self._events(token))
            yield from self._events(token[-1] if alone else token)

    def _typed(self, text: str) -> Iterator[Message]:
        """Decodes characters; many at once are a flood."""
        if self._flood is None and self._keys + len(self._burst) + len(text) <= TYPED_KEYS:
            self._burst += text
            if len(self._burst) < BURST_KEYS:
                yield from self._release()
            return
        if INTERRUPTS[0] in text:
            yield from self._events(INTERRUPTS[0])
        self._begin_flood().add(text)
        self._last = [text[-1]]

    def _release(self) -> Iterator[Message]:
        """Presses the keys of a burst that was no flood."""
        burst, self._burst = self._burst, ""
        for character in burst:
            yield from self._press(character)

    def _sequence(self, token: str) -> Iterator[Message]:
        yield from self._release()
        if token == PASTE_BEGINS:
            self._paste = _Text()
        elif token in ("\x1b[I", "\x1b[O"):
            yield events.AppFocus() if token == "\x1b[I" else events.AppBlur()
        elif token.startswith("\x1b[?2026;") and token.endswith("$y"):
            if token[-3] != "0":
                yield messages.TerminalSupportsSynchronizedOutput()
        elif token in INTERRUPTS or (self._flood is None and self._keys < TYPED_KEYS):
            yield from self._press(token)
        else:
            self._begin_flood().add(token)
            # A number may stand before a key that it repeats.
            self._last = [*filter(str.isdigit, self._last[-1:]), token]

    def _begin_flood(self) -> _Text:
        if self._flood is None:
            self._flood = _Text(self._queue.revoke_keys() + self._burst)
            self._burst = ""
        return self._flood

    def _press(self, token: str) -> Iterator[Message]:
        """Presses the key of a character or a sequence; ignores an unknown sequence."""
        found = self._events(token)
        if not found:
            self._ignore(token)
            return
        self._keys += 1
        self._last = []
        yield from found

    def _events(self, token: str) -> list[Message]:
        try:
            found = list(self._parser._sequence_to_key_events(token))
            if not found and len(token) == 2:
                found = list(self._parser._sequence_to_key_events(token[1], alt=True))
        except (ValueError, OverflowError):  # a key code that no character has
            return []
        return [key for key in found if key.key != Keys.Ignore]

    def _mouse(self, token: str) -> Iterator[Message]:
        if not self._queue.is_full_of_clicks and (found := self._parser.parse_mouse_code(token)) is not None:
            yield found

    def _ignore(self, token: str) -> None:
        self._noise += len(token)
        self._last = [token]

    def _keep(self, rest: str) -> None:
        """Keeps the beginning of a sequence for the next bytes; of one that is too long, its ends alone."""
        if len(rest) > SEQUENCE_CHARACTERS:
            self._ignore(rest)
            rest = ("\x1b[?" if rest[1] == "[" else rest[:2]) + rest[-1]  # no sequence that means anything
        self._rest = rest
