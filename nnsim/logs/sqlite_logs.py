"""The SQLite files of trackio and MLflow, by plain read-only SQL; whichever server wrote them is not needed.

trackio writes NaN and infinities as text, and gives a run that is started again the same name and another id.
MLflow gives infinity back as the largest finite number, and keeps NaN as a mark beside a zero.
"""

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from nnsim.errors import NnsimError
from nnsim.logs.logged_run import LARGEST_STEP, LoggedRun
from nnsim.logs.rows import LogRows, flat
from nnsim.text import clean_line
from nnsim.training.records import Stop

MAGIC = b"SQLite format 3\0"
TRACKIO, MLFLOW = "trackio", "MLflow"
LARGEST = 2**33  # bytes of a file
BUSY_S = 5.0
MOST_RUNS = 1_000
LONGEST_VALUE = 10_000_000
LARGEST_FLOAT = 1.7976931348623157e308  # what MLflow stores for infinity
ENDED = {"FINISHED": "epochs", "FAILED": "interrupted", "KILLED": "interrupted"}


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A file that is open for reading alone.  Raises: NnsimError where it cannot be read."""
    name = clean_line(str(path))
    if (size := path.stat().st_size) > LARGEST:
        raise NnsimError(f"{name}: is too large ({size:,} bytes; allowed: {LARGEST:,})")
    try:
        with closing(_connection(path)) as connection:
            yield connection
    except UnicodeDecodeError:  # SQLite quotes a broken name in its message, which Python then cannot read
        raise NnsimError(f"{name}: is damaged: a name in it is no text") from None
    except sqlite3.Error as error:
        raise NnsimError(f"{name}: cannot be read as a database: {clean_line(str(error), 100)}") from None


def _connection(path: Path) -> sqlite3.Connection:
    """A connection; one that takes the file for unchanging where SQLite may make nothing beside it."""
    uri = path.absolute().as_uri()
    for unchanging in ("", "&immutable=1"):
        connection = sqlite3.connect(f"{uri}?mode=ro{unchanging}", uri=True, timeout=BUSY_S, isolation_level=None)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
            connection.execute(f"PRAGMA {pragma}")
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if unchanging:
                raise
            continue
        return connection
    raise AssertionError("the second mode has raised")


def program_of(path: Path) -> str | None:
    """Which program's tables a file has: trackio, MLflow, or neither."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                return None
        with opened(path) as connection:
            if _columns(connection, "metrics") >= {"run_name", "step", "metrics"}:
                return TRACKIO
            if _columns(connection, "metrics") >= {"run_uuid", "key", "value", "step"}:
                return MLFLOW
    except (OSError, NnsimError):
        return None
    return None


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The names of the columns of a table; none where there is no table of the name."""
    found = connection.execute("SELECT type FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    if found is None or found[0] != "table":
        return set()
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def read_trackio(path: Path) -> list[LoggedRun]:
    """The runs of a project, each start of a run as one of its own."""
    runs: dict[str, tuple[LoggedRun, LogRows]] = {}
    with opened(path) as connection:
        has_id = "run_id" in _columns(connection, "metrics")
        key = "run_id" if has_id else "run_name"
        query = f"SELECT {key}, run_name, step, metrics FROM metrics ORDER BY id"
        for number, (identity, name, step, text) in enumerate(connection.execute(query), start=1):
            if identity not in runs:
                if len(runs) >= MOST_RUNS:
                    raise NnsimError(f"{clean_line(str(path))}: has more than {MOST_RUNS:,} runs")
                run = LoggedRun(clean_line(str(name), 100), TRACKIO)
                runs[identity] = run, LogRows(run, "step", None)
            run, rows = runs[identity]
            cells = _json(text)
            if cells is None:
                run.damage.append(f"row {number:,} of the metrics is no JSON object and left out")
                continue
            rows.take(f"row {number:,}", {**flat(cells), "step": step})
        if _columns(connection, "configs") >= {"config", key}:
            for identity, text in connection.execute(f"SELECT {key}, config FROM configs"):
                for name, value in flat(_json(text) or {}).items():
                    if identity in runs and not name.startswith("_"):
                        runs[identity][0].set(name, value)
    for _, rows in runs.values():
        rows.end()
    return _told_apart([run for run, _ in runs.values()])


def _told_apart(runs: list[LoggedRun]) -> list[LoggedRun]:
    """The same with a number behind names that several of them have."""
    seen: dict[str, int] = {}
    for run in runs:
        name = run.name
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            run.name = f"{name} ({seen[name]})"
            run.remark(f"another run of this file is called {name} too: it was started again")
    return runs


def read_mlflow(path: Path) -> list[LoggedRun]:
    """The runs of a tracking store that were not deleted."""
    runs: dict[str, LoggedRun] = {}
    with opened(path) as connection:
        has_nan = "is_nan" in _columns(connection, "metrics")
        query = "SELECT run_uuid, name, status, lifecycle_stage FROM runs ORDER BY start_time"
        status: dict[str, str] = {}
        for identity, name, state, stage in connection.execute(query):
            if stage != "deleted" and len(runs) < MOST_RUNS:
                runs[identity] = LoggedRun(clean_line(str(name or identity), 100), MLFLOW)
                status[identity] = str(state)
        columns = "run_uuid, key, step, value" + (", is_nan" if has_nan else ", 0")
        for identity, key, step, value, is_nan in connection.execute(
            f"SELECT {columns} FROM metrics ORDER BY timestamp, step"
        ):
            run = runs.get(identity)
            if run is not None and type(step) is int and abs(step) <= LARGEST_STEP:
                run.figure(str(key)).append(step, _mlflow_value(value, is_nan))
        for identity, key, value in connection.execute("SELECT run_uuid, key, value FROM params"):
            if identity in runs:
                runs[identity].set(str(key), _number_or_text(str(value)))
    for identity, run in runs.items():
        run.check_size()
        last, reason = run.last_step, ENDED.get(status[identity])
        if last is not None and reason == "epochs":
            run.stop = Stop("epochs", last, "the run is finished")
        elif last is not None and reason is not None:
            run.stop = Stop("interrupted", last, f"the run is {status[identity].lower()}")
    return _told_apart(list(runs.values()))


def _mlflow_value(value: Any, is_nan: Any) -> float:
    if is_nan:
        return math.nan
    number = float(value) if isinstance(value, (int, float)) else math.nan
    return math.copysign(math.inf, number) if abs(number) >= LARGEST_FLOAT else number


def _number_or_text(text: str) -> float | int | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _json(text: Any) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
