"""What a timeline has more than its file: written, row by row, inside a transaction of whoever records."""

import dataclasses
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from nnsim.recording.checksummed_tables import Row, Table
from nnsim.recording.codec import checkpoint_values, to_json
from nnsim.recording.format import (
    CHECKPOINTS,
    COMMANDS,
    MARKS,
    MAX_SERIES,
    PART_BLOCKS,
    RUNS,
    SEGMENTS,
    SERIES,
    SUMMARIES,
)
from nnsim.recording.packing import pack, raw
from nnsim.text import clean_line
from nnsim.timeline import Command, Mark, Series, Timeline
from nnsim.timeline.series import BLOCK, CHUNK

CHECKPOINT_WORK = 1024  # a small checkpoint takes about as long as so many values of a figure
T = TypeVar("T", Command, Mark)


@dataclass
class Written:
    """What of a timeline stands in the file."""

    run: int
    timeline: Timeline
    parent: int | None  # the run that it is a fork of, where that is in the file
    row: Row = ()
    counts: dict[str, int] = field(default_factory=dict)
    checkpoint: int = -1
    spacing: int = 0
    commands: list[Command] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def copy(self) -> "Written":
        """A copy to change, and to throw away where writing fails."""
        return dataclasses.replace(
            self, counts=dict(self.counts), commands=list(self.commands), marks=list(self.marks)
        )


def work(timeline: Timeline) -> int:
    """How much there is to write of a timeline that no file has, in values."""
    return CHECKPOINT_WORK * len(timeline.checkpoints) + sum(map(len, timeline.series.values()))


def append(connection: sqlite3.Connection, written: Written) -> Iterator[int]:
    """Write what a timeline has more than the file, in parts.  Yields: the `work` of each part."""
    timeline, run = written.timeline, written.run
    length = timeline.length  # grows last, so all figures of these steps are there; what lies beyond waits
    yield from _append_checkpoints(connection, written, length)
    commands = [one for one in timeline.commands if one.step <= length]
    _append_list(connection, written.commands, commands, COMMANDS, lambda one: (one.key, to_json(one.value)), run)
    marks = [one for one in timeline.marks if one.step <= length]
    _append_list(connection, written.marks, marks, MARKS, lambda one: (one.kind, one.text), run)
    # A figure that a setting has brought meanwhile belongs to steps that wait, too.
    there = [one for one in list(timeline.series.items()) if one[1].begins < max(length, 1)]
    for name, series in there:
        yield from _append_series(connection, written, name, series, length // series.stride)
    stop = timeline.stop if timeline.stop is not None and timeline.stop.step <= length else None
    row = RUNS.row(
        run,
        timeline.variant,
        to_json(timeline.settings),
        timeline.steps_per_epoch,
        length,
        timeline.checkpoints.spacing,
        len(commands),
        len(marks),
        *((stop.reason, stop.step, clean_line(stop.message, 1000)) if stop else (None, None, None)),
        written.parent,
        timeline.fork_step,
    )
    if row != written.row:
        connection.execute(RUNS.insert, row)
        written.row = row


def _append_series(
    connection: sqlite3.Connection, written: Written, name: str, series: Series, count: int
) -> Iterator[int]:
    done = written.counts.get(name, -1)
    if count == done:
        return
    number = written.run * MAX_SERIES + (list(written.counts).index(name) if done >= 0 else len(written.counts))
    done = max(done, 0)
    written.counts[name] = count
    connection.execute(SERIES.insert, SERIES.row(number, written.run, name, series.stride, count))
    for chunk in range(done // CHUNK, -(-count // CHUNK)):
        values = series.values(chunk * CHUNK, min((chunk + 1) * CHUNK, count))
        connection.execute(SEGMENTS.insert, SEGMENTS.row(number, chunk, len(values), pack(values)))
        yield len(values)
    blocks = count // BLOCK
    for part in range(done // BLOCK // PART_BLOCKS, -(-blocks // PART_BLOCKS)):
        extremes = series.blocks(part * PART_BLOCKS, min((part + 1) * PART_BLOCKS, blocks))
        connection.execute(SUMMARIES.insert, SUMMARIES.row(number, part, b"".join(map(raw, extremes))))


def _append_checkpoints(connection: sqlite3.Connection, written: Written, length: int) -> Iterator[int]:
    checkpoints = written.timeline.checkpoints
    if checkpoints.spacing != written.spacing:
        kept = (written.run, checkpoints.spacing)
        connection.execute("DELETE FROM checkpoints WHERE run = ? AND step % ? != 0", kept)
        written.spacing = checkpoints.spacing
    steps = checkpoints.steps
    for step in steps[bisect_right(steps, written.checkpoint) : bisect_right(steps, length)]:
        connection.execute(
            CHECKPOINTS.insert, CHECKPOINTS.row(*checkpoint_values(written.run, checkpoints.before(step)))
        )
        written.checkpoint = step
        yield CHECKPOINT_WORK


def _append_list(
    connection: sqlite3.Connection,
    done: list[T],
    now: list[T],
    table: Table,
    columns: Callable[[T], tuple[str, str]],
    run: int,
) -> None:
    """Write the end of a list of commands or marks; all of it where what stood there has changed."""
    if now[: len(done)] != done:
        connection.execute(f"DELETE FROM {table.name} WHERE run = ?", (run,))
        done.clear()
    for number in range(len(done), len(now)):
        first, second = columns(now[number])
        connection.execute(table.insert, table.row(run, number, now[number].step, first, second))
    done.extend(now[len(done) :])
