"""wandb's offline `.wandb` files: records in blocks of 32 KiB, as LevelDB's logs have them, with messages in them.

A fragment has a CRC-32 of its kind and content, their length, and whether it is a whole record, or its first,
middle or last part. Figures are JSON, in which NaN and infinities are bare words.
Reference: wandb/core/internal/transactionlog; wandb/proto/wandb_internal.proto.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nnsim.errors import NnsimError
from nnsim.logs.logged_run import LARGEST_STEP, LoggedRun
from nnsim.logs.protobuf import fields, number, signed, text
from nnsim.logs.rows import LogRows, flat
from nnsim.text import clean_line
from nnsim.training.records import Stop

SOURCE = "wandb offline file"
MAGIC = b":W&B"
BLOCK = 32_768
FRAGMENT = struct.Struct("<IHB")  # checksum, length, kind
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4
HISTORY, CONFIG, RUN, EXIT = 2, 5, 17, 18  # kinds of records, by the numbers of their fields
LARGEST = 2**33
LARGEST_RECORD = 64_000_000
OWN = "_"  # wandb's own figures and settings begin with it


def recognises(path: Path) -> bool:
    """Whether a file begins as wandb's do."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def read(path: Path, run: LoggedRun) -> None:
    """Takes a file into a run.  Raises: NnsimError where it is too large."""
    if (size := path.stat().st_size) > LARGEST:
        raise NnsimError(f"{clean_line(str(path))}: is too large ({size:,} bytes; allowed: {LARGEST:,})")
    run.source = SOURCE
    rows = LogRows(run, "_step", None)
    ended = False
    for record in _records(path, run):
        try:
            for key, content, _ in fields(record):
                if not isinstance(content, bytes):
                    continue
                if key == HISTORY:
                    cells = _history(content)
                    if isinstance(cells.get("_step"), int) and cells["_step"] <= LARGEST_STEP:
                        rows.take(f"step {cells['_step']:,}", cells)
                elif key == CONFIG:
                    _take_config(run, content)
                elif key == RUN:
                    for inner, one, _ in fields(content):
                        if inner == 4 and isinstance(one, bytes):
                            _take_config(run, one)
                        elif inner == 8 and text(one):
                            run.name = clean_line(text(one), 100)
                elif key == EXIT:
                    ended = True
        except ValueError:
            run.damage.append("a record is no message of wandb's and left out")
    rows.end()
    last = run.last_step
    if ended and last is not None:
        run.stop = Stop("epochs", last, "the run is finished")


def _records(path: Path, run: LoggedRun) -> Iterator[bytes]:
    """The records of a file, without those that are damaged or cut off, which the run is told of."""
    with path.open("rb") as file:
        file.read(7)  # the magic number, and a version
        place, parts, broken = 7, list[bytes](), False
        while block := file.read(BLOCK - place % BLOCK):
            at = 0
            while len(block) - at >= FRAGMENT.size:
                stated, length, kind = FRAGMENT.unpack_from(block, at)
                content = block[at + FRAGMENT.size : at + FRAGMENT.size + length]
                if kind == 0 and length == 0:  # room that was left empty
                    break
                if len(content) < length:
                    if place + len(block) >= path.stat().st_size:
                        run.remark("the last record is cut off: wandb writes what it holds in blocks of 32 KiB")
                    else:
                        run.damage.append(f"the block at byte {place:,} is damaged, and its rest left out")
                    broken, parts = True, []
                    break
                if zlib.crc32(content, zlib.crc32(bytes([kind]))) != stated:
                    run.damage.append(f"the record at byte {place + at:,} is damaged (checksum) and left out")
                    broken, parts = True, []
                elif kind in (WHOLE, FIRST):
                    parts, broken = [content], False
                elif not broken:
                    parts.append(content)
                if kind in (WHOLE, LAST) and parts and not broken:
                    yield b"".join(parts)
                    parts = []
                if sum(map(len, parts)) > LARGEST_RECORD:
                    raise NnsimError(f"{clean_line(str(path))}: has a record of over {LARGEST_RECORD:,} bytes")
                at += FRAGMENT.size + length
            place += len(block)
        if parts:
            run.remark("the last record is cut off: wandb writes what it holds in blocks of 32 KiB")


def _history(content: bytes) -> dict[str, Any]:
    """The figures of a step, with the step itself as `_step`."""
    cells: dict[str, Any] = {}
    for key, one, _ in fields(content):
        if key == 1 and isinstance(one, bytes):
            name, value = _item(one)
            cells.update(flat({name: value}))
        elif key == 2 and isinstance(one, bytes):
            cells["_step"] = next((signed(each) for inner, each, _ in fields(one) if inner == 1), 0)
    step = cells.get("_step")
    own = {name: value for name, value in cells.items() if not name.startswith(OWN)}
    return {**own, "_step": int(step)} if isinstance(step, (int, float)) else own


def _item(content: bytes) -> tuple[str, Any]:
    """A name and its value, which is JSON or has a field of its kind."""
    name, nested = "", list[str]()
    value: Any = None
    for key, one, _ in fields(content):
        if key == 1:
            name = text(one)
        elif key == 2:
            nested.append(text(one))
        elif key == 5:
            value = signed(one)
        elif key == 6:
            value = number(one)
        elif key in (7, 8, 16):
            value = text(one) if key == 7 else _json(text(one))
    return name or "/".join(nested), value


def _take_config(run: LoggedRun, content: bytes) -> None:
    for key, one, _ in fields(content):
        if key == 1 and isinstance(one, bytes):
            name, value = _item(one)
            if not name.startswith(OWN):
                for setting, plain in flat({name: value}).items():
                    run.set(setting, plain)


def _json(words: str) -> Any:
    try:
        return json.loads(words)
    except (ValueError, RecursionError):
        return None
