"""Reads the runs of a recording into timelines whose values stay in the file until somebody asks for them."""

from collections.abc import Callable
from functools import partial
from typing import Any, get_args

import numpy as np

from nnsim.errors import RecordingError, ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.parameters import names_parameter
from nnsim.recording.checksummed_tables import Row, Table
from nnsim.recording.codec import checkpoint_bytes, from_json, read_checkpoint
from nnsim.recording.format import (
    CHECKPOINTS,
    COMMANDS,
    MARKS,
    MAX_CHECKPOINTS,
    MAX_COMMANDS,
    MAX_RUNS,
    MAX_SERIES,
    PART_BLOCKS,
    SEGMENTS,
    SERIES,
    SUMMARIES,
    VERSION,
)
from nnsim.recording.packing import unpack, unraw
from nnsim.recording.sqlite_reader import RecordingTables
from nnsim.scenario.planner import MAX_STEPS
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.setting_keys import is_live
from nnsim.text import clean_line, quote
from nnsim.timeline import Command, Mark, Series, Timeline, most_plans
from nnsim.timeline.run import allowed_parameter
from nnsim.timeline.series import BLOCK, CHUNK, block_extremes
from nnsim.training.records import BROUGHT, Checkpoint, Stop, StopReason

# A run of a billion steps spaces its checkpoints half as far; only a large network, whose checkpoints fill the
# memory that they may take, needs more. A file that says otherwise wants somebody to wait.
MAX_SPACING = 65_536
SMALL = 10_000  # parameters


def false_summary(series: Series) -> tuple[int, int] | None:
    """The first samples, from one up to another, whose recorded extremes do not follow from their values."""
    for first in range(0, len(series) // BLOCK * BLOCK, CHUNK):
        own = block_extremes(series.values(first, first + CHUNK))
        start = first // BLOCK
        recorded = series.blocks(start, start + len(own[0]))
        if not all(np.array_equal(*both, equal_nan=True) for both in zip(own, recorded, strict=True)):
            return first, min(first + CHUNK, len(series))
    return None


class RunReader:
    """Reads the runs of one file, and refuses what does not fit together.

    Args: several: whether the file holds more than one, so that errors name the run.
    """

    def __init__(self, tables: RecordingTables, scenario: Scenario, several: bool) -> None:
        self.tables = tables
        self.scenario = scenario
        self.several = several
        self._by_run: dict[int, Timeline] = {}
        self._marks: dict[int, list[Mark]] = {}  # of the file, by the identity of the timeline

    def refuse(self, what: str) -> RecordingError:
        """The error that names the file and what is wrong with it."""
        return RecordingError(f"{self.tables.name}: {what}")

    def check_work(self, rows: list[Row]) -> None:
        """Every run and command has the scenario checked again: no file may ask for hours of it."""
        numbers = self.tables.column("SELECT number FROM commands", (), MAX_RUNS * MAX_COMMANDS)
        if len(rows) + len(numbers) > most_plans(self.scenario):
            raise self.refuse("has too many runs and commands for a scenario of this size")

    def timeline(self, row: Row, fill: Callable[[Timeline, Row], None] | None = None) -> Timeline:
        """The timeline of a row of the runs.

        Args: fill: what fills it, where that is not `fill`.
        """
        run, variant, settings = row[:3]
        try:
            values = from_json(settings)
            if not isinstance(values, dict):
                raise ValueError
            timeline = Timeline(self.scenario, variant, values)
        except ValueError:
            raise self.refuse(f"the settings of run {run + 1} are damaged") from None
        except ScenarioError as error:
            raise self.refuse(f"run {run + 1}: {error}") from None
        (fill or self.fill)(timeline, row)
        timeline.parent = None if row[-3] is None else self._by_run.get(row[-3])
        self._by_run[row[0]] = timeline
        return timeline

    def fill(self, timeline: Timeline, row: Row) -> None:
        """Take all that the file has of a run into its timeline; of one that grows, again and again."""
        run, place, length = row[0], f"run {row[0] + 1}", row[4]
        stop, fork_step = self.checked(timeline, row)
        commands = self.numbered(COMMANDS, f"the commands of {place}", run, length, row[6])
        self.add_commands(timeline, run, commands, length)
        self.add_series(timeline, run, length)
        self.add_marks(timeline, self.numbered(MARKS, f"the marks of {place}", run, length, row[7]))
        self.add_checkpoints(timeline, run, length, row[5])
        timeline.stop, timeline.fork_step, timeline.length = stop, fork_step, length

    def checked(self, timeline: Timeline, row: Row) -> tuple[Stop | None, int | None]:
        """Where and why a run stopped, and where it left its parent, if what its row says fits the scenario."""
        run, _, _, steps_per_epoch, length, spacing, _, _, *stop, parent, parent_step, _ = row
        place = f"run {run + 1}"
        if steps_per_epoch != timeline.steps_per_epoch or spacing < 1 or spacing & (spacing - 1):
            raise self.refuse(f"{place} does not fit its scenario")
        if (parent is not None and (parent_step is None or parent >= run)) or (parent_step or 0) > length:
            raise self.refuse(f"{place} has no such parent")
        return self._stop(stop, length, place), parent_step

    def add_marks(self, timeline: Timeline, rows: list[Row]) -> None:
        """Take the marks of the file; those of whoever watches it grow stay beside them."""
        before = self._marks.get(id(timeline), [])
        own = [one for one in timeline.marks if one not in before]
        found = [Mark(step, clean_line(kind, 40), clean_line(text, 1000)) for _, _, step, kind, text, _ in rows]
        self._marks[id(timeline)] = found
        timeline.marks = found + own

    def _stop(self, stop: list[Any], length: int, place: str) -> Stop | None:
        reason, step, message = stop
        if reason is None and step is None and message is None:
            return None
        if reason not in get_args(StopReason) or step is None or step > length or message is None:
            raise self.refuse(f"the end of {place} is damaged")
        return Stop(reason, step, clean_line(message, 1000))

    def numbered(self, table: Table, what: str, run: int, length: int, count: int) -> list[Row]:
        """So many rows of a run, numbered from 0, none of them beyond its last step."""
        rows = self.tables.rows(table, what, "run = ?", (run,), MAX_COMMANDS)
        if [row[1] for row in rows] != list(range(count)):
            raise self.refuse(f"some of {what} are missing")
        if any(row[2] > length for row in rows):
            raise self.refuse(f"{what} lie beyond its last step")
        return rows

    def add_commands(self, timeline: Timeline, run: int, rows: list[Row], length: int) -> None:
        """Commands in their order; each must make a plan that is allowed, and that has the steps that follow."""
        place = f"the commands of run {run + 1}"
        if len(rows) < len(timeline.commands):
            raise self.refuse(f"{place} have become fewer")
        commands: list[Command] = []
        for _, number, step, key, value, _ in rows:
            try:
                command = Command(step, key, from_json(value))
            except ValueError:
                raise self.refuse(f"{place} are damaged") from None
            if not (is_live(key) or names_parameter(key)) or (commands and step < commands[-1].step):
                raise self.refuse(f"command {number + 1} of run {run + 1} cannot be given there: {quote(key)}")
            commands.append(command)
        steps, last, plans = timeline.plan.steps, 0, timeline.add_commands(commands)
        for number, command in enumerate(commands, start=1):
            if command.step > max(steps, last):
                raise self.refuse(f"run {run + 1} is longer than its scenario lets it be")
            try:
                plan = next(plans)
                if names_parameter(command.key):
                    allowed_parameter(timeline.plan, command.key, command.value)
                else:
                    steps, last = plan.steps, command.step
            except ScenarioError as error:
                raise self.refuse(f"command {number} of run {run + 1}: {error}") from None
        if length > max(steps, last):
            raise self.refuse(f"run {run + 1} is longer than its scenario lets it be")

    # ------------------------------------------------------------------ series

    def add_series(self, timeline: Timeline, run: int, length: int) -> None:
        """Know of all figures of a run, whose values stay in the file."""
        place = f"the figures of run {run + 1}"
        known, found = timeline.figures(length), set[str]()
        for number, _, name, stride, count, _ in self.tables.rows(SERIES, place, "run = ?", (run,), MAX_SERIES):
            if name not in known:
                # Some files have figures, gaps alone, of what was changed after a fork had left, or was undone.
                if self.tables.minor > VERSION % 1000 or name.partition(":")[0] in BROUGHT:
                    continue
                raise self.refuse(f"{place}: {quote(name)} is not one of them")
            if stride != known[name] or count != length // stride or name in found:
                raise self.refuse(f"{place}: {quote(name)} does not fit")
            found.add(name)
            if name not in timeline.series:
                timeline.series[name] = self._unread(run, number, name, stride)
            self._check_chunks(timeline.series[name], run, number, count)
            timeline.series[name].reach(count)
        for name, stride in known.items():
            if length >= stride and name not in found:
                raise self.refuse(f"{place}: {name} is missing")

    def _unread(self, run: int, number: int, name: str, stride: int) -> Series:
        """A series whose values are read from the file when somebody looks at them."""
        series = Series(name, stride)
        series.load_from(partial(self.chunk, series, run, number), partial(self.extremes, series, run, number))
        return series

    def named(self, first: int, last: int, series: Series, run: int) -> str:
        """How errors name a stretch of samples, counted from 0."""
        where = f" in run {run + 1}" if self.several else ""
        stride = series.stride
        return f"step records {first * stride + 1:,}-{last * stride:,} of {series.name}{where}"

    def _check_chunks(self, series: Series, run: int, number: int, count: int) -> None:
        """Whether all chunks and the summaries are there; only the indexes of the tables are read for this."""
        chunks, parts = -(-count // CHUNK), -(-(count // BLOCK) // PART_BLOCKS)
        if not self._numbered_through("part", SUMMARIES, number, parts):
            raise self.refuse(f"the summary of {self.named(0, count, series, run)} is missing")
        if self._numbered_through("chunk", SEGMENTS, number, chunks):
            return
        found = self.tables.column(
            "SELECT chunk FROM segments WHERE series = ? ORDER BY chunk", (number,), MAX_STEPS // CHUNK + 1
        )
        for chunk in range(max(chunks, len(found))):
            if chunk >= len(found) or found[chunk] != chunk:
                last = min((chunk + 1) * CHUNK, max(count, chunk * CHUNK + 1))
                raise self.refuse(f"{self.named(chunk * CHUNK, last, series, run)} are missing")
            if chunk >= chunks:
                raise self.refuse(f"holds more records of {series.name} than steps")

    def _numbered_through(self, column: str, table: Table, series: int, count: int) -> bool:
        """Whether the rows of a series are as many as there should be, numbered from 0."""
        counted = f"SELECT count(*) || ' ' || coalesce(max({column}) + 1, 0) FROM {table.name} WHERE series = ?"
        return self.tables.column(counted, (series,), 1) == [f"{count} {count}"]

    def extremes(self, series: Series, run: int, number: int, start: int, stop: int) -> tuple[Array, Array]:
        """Smallest and largest values of the blocks from `start` up to, and without, `stop`."""
        what = f"the summary of {self.named(0, len(series), series, run)}"
        first, parts = start // PART_BLOCKS, -(-stop // PART_BLOCKS)
        between = ("series = ? AND part >= ? AND part < ?", (number, first, parts))
        rows = self.tables.rows(SUMMARIES, what, *between, most=parts)
        if [row[1] for row in rows] != list(range(first, parts)):
            raise self.refuse(f"{what} is missing")
        lows: list[Array] = []
        highs: list[Array] = []
        for row in rows:
            try:
                both = unraw(row[2], len(row[2]) // 8).reshape(2, -1)
            except ValueError:
                raise self.refuse(f"{what} is damaged (size)") from None
            # Where the writer has gone on since this file was opened, its last part holds more by now.
            if both.shape[1] < min(PART_BLOCKS, stop - row[1] * PART_BLOCKS):
                raise self.refuse(f"{what} is damaged (size)")
            lows.append(both[0])
            highs.append(both[1])
        inside = slice(start - first * PART_BLOCKS, stop - first * PART_BLOCKS)
        return np.concatenate(lows)[inside], np.concatenate(highs)[inside]

    def chunk(self, series: Series, run: int, number: int, chunk: int) -> Array:
        """The values of one chunk of a series."""
        first, last = chunk * CHUNK, min((chunk + 1) * CHUNK, len(series))
        what = self.named(first, last, series, run)
        row = self.tables.last(SEGMENTS, f"{what} are", "series = ? AND chunk = ?", (number, chunk))
        # Here likewise.
        if row[2] < last - first:
            raise self.refuse(f"{what} are damaged (count)")
        try:
            return unpack(row[3], row[2])[: last - first]
        except ValueError as error:
            raise self.refuse(f"{what} are damaged ({error})") from None

    # ------------------------------------------------------------------ checkpoints

    def add_checkpoints(self, timeline: Timeline, run: int, length: int, spacing: int) -> None:
        """Know of all checkpoints of a run, which stay in the file."""
        steps = self.tables.column(
            "SELECT step FROM checkpoints WHERE run = ? ORDER BY step", (run,), MAX_CHECKPOINTS + 1
        )
        if not steps or steps[0] != 0:
            raise self.refuse(f"the first checkpoint of run {run + 1} is missing")
        small = timeline.plan.network.size < SMALL
        if len(steps) > MAX_CHECKPOINTS or (small and spacing > MAX_SPACING):
            raise self.refuse(f"the checkpoints of run {run + 1} are too many, or too few")
        known = [step for step in steps if type(step) is int and 0 <= step <= length]
        gaps = np.diff([*known, length + 1])
        if len(known) < len(steps) or gaps.min() < 1:
            raise self.refuse(f"the checkpoints of run {run + 1} are damaged")
        if gaps.max() > 2 * spacing + 1:
            raise self.refuse(f"some checkpoints of run {run + 1} are missing")
        timeline.checkpoints.forget()
        timeline.checkpoints.add_unloaded(known, partial(self.checkpoint, timeline, run))
        timeline.checkpoints.spacing = spacing

    def checkpoint(self, timeline: Timeline, run: int, step: int) -> Checkpoint:
        """The checkpoint at a step; an earlier one where the writer has thinned them out since."""
        what = f"the checkpoint at step {step} of run {run + 1}"
        plan = timeline.plan_at(step - 1)  # it was taken before any command given at its own step
        self.tables.allow(checkpoint_bytes(plan))
        row = self.tables.last(CHECKPOINTS, f"{what} is", "run = ? AND step <= ?", (run, step))
        try:
            return read_checkpoint(row, timeline.plan_at(row[1] - 1))
        except ValueError as error:
            raise self.refuse(f"{what} is damaged ({error})") from None
