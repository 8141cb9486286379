"""The file of a sweep: what was asked for, and the outcomes of every task that is done, a row a task (SQLite).

A task is written in one transaction, so that whatever ends the program leaves whole tasks: the rest is trained when
the sweep is resumed, and nothing twice.  One process writes; any number may read meanwhile.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnsim import __version__
from nnsim.data.data_files import ScenarioFiles
from nnsim.errors import NnsimError, RecordingError
from nnsim.output_files import SWEEP_SUFFIX, OutputFiles, check_suffix, explained
from nnsim.recording.codec import files_text, read_files
from nnsim.recording.facts import own_bits
from nnsim.scenario.scenario import Scenario, parse_scenario
from nnsim.scenario.sweep_axes import MAX_VALUES, SweepAxis
from nnsim.sweep.grid import MAX_AXES, Grid, seeds_from
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.rungs import FACTORS, SweepTask
from nnsim.sweep.study import LARGEST_TASK, Study
from nnsim.text import clean_line, printable_path, quote
from nnsim.training.outcome import TABLE, Goal, Outcomes

APPLICATION_ID = 0x4E4E5357  # "NNSW"
FORMATS = (1, 2)  # 2: a sweep that stops runs early, which an older nnsim would take for a whole one
MAX_META = 100_000_000  # characters
MAKE = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE tasks (number INTEGER PRIMARY KEY, outcomes BLOB NOT NULL, crc INTEGER NOT NULL) STRICT",
)
DAMAGED = "is damaged: a part of it is missing, as of a file that was copied in part"
KEPT = "what is in it stays, and --resume goes on from there"


@dataclass(frozen=True)
class SweepFile:
    """A file with the suffix .nnsweep, and the study that it holds."""

    path: Path
    study: Study
    bits: Mapping[str, str]  # what decided the last bits where it was begun

    @classmethod
    def create(cls, path: Path, study: Study, files: OutputFiles, *, overwrite: bool = False) -> "SweepFile":
        """Makes the file of a study that nothing is trained of.  Raises: NnsimError."""
        check_name(path)
        meta = {**as_meta(study), **{f"bits.{key}": value for key, value in own_bits().items()}}
        with (
            files.new_file(path, "nothing is swept", replace=overwrite) as new,
            closing(files.connect(new)) as made,
        ):
            made.execute("BEGIN")
            made.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            made.execute(f"PRAGMA user_version = {FORMATS[study.halving is not None]}")
            for statement in MAKE:
                made.execute(statement)
            made.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
            made.execute("COMMIT")
        return cls(path, study, own_bits())

    @classmethod
    def open(cls, path: Path) -> "SweepFile":
        """Reads what a file is about.  Raises: RecordingError where it is no such file, or damaged."""
        with _reading(path) as connection:
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise RecordingError(f"{printable_path(path)}: is no sweep of nnsim")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in FORMATS:
                raise RecordingError(
                    f"{printable_path(path)}: has format {version} (allowed: {FORMATS[0]} to {FORMATS[-1]})"
                )
            connection.execute("BEGIN")  # nobody writes until it is read
            rows = connection.execute("SELECT key, value FROM meta LIMIT 100").fetchall()
            if path.stat().st_size % connection.execute("PRAGMA page_size").fetchone()[0]:
                raise RecordingError(f"{printable_path(path)}: {DAMAGED}")
        meta = {str(key): str(value)[:MAX_META] for key, value in rows}
        study = study_of(meta, printable_path(path))
        bits = {key.removeprefix("bits."): value for key, value in meta.items() if key.startswith("bits.")}
        return cls(path, study, {key: clean_line(value, 1000) for key, value in bits.items()})

    def done(self) -> list[int]:
        """The numbers of the tasks that are done."""
        with _reading(self.path) as connection:
            return [int(one) for (one,) in connection.execute("SELECT number FROM tasks ORDER BY number")]

    def append(self, task: SweepTask, outcomes: Outcomes, files: OutputFiles) -> None:
        """Writes the outcomes of a task, once.  Raises: OutputError where they cannot be written."""
        content = outcomes.table.tobytes()
        with explained(self.path, KEPT), closing(files.connect(self.path)) as connection:
            row = (task.number, content, zlib.crc32(content))
            connection.execute("INSERT OR IGNORE INTO tasks VALUES (?, ?, ?)", row)

    def read(self) -> OutcomeTable:
        """All outcomes that are there.  Raises: RecordingError where the file is damaged."""
        table = OutcomeTable(self.study)
        self.read_into(table)
        return table

    def read_into(self, table: OutcomeTable) -> int:
        """Adds what the file holds and the table lacks.  Returns: tasks.  Raises: RecordingError."""
        before = len(table.done)
        with _reading(self.path) as connection:
            numbers = [number for (number,) in connection.execute("SELECT number FROM tasks ORDER BY number")]
            for number in numbers:
                if number in table.done:
                    continue
                content, crc = connection.execute(
                    "SELECT outcomes, crc FROM tasks WHERE number = ?", (number,)
                ).fetchone()
                task = table.task(number)
                whole = isinstance(content, bytes)
                if (
                    task is None
                    or not whole
                    or len(content) != len(task) * TABLE.itemsize
                    or zlib.crc32(content) != crc
                ):
                    raise RecordingError(f"{printable_path(self.path)}: task {quote(number)} is damaged")
                table.put(task, Outcomes(np.frombuffer(content, TABLE)))
        return len(table.done) - before


def check_name(path: Path) -> None:
    """Refuses a name that is none for a sweep.  Raises: NnsimError."""
    check_suffix(path, SWEEP_SUFFIX, "sweep")


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    name = printable_path(path)
    if not path.is_file():
        raise RecordingError(f"{name}: is no file that can be read (allowed: a sweep)")
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0, isolation_level=None
        )
        with closing(connection):
            yield connection
    except sqlite3.Error as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        said = {sqlite3.SQLITE_NOTADB: "is no sweep of nnsim", sqlite3.SQLITE_CORRUPT: DAMAGED}
        other = f"is no sweep that can be read: {clean_line(str(error))}"
        raise RecordingError(f"{name}: {said.get(code, other)}") from None


def as_meta(study: Study) -> dict[str, str]:
    """A study as texts, from which `study_of` makes it again."""
    scenario, grid = study.scenario, study.grid
    table: dict[str, Any] = {
        "axes": [one.as_object() for one in grid.axes],
        "seeds": None if grid.seeds is None else [grid.seeds[0], len(grid.seeds)],
        "variant": scenario.variant(study.variant).name,
        "settings": dict(study.settings),
        "until": None if study.goal is None else study.goal.text,
        "marks": study.marks,
        "kernel": study.kernel,
        "task_size": study.size,
    }
    if study.halving is not None:
        table["halving"] = study.halving
    return {
        "created_by": f"nnsim {__version__}",
        "scenario": scenario.text,
        "scenario_name": scenario.name,
        "files": files_text(scenario.files.contents),
        "sweep": json.dumps(table),
    }


def study_of(meta: Mapping[str, str], name: str) -> Study:
    """The study of these texts.  Args: name: in errors.  Raises: RecordingError naming what cannot be read."""
    for key in ("files", "scenario", "scenario_name", "sweep"):
        if key not in meta:
            raise RecordingError(f"{name}: is damaged: the entry {quote(key)} is missing in it")
    with _readable(name, "the files of its scenario"):
        files = ScenarioFiles(contents=read_files(meta["files"]))
    with _readable(name, "the scenario in it"):
        scenario = parse_scenario(meta["scenario"], name=meta["scenario_name"], source=name, files=files)
    with _readable(name, "what it says is swept"):
        found = _study(scenario, json.loads(meta["sweep"]), name)
        _ = found.plan, found.rungs  # what no plan can be made of is refused here
    return found


@contextmanager
def _readable(name: str, part: str) -> Iterator[None]:
    """Says of what fails in the block which part of the file it is."""
    try:
        yield
    except (NnsimError, KeyError, TypeError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error).removeprefix(f"{name}: ")
        raise RecordingError(f"{name}: {part} cannot be read: {clean_line(reason)}") from None


def _study(scenario: Scenario, table: Mapping[str, Any], name: str) -> Study:
    size = int(table["task_size"])
    if not 1 <= size <= LARGEST_TASK or len(table["axes"]) > MAX_AXES:
        raise RecordingError(f"{name}: the sizes in it are not allowed (allowed: up to {MAX_VALUES:,} values)")
    halving = table.get("halving")
    if halving is not None and not FACTORS[0] <= int(halving) <= FACTORS[1]:
        raise RecordingError(f"{name}: the share that goes on is not allowed")
    seeds = None if table["seeds"] is None else seeds_from(*(int(one) for one in table["seeds"]))
    return Study(
        scenario,
        str(table["variant"]),
        dict(table["settings"]),
        Grid(tuple(SweepAxis.from_object(one) for one in table["axes"]), seeds),
        None if table["until"] is None else Goal.parse(str(table["until"])),
        bool(table["marks"]),
        str(table["kernel"]),
        task_size=size,
        halving=None if halving is None else int(halving),
    )
