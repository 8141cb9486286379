"""What is left of a damaged recording: gaps where step records cannot be read, and sentences that say so."""

from functools import partial
from typing import Any

import numpy as np

from nnsim.arrays import Array
from nnsim.errors import RecordingError
from nnsim.recording.format import (
    COMMANDS,
    MARKS,
    MAX_CHECKPOINTS,
    MAX_COMMANDS,
    MAX_RUNS,
    MAX_SERIES,
    META,
    RUNS,
    SERIES,
    SUMMARIES,
    Row,
    Table,
)
from nnsim.recording.reader import Recording
from nnsim.timeline import Series, Timeline
from nnsim.timeline.series import CHUNK, block_extremes
from nnsim.training.trainer import Trainer

# Gaps take memory though the file has nothing for them: a few times what a sound file of this size holds, no more.
VALUES_PER_BYTE = 16
VALUES_LEAST = 1_000_000


class Salvaged(Recording):
    """A damaged recording, opened for what is left of it.

    Step records that cannot be read are NaN, damaged checkpoints are left out (their steps are trained again from
    the one before), and a run ends where a command is lost, for nobody knows what came after it. All of the file
    is read on opening, so that `damage` names everything.

    Raises: RecordingError where not even the scenario and one run are left.
    """

    def _meta(self) -> dict[str, str]:
        def sound(table: Table, what: str, *rest: Any) -> list[Row]:
            return self._door.sound_rows(table, *rest)

        return {row[0]: row[1] for row in self._meta_rows(sound)}

    def _runs(self) -> list[Row]:
        rows = self._door.sound_rows(RUNS, most=MAX_RUNS)
        if not rows:
            raise self._refuse("its runs are missing")
        lost = set(range(rows[-1][0])) - {row[0] for row in rows}
        self.damage += [f"run {run + 1} is damaged, and left out" for run in sorted(lost)]
        return rows

    def _check_work(self, rows: list[Row]) -> None:
        try:
            super()._check_work(rows)
        except RecordingError:
            if sum(row[6] for row in rows) > 100:  # the table of commands cannot be read: what the runs say counts
                raise

    def _timelines(self, rows: list[Row]) -> tuple[Timeline, ...]:
        if sum(row[4] for row in rows) > VALUES_LEAST + VALUES_PER_BYTE * self._door.size:
            raise self._refuse("says that it holds far more step records than a file of this size can")
        found: list[Timeline] = []
        errors: list[RecordingError] = []
        for row in rows:
            try:
                found.append(self._timeline(row))
            except RecordingError as error:
                errors.append(error)
        if not found:
            raise errors[0]
        self.damage += [
            f"{str(error).removeprefix(f'{self._door.name}: ')}: that run is left out" for error in errors
        ]
        for table, what in ((META, "some of the meta data are"), (SUMMARIES, "some summaries of step records are")):
            if not self._door.intact(table):
                self.damage.append(f"{what} damaged")
        if not self.damage and self.closed_properly and not self.hash_holds():
            self.damage.append("something was changed after it was recorded (the hash is another)")
        return tuple(found)

    def _fill(self, timeline: Timeline, row: Row) -> None:
        run, length, marks = row[0], row[4], row[7]
        timeline.stop, timeline.fork_step = self._checked(timeline, row)
        timeline.length = length
        rows = [one for one in self._door.sound_rows(MARKS, "run = ?", (run,), MAX_COMMANDS) if one[2] <= length]
        if len(rows) < marks:
            self.damage.append(f"some marks of run {run + 1} are damaged")
        self._add_marks(timeline, rows)
        self._cut_to_commands(timeline, run, row[6])
        timeline.marks = [one for one in timeline.marks if one.step <= timeline.length]
        self._add_series(timeline, run, timeline.length)
        self._add_checkpoints(timeline, run, timeline.length, row[5])

    def _cut_to_commands(self, timeline: Timeline, run: int, count: int) -> None:
        """Take the commands up to the first that is lost; the run ends where that one was given."""
        rows = self._door.sound_rows(COMMANDS, "run = ?", (run,), MAX_COMMANDS)
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
        self._add_commands(timeline, run, sound, timeline.length)

    # ------------------------------------------------------------------ series

    def _add_series(self, timeline: Timeline, run: int, length: int) -> None:
        numbers = {row[2]: row[0] for row in self._door.sound_rows(SERIES, "run = ?", (run,), MAX_SERIES)}
        strides = timeline.figures(length)
        if length * len(strides) > VALUES_LEAST + VALUES_PER_BYTE * self._door.size:
            raise self._refuse(f"run {run + 1} says that it holds more than a file of this size can")
        for name, stride in strides.items():
            if length >= stride:
                timeline.series[name] = self._with_gaps(run, numbers.get(name), name, stride, length // stride)

    def _with_gaps(self, run: int, number: int | None, name: str, stride: int, count: int) -> Series:
        series = Series(name, stride)

        def load(chunk: int) -> Array:
            if number is not None:
                try:
                    return self._chunk(series, run, number, chunk)
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
                    raise self._refuse("its place is not known")
                values = self._chunk(series, run, number, chunk)
            except RecordingError:
                values = np.full(last - first, np.nan)
                lost.append((lost.pop()[0] if lost and lost[-1][1] == first else first, last))
            extremes.append(block_extremes(values))
        lows, highs = (np.concatenate(part) for part in zip(*extremes, strict=True))
        self.damage += [f"{self._named(*part, series, run)} are damaged" for part in lost]
        return series

    # ------------------------------------------------------------------ checkpoints

    def _add_checkpoints(self, timeline: Timeline, run: int, length: int, spacing: int) -> None:
        wanted = "SELECT step FROM checkpoints WHERE run = ? ORDER BY step"
        try:
            steps = self._door.column(wanted, (run,), MAX_CHECKPOINTS)
        except RecordingError:
            steps = []
        sound: list[int] = []
        lost: list[list[int]] = [[]]  # in groups of neighbours
        for step in steps:
            if type(step) is not int or not 0 <= step <= length:
                continue
            try:
                whole = self._checkpoint(timeline, run, step).step == step
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
        timeline.checkpoints.add_unloaded(sound, partial(self._checkpoint, timeline, run))
