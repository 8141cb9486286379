"""Makes lies out of a true recording, with checksums and a hash that fit: only training again tells them."""

import sqlite3
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from nnsim.recording.checksummed_tables import Table
from nnsim.recording.format import FACTS, HASH_KEY, META, content_hash
from nnsim.recording.packing import pack, unpack

Change = Callable[[list[Any]], object]


def rehash(path: Path, *statements: str) -> None:
    """Change a recording, and give it a hash that fits."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.execute(META.insert, META.row(HASH_KEY, content_hash(connection)))
    connection.close()


def forge_facts(path: Path, **facts: str) -> None:
    """Change facts of a recording, and give them a hash that fits."""
    connection = sqlite3.connect(path, isolation_level=None)
    for key, value in facts.items():
        connection.execute(FACTS.insert, FACTS.row(key, value))
    connection.execute(FACTS.insert, FACTS.row(HASH_KEY, content_hash(connection, [FACTS])))
    connection.close()


def forge_first(path: Path, table: Table, change: Change, where: str = "TRUE") -> None:
    """Change the first row that fits, with its checksum."""
    connection = sqlite3.connect(path, isolation_level=None)
    row = list(connection.execute(table.select(where)).fetchone()[:-1])
    change(row)
    connection.execute(table.insert, table.row(*row))
    connection.close()


def in_segment(place: int, by: float) -> Change:
    """Add to one value of a segment."""

    def change(row: list[Any]) -> None:
        values = unpack(row[3], row[2])
        values[place] += by
        row[3] = pack(values)

    return change


def next_weight(row: list[Any]) -> None:
    """Make the fourth parameter of a checkpoint the next larger number."""
    parameters = np.frombuffer(row[2]).copy()
    parameters[3] = np.nextafter(parameters[3], inf)
    row[2] = parameters.tobytes()


def in_weight(by: float) -> Change:
    """Add to the first parameter of a checkpoint."""

    def change(row: list[Any]) -> None:
        parameters = np.frombuffer(row[2]).copy()
        parameters[0] += by
        row[2] = parameters.tobytes()

    return change
