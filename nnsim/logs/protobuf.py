"""Protocol buffers' wire format, as far as logs need it: the fields of a message by their numbers.

Reference: https://protobuf.dev/programming-guides/encoding/.
"""

import struct
from collections.abc import Iterator

import numpy as np

from nnsim.nn.arrays import Array

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
DEEPEST = 100


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A whole number, and the place behind it.  Raises: ValueError where it is cut off."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("varint")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data: bytes) -> Iterator[tuple[int, int | bytes, int]]:
    """The fields of a message: number, value (whole number, or bytes of the other kinds) and where its bytes begin.

    Raises: ValueError where this is no message.
    """
    at, whole = 0, len(data)
    while at < whole:
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = varint(data, at)
            yield number, value, at
            continue
        if kind == BYTES:
            length, at = varint(data, at)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise ValueError("kind of field")
        if at + length > whole:
            raise ValueError("length")
        yield number, data[at : at + length], at
        at += length


def text(value: int | bytes) -> str:
    """A field as text; what is none is replaced."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def number(value: int | bytes) -> float:
    """A field as a number, of four or eight bytes.  Raises: ValueError where it is none."""
    if isinstance(value, int):
        return float(value)
    if len(value) not in (4, 8):
        raise ValueError("number")
    return float(struct.unpack("<f" if len(value) == 4 else "<d", value)[0])


def doubles(value: int | bytes) -> Array:
    """A packed field of doubles, (n,).  Raises: ValueError where it is none."""
    if isinstance(value, int) or len(value) % 8:
        raise ValueError("doubles")
    return np.frombuffer(value, "<f8").astype(np.float64)


def signed(value: int | bytes) -> int:
    """A field as a signed whole number of 64 bits.  Raises: ValueError where it is none."""
    if not isinstance(value, int):
        raise ValueError("number")
    return value - 2**64 if value >= 2**63 else value
