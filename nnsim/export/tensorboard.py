"""TensorBoard event files: the figures of a run as scalars, in pieces, with the classes of that optional extra."""

import io
import re
from collections.abc import Iterator

import numpy as np

from nnsim.export.exporter import Exporter, Extra, Request
from nnsim.timeline import RunLog, Series

VERSION = "brain.Event:2"  # of the event file; TensorBoard reads no other
EVENTS_AT_ONCE = 512


def event_count(log: RunLog) -> int:
    return sum(len(figures[0]) for figures in _by_stride(log))


def events(log: RunLog, wall_time_s: float) -> Iterator[tuple[int, bytes]]:
    """The event file of a run in pieces, each with the number of events so far; an event has a step's figures."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    piece = io.BytesIO()
    writer = RecordWriter(piece)
    writer.write(Event(wall_time=wall_time_s, file_version=VERSION).SerializeToString())
    done = 0
    for figures in _by_stride(log):
        event = Event(wall_time=wall_time_s)
        scalars = [event.summary.value.add(tag=one.name.replace(":", "/")) for one in figures]
        count = len(figures[0])
        for first in range(0, count, EVENTS_AT_ONCE):
            last = min(first + EVENTS_AT_ONCE, count)
            with np.errstate(over="ignore"):  # a scalar is a float32; what is too large for it is infinite
                columns = [one.values(first, last).astype(np.float32).tolist() for one in figures]
            steps = figures[0].steps_at(np.arange(first, last)).tolist()
            for number, row in enumerate(zip(*columns, strict=True)):
                event.step = steps[number]
                for scalar, value in zip(scalars, row, strict=True):
                    scalar.simple_value = value
                writer.write(event.SerializeToString())
            done += last - first
            yield done, piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield done, piece.getvalue()  # of a run without a step: that it is an event file


def _by_stride(log: RunLog) -> list[list[Series]]:
    """The figures that have their values at the same steps."""
    strides = sorted({one.stride for one in log.series.values() if not one.stepped})
    found = [[one for one in log.series.values() if not one.stepped and one.stride == stride] for stride in strides]
    return found + [[one] for one in log.series.values() if one.stepped and len(one)]


def _event_files(request: Request) -> Iterator[tuple[str, Iterator[bytes]]]:
    """A folder for each run, as TensorBoard expects them, with its event file."""
    runs = request.runs()
    before, whole = 0, sum(event_count(one.log) for one in runs)

    def content(log: RunLog) -> Iterator[bytes]:
        for done, piece in events(log, request.recorded_s):
            yield piece
            request.progress(before + done, whole, "steps", None)

    for one in runs:
        name = re.sub(r"[^\w.+-]+", "-", one.log.name).strip("-.")[:80]
        yield f"{one.number:02d}-{name}/events.out.tfevents.{int(request.recorded_s)}.nnsim", content(one.log)
        before += event_count(one.log)


TENSORBOARD = Exporter(
    "-tensorboard",
    _event_files,
    options=frozenset(),
    is_text=False,
    needs=Extra("TensorBoard", "tensorboard", "tensorboard.compat.proto.event_pb2", "csv"),
    stale="events.out.tfevents.*.nnsim",  # TensorBoard would draw both
    summary="event files of {runs} (tensorboard --logdir {target})",
)
