"""TensorBoard event files: the figures of a run as scalars.

Written without TensorBoard's own package: that is a server of some twenty megabytes for a format of two short
messages that has not changed since 2015. What stands here is checked against its reader.

    file    = record*
    record  = length (8 bytes), crc(length), data, crc(data)
    crc     = CRC-32C, turned right by 15 bits, plus 0xA282EAD8
    data    = a protocol buffer: Event {double wall_time = 1; int64 step = 2; Summary summary = 5}
              Summary {repeated Value {string tag = 1; float simple_value = 2} value = 1}
"""

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nnsim.timeline import Series, Timeline

Bytes = npt.NDArray[np.uint8]

VERSION = b"brain.Event:2"
MASK = 0xA282EAD8
POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits reversed
ROWS_AT_ONCE = 4096


def _table() -> npt.NDArray[np.uint32]:
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, (values >> 1) ^ np.uint32(POLYNOMIAL), values >> 1)
    return values


TABLE = _table()


def events(timeline: Timeline, wall_time_s: float) -> Iterator[bytes]:
    """The event file of a run, in pieces.

    Args: wall_time_s: when the run was recorded, in seconds since 1970; all events bear it.
    """
    yield records(np.frombuffer(_event(wall_time_s) + _field(3, VERSION), np.uint8)[None, :])
    for stride in sorted({one.stride for one in timeline.series.values()}):
        figures = [one for one in timeline.series.values() if one.stride == stride]
        yield from _scalars(figures, stride, wall_time_s)


def _scalars(figures: list[Series], stride: int, wall_time_s: float) -> Iterator[bytes]:
    """An event for each step that has these figures, which all have as many values."""
    head, first, count = _event(wall_time_s), 0, len(figures[0])
    while first < count:
        # Steps whose numbers take equally many bytes make records of one length.
        size = len(_varint((first + 1) * stride))
        last = min(first + ROWS_AT_ONCE, count, ((1 << 7 * size) - 1) // stride)
        steps = np.arange(first + 1, last + 1, dtype=np.int64) * stride
        numbers = np.stack([(steps >> 7 * i & 0x7F) | (0x80 if i < size - 1 else 0) for i in range(size)], axis=1)
        values, length = [], 0
        for one in figures:
            tag = _field(1, one.name.replace(":", "/").encode()) + b"\x15"
            start = b"\x0a" + _varint(len(tag) + 4) + tag
            with np.errstate(over="ignore"):
                numbers_32 = one.values(first, last).astype("<f4")
            values += [_repeated(start, len(steps)), numbers_32.view(np.uint8).reshape(-1, 4)]
            length += len(start) + 4
        parts = [
            _repeated(head + b"\x10", len(steps)),
            numbers.astype(np.uint8),
            _repeated(b"\x2a" + _varint(length), len(steps)),
            *values,
        ]
        yield records(np.concatenate(parts, axis=1))
        first = last


def _repeated(text: bytes, rows: int) -> Bytes:
    return np.broadcast_to(np.frombuffer(text, np.uint8), (rows, len(text)))


def _event(wall_time_s: float) -> bytes:
    return b"\x09" + struct.pack("<d", wall_time_s)


def _field(number: int, text: bytes) -> bytes:
    """A field that holds text."""
    return bytes([number << 3 | 2]) + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    """A number in groups of seven bits, the lowest first; all but the last have the eighth bit set."""
    found = []
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def records(data: Bytes) -> bytes:
    """Messages of one length, (messages, bytes), as records."""
    rows, length = data.shape
    head = _repeated(length.to_bytes(8, "little"), 1)
    frame = np.broadcast_to(np.concatenate([head, _checks(head)], axis=1), (rows, 12))
    return np.concatenate([frame, data, _checks(data)], axis=1).tobytes()


def _checks(data: Bytes) -> Bytes:
    """The masked CRC of each row, (rows, 4)."""
    crc = np.full(len(data), 0xFFFFFFFF, np.uint32)
    for column in data.T:
        crc = TABLE[(crc ^ column) & 0xFF] ^ (crc >> 8)
    crc = ~crc
    masked = (crc >> 15 | crc << 17) + np.uint32(MASK)
    return masked.astype("<u4").view(np.uint8).reshape(-1, 4)
