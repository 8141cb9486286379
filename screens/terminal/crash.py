"""Ends a crash in order: reports a fault of nnsim in one line, and watches the process from a small one beside it.

A crash below Python, in NumPy or in the drawing of a plot, ends a process without another instruction of it; so do
`kill -9` and the system where memory runs out. The watchdog waits at a pipe that nobody but the program holds:
where it ends without a word, the watchdog gives the terminal back.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from textual.worker import WorkerFailed

from nnsim.text import clean_line

DEBUG = "NNSIM_DEBUG"
FAULT = 1  # exit status
ROOT = Path(__file__).resolve().parents[2]


def report(error: BaseException) -> int:
    """Reports an error on standard error.  Returns: the exit status."""
    if isinstance(error, WorkerFailed):
        error = error.error
    with suppress(OSError):  # nobody reads it any more
        if os.environ.get(DEBUG):
            traceback.print_exception(error, file=sys.stderr)
        else:
            what = clean_line(f"{type(error).__name__}: {error}", 300)
            print(
                f"nnsim: a fault in nnsim ended it{place(error)}: {what} "
                f"(saved recordings are whole; {DEBUG}=1 shows the traceback)",
                file=sys.stderr,
                flush=True,
            )
    return FAULT


def place(error: BaseException) -> str:
    own = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(ROOT)
    ]
    if not own:
        return ""
    return f" at {Path(own[-1].filename).relative_to(ROOT)}:{own[-1].lineno}"


SHELL = "/bin/sh"
# Signals for the whole group are meant for the program; one that writes from behind a shell is not to be stopped.
WATCH = """trap '' HUP INT QUIT TERM TSTP TTOU
read -r word && exit
off=$1 message=$2
shift 2
[ $# -eq 0 ] || stty "$@" <&1 2>/dev/null
printf '%b' "$off"
printf '%s\\n' "$message"
"""
WELL = b"well\n"


class Watchdog:
    """Waits for the end of this process, until it is dismissed.

    Args: out: the terminal. off: gives the terminal back. modes: of the terminal to turn on then, as `stty` calls
    them. recorded: the file that is being recorded into.
    """

    def __init__(self, out: int, off: str, modes: Sequence[str] = (), recorded: Path | None = None) -> None:
        where = "" if recorded is None else f" ({clean_line(str(recorded))} holds what was recorded)"
        message = f"nnsim: it was killed, or crashed outside of its own code{where}"
        quiet, self._pipe = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, quiet, 0), (os.POSIX_SPAWN_DUP2, out, 1)]
        self._pid: int | None = None
        with suppress(OSError):  # a system without a shell has no watchdog
            self._pid = os.posix_spawn(
                SHELL,
                [SHELL, "-c", WATCH, "nnsim-watchdog", off.replace("\x1b", "\\033"), message, *modes],
                os.environ,
                file_actions=actions,
            )
        os.close(quiet)

    def dismiss(self) -> None:
        """Ends the watchdog: the program gives the terminal back itself."""
        if self._pid is None:
            return
        with suppress(OSError):  # somebody has ended it
            os.write(self._pipe, WELL)
        os.close(self._pipe)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        self._pid = None
