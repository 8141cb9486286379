"""Makes damaged and hostile recordings out of a sound one, and reads all of a file as a screen would."""

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np

from nnsim.recording import Recording, describe, open_recording
from nnsim.recording.checksummed_tables import Table
from nnsim.recording.format import MINOR, tables_of
from nnsim.timeline.replica import Replica

PAGE = 4096
ALL_TABLES = tables_of(MINOR)
HUGE = (-1, 0, 1, 63, 64, 4095, 4096, 4097, 65_536, 10**9, 2**31, 2**53, 2**63 - 1, -(2**63))


def read_all(path: Path) -> None:
    """Open a recording and look at everything in it."""
    with open_recording(path) as recording:
        for timeline in recording.timelines:
            for series in timeline.series.values():
                series.envelope(0, len(series), 80)
                series.values(0, len(series))
            timeline.record(timeline.length)
            assert len(list(timeline.checkpoints)) == len(timeline.checkpoints)
            if timeline.plan.network.size < 5000:
                replica = Replica(timeline)
                for step in (timeline.length, timeline.length // 2, 0):
                    replica.at(step)
    describe(path)


def read_left(path: Path) -> list[str]:
    """Open what is left of a recording and look at all of it.  Returns: what is said of the rest."""
    with open_recording(path, "gaps") as recording:
        look_at(recording)
        return recording.damage


def look_at(recording: Recording) -> None:
    """Look at all figures and checkpoints."""
    for timeline in recording.timelines:
        for series in timeline.series.values():
            series.values(0, len(series))
            series.blocks(0, len(series))
            series.envelope(0, len(series), 80)
        assert len(list(timeline.checkpoints)) == len(timeline.checkpoints)


def damage(sound: bytes, path: Path, random: Random) -> str:
    """Write one damaged file; returns what was done to it."""
    kind = random.choice(sorted(_KINDS))
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    _KINDS[kind](sound, path, random)
    return kind


# ------------------------------------------------------------------ bytes


def _flip(sound: bytes, path: Path, random: Random) -> None:
    data = bytearray(sound)
    for _ in range(random.choice((1, 1, 2, 16, 200))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    path.write_bytes(data)


def _flip_in_header(sound: bytes, path: Path, random: Random) -> None:
    data = bytearray(sound)
    data[random.randrange(220)] = random.randrange(256)
    path.write_bytes(data)


def _cut(sound: bytes, path: Path, random: Random) -> None:
    size = random.choice((0, 1, 99, 100, PAGE, random.randrange(len(sound)), random.randrange(len(sound))))
    path.write_bytes(sound[:size])


def _zero(sound: bytes, path: Path, random: Random) -> None:
    data = bytearray(sound)
    start, count = random.randrange(len(data)), random.choice((1, 8, 512, PAGE, 3 * PAGE))
    data[start : start + count] = bytes(len(data[start : start + count]))
    path.write_bytes(data)


def _append(sound: bytes, path: Path, random: Random) -> None:
    path.write_bytes(sound + random.randbytes(random.choice((1, 100, PAGE, 5 * PAGE))))


def _garbage(sound: bytes, path: Path, random: Random) -> None:
    path.write_bytes(sound[: random.choice((0, 16, 100))] + random.randbytes(random.randrange(1, 50_000)))


def _swap_pages(sound: bytes, path: Path, random: Random) -> None:
    pages = [sound[i : i + PAGE] for i in range(0, len(sound), PAGE)]
    one, other = random.randrange(len(pages)), random.randrange(len(pages))
    pages[one] = pages[other]
    path.write_bytes(b"".join(pages))


def _circle(sound: bytes, path: Path, random: Random) -> None:
    """Interior pages whose children are all the page itself, or one another."""
    pages = [bytearray(sound[i : i + PAGE]) for i in range(0, len(sound), PAGE)]
    for number in random.sample(range(1, len(pages)), min(3, len(pages) - 1)):
        page = bytearray(PAGE)
        cells = 400
        page[0:12] = b"\x05\0\0" + cells.to_bytes(2, "big") + (PAGE - 6).to_bytes(2, "big") + b"\0"
        page[8:12] = (number + 1).to_bytes(4, "big")
        page[PAGE - 6 :] = random.randrange(1, len(pages) + 1).to_bytes(4, "big") + b"\x81\x01"
        for cell in range(cells):
            page[12 + 2 * cell : 14 + 2 * cell] = (PAGE - 6).to_bytes(2, "big")
        pages[number] = page
    path.write_bytes(b"".join(pages))


def _journal(sound: bytes, path: Path, random: Random) -> None:
    """A journal beside it that wants to be rolled back into it."""
    path.write_bytes(sound)
    count = random.randrange(1, 4)
    header = bytes.fromhex("d9d505f920a163d7") + b"".join(
        value.to_bytes(4, "big") for value in (count, 7, random.choice((1, len(sound) // PAGE, 2**31)), 512, PAGE)
    )
    records = b""
    for _ in range(count):
        page = random.randbytes(PAGE)
        total = (7 + sum(page[i] for i in range(PAGE - 200, 0, -200))) & 0xFFFFFFFF
        records += random.randrange(1, 20).to_bytes(4, "big") + page + total.to_bytes(4, "big")
    end = b""
    if random.random() < 0.3:
        name = str(path).encode()
        end = name + len(name).to_bytes(4, "big") + (sum(name) & 0xFFFFFFFF).to_bytes(4, "big") + header[:8]
    path.with_name(f"{path.name}-journal").write_bytes(header.ljust(512, b"\0") + records + end)


# ------------------------------------------------------------------ rows, with or without a checksum that fits


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _edit(sound: bytes, path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    path.write_bytes(sound)
    connection = _connect(path)
    try:
        for statement in statements:
            connection.execute(statement, values)
    finally:
        connection.close()


def forge(path: Path, table: Table, change: Callable[[list[object]], None], random: Random | None = None) -> None:
    """Change one row of a recording and give it a checksum that fits."""
    connection = _connect(path)
    try:
        rows = connection.execute(f"SELECT rowid, * FROM {table.name}").fetchall()
        if not rows:
            return
        rowid, *values = rows[-1] if random is None else random.choice(rows)
        new = values[:-1]
        change(new)
        crc = table.checksum(new)  # type: ignore[arg-type]
        names = ", ".join(f"{one.name} = ?" for one in table.columns)
        with suppress(sqlite3.IntegrityError):  # a STRICT table keeps some of them out
            connection.execute(
                f"UPDATE OR REPLACE {table.name} SET {names}, crc = ? WHERE rowid = ?", (*new, crc, rowid)
            )
    finally:
        connection.close()


def _strange(value: object, random: Random) -> object:
    if isinstance(value, int):
        return random.choice((*HUGE, value + 1, value - 1, value * 2))
    if isinstance(value, str):
        at = random.randrange(len(value) + 1)
        what = random.choice(
            ("", "\x1b]52;c;eA==\x07", "\u202e", "[" * 5000, "9" * 400, "null", "\n", "{}", "1e999")
        )
        return random.choice((value[:at] + what + value[at + 1 :], what, value[:at]))
    if isinstance(value, bytes):
        bomb = zlib.compress(bytes(50_000_000), 9)[: 9 * 4096]
        some = random.randbytes(random.randrange(200))
        return random.choice((b"", some, value[:-1], value + b"\0", zlib.compress(some), bomb, bytes(len(value))))
    return random.choice((None, 0, "x"))


def _forged(sound: bytes, path: Path, random: Random) -> None:
    """Values out of all range, with checksums that fit."""
    path.write_bytes(sound)
    for _ in range(random.choice((1, 1, 1, 4))):

        def change(values: list[object]) -> None:
            at = random.randrange(len(values))
            values[at] = _strange(values[at], random)

        forge(path, random.choice(ALL_TABLES), change, random)


def _forged_scenario(sound: bytes, path: Path, random: Random) -> None:
    path.write_bytes(sound)

    def change(values: list[object]) -> None:
        if values[0] == "scenario":
            lines = str(values[1]).splitlines()
            at = random.randrange(len(lines))
            lines[at] = random.choice(("", lines[at][:-1], lines[at] + "0", lines[random.randrange(len(lines))]))
            values[1] = "\n".join(lines)

    for _ in range(8):
        forge(path, ALL_TABLES[0], change, random)


def _altered(sound: bytes, path: Path, random: Random) -> None:
    """A changed row whose checksum no longer fits."""
    table = random.choice(ALL_TABLES)
    column = random.choice(table.columns)
    new = {"INTEGER": f"{column.name} + 1", "TEXT": f"{column.name} || ' '", "BLOB": "zeroblob(30)"}[column.kind]
    _edit(sound, path, f"UPDATE OR IGNORE {table.name} SET {column.name} = {new}")


def _removed(sound: bytes, path: Path, random: Random) -> None:
    table = random.choice(ALL_TABLES).name
    _edit(sound, path, f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} ORDER BY random() LIMIT 1)")


def _strewn(sound: bytes, path: Path, random: Random) -> None:
    """Rows that belong to no run or series."""
    path.write_bytes(sound)
    table = random.choice(ALL_TABLES)
    connection = _connect(path)
    try:
        for _ in range(50):
            values: list[object] = []
            for one in table.columns:
                number = random.choice((0, 1, random.randrange(100)))
                values.append({"INTEGER": number, "TEXT": str(number), "BLOB": random.randbytes(number)}[one.kind])
            crc = table.checksum(values)  # type: ignore[arg-type]
            connection.execute(table.insert, (*values, crc))
    finally:
        connection.close()


# ------------------------------------------------------------------ schemas

_ENDLESS = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r)"
SCHEMAS = (
    f"DROP TABLE meta; CREATE VIEW meta AS {_ENDLESS} SELECT 'a' AS key, 'b' AS value, i AS crc FROM r",
    f"DROP TABLE segments; CREATE VIEW segments AS {_ENDLESS} SELECT 0 AS series, i AS chunk FROM r",
    f"CREATE VIEW extra AS {_ENDLESS} SELECT i FROM r",
    "CREATE TRIGGER extra AFTER INSERT ON meta BEGIN DELETE FROM runs; END",
    "CREATE INDEX extra ON meta(value)",
    "CREATE INDEX extra ON segments(abs(count))",
    "CREATE TABLE extra (a)",
    "CREATE TABLE extra (a, b AS (zeroblob(900000000)))",
    "CREATE VIRTUAL TABLE extra USING fts5(a)",
    "CREATE VIRTUAL TABLE extra USING rtree(a, b, c)",
    "DROP TABLE marks",
    "ALTER TABLE marks RENAME TO marks2",
    "ALTER TABLE marks ADD COLUMN more TEXT",
    "DROP TABLE runs; CREATE TABLE runs (run, variant)",
    "DROP TABLE runs; CREATE TABLE runs (run INTEGER PRIMARY KEY, variant AS (zeroblob(900000000)))",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = sql || ' ' WHERE name = 'marks'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'x' WHERE name = 'marks'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 2",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 100000000 WHERE name = 'marks'",
    "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'CREATE', printf('%.*c', 90000, 32))",
    "PRAGMA application_id = 1",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 2000",
    "PRAGMA user_version = -1",
    "PRAGMA journal_mode = WAL",
)


def with_schema(sound: bytes, path: Path, script: str) -> None:
    """A recording whose schema was changed by a script."""
    path.write_bytes(sound)
    connection = _connect(path)
    try:
        connection.executescript(script)
    finally:
        connection.close()


def _schema(sound: bytes, path: Path, random: Random) -> None:
    with_schema(sound, path, random.choice(SCHEMAS))


_KINDS: dict[str, Callable[[bytes, Path, Random], None]] = {
    "altered": _altered,
    "appended": _append,
    "circles": _circle,
    "cut": _cut,
    "flipped": _flip,
    "flipped in the header": _flip_in_header,
    "forged": _forged,
    "forged scenario": _forged_scenario,
    "garbage": _garbage,
    "journal": _journal,
    "pages swapped": _swap_pages,
    "removed": _removed,
    "schema": _schema,
    "strewn": _strewn,
    "zeroed": _zero,
}


def flipped_bits(size: int, count: int, seed: int) -> Iterator[tuple[int, int]]:
    """So many places and bits of a file."""
    rng = np.random.default_rng(seed)
    for place in rng.integers(0, size, count):
        yield int(place), int(rng.integers(8))
