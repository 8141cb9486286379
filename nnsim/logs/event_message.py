"""The messages of TensorBoard's event files: at a step, scalars, histograms, settings, or that a session starts.

Scalars come as a number of their own, or, from TensorFlow 2 and Keras on, as a tensor of one value.
Reference: tensorboard/compat/proto/event.proto, summary.proto, tensor.proto; plugins/hparams/plugin_data.proto.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnsim.logs.protobuf import doubles, fields, number, signed, text, varint
from nnsim.nn.arrays import Array

WALL_TIME, STEP = 0x09, 0x10  # the keys of the first fields of an event
FLOAT, DOUBLE, INT32, INT64, HALF, BFLOAT16 = 1, 2, 3, 9, 19, 14  # types of a tensor
TYPES = {FLOAT: "<f4", DOUBLE: "<f8", INT32: "<i4", INT64: "<i8", HALF: "<f2"}
SCALARS, HISTOGRAMS, HPARAMS = "scalars", "histograms", "hparams"


@dataclass(frozen=True)
class Scalar:
    """A value of a tag.  Args: template: what stands before and behind its four bytes, and their place."""

    tag: str
    value: float
    float32: bool
    template: tuple[bytes, int, bytes] | None = None


@dataclass(frozen=True)
class TaggedHistogram:
    """Counts (bins,) between edges (bins + 1,)."""

    tag: str
    edges: Array
    counts: Array


@dataclass
class LoggedEvent:
    """What one record says."""

    step: int = 0
    session: int = 0  # what a session does: 1 starts it
    scalars: list[Scalar] = field(default_factory=list)
    histograms: list[TaggedHistogram] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)


def split_step(message: bytes) -> tuple[int, bytes]:
    """The step of an event, and what stands behind it, where the time comes first; else 0 and nothing."""
    if len(message) < 11 or message[0] != WALL_TIME:
        return 0, b""
    if message[9] != STEP:
        return 0, message[9:]
    step = message[10]
    if step < 0x80:
        return step, message[11:]
    step &= 0x7F
    shift, at, whole = 7, 11, len(message)
    while at < whole and shift < 63:
        byte = message[at]
        at += 1
        step |= (byte & 0x7F) << shift
        if byte < 0x80:
            return step, message[at:]
        shift += 7
    return 0, b""


def read_event(message: bytes) -> LoggedEvent:
    """Reads a record.  Raises: ValueError where it is no event."""
    event = LoggedEvent()
    summary: tuple[bytes, int] | None = None
    for key, value, at in fields(message):
        if key == 2:
            event.step = signed(value)
        elif key == 5 and isinstance(value, bytes):
            summary = value, at
        elif key == 7 and isinstance(value, bytes):
            event.session = next((signed(one) for number_, one, _ in fields(value) if number_ == 1), 0)
    if summary is not None:
        content, at = summary
        values = [(one, at + inner) for key, one, inner in fields(content) if key == 1 and isinstance(one, bytes)]
        for one, place in values:
            _take_value(event, one, place, message if len(values) == 1 else None)
    return event


def _take_value(event: LoggedEvent, value: bytes, at: int, message: bytes | None) -> None:
    """Takes a value of a summary.

    Args: at: its place in the message. message: the event, where the value is its only one.
    """
    tag, plugin, content, settings = "", "", None, b""
    simple: tuple[float, int] | None = None
    histogram = b""
    for key, one, inner in fields(value):
        if key == 1:
            tag = text(one)
        elif key == 2:
            simple = number(one), inner
        elif key == 5 and isinstance(one, bytes):
            histogram = one
        elif key == 8 and isinstance(one, bytes):
            content = one, inner
        elif key == 9 and isinstance(one, bytes):
            plugin, settings = _plugin(one)
    if plugin == HPARAMS:
        event.settings.update(_settings(settings))
    elif simple is not None:
        event.scalars.append(Scalar(tag, simple[0], True, _template(message, at + simple[1])))
    elif histogram:
        event.histograms.append(_histogram(tag, histogram))
    elif content is not None and plugin == HISTOGRAMS:
        _take_histogram(event, tag, content[0])
    elif content is not None and plugin in (SCALARS, ""):
        array, place = _tensor(content[0])
        if array is not None and array.size == 1:
            single = array.dtype == np.float32
            template = _template(message, at + content[1] + place) if single and place >= 0 else None
            event.scalars.append(Scalar(tag, float(array.reshape(-1)[0]), single, template))


def _template(message: bytes | None, at: int) -> tuple[bytes, int, bytes] | None:
    """What stands around four bytes of an event behind its step."""
    if message is None:
        return None
    _, rest = split_step(message)
    here = at - (len(message) - len(rest))
    return (rest[:here], here, rest[here + 4 :]) if rest and here >= 0 else None


def _plugin(metadata: bytes) -> tuple[str, bytes]:
    """The plugin that a value is meant for, and what it tells it."""
    name, content = "", b""
    for key, one, _ in fields(metadata):
        if key == 1 and isinstance(one, bytes):
            for inner, part, _ in fields(one):
                if inner == 1:
                    name = text(part)
                elif inner == 2 and isinstance(part, bytes):
                    content = part
    return name, content


def _tensor(data: bytes) -> tuple[Any, int]:
    """A tensor's values, and the place of its four bytes where it is a single float32; -1 where it is not."""
    kind, content, place, values = 0, b"", -1, list[float]()
    for key, one, at in fields(data):
        if key == 1:
            kind = signed(one)
        elif key == 4 and isinstance(one, bytes):
            content, place = one, at
        elif key == 5 and isinstance(one, bytes):  # float_val, packed or not
            content, place = one, at
            kind = FLOAT
        elif key == 6 and isinstance(one, bytes):
            values += doubles(one).tolist()
        elif key in (7, 10):
            values += _varints(one)
    if content and kind in TYPES and len(content) % np.dtype(TYPES[kind]).itemsize == 0:
        return np.frombuffer(content, TYPES[kind]), place if len(content) == 4 else -1
    return (np.array(values), -1) if values else (None, -1)


def _varints(value: int | bytes) -> list[float]:
    if isinstance(value, int):
        return [float(signed(value))]
    found, at = list[float](), 0
    while at < len(value):
        one, at = varint(value, at)
        found.append(float(signed(one)))
    return found


def _histogram(tag: str, data: bytes) -> TaggedHistogram:
    """A histogram of the first kind: the upper limits of its bins, which begin at the smallest value."""
    low = 0.0
    limits: Array = np.empty(0)
    counts: Array = np.empty(0)
    for key, one, _ in fields(data):
        if key == 1:
            low = number(one)
        elif key == 6:
            limits = doubles(one)
        elif key == 7:
            counts = doubles(one)
    if len(limits) != len(counts) or not len(limits):
        return TaggedHistogram(tag, np.empty(0), np.empty(0))
    return TaggedHistogram(tag, np.concatenate(([min(low, limits[0])], limits)), counts)


def _take_histogram(event: LoggedEvent, tag: str, data: bytes) -> None:
    """One of the later kind: a tensor of rows (left edge, right edge, count)."""
    array, _ = _tensor(data)
    if array is not None and array.size and array.size % 3 == 0:
        rows = array.reshape(-1, 3).astype(np.float64)
        event.histograms.append(TaggedHistogram(tag, np.append(rows[:, 0], rows[-1, 1]), rows[:, 2]))


def _settings(data: bytes) -> dict[str, Any]:
    """The hyperparameters that a session starts with."""
    found: dict[str, Any] = {}
    for key, start, _ in fields(data):
        if key != 3 or not isinstance(start, bytes):
            continue
        for inner, entry, _ in fields(start):
            if inner == 1 and isinstance(entry, bytes):
                parts = {number_: one for number_, one, _ in fields(entry)}
                value = parts.get(2, b"")
                for kind, one, _ in fields(value) if isinstance(value, bytes) else ():
                    found[text(parts.get(1, b""))] = (
                        number(one) if kind == 2 else text(one) if kind == 3 else bool(one) if kind == 4 else None
                    )
    return found
