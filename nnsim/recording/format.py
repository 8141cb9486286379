"""The file format: its tables, what each column may hold, and the checksum of a row.

`docs/recording-format.md` is the specification; this is the same in code, used by the writer and the reader alike.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from nnsim.recording.checksummed_tables import Column, Table
from nnsim.scenario.planner import MAX_PARAMETERS, MAX_STEPS
from nnsim.scenario.scenario import MAX_BYTES
from nnsim.timeline.series import BLOCK, CHUNK

APPLICATION_ID = 0x4E4E5331  # "NNS1"
MAJOR, MINOR = 1, 3
VERSION = MAJOR * 1000 + MINOR  # SQLite's user_version

PART_CHUNKS = 16  # chunks whose extremes lie together in one row, so that few rows are read to draw a long run
PART_BLOCKS = PART_CHUNKS * CHUNK // BLOCK

MAX_FILE_BYTES = 2**32
MAX_DATA = 40_000_000  # characters of the scenario's data files, packed: Fashion-MNIST takes 35 million
MAX_RUNS = 256
MAX_SERIES = 256  # a run's: 64 layers, and the figures of the whole network
MAX_COMMANDS = 10_000  # a run's, and as many marks
MAX_ANSWERS = 300
MAX_CHECKPOINTS = 2_000_000
MAX_ARRAY_BYTES = MAX_PARAMETERS * 8 * 4


def _step(name: str = "step", optional: bool = False) -> Column:
    return Column(name, "INTEGER", MAX_STEPS, optional)


_RUN = Column("run", "INTEGER", MAX_RUNS - 1)
_SERIES = Column("series", "INTEGER", MAX_RUNS * MAX_SERIES - 1)
_NUMBER = Column("number", "INTEGER", MAX_COMMANDS - 1)

META = Table("meta", (Column("key", "TEXT", 40), Column("value", "TEXT", max(MAX_BYTES, MAX_DATA))))
RUNS = Table(
    "runs",
    (
        _RUN,
        Column("variant", "TEXT", 40),
        Column("settings", "TEXT", 1_000_000),
        _step("steps_per_epoch"),
        _step("length"),
        Column("spacing", "INTEGER", 2**40),
        Column("commands", "INTEGER", MAX_COMMANDS),
        Column("marks", "INTEGER", MAX_COMMANDS),
        Column("stop_reason", "TEXT", 40, optional=True),
        _step("stop_step", optional=True),
        Column("stop_message", "TEXT", 1000, optional=True),
        Column("parent", "INTEGER", MAX_RUNS - 1, optional=True),
        _step("parent_step", optional=True),
    ),
)
SERIES = Table(
    "series", (_SERIES, _RUN, Column("name", "TEXT", 80), _step("stride"), Column("count", "INTEGER", MAX_STEPS))
)
SUMMARIES = Table(
    "summaries",
    (_SERIES, Column("part", "INTEGER", MAX_STEPS), Column("extremes", "BLOB", 16 * PART_BLOCKS)),
    key=2,
)
SEGMENTS = Table(
    "segments",
    (
        _SERIES,
        Column("chunk", "INTEGER", MAX_STEPS),
        Column("count", "INTEGER", CHUNK),
        Column("data", "BLOB", 9 * CHUNK),
    ),
    key=2,
)
CHECKPOINTS = Table(
    "checkpoints",
    (
        _RUN,
        _step(),
        Column("parameters", "BLOB", MAX_ARRAY_BYTES),
        Column("slots", "BLOB", MAX_ARRAY_BYTES),
        Column("random", "TEXT", 1000),
        Column("random_key", "BLOB", 2 * 624 * 4),
    ),
    key=2,
)
COMMANDS = Table(
    "commands", (_RUN, _NUMBER, _step(), Column("key", "TEXT", 200), Column("value", "TEXT", 65_536)), key=2
)
MARKS = Table("marks", (_RUN, _NUMBER, _step(), Column("kind", "TEXT", 40), Column("text", "TEXT", 1000)), key=2)

FACTS = Table("facts", (Column("key", "TEXT", 40), Column("value", "TEXT", 65_536)))

TABLES = (
    META,
    RUNS,
    SERIES,
    SUMMARIES,
    SEGMENTS,
    CHECKPOINTS,
    COMMANDS,
    MARKS,
)  # those that `sha256` of meta covers
FACTS_SINCE = 3  # the minor version that has brought the table of facts, which has a hash of its own
WRITER_KEY = "writer"  # in meta, until the recording is closed
ANSWERS_KEY = "answers"  # in meta, where any was given to the lesson
PAGE_KEY = "page"  # in meta, where the writer looks at a page of the lesson, from 1: who watches is shown it
LEFT_KEY = "left"  # in meta, where the writer says which runs it shows no more
DATA_KEY = "files"  # in meta, where the scenario reads any; the one value that may be longer than a scenario
HASH_KEY = "sha256"  # in meta, and in facts; the one row that the hash of its tables does not cover


def tables_of(minor: int) -> tuple[Table, ...]:
    """The tables that a recording of a minor version has."""
    return (*TABLES, FACTS) if minor >= FACTS_SINCE else TABLES


def content_hash(connection: sqlite3.Connection, tables: Iterable[Table] = TABLES) -> str:
    """SHA-256 over every row of these tables, in the order of their keys; but for the hash itself."""
    digest = hashlib.sha256()
    for table in tables:
        for row in connection.execute(table.select()):
            if table not in (META, FACTS) or row[0] != HASH_KEY:
                for piece in table.content(row[:-1]):
                    digest.update(piece)
    return digest.hexdigest()


def is_recording(path: Path) -> bool:
    """Whether a file begins as a recording does."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError:
        return False
    return header.startswith(b"SQLite format 3\0") and header[68:72] == APPLICATION_ID.to_bytes(4, "big")
