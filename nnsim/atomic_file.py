"""Files on disk: one that appears whole or not at all, and what a person is told where writing fails."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from tempfile import mkstemp

from nnsim.errors import RecordingError
from nnsim.text import clean_line

_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
BESIDE = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a file


def shown_path(path: Path) -> str:
    """A path as messages name it."""
    return clean_line(str(path).encode("utf-8", "replace").decode("utf-8"), 300) or "?"


@contextmanager
def new_file(path: Path, replace: bool, durable: bool = True) -> Iterator[Path]:
    """An empty file in the same folder that takes the name `path` when the block ends well, and is removed if not.

    Args: durable: whether it is on the disk when it has its name, rather than on its way there.
    Raises: FileExistsError where the name is taken and may not be overwritten.
    """
    if not replace and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, "exists", str(path))
    handle, name = mkstemp(prefix=".nnsim-", suffix=".part", dir=path.absolute().parent)
    os.close(handle)
    new = Path(name)
    try:
        yield new
        if durable:
            _synchronize(new)
        _give_name(new, path, replace)
        if durable:
            _synchronize(path.absolute().parent)
    finally:
        _remove(new)


def _give_name(new: Path, path: Path, replace: bool) -> None:
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(new, 0o666 & ~mask)  # a temporary file is its owner's alone; a recording is a file like others
    if replace and path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # A journal that a dead process left under this name would be rolled back into the new file.
    for ending in BESIDE:
        with suppress(FileNotFoundError):
            os.unlink(f"{path}{ending}")
    if replace:
        os.replace(new, path)
        return
    try:
        os.link(new, path)  # unlike a rename it never replaces what another process has just put there
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "exists", str(path)) from None
        os.rename(new, path)


def _synchronize(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk, as far as the system can."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(new: Path) -> None:
    for ending in ("", *BESIDE):
        with suppress(OSError):
            os.unlink(f"{new}{ending}")


@contextmanager
def explained(path: Path, consequence: str) -> Iterator[None]:
    """Turn what goes wrong while writing into one line: what, where, and what became of the data."""
    try:
        yield
    except FileExistsError:
        raise RecordingError(f"{shown_path(path)}: exists already (allowed: a new name); {consequence}") from None
    except ValueError as error:
        what = clean_line(str(error)) or "a value"
        raise RecordingError(f"{shown_path(path)}: cannot be written: {what} does not fit; {consequence}") from None
    except (OSError, sqlite3.Error) as error:
        reason = _reason(error)
        raise RecordingError(
            f"{shown_path(path)}: cannot be written: {reason}{_space(path)}; {consequence}"
        ) from None


def _reason(error: OSError | sqlite3.Error) -> str:
    if isinstance(error, OSError):
        return "the disk is full" if error.errno in _FULL else clean_line(error.strerror or str(error))
    code = getattr(error, "sqlite_errorcode", None) or 0
    reasons = {
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_BUSY: "another program holds the file",
        sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
        sqlite3.SQLITE_CANTOPEN: "its folder is missing or read-only",
        sqlite3.SQLITE_IOERR: "the disk or a limit on file sizes refused it",
    }
    return reasons.get(code & 0xFF, clean_line(str(error)))


def _space(path: Path) -> str:
    try:
        free = shutil.disk_usage(path.absolute().parent).free
    except OSError:
        return ""
    return f" ({free / 1e6:,.1f} MB free)"


def replace_file(file: Path, content: bytes) -> None:
    """Write a file so that its name never stands for half of it.

    Raises: OSError where it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.stem[:40]}-{token_hex(4)}.part")
    try:
        with part.open("xb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(part, file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
