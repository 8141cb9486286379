"""The format of recordings that hold figures alone: runs of other programs, imported, or recorded by themselves.

Such a file is SQLite as every recording, with checksums in its rows, under major version 2 of the format. A point
of a figure is its step and its value; points lie in chunks, in the order in which they were logged.
`docs/recording-format.md` is the specification. Needs NumPy and Python alone.
"""

import hashlib
import sqlite3
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array
from nnsim.recording.checksummed_tables import Column, Row, Table
from nnsim.recording.packing import pack, unpack

APPLICATION_ID = 0x4E4E5331  # "NNS1", as of all recordings
FIGURES_MAJOR, FIGURES_MINOR = 2, 0
FIGURES_VERSION = FIGURES_MAJOR * 1000 + FIGURES_MINOR
POINTS_AT_ONCE = 4096  # of a chunk
LARGEST_STEP = 2**53
MOST_RUNS = 1_000
MOST_FIGURES = 100_000  # of a file
MOST_MARKS = 10_000  # of a run
MOST_HISTOGRAMS = 20_000  # of a run
LONGEST_NAME = 200
LARGEST_CHUNK = 9 * POINTS_AT_ONCE + 1_000  # bytes of a packed column
WRITER, CLOSED = "writer", "sha256"  # keys of the meta data: while it is written, and since it is whole

_RUN = Column("run", "INTEGER", MOST_RUNS - 1)
_FIGURE = Column("figure", "INTEGER", MOST_FIGURES - 1)

LOG_META = Table("meta", (Column("key", "TEXT", 40), Column("value", "TEXT", 100_000)))
LOG_RUNS = Table(
    "runs",
    (
        _RUN,
        Column("name", "TEXT", LONGEST_NAME),
        Column("source", "TEXT", LONGEST_NAME),
        Column("unit", "TEXT", 20),
        Column("steps_per_epoch", "INTEGER", LARGEST_STEP),
        Column("settings", "TEXT", 1_000_000),
        Column("remarks", "TEXT", 1_000_000),
        Column("stop_reason", "TEXT", 40, optional=True),
        Column("stop_step", "INTEGER", LARGEST_STEP, optional=True),
        Column("stop_message", "TEXT", 1000, optional=True),
    ),
)
LOG_FIGURES = Table(
    "figures",
    (_FIGURE, _RUN, Column("name", "TEXT", LONGEST_NAME), Column("count", "INTEGER", LARGEST_STEP)),
)
LOG_POINTS = Table(
    "points",
    (
        _FIGURE,
        Column("chunk", "INTEGER", LARGEST_STEP),
        Column("count", "INTEGER", POINTS_AT_ONCE),
        Column("steps", "BLOB", LARGEST_CHUNK),
        Column("data", "BLOB", LARGEST_CHUNK),
    ),
    key=2,
)
LOG_MARKS = Table(
    "marks",
    (
        _RUN,
        Column("number", "INTEGER", MOST_MARKS - 1),
        Column("step", "INTEGER", LARGEST_STEP),
        Column("kind", "TEXT", 40),
        Column("text", "TEXT", 1000),
    ),
    key=2,
)
LOG_HISTOGRAMS = Table(
    "histograms",
    (
        _RUN,
        Column("number", "INTEGER", MOST_HISTOGRAMS - 1),
        Column("name", "TEXT", LONGEST_NAME),
        Column("step", "INTEGER", LARGEST_STEP),
        Column("bins", "INTEGER", 1_000_000),
        Column("edges", "BLOB", 10_000_000),
        Column("counts", "BLOB", 10_000_000),
    ),
    key=2,
)
LOG_TABLES = (LOG_META, LOG_RUNS, LOG_FIGURES, LOG_POINTS, LOG_MARKS, LOG_HISTOGRAMS)


def packed_points(figure: int, chunk: int, steps: npt.NDArray[np.int64], values: Array) -> Row:
    """The row of a chunk of points; of steps the differences are packed, which are mostly alike."""
    apart = np.diff(steps, prepend=np.int64(0)).astype(np.float64)
    return LOG_POINTS.row(figure, chunk, len(steps), pack(apart), pack(values))


def unpacked_points(row: Row) -> tuple[npt.NDArray[np.int64], Array]:
    """The steps and values of a row of points.  Raises: ValueError where they are damaged."""
    _, _, count, steps, values, _ = row
    apart = unpack(steps, count)
    if not np.isfinite(apart).all() or np.abs(apart).max(initial=0.0) > LARGEST_STEP:
        raise ValueError("steps")
    return np.cumsum(apart.astype(np.int64)), unpack(values, count)


def figures_hash(connection: sqlite3.Connection) -> str:
    """SHA-256 over every row of the file, in the order of their keys; but for the hash itself."""
    digest = hashlib.sha256()
    for table in LOG_TABLES:
        for row in connection.execute(table.select()):
            if table is not LOG_META or row[0] not in (CLOSED, WRITER):
                for piece in table.content(row[:-1]):
                    digest.update(piece)
    return digest.hexdigest()


def holds_figures_alone(path: Path) -> bool:
    """Whether a file begins as a recording of figures alone does."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError:
        return False
    own = header.startswith(b"SQLite format 3\0") and header[68:72] == APPLICATION_ID.to_bytes(4, "big")
    return own and int.from_bytes(header[60:64], "big") // 1000 == FIGURES_MAJOR
