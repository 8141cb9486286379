"""Tables of SQLite in which every row has a checksum, and every column what it may hold.

Needs Python alone, so that a program which trains something can write them.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Value = int | str | bytes | None
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """A column: an INTEGER from 0 to `most`, a TEXT of so many characters or a BLOB of so many bytes at most."""

    name: str
    kind: Literal["INTEGER", "TEXT", "BLOB"]
    most: int
    optional: bool = False

    @property
    def sql(self) -> str:
        return f"{self.name} {self.kind}{'' if self.optional else ' NOT NULL'}"

    def holds(self, value: object) -> bool:
        """Whether a value may stand here."""
        if value is None:
            return self.optional
        if self.kind == "INTEGER":
            return type(value) is int and 0 <= value <= self.most
        wanted = str if self.kind == "TEXT" else bytes
        return isinstance(value, wanted) and len(value) <= self.most


@dataclass(frozen=True)
class Table:
    """A STRICT table; `key` counts the leading columns that tell its rows apart, a checksum is the last column."""

    name: str
    columns: tuple[Column, ...]
    key: int = 1

    @property
    def sql(self) -> str:
        """The statement that makes it, to the letter."""
        columns = ", ".join(one.sql for one in (*self.columns, _CRC))
        return f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({self._keys})) STRICT"

    @property
    def indexed(self) -> bool:
        """Whether SQLite keeps an index of its keys; a single whole number is the place of the row itself."""
        return self.key > 1 or self.columns[0].kind != "INTEGER"

    @property
    def insert(self) -> str:
        places = ", ".join("?" * (len(self.columns) + 1))
        return f"INSERT OR REPLACE INTO {self.name} VALUES ({places})"

    def select(self, where: str = "TRUE", order: str = "") -> str:
        """A query for whole rows, in the order of their keys."""
        names = ", ".join(one.name for one in (*self.columns, _CRC))
        return f"SELECT {names} FROM {self.name} WHERE {where} ORDER BY {order or self._keys}"

    @property
    def _keys(self) -> str:
        return ", ".join(one.name for one in self.columns[: self.key])

    def row(self, *values: Value) -> Row:
        """The values with their checksum behind them.

        Raises: ValueError naming the column that cannot hold its value.
        """
        for column, value in zip(self.columns, values, strict=True):
            if not column.holds(value):
                raise ValueError(f"{self.name}.{column.name}")
        return (*values, self.checksum(values))

    def intact(self, row: Row) -> bool:
        """Whether a row has its checksum, and every column what it may hold."""
        values = row[:-1]
        holds = all(column.holds(value) for column, value in zip(self.columns, values, strict=True))
        return holds and _CRC.holds(row[-1]) and self.checksum(values) == row[-1]

    def checksum(self, values: Iterable[Value]) -> int:
        """The CRC-32 of a row's content."""
        crc = 0
        for piece in self.content(values):
            crc = zlib.crc32(piece, crc)
        return crc

    def content(self, values: Iterable[Value]) -> Iterator[bytes]:
        """The bytes that checksums are taken over: the table's name, then each value with its type and length.

        In pieces, since a checkpoint may be large and need not be copied for this.
        """
        yield b"%d:%s" % (len(self.name), self.name.encode())
        for value in values:
            if value is None:
                yield b"n"
            elif isinstance(value, int):
                yield b"i%d:" % value
            else:
                data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
                yield b"%s%d:" % (b"t" if isinstance(value, str) else b"b", len(data))
                yield data


_CRC = Column("crc", "INTEGER", 2**32 - 1)
