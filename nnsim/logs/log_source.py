"""The runs at a path, whichever programs have written them, under our names, and what is added to them later on."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from nnsim.errors import NnsimError
from nnsim.logs import event_file
from nnsim.logs.event_file import EventFile
from nnsim.logs.figure_names import NameRule, parse_rules
from nnsim.logs.formats import EVENTS, LogPlace, places, run_name, run_of_events
from nnsim.logs.logged_run import LoggedRun
from nnsim.output_files import OutputFiles
from nnsim.text import clean_line
from nnsim.timeline import ImportedLog

VERSION = "version_"  # before the number in the names of Lightning's folders
MOST_RUNS = 1_000
REWRITTEN_S = 5.0  # in which a file that cannot be read is taken for one that its writer is writing anew
REST = 9.0  # times as long as reading took, for which a log is not read again: nobody is kept waiting


class NothingLoggedError(NnsimError):
    """A log in which no figure stands; its writer may be about to begin."""


class _Place:
    """What was read at a place, and whether it has changed since."""

    def __init__(self, place: LogPlace, top: Path, clock: Callable[[], float]) -> None:
        self.place = place
        self._clock = clock
        self._rests_until = 0.0
        self._unread_since_s: float | None = None
        self.runs: list[LoggedRun] = []
        self._top = top
        self._sign: tuple[tuple[int, int], ...] = ()
        self._events: dict[Path, EventFile] = {}

    def read(self, follows: bool) -> bool:
        """Reads what is new; of a log that takes long to read, seldom.  Returns: whether anything was.

        Args: follows: whether a file without a figure may be one that its writer is writing anew, as Lightning does
        with its table and Hugging Face with its state: what was read before stays, and it is read again.
        Raises: NnsimError.
        """
        began_s = self._clock()
        if began_s < self._rests_until:
            return False
        try:
            sign = tuple((found.st_size, found.st_mtime_ns) for found in map(os.stat, self._watched()))
            if sign == self._sign:
                return False
            if self.place.format is EVENTS:
                self._read_events()
            elif not self._read_anew(follows):
                return False
        except OSError as error:
            name = clean_line(str(self.place.paths[0]))
            raise NnsimError(f"{name}: cannot be read: {error.strerror}") from None
        self._sign = sign
        now_s = self._clock()
        self._rests_until = now_s + REST * (now_s - began_s)
        return True

    def _read_anew(self, follows: bool) -> bool:
        """Reads a whole file.  Returns: False where its writer seems to be in the midst of writing it."""
        now_s = self._clock()
        began_s = now_s if self._unread_since_s is None else self._unread_since_s
        follows = follows and now_s - began_s < REWRITTEN_S
        found: list[LoggedRun] = []
        try:
            found = self.place.format.read(self.place.paths[0])
            whole = _has_figures(found) or not _has_figures(self.runs)
        except NnsimError:
            if not follows:
                raise
            whole = False
        if follows and not whole:
            self._unread_since_s = began_s
            return False
        self._unread_since_s = None
        self.runs = found
        return True

    def _watched(self) -> list[Path]:
        """The files whose time tells that something is new; a database may have a log beside it."""
        beside = [path.with_name(f"{path.name}-wal") for path in self.place.paths]
        return [*self.place.paths, *(path for path in beside if path.exists())]

    def _read_events(self) -> None:
        for path in self.place.paths:
            self._events.setdefault(path, EventFile(path, follows=bool(self._events)))
        if not self.runs:
            self.runs = [LoggedRun(self._event_name(), event_file.SOURCE)]
        run_of_events(list(self._events.values()), self.runs[0])

    def _event_name(self) -> str:
        folder = self.place.folder
        if len(self.place.paths) == 1 and self._top == self.place.paths[0]:
            return run_name(self._top)
        inside = folder.relative_to(self._top) if folder.is_relative_to(self._top) else folder
        return clean_line(str(inside) if inside.parts else self._top.absolute().name, 100)


class LogSource:
    """The logs of other programs at a path: a file, or a folder with those inside it.

    Args: rules: of names, before those of the table. clock: seconds from whenever.
    Raises: NnsimError where there is no log, or one cannot be read.
    """

    left = None  # nothing tells that a run is extended no more
    ended = False
    parting = ""

    def __init__(
        self, path: Path, rules: Sequence[NameRule] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self._clock = clock
        self._rules = tuple(rules)
        self._places: dict[tuple[str, Path], _Place] = {}
        self._logs: dict[tuple[str, Path, int], ImportedLog] = {}
        self.timelines: tuple[ImportedLog, ...] = ()
        self.damage: list[str] = []
        self._read(follows=False)
        if not self.timelines:
            raise NothingLoggedError(f"{clean_line(str(path))}: holds no log with a figure that nnsim knows")

    def refresh(self) -> bool:
        """Reads what is new, new files of a folder too.  Returns: whether anything was.  Raises: NnsimError."""
        return self._read(follows=True)

    def close(self) -> None:
        """Nothing stays open between two readings."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def age_s(self, now_s: float) -> float:
        """Seconds since anything was written.  Args: now_s: seconds since 1970."""
        times = [os.stat(path).st_mtime for one in self._places.values() for path in one.place.paths]
        return max(0.0, now_s - max(times, default=now_s))

    def _read(self, follows: bool) -> bool:
        fresh = False
        known_file = bool(self._places) and not self.path.is_dir()  # whose content may be gone for a moment
        for place in [one.place for one in self._places.values()] if known_file else places(self.path):
            key = place.format.name, place.run_path
            known = self._places.get(key)
            if known is None:
                known = self._places[key] = _Place(place, self.path, self._clock)
            known.place = place
            fresh = known.read(follows) or fresh
        if fresh:
            self._take()
        return fresh

    def _take(self) -> None:
        """Brings the logs up to date with what was read."""
        found = [
            (one.place.paths[0], number, run)
            for one in self._places.values()
            for number, run in enumerate(one.runs)
        ]
        found = [one for one in _resumed_joined(found) if _has_figures([one[2]])]
        if len(found) > MOST_RUNS:
            raise NnsimError(f"{clean_line(str(self.path))}: holds {len(found):,} runs (allowed: {MOST_RUNS:,})")
        seen: dict[str, int] = {}
        logs = {}
        keys = {one.place.paths[0]: key for key, one in self._places.items()}
        for path, number, run in found:
            key = *keys[path], number
            name = run.name
            seen[name] = seen.get(name, 0) + 1
            log = run.as_log(self._rules, self._logs.get(key))
            log.name = name if seen[name] == 1 else f"{name} ({seen[name]})"
            logs[key] = log
        self._logs = logs
        self.timelines = tuple(logs.values())
        several = len(found) > 1
        self.damage = [
            f"{run.name}: {sentence}" if several else sentence for _, _, run in found for sentence in run.damage
        ]


def _has_figures(runs: Sequence[LoggedRun]) -> bool:
    return any(run.histograms or any(map(len, run.points.values())) for run in runs)


def _resumed_joined(found: list[tuple[Path, int, LoggedRun]]) -> list[tuple[Path, int, LoggedRun]]:
    """The same with what Lightning has resumed in a folder `version_N` as the continuation of an earlier one.

    Such a run begins in a later epoch than its first, at a step that the other has come to; some steps are written
    again, and the later ones count.
    """
    kept: list[tuple[Path, int, LoggedRun]] = []
    for path, number, run in found:
        earlier = _resumes(path, run, kept)
        first = run.first_step
        if earlier is None or first is None:
            kept.append((path, number, run))
            continue
        before = kept.pop(earlier)
        joined = LoggedRun(_parent_name(path), run.source, steps_per_epoch=run.steps_per_epoch, unit=run.unit)
        joined.go_on_from(before[2], 2**62)
        joined.rewritten += sum(one.rewind(first) for one in joined.points.values())
        last = before[2].last_step or 0
        joined.remark(
            f"{path.parent.name} goes on from {before[0].parent.name} at step {first:,}"
            + (f"; the steps {first:,} to {last:,} are written again" if last >= first else "")
        )
        whole = LoggedRun(
            joined.name, run.source, steps_per_epoch=max(run.steps_per_epoch, before[2].steps_per_epoch)
        )
        whole.go_on_from(joined, 2**62)
        for name, points in run.points.items():
            whole.figure(name, points.float32).extend(*points.logged())
        whole.unit = "epoch" if whole.steps_per_epoch > 1 else run.unit
        whole.settings, whole.stop = {**before[2].settings, **run.settings}, run.stop
        whole.remarks = [*joined.remarks, *run.remarks]
        whole.damage = [*before[2].damage, *run.damage]
        whole.rewritten = joined.rewritten
        kept.append((before[0], before[1], whole))
    return kept


def _resumes(path: Path, run: LoggedRun, before: list[tuple[Path, int, LoggedRun]]) -> int | None:
    """Which of the runs before it a run of Lightning's goes on from."""
    first = run.first_step
    epoch = run.first_epoch if run.first_epoch is not None else _first_value(run, "epoch")
    if not path.parent.name.startswith(VERSION) or first is None or epoch is None or epoch < 1:
        return None
    for index in reversed(range(len(before))):
        other, _, earlier = before[index]
        began, last = earlier.first_step, earlier.last_step
        if other.parent.parent == path.parent.parent and other.name == path.name and began is not None:
            return index if last is not None and began < first <= last + 1 + max(1, last // 4) else None
    return None


def _first_value(run: LoggedRun, figure: str) -> float | None:
    points = run.points.get(figure)
    return None if points is None or not len(points) else float(points.logged()[1][0])


def _parent_name(path: Path) -> str:
    return clean_line(path.parent.parent.name, 100) or "run"


def name_rules(texts: Sequence[str], files: OutputFiles) -> tuple[NameRule, ...]:
    """The rules of a command line, and behind them those of the person's configuration, which need not fit.

    Raises: NnsimError where one is no rule.
    """
    from nnsim.configuration import read_configuration

    configured = [f"{original}={name}" for original, name in read_configuration(files).names.items()]
    return (*parse_rules(texts), *(replace(one, optional=True) for one in parse_rules(configured)))
