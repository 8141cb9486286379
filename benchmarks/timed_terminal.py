"""A terminal before nnsim that knows when the last byte of each frame came, and one at the end of a slow line."""

import heapq
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "terminal")]

from terminal import Terminal  # noqa: E402

WHERE = b"\x1b[6n"  # stands behind every frame
SIZE = (120, 40)
STATUS = SIZE[1] - 2  # the line above the footer
PART_S = 0.02  # between two parts of a frame
LINE_BYTES_S, LINE_DELAY_S = 128_000 / 8, 0.1


class Timed(Terminal):
    """A terminal that knows when the last byte of a frame came; to show it is not the program's time."""

    arrived = 0.0

    def read(self, timeout_s: float = 0.05) -> bool:
        """Read a frame to its end before it is shown, because showing it takes longer than reading it."""
        data = b""
        while select.select([self.master], [], [], PART_S if data else timeout_s)[0]:
            data += os.read(self.master, 65536)
            self.arrived = perf_counter()
            if data.endswith(WHERE):
                break
        self.show(data)
        return bool(data)

    def show(self, data: bytes) -> None:
        self.sent += data
        self._stream.feed(data.replace(b"\x1b[<u", b""))


class SlowTerminal(Timed):
    """A terminal at the other end of a line: bytes arrive at its rate and after its delay, half of it each way."""

    def __init__(self, *arguments: object) -> None:
        self._due: list[tuple[float, int, bytes]] = []  # to the program
        self._coming: list[tuple[float, int, bytes]] = []  # to the screen
        self._free = self._number = 0
        super().__init__(*arguments)

    def _write(self, data: bytes) -> None:
        self._number += 1
        heapq.heappush(self._due, (perf_counter() + LINE_DELAY_S / 2, self._number, data))

    def read(self, timeout_s: float = 0.05) -> bool:
        """Move what is due, both ways.  Returns: whether the screen got something."""
        until = perf_counter() + timeout_s
        while True:
            now = perf_counter()
            while self._due and self._due[0][0] <= now:
                os.write(self.master, heapq.heappop(self._due)[2])
            # What the program writes is taken at once, as a server of SSH does, however slow the line is.
            while select.select([self.master], [], [], 0)[0]:
                data = os.read(self.master, 65536)
                for start in range(0, len(data), 256):
                    part = data[start : start + 256]
                    self._free = max(self._free, now) + len(part) / LINE_BYTES_S
                    self._number += 1
                    heapq.heappush(self._coming, (self._free + LINE_DELAY_S / 2, self._number, part))
            shown = False
            while self._coming and self._coming[0][0] <= now:
                data = heapq.heappop(self._coming)[2]
                self.arrived = now
                self.show(data)
                shown = True
            if shown or now >= until:
                return shown
            sleep(0.002)


def row(terminal: Terminal, number: int) -> str:
    """One row of the screen: a whole screen takes long to put together."""
    cells = terminal.screen.buffer[number]
    return "".join(cells[column].data for column in range(SIZE[0])).strip()


def head(terminal: Terminal) -> str:
    """What the line above the panes shows."""
    return row(terminal, 0)


def status(terminal: Terminal) -> str:
    """What the line below the panes shows."""
    return row(terminal, STATUS)


def pressed(terminal: "Timed", key: str, shows: Callable[[], object], patience_s: float = 60.0) -> float:
    """Seconds from a key to the last byte of the frame that shows what it has done."""
    began = perf_counter()
    terminal.keys(key)
    while not shows():
        assert perf_counter() - began < patience_s, f"{key!r} has shown nothing:\n{terminal.text}"
        terminal.read()
    return terminal.arrived - began


def idle(terminal: Terminal, seconds: float) -> None:
    """Read for a while what comes."""
    until = perf_counter() + seconds
    while perf_counter() < until:
        terminal.read(0.01)


def worst(seconds: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(seconds, n=20)[-1]


def worked(terminal: Terminal) -> float:
    """Seconds that the processor has worked for the program in a terminal."""
    fields = Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
