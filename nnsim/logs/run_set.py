"""Runs from several places side by side: recordings of nnsim and logs of other programs."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol, Self

from nnsim.errors import NnsimError
from nnsim.logs.figure_names import NameRule
from nnsim.logs.figures_file import FiguresFile
from nnsim.logs.figures_format import holds_figures_alone
from nnsim.logs.formats import format_of
from nnsim.logs.log_source import LogSource
from nnsim.logs.metrics_csv import is_log_of_training
from nnsim.output_files import RECORDING_SUFFIX
from nnsim.recording import GrowingRecording, follow_recording, open_recording
from nnsim.recording.format import is_recording
from nnsim.text import clean_line
from nnsim.timeline import RunLog

MOST_PATHS = 200


class RunsAtPath(Protocol):
    """What is open at one path; a recording that nobody follows is it too."""

    @property
    def timelines(self) -> Sequence[RunLog]: ...

    def close(self) -> None: ...


def holds_logs(path: Path) -> bool:
    """Whether there is something at a path that has figures alone, or is no recording of nnsim."""
    if holds_figures_alone(path):
        return True
    return path.exists() and path.suffix != RECORDING_SUFFIX and not is_recording(path)


def open_logs(path: Path, rules: Sequence[NameRule] = ()) -> "LogSource | FiguresFile":
    """What `holds_logs` found.  Raises: NnsimError where it cannot be read."""
    return FiguresFile(path, rules) if holds_figures_alone(path) else LogSource(path, rules)


def holds_runs(path: Path) -> bool:
    """Whether there are runs at a path, rather than a scenario or a table of data."""
    if path.is_dir() or path.suffix == RECORDING_SUFFIX or is_recording(path):
        return True
    if not path.is_file():
        return False
    found = format_of(path)
    return found is not None and (found.name != "CSV" or is_log_of_training(path))


class RunSet:
    """Runs from several paths, in their order; what is written to them later on follows.

    Args: rules: of names in logs. despite_damage: whether a damaged recording is opened too. follows: whether
    recordings are followed as well. clock: seconds from whenever.
    Raises: NnsimError where one of them cannot be read, or two figures would get one name.
    """

    left = None

    def __init__(
        self,
        paths: Sequence[Path],
        rules: Sequence[NameRule] = (),
        *,
        despite_damage: bool = False,
        follows: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if len(paths) > MOST_PATHS:
            raise NnsimError(f"{len(paths)} paths are too many (allowed: {MOST_PATHS})")
        self.paths = tuple(paths)
        self._rules = tuple(rules)
        self._damaged: Literal["gaps", "refuse"] = "gaps" if despite_damage else "refuse"
        self._follows, self._clock = follows, clock
        self._open: list[RunsAtPath] = []
        try:
            for path in paths:
                self._open.append(self._opened(path))
        except BaseException:
            self.close()
            raise
        self._failed: str = ""

    def _opened(self, path: Path) -> RunsAtPath:
        if holds_figures_alone(path):
            return FiguresFile(path, self._rules)
        if path.is_dir() or not (path.suffix == RECORDING_SUFFIX or is_recording(path)):
            return LogSource(path, self._rules, self._clock)
        return follow_recording(path) if self._follows else open_recording(path, self._damaged)

    @property
    def timelines(self) -> tuple[RunLog, ...]:
        return tuple(log for one in self._open for log in one.timelines)

    @property
    def origins(self) -> list[str]:
        """What tells runs of one path from those of another, in the order of `timelines`; empty for one path."""
        if len(self._open) == 1:
            return [""] * len(self.timelines)
        names = [clean_line(path.stem if path.is_file() else path.absolute().name, 60) for path in self.paths]
        told = [
            name if names.count(name) == 1 else clean_line(str(path), 60)
            for name, path in zip(names, self.paths, strict=True)
        ]
        return [name for name, one in zip(told, self._open, strict=True) for _ in one.timelines]

    @property
    def damage(self) -> list[str]:
        """What of the files is damaged, in sentences that name the file where there are several."""
        found = []
        for path, one in zip(self.paths, self._open, strict=True):
            damage: Sequence[str] = getattr(one, "damage", ())
            found += [f"{clean_line(path.name)}: {each}" if len(self.paths) > 1 else each for each in damage]
        return found

    @property
    def ended(self) -> bool:
        """Whether nothing more will come: no log tells that, and every recording that is followed has ended."""
        return bool(self._failed) or all(getattr(one, "ended", not self._follows) for one in self._open)

    page = None  # of several files none leads through a lesson

    @property
    def parting(self) -> str:
        return self._failed or next((said for one in self._open if (said := getattr(one, "parting", ""))), "")

    def refresh(self) -> bool:
        """Reads what is new; a file that is gone ends it.  Returns: whether anything was."""
        fresh = False
        for one in self._open:
            if isinstance(one, LogSource):
                try:
                    fresh = one.refresh() or fresh
                except NnsimError as error:
                    self._failed = f"{error}; what was read stays"
                    return True
            elif self._follows and isinstance(one, FiguresFile | GrowingRecording):
                fresh = one.refresh() or fresh
        return fresh

    def close(self) -> None:
        for one in self._open:
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
