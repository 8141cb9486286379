"""Reads what is left of a damaged recording: gaps where step records are lost, and sentences that say so."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from nnsim.errors import RecordingError
from nnsim.nn.arrays import Array
from nnsim.recording.checksummed_tables import Row, Table, Value
from nnsim.recording.format import (
    COMMANDS,
    FACTS,
    MARKS,
    MAX_CHECKPOINTS,
    MAX_COMMANDS,
    MAX_SERIES,
    META,
    SERIES,
    SUMMARIES,
)
from nnsim.recording.run_reader import RunReader
from nnsim.recording.sqlite_reader import RecordingTables
from nnsim.timeline import Series, Timeline
from nnsim.timeline.series import BLOCK, CHUNK, block_extremes
from nnsim.training.trainer import Trainer

# Gaps take memory though the file has nothing for them: a few times what a sound file of this size holds, no more.
VALUES_PER_BYTE = 16
VALUES_LEAST = 1_000_000


class Salvage:
    """Reads what is left of a damaged file.

    Step records that cannot be read are NaN, damaged checkpoints are left out (their steps are trained again from
    the one before), and a run ends where a command is lost, for nobody knows what came after it. All of the file
    is read on opening, so that `damage` names everything.

    Raises: RecordingError where not even the scenario and one run are left.
    """

    def __init__(self) -> None:
        self.damage: list[str] = []

    def rows(
        self, tables: RecordingTables, table: Table, what: str, where: str, values: Sequence[Value], most: int
    ) -> list[Row]:
        """The rows that are intact."""
        return tables.sound_rows(table, where, values, most)

    def check_numbers(self, numbers: Sequence[int]) -> bool:
        """True: runs that are missing are named as damage."""
        lost = set(range(numbers[-1])) - set(numbers)
        self.damage += [f"run {run + 1} is damaged, and left out" for run in sorted(lost)]
        return True

    def timelines(self, runs: RunReader, rows: list[Row]) -> tuple[Timeline, ...]:
        """The timelines of the runs that are left."""
        tables = runs.tables
        try:
            runs.check_work(rows)
        except RecordingError:
            if sum(row[6] for row in rows) > 100:  # the table of commands cannot be read: what the runs say counts
                raise
        if sum(row[4] for row in rows) > VALUES_LEAST + VALUES_PER_BYTE * tables.size:
            raise runs.refuse("says that it holds far more step records than a file of this size can")
        found: list[Timeline] = []
        errors: list[RecordingError] = []
        for row in rows:
            try:
                found.append(runs.timeline(row, partial(self._fill, runs)))
            except RecordingError as error:
                errors.append(error)
        if not found:
            raise errors[0]
        self.damage += [f"{str(error).removeprefix(f'{tables.name}: ')}: that run is left out" for error in errors]
        for table, what in ((META, "some of the meta data are"), (SUMMARIES, "some summaries of step records are")):
            if not tables.intact(table):
                self.damage.append(f"{what} damaged")
        if tables.has_facts and not tables.intact(FACTS):
            self.damage.append("some of the facts are damaged")
        return tuple(found)

    def _fill(self, runs: RunReader, timeline: Timeline, row: Row) -> None:
        run, length, marks = row[0], row[4], row[7]
        timeline.stop, timeline.fork_step = runs.checked(timeline, row)
        timeline.length = length
        rows = [one for one in runs.tables.sound_rows(MARKS, "run = ?", (run,), MAX_COMMANDS) if one[2] <= length]
        if len(rows) < marks:
            self.damage.append(f"some marks of run {run + 1} are damaged")
        runs.add_marks(timeline, rows)
        self._cut_to_commands(runs, timeline, run, row[6])
        timeline.marks = [one for one in timeline.marks if one.step <= timeline.length]
        self._add_series(runs, timeline, run, timeline.length, row[4])
        self._add_checkpoints(runs, timeline, run, timeline.length, row[5])

    def _cut_to_commands(self, runs: RunReader, timeline: Timeline, run: int, count: int) -> None:
        """Take the commands up to the first that is lost; the run ends where that one was given."""
        rows = runs.tables.sound_rows(COMMANDS, "run = ?", (run,), MAX_COMMANDS)
        known = next((number for number, row in enumerate(rows) if row[1] != number), len(rows))
        if known < count:
            given = [mark.step for mark in timeline.marks if mark.kind == "changed"]  # a mark beside each command
            last = rows[known - 1][2] if known else 0
            timeline.length = max(last, given[known]) if len(given) == count else last
            self.damage.append(
                f"command {known + 1} of run {run + 1} is damaged: its steps after {timeline.length:,} are left out"
            )
            timeline.stop = None
            if (timeline.fork_step or 0) > timeline.length:
                timeline.fork_step = None
        sound = [row for row in rows[:known] if row[2] <= timeline.length]
        runs.add_commands(timeline, run, sound, timeline.length)

    # ------------------------------------------------------------------ series

    def _add_series(self, runs: RunReader, timeline: Timeline, run: int, length: int, recorded: int) -> None:
        rows = runs.tables.sound_rows(SERIES, "run = ?", (run,), MAX_SERIES)
        numbers, strides = {row[2]: row[0] for row in rows}, timeline.figures(length)
        several = f" in run {run + 1}" if runs.several else ""
        for _, _, name, stride, count, _ in rows:
            if name in strides and (stride, count) != (strides[name], recorded // strides[name]):
                self.damage.append(
                    f"{name}{several} says that it holds {count:,} values, one every {stride:,} steps "
                    f"(by its steps: {recorded // strides[name]:,}, one every {strides[name]:,})"
                )
        if length * len(strides) > VALUES_LEAST + VALUES_PER_BYTE * runs.tables.size:
            raise runs.refuse(f"run {run + 1} says that it holds more than a file of this size can")
        for name, stride in strides.items():
            if length >= stride:
                timeline.series[name] = self._with_gaps(
                    runs, run, numbers.get(name), name, stride, length // stride
                )

    def _with_gaps(
        self, runs: RunReader, run: int, number: int | None, name: str, stride: int, count: int
    ) -> Series:
        series = Series(name, stride)

        def load(chunk: int) -> Array:
            if number is not None:
                try:
                    return runs.chunk(series, run, number, chunk)
                except RecordingError:
                    pass
            return np.full(min(CHUNK, count - chunk * CHUNK), np.nan)

        def load_blocks(start: int, stop: int) -> tuple[Array, Array]:
            return lows[start:stop], highs[start:stop]

        series.load_from(load, load_blocks)
        series.reach(count)
        lost: list[tuple[int, int]] = []
        extremes = []
        for chunk in range(-(-count // CHUNK)):
            first, last = chunk * CHUNK, min((chunk + 1) * CHUNK, count)
            try:
                if number is None:
                    raise runs.refuse("its place is not known")
                values = runs.chunk(series, run, number, chunk)
            except RecordingError:
                values = np.full(last - first, np.nan)
                lost.append((lost.pop()[0] if lost and lost[-1][1] == first else first, last))
            extremes.append(block_extremes(values))
        lows, highs = (np.concatenate(part) for part in zip(*extremes, strict=True))
        self.damage += [f"{runs.named(*part, series, run)} are damaged" for part in lost]
        if number is not None and not lost and count >= BLOCK:
            self._check_summary(runs, run, number, series, (lows, highs))
        return series

    def _check_summary(
        self, runs: RunReader, run: int, number: int, series: Series, own: tuple[Array, Array]
    ) -> None:
        """Name a summary that is damaged, or does not follow from the values."""
        what = f"the summary of {runs.named(0, len(series), series, run)}"
        try:
            recorded = runs.extremes(series, run, number, 0, len(own[0]))
        except RecordingError as error:
            self.damage.append(str(error).removeprefix(f"{runs.tables.name}: "))
            return
        if not all(np.array_equal(*both, equal_nan=True) for both in zip(own, recorded, strict=True)):
            self.damage.append(f"{what} does not follow from its values")

    # ------------------------------------------------------------------ checkpoints

    def _add_checkpoints(self, runs: RunReader, timeline: Timeline, run: int, length: int, spacing: int) -> None:
        wanted = "SELECT step FROM checkpoints WHERE run = ? ORDER BY step"
        try:
            steps = runs.tables.column(wanted, (run,), MAX_CHECKPOINTS)
        except RecordingError:
            steps = []
        sound: list[int] = []
        lost: list[list[int]] = [[]]  # in groups of neighbours
        for step in steps:
            if type(step) is not int or not 0 <= step <= length:
                continue
            try:
                whole = runs.checkpoint(timeline, run, step).step == step
            except RecordingError:
                whole = False
            if whole:
                sound.append(step)
                lost.append([])
            else:
                lost[-1].append(step)
        for group in filter(None, lost):
            some = f"{len(group):,} checkpoints from step {group[0]:,} to {group[-1]:,}"
            one = f"the checkpoint at step {group[0]:,}"
            self.damage.append(
                f"{some if group[1:] else one} of run {run + 1} {'are' if group[1:] else 'is'} damaged"
            )
        if not sound or sound[0] != 0:  # what training begins with follows from the scenario alone
            timeline.checkpoints.add(Trainer(timeline.plan).checkpoint())
        gaps = np.diff([0, *sound, length + 1])
        if len(sound) == len(steps) and gaps.max() > 2 * spacing + 1:
            self.damage.append(f"some checkpoints of run {run + 1} are missing")
        timeline.checkpoints.spacing = spacing
        timeline.checkpoints.add_unloaded(sound, partial(runs.checkpoint, timeline, run))
