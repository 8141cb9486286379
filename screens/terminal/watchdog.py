"""A small process beside the program, which gives the terminal back where the program cannot any more.

A crash below Python, in NumPy or in the drawing of a plot, ends a process without another instruction of it; so do
`kill -9` and the system where memory runs out. It waits at a pipe that nobody but the program holds: its end
without a word means that the program is gone.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from nnsim.text import clean_line

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

    Args: out: the terminal. off: what gives the terminal back. modes: of the terminal that are to be on then, as
    `stty` calls them. recorded: the file that is being recorded into.
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
        """The program gives the terminal back itself."""
        if self._pid is None:
            return
        with suppress(OSError):  # somebody has ended it
            os.write(self._pipe, WELL)
        os.close(self._pipe)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        self._pid = None
