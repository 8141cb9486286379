"""A run as a reader finds it in a log: points of figures by the names that the other program gave them."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.errors import NnsimError
from nnsim.logs.figure_names import NameRule, our_names
from nnsim.nn.arrays import Array
from nnsim.text import clean_line, count
from nnsim.timeline import ImportedLog, LoggedHistogram, Mark, Series
from nnsim.training.records import Stop

MAX_FIGURES = 2_000  # of a run
MAX_POINTS = 50_000_000  # of a run
MAX_HISTOGRAMS = 20_000  # of a run
MAX_SETTINGS = 500
LARGEST_STEP = 2**53
FIRST = ("loss", "validation_loss", "accuracy", "validation_accuracy", "learning_rate")  # in tables, in this order


class LoggedPoints:
    """The points of one figure, in the order in which they were logged."""

    __slots__ = ("_floats", "_rewritten", "_steps", "float32")

    def __init__(self, float32: bool = False) -> None:
        """Args: float32: whether `append_raw` gets the bytes of little-endian float32s."""
        self.float32 = float32
        self._steps = array("q")
        self._floats = bytearray()
        self._rewritten = 0

    def append(self, step: int, value: float) -> None:
        self._steps.append(step)
        self._floats += np.float32(value).tobytes() if self.float32 else np.float64(value).tobytes()

    def append_raw(self, step: int, value: bytes) -> None:
        """Appends a value of the width that this holds, as it stands in the file."""
        self._steps.append(step)
        self._floats += value

    def extend(self, steps: npt.NDArray[np.int64], values: Array) -> None:
        self._steps.frombytes(np.ascontiguousarray(steps, np.int64).tobytes())
        self._floats += np.ascontiguousarray(values, "<f4" if self.float32 else "<f8").tobytes()

    def __len__(self) -> int:
        return len(self._steps)

    def rewind(self, step: int) -> int:
        """Forgets the points from a step on, which a run that was started again writes anew.  Returns: how many."""
        steps, values = self.logged()
        keep = steps < step
        gone = len(steps) - int(np.count_nonzero(keep))
        if gone:
            self._steps, self._floats = array("q"), bytearray()
            self.extend(steps[keep], values[keep])
        return gone

    def logged(self) -> tuple[npt.NDArray[np.int64], Array]:
        """Steps and values as they were logged."""
        steps = np.frombuffer(self._steps, np.int64).copy() if len(self._steps) else np.empty(0, np.int64)
        values = np.frombuffer(bytes(self._floats), "<f4" if self.float32 else "<f8").astype(np.float64)
        return steps, values

    def in_order(self) -> tuple[npt.NDArray[np.int64], Array]:
        """Steps in ascending order, each once, with the value that was logged last."""
        steps, values = self.logged()
        if len(steps) < 2 or bool((steps[1:] > steps[:-1]).all()):
            return steps, values
        order = np.argsort(steps, kind="stable")
        steps, values = steps[order], values[order]
        last = np.append(steps[1:] != steps[:-1], True)
        return steps[last], values[last]


@dataclass
class LoggedRun:
    """What a log holds of one run.

    Args: source: the format, for people. remarks: sentences about the log: where it ends, what was written again.
    damage: what of it could not be read, in sentences. steps_per_epoch: where the log tells it. unit: what its
    steps are, "step" or "epoch". stop: where the log says that the run came to an end.
    """

    name: str
    source: str
    points: dict[str, LoggedPoints] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    histograms: dict[str, list[LoggedHistogram]] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    steps_per_epoch: int = 1
    unit: str = "step"
    stop: Stop | None = None
    first_epoch: float | None = None  # of the first row that names one
    rewritten: int = 0  # points that a run started again has written anew

    def figure(self, name: str, float32: bool = False) -> LoggedPoints:
        """The points of a figure, which is a new one where there was none.  Raises: NnsimError for too many."""
        found = self.points.get(name)
        if found is None:
            if len(self.points) >= MAX_FIGURES:
                raise NnsimError(f"{self.name}: has more than {MAX_FIGURES:,} figures (allowed: {MAX_FIGURES:,})")
            found = self.points[name] = LoggedPoints(float32)
        return found

    def check_size(self) -> None:
        """Raises: NnsimError where there are more points than are held in memory."""
        points = sum(map(len, self.points.values()))
        if points > MAX_POINTS:
            raise NnsimError(f"{self.name}: has {points:,} points (allowed: {MAX_POINTS:,})")

    def set(self, key: str, value: Any) -> None:
        """Notes a setting, as long as it is a plain value and there is room."""
        if len(self.settings) < MAX_SETTINGS and isinstance(value, (bool, int, float, str)):
            self.settings[clean_line(key, 100)] = clean_line(value, 200) if isinstance(value, str) else value

    def rewind(self, step: int) -> None:
        """Forgets all points from a step on, for the run was started again there."""
        self.rewritten += sum(one.rewind(step) for one in self.points.values())
        for name, found in self.histograms.items():
            self.histograms[name] = [one for one in found if one.step < step]

    def remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    @property
    def first_step(self) -> int | None:
        """The first step of which anything is logged."""
        firsts = [int(one.logged()[0].min()) for one in self.points.values() if len(one)]
        return min(firsts, default=None)

    def go_on_from(self, earlier: "LoggedRun", step: int) -> None:
        """Takes the points before a step of a run that this one has resumed."""
        for name, points in earlier.points.items():
            own = self.figure(name, points.float32)
            steps, values = own.logged()
            before, held = points.in_order()
            kept = before < step
            self.rewritten += int(np.count_nonzero(~kept))
            fresh = self.points[name] = LoggedPoints(own.float32 and points.float32)
            fresh.extend(before[kept], held[kept])
            fresh.extend(steps, values)
        for name, found in earlier.histograms.items():
            self.histograms[name] = [one for one in found if one.step < step] + self.histograms.get(name, [])
        self.settings = {**earlier.settings, **self.settings}
        self.first_epoch = earlier.first_epoch
        self.damage = [*earlier.damage, *self.damage]
        self.remarks = [*earlier.remarks, *self.remarks]

    @property
    def last_step(self) -> int | None:
        """The last step of which anything is logged."""
        lasts = [int(one.logged()[0].max()) for one in self.points.values() if len(one)]
        return max(lasts, default=None)

    def as_log(self, rules: Sequence[NameRule] = (), into: ImportedLog | None = None) -> ImportedLog:
        """The same under our names.  Args: into: the log that it was before, which is brought up to date."""
        columns = {name: points.in_order() for name, points in self.points.items() if len(points)}
        for name, (steps, _) in columns.items():
            if len(steps) and (steps[0] < 0 or steps[-1] > LARGEST_STEP):
                self.remark(f"{clean_line(name)} has steps below 0 or above 2^53, which are left out")
                kept = (steps >= 0) & (steps <= LARGEST_STEP)
                columns[name] = steps[kept], columns[name][1][kept]
        names = our_names(list(columns), rules)
        log = into or ImportedLog(self.name, {})
        series = {}
        for original in sorted(columns, key=lambda one: _rank(names[one])):
            steps, values = columns[original]
            one = Series(names[original], stepped=True)
            one.append(values, steps)
            series[one.name] = one
        log.series, log.originals = series, {ours: original for original, ours in names.items()}
        log.settings, log.histograms = self.settings, self.histograms
        log.remarks = list(dict.fromkeys([*self.remarks, *self._end()]))
        log.steps_per_epoch, log.unit, log.source, log.stop = (
            self.steps_per_epoch,
            self.unit,
            self.source,
            self.stop,
        )
        log.marks = [*(one for one in log.marks if one.kind == "mark"), *self.marks]
        return log

    def _end(self) -> Iterable[str]:
        if self.rewritten:
            points = count(self.rewritten, "point")
            yield f"the run was started again: {points} were written anew, the later ones count"
        last = self.last_step
        if last is None:
            yield "the log holds no figure"
        elif self.stop is None:
            unit = self.unit if self.steps_per_epoch == 1 else "step"
            yield f"the log ends at {unit} {last:,}; it does not say whether the run ended there"


def _rank(name: str) -> tuple[int, str]:
    """The order of figures in tables: the usual ones, then gradients, then the others as they are."""
    if name in FIRST:
        return FIRST.index(name), ""
    return len(FIRST) + (0 if name.startswith("gradient:") else 1), ""
