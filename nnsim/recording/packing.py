"""Columns of numbers as bytes and back; needs NumPy alone."""

import zlib

import numpy as np

from nnsim.nn.arrays import Array

# Deflate's higher levels take longer for a few percent; and in shuffled bytes there is little but runs to be found.
FASTEST = 1


def pack(values: Array) -> bytes:
    """A column deflated, with all first bytes, all second bytes, ... of its little-endian float64s together."""
    shuffled = raw(values)
    planes = np.frombuffer(shuffled, np.uint8).reshape(-1, 8).T
    deflate = zlib.compressobj(FASTEST, strategy=zlib.Z_RLE)
    return deflate.compress(planes.tobytes()) + deflate.flush()


def unpack(data: bytes, count: int) -> Array:
    """So many values of a packed column.

    Raises: ValueError where the data gives fewer or more, without inflating more than is asked for.
    """
    stream = zlib.decompressobj()
    try:
        planes = stream.decompress(data, 8 * count + 1)
    except zlib.error as error:
        raise ValueError("compression") from error
    if len(planes) != 8 * count or not stream.eof or stream.unused_data:
        raise ValueError("size")
    values = np.frombuffer(planes, np.uint8).reshape(8, count).T.tobytes()
    return unraw(values, count)


def raw(values: Array) -> bytes:
    """An array as little-endian float64s, row by row."""
    return np.ascontiguousarray(values, "<f8").tobytes()


def unraw(data: bytes, count: int) -> Array:
    """So many values from little-endian float64s.

    Raises: ValueError where the size does not fit.
    """
    if len(data) != 8 * count:
        raise ValueError("size")
    return np.frombuffer(data, "<f8").astype(np.float64)
