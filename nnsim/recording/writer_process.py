"""Whether the process that writes a recording still lives: told from its number on the same machine, elsewhere only
from the file's time, which a living writer renews.

Neither takes a lock, so a follower disturbs nobody, and both hold on a network drive, where locks are often none.
"""

import hashlib
import json
import os
import platform
from contextlib import suppress
from pathlib import Path

SILENT_S = 15.0  # without a sign of life, where nothing else tells: a network drive may hold times back for some
LONGEST = 300  # characters of what a file says of its writer


def writer_text() -> str:
    """What a recording says of the process that writes it, as JSON.

    The machine is a hash: it tells this one from others, and no name of anybody's goes round with the file.
    """
    own = {"machine": _machine(), "process": os.getpid(), "started": _started(os.getpid())}
    return json.dumps(own, separators=(",", ":"))


def writer_lives(text: str) -> bool | None:
    """Whether the process that left this text lives; None where that cannot be told from here."""
    try:
        found = json.loads(text[:LONGEST])
        machine, number, started = found["machine"], found["process"], found["started"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if machine is None or machine != _machine() or type(number) is not int or not 0 < number < 2**31:
        return None
    try:
        os.kill(number, 0)  # signal 0 is only asked for, not sent
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is another person's
    now = _started(number)
    return now is None or started is None or now == started


def renew(path: Path) -> None:
    """Give a file that nothing is added to just now the time of day: its writer lives."""
    with suppress(OSError):
        os.utime(path)


def _machine() -> str | None:
    """What tells apart machines, their starts, and what on one of them counts processes on its own.

    None where the system has no such name for itself: host names alone are too often the same.
    """
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        parts = (platform.node(), start, os.readlink("/proc/self/ns/pid"))
    except OSError:
        return None
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _started(number: int) -> str | None:
    """When a process was started, so that its number is not taken for a later one's; None where nobody says.

    A process that is dead and not buried yet has the time "dead".
    """
    try:
        told = Path(f"/proc/{number}/stat").read_text(errors="replace")
    except OSError:
        return None
    fields = told.rpartition(")")[2].split()  # the name before it may hold anything
    if len(fields) < 20:
        return None
    return "dead" if fields[0] in "ZX" else fields[19]
