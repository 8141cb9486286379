"""The formats of other programs' logs in one table, and where in a folder there are any of them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nnsim.errors import NnsimError
from nnsim.logs import event_file, json_logs, metrics_csv, sqlite_logs, wandb_file
from nnsim.logs.event_file import EventFile
from nnsim.logs.logged_run import LoggedRun
from nnsim.text import clean_line

MOST_ENTRIES = 20_000  # of a folder, with those inside it
DEEPEST = 8
CHECKPOINT = "checkpoint-"  # before the step in the names of Hugging Face's folders
SKIPPED = ("__pycache__", "node_modules", "site-packages", "artifacts", "artifact")


@dataclass(frozen=True)
class LogFormat:
    """A format of logs.

    Args: name: for people. endings: of the names of its files. recognises: whether a file of such a name is one.
    read: its runs.
    """

    name: str
    endings: tuple[str, ...]
    recognises: Callable[[Path], bool]
    read: Callable[[Path], list[LoggedRun]]


def _one(reads: Callable[[Path, LoggedRun], None]) -> Callable[[Path], list[LoggedRun]]:
    """A reader of files with one run each."""

    def read(path: Path) -> list[LoggedRun]:
        run = LoggedRun(run_name(path), "")
        reads(path, run)
        return [run]

    return read


def is_event_file(path: Path) -> bool:
    """Whether a file is one of TensorBoard's, as it is told by its name."""
    return "tfevents" in path.name


def read_event_files(path: Path) -> list[LoggedRun]:
    """The run of one event file."""
    return [run_of_events([EventFile(path)], LoggedRun(run_name(path), event_file.SOURCE))]


def run_of_events(files: list[EventFile], run: LoggedRun) -> LoggedRun:
    """Takes what is new in a run's event files, which follow one another."""
    for one in files:
        one.read(run)
    run.check_size()
    run.damage = [sentence for one in files for sentence in one.damage]
    torn = [one for one in files if one.torn]
    run.remarks = [one for one in run.remarks if not one.endswith(event_file.CUT_OFF)]
    for one in torn:
        run.remark(f"{clean_line(one.path.name)} {event_file.CUT_OFF}")
    return run


EVENTS = LogFormat("TensorBoard", (), is_event_file, read_event_files)
FORMATS = (
    EVENTS,
    LogFormat("Hugging Face", (".json",), json_logs.is_trainer_state, _one(json_logs.read_trainer_state)),
    LogFormat("CSV", (".csv", ".tsv"), metrics_csv.recognises, _one(metrics_csv.read)),
    LogFormat("JSON lines", (".jsonl", ".ndjson"), json_logs.recognises_lines, _one(json_logs.read_lines)),
    LogFormat("wandb", (".wandb",), wandb_file.recognises, _one(wandb_file.read)),
    LogFormat(
        "trackio",
        (".db", ".sqlite", ".sqlite3"),
        lambda path: sqlite_logs.program_of(path) == sqlite_logs.TRACKIO,
        sqlite_logs.read_trackio,
    ),
    LogFormat(
        "MLflow",
        (".db", ".sqlite", ".sqlite3"),
        lambda path: sqlite_logs.program_of(path) == sqlite_logs.MLFLOW,
        sqlite_logs.read_mlflow,
    ),
)


def format_of(path: Path) -> LogFormat | None:
    """The format of a file by its name and its beginning; None where it is no log."""
    for one in FORMATS:
        if (not one.endings or path.name.lower().endswith(one.endings)) and one.recognises(path):
            return one
    return None


def run_name(path: Path) -> str:
    """What a run is called by its file: the folder where the file's own name is the same for every run."""
    stem = path.name.partition(".")[0]
    if stem in ("metrics", "events", "trainer_state", "log", "history", "progress") and path.absolute().parent.name:
        parent = path.absolute().parent
        version = parent.name.startswith(("version_", CHECKPOINT)) and parent.parent.name
        return clean_line(f"{parent.parent.name}/{parent.name}" if version else parent.name, 100)
    return clean_line(path.stem, 100) or "run"


@dataclass(frozen=True)
class LogPlace:
    """Files in which there are runs: of event files all those of a folder, of others one."""

    format: LogFormat
    paths: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        return self.paths[0].parent

    @property
    def run_path(self) -> Path:
        """What stays the same while a run grows: a trainer writes its state into a new folder each time."""
        if self.format is EVENTS:
            return self.folder
        path = self.paths[0]
        if path.name != json_logs.TRAINER_STATE:
            return path
        return self.folder.parent if self.folder.name.startswith(CHECKPOINT) else self.folder


def places(path: Path) -> list[LogPlace]:
    """The logs at a path: those of a file, or all in a folder, in the order of their names.

    Raises: NnsimError where there is none, or where it cannot be read.
    """
    name = clean_line(str(path))
    if not path.exists():
        raise NnsimError(f"{name}: there is no such file or folder")
    if not path.is_dir():
        if not path.is_file():
            raise NnsimError(f"{name}: is no ordinary file")
        found = format_of(path)
        if found is None and path.suffix.lower() in (".csv", ".tsv") and metrics_csv.header_of(path):
            raise NnsimError(f"{name}: {metrics_csv.NO_STEPS}")
        if found is None:
            listed = ", ".join(one.name for one in FORMATS)
            raise NnsimError(f"{name}: is no recording and no log that nnsim knows (allowed: {listed})")
        return [LogPlace(found, (path,))]
    return _in_folder(path)


def _in_folder(top: Path) -> list[LogPlace]:
    events: dict[Path, list[Path]] = {}
    others: list[LogPlace] = []
    for path in _files(top):
        found = format_of(path)
        if found is EVENTS:
            events.setdefault(path.parent, []).append(path)
        elif found is not None:
            others.append(LogPlace(found, (path,)))
    joined = [LogPlace(EVENTS, tuple(sorted(files, key=lambda one: one.name))) for files in events.values()]
    return sorted([*joined, *_newest_checkpoints(others)], key=lambda one: _natural(one.paths[0]))


def _files(top: Path) -> Iterator[Path]:
    seen = 0
    for folder, inside, files in os.walk(top):
        here = Path(folder)
        if len(here.relative_to(top).parts) >= DEEPEST:
            inside.clear()
        inside[:] = sorted(one for one in inside if one not in SKIPPED and not one.startswith("."))
        for name in sorted(files):
            seen += 1
            if seen > MOST_ENTRIES:
                raise NnsimError(
                    f"{clean_line(str(top))}: holds more than {MOST_ENTRIES:,} files (allowed: {MOST_ENTRIES:,})"
                )
            path = here / name
            if path.is_file():
                yield path


def _newest_checkpoints(found: list[LogPlace]) -> list[LogPlace]:
    """The same without the states of trainers that a later checkpoint of the same run repeats."""
    newest: dict[Path, tuple[int, LogPlace]] = {}
    kept = []
    for one in found:
        if one.paths[0].name != json_logs.TRAINER_STATE:
            kept.append(one)
            continue
        run = one.run_path
        inside = run != one.folder
        digits = one.folder.name.removeprefix(CHECKPOINT)
        step = int(digits) if inside and digits.isascii() and digits.isdigit() else 2**63 if not inside else -1
        if run not in newest or step > newest[run][0]:
            newest[run] = step, one
    return [*kept, *(one for _, one in newest.values())]


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    """A path by which `version_10` stands behind `version_9`."""
    parts: list[tuple[bool, int, str]] = []
    word = ""
    for character in str(path):
        digit = character.isascii() and character.isdigit()
        if word and (word[-1].isascii() and word[-1].isdigit()) != digit:
            parts.append(_part(word))
            word = ""
        word += character
    return [*parts, _part(word)] if word else parts


def _part(word: str) -> tuple[bool, int, str]:
    number = word.isascii() and word.isdigit()
    return number, int(word[:18]) if number else 0, word
