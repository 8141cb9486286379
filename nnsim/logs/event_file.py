"""TensorBoard's event files: records with checksums, and of the messages in them scalars, histograms and settings.

A record is its length (8 bytes, little-endian), the masked CRC-32C of these, the message, and that of the message.
Reference: tensorflow/core/lib/io/record_writer.h; tensorboard/compat/proto/event.proto and summary.proto.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nnsim.errors import NnsimError
from nnsim.logs.event_message import read_event, split_step
from nnsim.logs.logged_run import MAX_HISTOGRAMS, LoggedPoints, LoggedRun
from nnsim.text import clean_line
from nnsim.timeline import LoggedHistogram

SOURCE = "TensorBoard event files"
PIECE = 1 << 24  # bytes that are read at once
LARGEST_RECORD = 1 << 26  # bytes
HEADER = struct.Struct("<QI")
MASK = 0xA282EAD8
MOST_TEMPLATES = 64  # of one length
CUT_OFF = "ends in the midst of a record, as one does whose writer was killed or is at work"
START = 1  # of a session: the writer has begun again at the step of this event


def checksum() -> Callable[[bytes], int]:
    """The function that computes a CRC-32C.  Raises: NnsimError where it is not installed."""
    try:
        from google_crc32c import value
    except ImportError:
        raise NnsimError(
            "TensorBoard's event files need google-crc32c, which is missing (pip install 'nnsim[tensorboard]')"
        ) from None
    found: Callable[[bytes], int] = value
    return found


def masked(crc: int) -> int:
    """A checksum as it stands in a record: rotated, and a constant added."""
    return ((crc >> 15 | crc << 17) + MASK) & 0xFFFFFFFF


@dataclass(frozen=True)
class Template:
    """The bytes around the value of a scalar, behind the step: the same in all events of a tag."""

    prefix: bytes
    suffix: bytes
    at: int
    stop: int
    points: LoggedPoints


@dataclass
class EventFile:
    """Reads one file into a run, and later on what was added to it.

    Args: follows: whether it continues earlier files of the run, and writes some of their steps anew.
    """

    path: Path
    follows: bool = False
    at: int = 0  # bytes that are read
    records: int = 0
    _size: int = 0
    _damage: list[str] = field(default_factory=list)
    _lost_from: int | None = None  # the byte from which on no header has been found
    _known: set[str] = field(default_factory=set)  # tags
    _templates: dict[int, list[Template]] = field(default_factory=dict)  # by their length

    def read(self, run: LoggedRun) -> bool:
        """Takes what is new into the run.  Returns: whether anything was."""
        before = self.at
        crc = checksum()
        with self.path.open("rb") as file:
            file.seek(self.at)
            buffer = b""
            while piece := file.read(PIECE):
                buffer = self._take(buffer + piece, run, crc)
            self._size = file.tell()
        return self.at > before

    @property
    def torn(self) -> int:
        """Bytes at the end that are no whole record, or not yet."""
        return 0 if self._lost_from is not None else self._size - self.at

    @property
    def damage(self) -> list[str]:
        """What could not be read, in sentences."""
        lost = [] if self._lost_from is None else [self._lost(self._lost_from, self._size)]
        return [f"{clean_line(self.path.name)}: {one}" for one in (*self._damage, *lost)]

    def _take(self, buffer: bytes, run: LoggedRun, crc: Callable[[bytes], int]) -> bytes:
        """Takes the whole records of a buffer.  Returns: the rest of it."""
        place, whole, unpack, templates = 0, len(buffer), HEADER.unpack_from, self._templates
        while place + HEADER.size <= whole:
            length, stated = unpack(buffer, place)
            found = crc(buffer[place : place + 8])  # `masked`, without a call for each record
            if self._lost_from is not None or ((found >> 15 | found << 17) + MASK) & 0xFFFFFFFF != stated:
                place = self._skip(buffer, place, crc)
                continue
            if length > LARGEST_RECORD:
                name = clean_line(str(self.path))
                raise NnsimError(f"{name}: has a record of {length:,} bytes (allowed: {LARGEST_RECORD:,})")
            end = place + 16 + length
            if end > whole:
                break
            message = buffer[place + 12 : end - 4]
            self.records += 1
            found = crc(message)
            if ((found >> 15 | found << 17) + MASK) & 0xFFFFFFFF != int.from_bytes(buffer[end - 4 : end], "little"):
                self._damage.append(
                    f"record {self.records:,} at byte {self.at + place:,} is damaged (checksum) and left out"
                )
            else:
                step, rest = split_step(message)
                for one in templates.get(len(rest), ()):
                    if rest.startswith(one.prefix) and rest.endswith(one.suffix):
                        one.points.append_raw(step, rest[one.at : one.stop])
                        break
                else:
                    self._event(message, run)
            place = end
        self.at += place
        return buffer[place:]

    def _skip(self, buffer: bytes, place: int, crc: Callable[[bytes], int]) -> int:
        """The place of the next header in a buffer, behind what is damaged; its end where there is none."""
        if self._lost_from is None:
            self._lost_from = self.at + place
            place += 1
        for here in range(place, len(buffer) - HEADER.size + 1):
            length, stated = HEADER.unpack_from(buffer, here)
            if length <= LARGEST_RECORD and masked(crc(buffer[here : here + 8])) == stated:
                self._damage.append(self._lost(self._lost_from, self.at + here))
                self._lost_from = None
                return here
        return len(buffer) - HEADER.size + 1

    @staticmethod
    def _lost(first: int, last: int) -> str:
        return f"the bytes {first:,} to {last - 1:,} are damaged, and the records in them left out"

    def _event(self, message: bytes, run: LoggedRun) -> None:
        """Takes a message that is no scalar of a shape that was seen before."""
        try:
            event = read_event(message)
        except ValueError:
            self._damage.append(f"record {self.records:,} is no event and left out")
            return
        if event.session == START and self.follows:
            run.rewind(event.step)
            run.remark(f"the run was started again at step {event.step:,}")
        for name, value in event.settings.items():
            run.set(name, value)
        for one in event.histograms:
            kept = run.histograms.setdefault(clean_line(one.tag, 200), [])
            if sum(map(len, run.histograms.values())) < MAX_HISTOGRAMS:
                kept.append(LoggedHistogram(event.step, one.edges, one.counts))
        for scalar in event.scalars:
            points = run.figure(scalar.tag, float32=scalar.float32)
            if self.follows and scalar.tag not in self._known:
                run.rewritten += points.rewind(event.step)
            self._known.add(scalar.tag)
            points.append(event.step, scalar.value)
            if scalar.template is not None and points.float32 == scalar.float32:
                prefix, at, suffix = scalar.template
                known = self._templates.setdefault(len(prefix) + len(suffix) + 4, [])
                if len(known) < MOST_TEMPLATES:
                    known.append(Template(prefix, suffix, at, at + 4, points))
