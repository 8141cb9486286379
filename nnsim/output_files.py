"""The one door for files that are written at a person's wish: recordings, pictures, exports, preferences.

The command line makes an `OutputFiles` and passes it on; what writes a file asks it. So one value decides whether,
and where, a session may write, and every file appears under its name whole or not at all.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from nnsim.errors import OutputError
from nnsim.text import clean_line, printable_path

if TYPE_CHECKING:
    import sqlite3

RECORDING_SUFFIX = ".nnsim"
SWEEP_SUFFIX = ".nnsweep"
READ_ONLY = "this session is read-only: nothing is written"
READ_ONLY_VARIABLE = "NNSIM_READ_ONLY"
SQLITE_BESIDE = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a file
BUSY_S = 5.0  # a reader holds a recording for milliseconds
PATIENCE_S = 0.5  # of a writer with whoever holds its file
UNFINISHED = ".nnsim-"  # how the name of a file begins that is being written
UNFINISHED_S = 60.0  # and is written no more
LOCK_S = 0.002  # between two tries to get a lock
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


def _platform(kind: str, *names: str, **options: Any) -> Path:
    """A folder of the user's on this platform."""
    import platformdirs  # here, for whoever records with NumPy alone needs no such folder

    found: Path = getattr(platformdirs, f"user_{kind}_path")(*names, **options)
    return found


class OutputFiles(NamedTuple):
    """Says whether and where files may be written, and writes them."""

    writable: bool = True  # False in a read-only session
    root: Path | None = None  # of the user's folders, and the only place to write to; None for the platform's

    @classmethod
    def of(cls, environment: Mapping[str, str], read_only: bool = False) -> OutputFiles:
        """What --read-only and NNSIM_READ_ONLY allow; every value of the latter but 0 closes the door."""
        return cls(writable=not read_only and environment.get(READ_ONLY_VARIABLE, "") in ("", "0"))

    # ------------------------------------------------------------------ places

    @property
    def recordings(self) -> Path:
        return (self.root or _platform("data", "nnsim", appauthor=False)) / "recordings"

    @property
    def configuration(self) -> Path:
        return self.root / "configuration" if self.root else _platform("config", "nnsim", appauthor=False)

    @property
    def state(self) -> Path:
        """The folder of what nnsim remembers of this user."""
        return self.root / "state" if self.root else _platform("state", "nnsim", appauthor=False)

    @property
    def pictures(self) -> Path:
        return self.root / "pictures" if self.root else _platform("pictures") / "nnsim"

    # ------------------------------------------------------------------ writing

    @property
    def refusal(self) -> str:
        """Why nothing may be written; empty where it may."""
        return "" if self.writable else READ_ONLY

    def check(self, path: Path | None = None) -> None:
        """Refuse to write, or to write to this place, before anything is done.  Raises: OutputError."""
        if not self.writable:
            raise OutputError(READ_ONLY)
        if self.root is not None and path is not None and not path.resolve().is_relative_to(self.root.resolve()):
            raise OutputError(f"{printable_path(path)}: is outside of the folder that may be written into")

    @contextmanager
    def new_file(self, path: Path, consequence: str, *, replace: bool, durable: bool = True) -> Iterator[Path]:
        """Makes an empty file in the same folder, which takes the name `path` when the block ends well.

        Args: consequence: of a failure, for its message. replace: an existing file. durable: on the disk before it
        is named.  Raises: OutputError where nothing may be written, or it cannot be, or the name is taken.
        """
        from tempfile import mkstemp

        self.check(path)
        with explained(path, consequence):
            if not replace and os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, "exists", str(path))
            handle, name = mkstemp(prefix=UNFINISHED, suffix=".part", dir=path.absolute().parent)
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

    @contextmanager
    def open_new(self, path: Path, consequence: str, *, replace: bool) -> Iterator[BinaryIO]:
        """Opens such a file to write bytes into it.  Raises: OutputError."""
        with self.new_file(path, consequence, replace=replace) as new, new.open("wb") as file:
            yield file

    def write(self, path: Path, content: bytes, consequence: str = "nothing is written") -> None:
        """Replaces a file, and makes its folder where that is missing.  Raises: OutputError."""
        self.make_folder(path.parent, consequence)
        with self.open_new(path, consequence, replace=True) as file:
            file.write(content)

    def make_folder(self, folder: Path, consequence: str = "nothing is written") -> None:
        """Make a folder, and those above it.  Raises: OutputError."""
        self.check(folder)
        with explained(folder, consequence):
            if folder.exists() and not folder.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def locked(self, path: Path, consequence: str) -> Iterator[None]:
        """Holds a lock that other programs of this computer ask for likewise, by an empty file; it ends with the
        process at the latest. A file system without locks lets everybody pass.

        Raises: OutputError where another program holds it for seconds.
        """
        self.check(path)
        with explained(path, consequence):
            file = path.open("ab")
        with file:
            with explained(path, consequence):
                _lock(file)
            yield

    def set_aside(self, path: Path, name: str) -> None:
        self.check(path)
        with explained(path, "it stays as it is"):
            path.rename(free_path(path.parent, name, path.suffix))

    def remove_others(self, path: Path, pattern: str) -> None:
        """Remove what else a folder has under such names beside a file.  Raises: OutputError."""
        self.check(path)
        with explained(path, "what was there before is still beside it"):
            for other in path.parent.glob(pattern):
                if other != path:
                    other.unlink()

    def remove_unfinished(self, folder: Path) -> None:
        """Removes what processes that were killed have left unfinished in a folder.  Raises: OutputError."""
        self.check(folder)
        with explained(folder, "what was left unfinished is still there"):
            for path in folder.glob(f"{UNFINISHED}*.part"):
                with suppress(FileNotFoundError):
                    if time.time() - path.stat().st_mtime > UNFINISHED_S:
                        path.unlink()

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open a recording to write into it, from any thread.  Raises: OutputError where nothing may be written."""
        import sqlite3

        self.check(path)
        return sqlite3.connect(path.absolute(), timeout=BUSY_S, isolation_level=None, check_same_thread=False)


ANYWHERE = OutputFiles()  # for programs that use nnsim as a library


def file_stem(name: str) -> str:
    """A name as one that every file system takes: letters, digits, `.`, `_` and `-`, at most 60."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:60] or "run"


def check_suffix(path: Path, suffix: str, noun: str, option: str = "") -> None:
    """Refuses a name with another ending.

    Args: noun: what is to be written, "recording". option: that has named it, "--record".  Raises: OutputError.
    """
    if path.suffix != suffix:
        named = f"{option} {printable_path(path)}".strip()
        raise OutputError(f"{named}: is no name for a {noun} (allowed: one that ends in {suffix})")


def check_untaken(path: Path, overwrite: bool, option: str = "") -> None:
    """Refuses a name that something has, unless it may be replaced.  Raises: OutputError."""
    if os.path.lexists(path) and not overwrite:
        named = f"{option} {printable_path(path)}".strip()
        raise OutputError(f"{named}: is there already (--overwrite replaces it)")


def free_path(folder: Path, name: str, suffix: str = RECORDING_SUFFIX) -> Path:
    """A file name in a folder that is not taken yet."""
    path, number = folder / f"{name}{suffix}", 2
    while path.exists():
        path, number = folder / f"{name}-{number}{suffix}", number + 1
    return path


def _lock(file: BinaryIO) -> None:
    """Waits for a lock on a file, for seconds at most.  Raises: OSError."""
    import fcntl  # which not every system has that can train without a screen

    began_s = time.monotonic()
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - began_s > BUSY_S:
                raise OSError(errno.EWOULDBLOCK, "another program holds it") from None
            time.sleep(LOCK_S)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return
        else:
            return


def _give_name(new: Path, path: Path, replace: bool) -> None:
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(new, 0o666 & ~mask)  # a temporary file is its owner's alone; a recording is a file like others
    if replace and path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # A journal that a dead process left under this name would be rolled back into the new file.
    for ending in SQLITE_BESIDE:
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
    for ending in ("", *SQLITE_BESIDE):
        with suppress(OSError):
            os.unlink(f"{new}{ending}")


@contextmanager
def explained(path: Path, consequence: str) -> Iterator[None]:
    """Turns an error of writing into one line: what, where, and what became of the data."""
    try:
        yield
    except FileExistsError:
        raise OutputError(f"{printable_path(path)}: exists already (allowed: a new name); {consequence}") from None
    except ValueError as error:
        reason = f"{clean_line(str(error)) or 'a value'} does not fit"
    except (OSError, _database_error()) as error:
        reason = f"{_reason(error)}{_space(path)}"
    else:
        return
    raise OutputError(f"{printable_path(path)}: cannot be written: {reason}; {consequence}")


def _database_error() -> type[sqlite3.Error]:
    import sqlite3  # here, for the list of scenarios needs no database

    return sqlite3.Error


def _reason(error: OSError | sqlite3.Error) -> str:
    if isinstance(error, OSError):
        return "the disk is full" if error.errno in _FULL else clean_line(error.strerror or str(error))
    import sqlite3

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
    import shutil

    try:
        free = shutil.disk_usage(path.absolute().parent).free
    except OSError:
        return ""
    return f" ({free / 1e6:,.1f} MB free)"


def is_held(error: sqlite3.Error) -> bool:
    """Whether SQLite cannot write because somebody reads the file."""
    from sqlite3 import SQLITE_BUSY, SQLITE_LOCKED

    return ((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF) in (SQLITE_BUSY, SQLITE_LOCKED)


def moved_away(files: OutputFiles, connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Replaces a file by a copy under the same name, for somebody holds it and does not let go.

    A process that was stopped in the midst of reading holds a lock for as long as it is stopped, and one that reads
    a large file through for seconds. Both keep the file that they have opened; who opens the name, gets the copy.

    Returns: a connection to the copy; the old one is closed.  Raises: OSError, sqlite3.Error, OutputError.
    """
    patience_ms = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    with files.new_file(path, "what was recorded so far stays readable", replace=True, durable=False) as new:
        connection.execute("VACUUM INTO ?", (str(new),))
    connection.close()
    moved = files.connect(path)
    moved.execute(f"PRAGMA busy_timeout = {patience_ms}")
    return moved
