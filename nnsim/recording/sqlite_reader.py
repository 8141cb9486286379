"""Opens the tables of a recording from an unknown hand: they can be read, or are refused, and nothing else."""

import os
import shutil
import sqlite3
import stat
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nnsim.errors import RecordingError
from nnsim.logs.figures_format import FIGURES_MAJOR, FIGURES_MINOR, LOG_TABLES
from nnsim.output_files import BUSY_S, SQLITE_BESIDE
from nnsim.recording.checksummed_tables import Row, Table, Value
from nnsim.recording.format import (
    APPLICATION_ID,
    FACTS,
    FACTS_SINCE,
    MAJOR,
    MAX_FILE_BYTES,
    VERSION,
    content_hash,
    tables_of,
)
from nnsim.scenario.scenario import MAX_BYTES
from nnsim.text import printable_path

ROW_BYTES = 65_536  # of a row, beside its largest value
WORK_PER_BYTE = 8  # operations of SQLite's machine for each byte of the file: many times what a sound file takes
WORK_LEAST = 2_000_000
WORK_SLICE = 10_000
SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")  # ends a journal that names another file
LIMITS = {
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 10_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 40,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 20,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 10_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 8,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 8,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


@dataclass(frozen=True)
class FileLayout:
    """What a file may be: its major version, the newest minor one, and the tables of each."""

    major: int
    minor: int
    tables_of: Callable[[int], tuple[Table, ...]]


RECORDING_LAYOUT = FileLayout(MAJOR, VERSION % 1000, tables_of)
FIGURES_LAYOUT = FileLayout(FIGURES_MAJOR, FIGURES_MINOR, lambda minor: LOG_TABLES)


class RecordingBusy(RecordingError):
    """A writer holds the file just now; a moment later it can be read."""


class RecordingCutOff(RecordingError):
    """Its writer died in the middle of a transaction; opened anew, the file is rolled back in a copy."""


class RecordingTables:
    """A recording's tables, read only. Rows come out with their checksums and ranges checked.

    Args: cut: open a file that has lost its end, too.
    Raises: RecordingError, here and from every method, naming the file and what is wrong with it.
    """

    def __init__(self, path: Path, *, cut: bool = False, layout: FileLayout = RECORDING_LAYOUT) -> None:
        self._layout = layout
        self.name = printable_path(path)
        self._cut = cut
        self._lock = threading.RLock()
        self.size = self._checked_size(path)
        self.minor = self._checked_header(path)
        with self._refusing():
            self._connection = self._open(path)
        try:
            self._check_schema()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; nothing can be read afterwards."""
        with self._lock:
            self._connection.close()
            self._forget_copy()

    # ------------------------------------------------------------------ before SQLite sees it

    def _refuse(self, what: str) -> RecordingError:
        return RecordingError(f"{self.name}: {what}")

    def _checked_size(self, path: Path) -> int:
        """Size of the file. A pipe or a device is not opened: reading from it could wait for ever."""
        try:
            found = os.stat(path)
            for ending in SQLITE_BESIDE:
                if os.path.lexists(f"{path}{ending}") and not stat.S_ISREG(os.stat(f"{path}{ending}").st_mode):
                    raise self._refuse("has something beside it that is no journal of its own")
        except OSError as error:
            raise self._refuse(f"cannot be read: {error.strerror}") from None
        except ValueError:
            raise self._refuse("is no name of a file") from None
        if stat.S_ISDIR(found.st_mode):
            raise self._refuse("is a folder, not a recording")
        if not stat.S_ISREG(found.st_mode):
            raise self._refuse("is no ordinary file")
        if found.st_size == 0:
            raise self._refuse("is empty")
        if found.st_size > MAX_FILE_BYTES:
            raise self._refuse(f"is too large ({found.st_size:,} bytes; allowed: {MAX_FILE_BYTES:,})")
        return found.st_size

    def _checked_header(self, path: Path) -> int:
        """Minor version of the format."""
        try:
            with path.open("rb") as file:
                header = file.read(100)
        except OSError as error:
            raise self._refuse(f"cannot be read: {error.strerror}") from None
        if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
            raise self._refuse("is no recording of nnsim")
        if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
            raise self._refuse("is an SQLite file, but no recording of nnsim")
        if header[18:20] != b"\1\1":
            raise self._refuse("keeps a write-ahead log, which a recording never does")
        major, minor = divmod(int.from_bytes(header[60:64], "big"), 1000)
        wanted = self._layout.major
        if FIGURES_MAJOR == major != wanted and minor <= FIGURES_MINOR:
            raise self._refuse("holds figures alone, of a run of another program: it has no scenario")
        if major > wanted:
            raise self._refuse(f"is of format {major}.{minor}, newer than this nnsim knows (allowed: {wanted}.x)")
        if major < 1:
            raise self._refuse(f"is of format {major}.{minor}, which there never was (allowed: {MAJOR}.x)")
        return minor

    # ------------------------------------------------------------------ opening

    def _open(self, path: Path) -> sqlite3.Connection:
        self._forget_copy = weakref.finalize(self, lambda: None)
        connection = self._connect(path)
        try:
            try:
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                    raise
                connection.close()
                connection = self._connect(self._rolled_back(path))
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except BaseException:
            connection.close()
            self._forget_copy()
            raise
        return connection

    def _rolled_back(self, path: Path) -> Path:
        """A copy without the transaction in which its writer died.

        The file itself stays as it is: it may be another person's, or lie in a folder that is read-only.
        """
        folder = Path(tempfile.mkdtemp(prefix="nnsim-"))
        self._forget_copy = weakref.finalize(self, partial(shutil.rmtree, folder, ignore_errors=True))
        copy = folder / "copy.nnsim"
        try:
            journal = Path(f"{path}-journal").read_bytes() if self._journal_fits(path) else b""
            # Such a journal has SQLite delete the file that it names once it is done.
            if not journal or journal.endswith(SUPER_JOURNAL):
                raise self._refuse("has a foreign journal beside it")
            shutil.copyfile(path, copy)
            Path(f"{copy}-journal").write_bytes(journal)
        except OSError as error:
            raise self._refuse(f"cannot be copied to roll it back: {error.strerror}") from None
        connection = sqlite3.connect(copy, isolation_level=None)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        finally:
            connection.close()
        self.size = self._checked_size(copy)
        self.minor = self._checked_header(copy)
        return copy

    def _journal_fits(self, path: Path) -> bool:
        # A flush changes a few pages of what was there before; what it adds is not in the journal.
        return os.stat(f"{path}-journal").st_size <= 256_000_000

    def _connect(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
        )
        for limit, most in LIMITS.items():
            connection.setlimit(limit, most)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BYTES + ROW_BYTES)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "query_only = ON"):
            connection.execute(f"PRAGMA {pragma}")
        if self._cut:  # else SQLite refuses a file that is shorter than it says; nothing can be written either way
            connection.execute("PRAGMA writable_schema = ON")
        connection.set_progress_handler(self._work, WORK_SLICE)
        self._left = WORK_LEAST
        return connection

    @contextmanager
    def impatient(self, busy_s: float) -> Iterator[None]:
        """Inside, wait no longer than this while a writer holds the file."""
        self._connection.execute(f"PRAGMA busy_timeout = {round(busy_s * 1000)}")
        try:
            yield
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {round(BUSY_S * 1000)}")

    def version(self) -> int:
        """A number that is another one after every transaction of another process."""
        with self._refusing():
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def allow(self, row_bytes: int) -> None:
        """Let a row take so many bytes."""
        with self._refusing():
            if row_bytes > self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, -1):
                self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, row_bytes)

    def _work(self) -> int:
        self._left -= WORK_SLICE
        return self._left < 0

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        with self._lock:
            self._left = WORK_LEAST + WORK_PER_BYTE * self.size
            try:
                yield
            except sqlite3.Error as error:
                if _code(error) == sqlite3.SQLITE_BUSY:
                    raise RecordingBusy(f"{self.name}: {_reason(error)}") from None
                if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_ROLLBACK:
                    raise RecordingCutOff(f"{self.name}: {_reason(error)}") from None
                raise self._refuse(_reason(error)) from None
            except UnicodeDecodeError:  # SQLite quotes a broken name in its message, which Python then cannot read
                raise self._refuse("is damaged: a name in it is no text") from None
            except MemoryError:
                raise self._refuse("is damaged: asks for too much memory") from None

    def _check_schema(self) -> None:
        with self._refusing():
            found = self._connection.execute(
                "SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT 100"
            ).fetchall()
        tables = self._layout.tables_of(self.minor)
        expected = {row for table in tables for row in _objects(table)}
        for one in sorted(expected - set(found)):
            raise self._refuse(f"is no sound recording: its table {one[2]} is missing or altered")
        own = {table.name for table in tables}
        for kind, _, table, sql in set(found) - expected:
            # A newer minor version may add tables, and nothing but tables.
            plain = kind == "table" and isinstance(sql, str) and sql.startswith("CREATE TABLE ")
            automatic = kind == "index" and sql is None and table not in own
            if self.minor <= self._layout.minor or not (plain or automatic):
                raise self._refuse(f"is no sound recording: it holds a foreign {_kind(kind)}")

    # ------------------------------------------------------------------ reading

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Everything read inside stands as it did at one moment, though another process goes on writing."""
        with self._refusing():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def rows(
        self, table: Table, what: str, where: str = "TRUE", values: Sequence[Value] = (), most: int = 100_000
    ) -> list[Row]:
        """Checked rows in the order of their keys. Args: what: names them in errors. most: how many are allowed."""
        found: list[Row] = []
        with self._refusing():
            for row in self._connection.execute(table.select(where), values):
                if not table.intact(row):
                    raise self._refuse(f"{what} are damaged (checksum)")
                if len(found) == most:
                    raise self._refuse(f"{what} are too many (allowed: {most:,})")
                found.append(row)
        return found

    def sound_rows(
        self, table: Table, where: str = "TRUE", values: Sequence[Value] = (), most: int = 100_000
    ) -> list[Row]:
        """The rows that are intact, in the order of their keys, and as many of them as can be reached."""
        found: dict[Row, Row] = {}
        backwards = ", ".join(f"{one.name} DESC" for one in table.columns[: table.key])
        for order in ("", backwards):  # a page that cannot be read ends the one, and is come to from behind
            try:
                with self._refusing():
                    for row in self._connection.execute(f"{table.select(where, order)} LIMIT {most}", values):
                        if table.intact(row):
                            found[row[: table.key]] = row
                break
            except RecordingBusy:
                raise
            except RecordingError:
                continue
        return [found[key] for key in sorted(found)][:most]

    def intact(self, table: Table) -> bool:
        """Whether all rows of a table can be read and have their checksums."""
        try:
            with self._refusing():
                return all(map(table.intact, self._connection.execute(table.select())))
        except RecordingBusy:
            raise
        except RecordingError:
            return False

    def last(self, table: Table, what: str, where: str, values: Sequence[Value]) -> Row:
        """The checked row with the largest key of those that fit."""
        order = ", ".join(f"{one.name} DESC" for one in table.columns[: table.key])
        with self._refusing():
            row = self._connection.execute(f"{table.select(where, order)} LIMIT 1", values).fetchone()
        if row is None:
            raise self._refuse(f"{what} missing")
        if not table.intact(row):
            raise self._refuse(f"{what} damaged (checksum)")
        return tuple(row)

    def column(self, sql: str, values: Sequence[Value], most: int) -> list[object]:
        """First values of so many rows at most, unchecked."""
        with self._refusing():
            return [row[0] for row in self._connection.execute(f"{sql} LIMIT {most}", values)]

    @property
    def has_facts(self) -> bool:
        """Whether the file's version of the format has the table of facts."""
        return self.minor >= FACTS_SINCE

    def content_hash(self) -> str:
        """The hash of all content but the facts."""
        with self._refusing():
            return content_hash(self._connection)

    def hash_by(self, compute: Callable[[sqlite3.Connection], str]) -> str:
        """A hash of the content, computed from the connection."""
        with self._refusing():
            return compute(self._connection)

    def facts_hash(self) -> str:
        """The hash of the facts."""
        with self._refusing():
            return content_hash(self._connection, [FACTS])


def _kind(kind: object) -> str:
    return str(kind) if kind in ("view", "trigger", "index", "table") else "object"


def _objects(table: Table) -> list[tuple[str, str, str, str | None]]:
    """What SQLite's schema says of a table."""
    rows: list[tuple[str, str, str, str | None]] = [("table", table.name, table.name, table.sql)]
    if table.indexed:
        rows.append(("index", f"sqlite_autoindex_{table.name}_1", table.name, None))
    return rows


def _code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _reason(error: sqlite3.Error) -> str:
    reasons = {
        sqlite3.SQLITE_NOTADB: "is no recording of nnsim",
        sqlite3.SQLITE_READONLY: "was being written when its writer was cut off",
        sqlite3.SQLITE_BUSY: "is held by another program",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened",
        sqlite3.SQLITE_INTERRUPT: "is damaged: its tables lead in circles",
        sqlite3.SQLITE_TOOBIG: "is damaged: a value is larger than it may be",
        sqlite3.SQLITE_IOERR: "cannot be read: the disk refused it",
    }
    if "closed" in str(error):
        return "is closed"
    return reasons.get(_code(error), "is damaged: its tables cannot be read")
