"""Measures what a terminal's or a line's end takes, for each way in: a table in Markdown.

    python benchmarks/hard_life.py [--write]

A recording is replayed in a local terminal, through OpenSSH, through nnsim's own server for SSH and in a browser's
websocket. To each of them the same happens; the clock runs until the process is gone, or the screen shows what the
next key does. All is on loopback, so that a line's own time does not count.
"""

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests" / "terminal")]

from class_server import ClassServer  # noqa: E402
from report import DOCS, Table, put  # noqa: E402
from serving import prepare, status  # noqa: E402
from sshd import Sshd  # noqa: E402
from terminal import Terminal, nnsim  # noqa: E402
from test_serve_web import Tab  # noqa: E402

OPEN, LIST_OF_KEYS = "epoch 0/", "the most useful here"
PATIENCE_S = 60.0
RESIZES, FLOOD = 1000, 20_000  # sizes; keys
BACK = b"\x1b[?1049l"  # the screen that was there before
WAYS = ("local", "OpenSSH", "served by SSH", "browser")


class Browser:
    """A page's websocket, handled as a `Terminal` is."""

    def __init__(self, address: str, token: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = self._wait(self._made())
        asked = {"token": token, "columns": "80", "rows": "24"}
        self._tab = Tab(
            self._wait(self._client.ws_connect(f"{address}/terminal", params=asked, headers={"Origin": address})),
            80,
            24,
        )

    async def _made(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    def _wait(self, what: Any) -> Any:
        return self._loop.run_until_complete(what)

    def wait_for(self, text: str) -> None:
        self._wait(self._tab.wait_for(text))

    def keys(self, *keys: str) -> None:
        self._wait(self._tab.keys("".join(keys)))

    def resize(self, columns: int, lines: int) -> None:
        self._tab.screen.resize(lines, columns)
        self._wait(self._tab.socket.send_str(f'{{"columns": {columns}, "rows": {lines}}}'))

    def cut(self) -> None:
        self._wait(self._tab.socket.close())

    def close(self) -> None:
        self._wait(self._client.close())
        self._loop.close()


class Client(Terminal):
    """A terminal whose line can be cut."""

    def __init__(self, command: list[str], remote: bool) -> None:
        super().__init__(command)
        self._remote = remote

    def cut(self) -> None:
        """The terminal is closed; behind a line it is the client that is killed."""
        if self._remote:
            self.process.kill()
        else:
            self.hang_up()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        if self.master is not None:
            self.hang_up()
        self.process.wait(PATIENCE_S)


class Place:
    """Where the recording is, and the servers that show it."""

    def __init__(self, folder: Path) -> None:
        prepare(folder)
        self.path = folder / "served" / "xor.nnsim"
        (folder / "sshd").mkdir()
        self.sshd = Sshd(folder / "sshd")
        kiosk = ("--kiosk", self.path)
        self.ssh = ClassServer(folder, folder / "served", "--authorized-keys", folder / "keys", *kiosk)
        self.web = ClassServer(folder / "web", folder / "served", *kiosk, door="web")

    @contextmanager
    def opened(self, way: str) -> Iterator[tuple[Any, list[int]]]:
        """A terminal with the recording in it, and the processes of nnsim behind it."""
        match way:
            case "local":
                one: Any = Client(nnsim("replay", self.path), remote=False)
            case "OpenSSH":
                one = Client(self.sshd.command("replay", self.path), remote=True)
            case "served by SSH":
                one = Client(self.ssh.client(key="key", user="anna", options=("-tt",)), remote=True)
            case _:
                token = re.search(r"\?token=(\S+)", self.web.greeting)
                assert token is not None
                one = Browser(f"http://127.0.0.1:{self.web.port}", token[1])
        try:
            one.wait_for(OPEN)
            yield one, self._processes(way)
        finally:
            one.close()

    def _processes(self, way: str) -> list[int]:
        if way in ("served by SSH", "browser"):
            server = self.ssh if way == "served by SSH" else self.web
            return [int(str(one["pid"])) for one in status(server)]
        return [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if replays(pid, self.path)]

    def close(self) -> None:
        self.ssh.close()
        self.web.close()
        self.sshd.close()


def replays(pid: int, path: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:4] == [b"-m", b"nnsim", b"replay"] and str(path).encode() in words


def gone(pids: list[int]) -> bool:
    def lives(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return not any(map(lives, pids))


def until(done: Callable[[], bool], one: Any) -> float:
    """Seconds until something is so; what is written meanwhile is read."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < PATIENCE_S, "it never came"
        if isinstance(one, Terminal) and one.master is not None:
            one.read(0.005)
        else:
            time.sleep(0.005)
    return time.monotonic() - began


def cut(place: Place, way: str) -> float:
    with place.opened(way) as (one, pids):
        one.cut()
        return until(lambda: gone(pids), one)


def told_to_end(place: Place, way: str) -> float:
    with place.opened(way) as (one, pids):
        os.kill(min(pids), signal.SIGTERM)
        return until(lambda: gone(pids), one)


def killed(place: Place, way: str) -> float:
    """Until the screen is given back, or the page says that the session has ended."""
    with place.opened(way) as (one, pids):
        began = time.monotonic()
        os.kill(min(pids), signal.SIGKILL)
        if isinstance(one, Browser):
            one.wait_for("has ended")
        else:
            until(lambda: BACK in one.sent, one)
        return time.monotonic() - began


def stopped(place: Place, way: str) -> float:
    with place.opened(way) as (one, pids):
        os.kill(min(pids), signal.SIGSTOP)
        one.keys("?")
        time.sleep(0.5)
        began = time.monotonic()
        os.kill(min(pids), signal.SIGCONT)
        one.wait_for(LIST_OF_KEYS)
        return time.monotonic() - began


def flooded(place: Place, way: str) -> float:
    """From the last of many keys to the picture of the next one."""
    with place.opened(way) as (one, _):
        for _ in range(FLOOD // 1000):
            one.keys("\x1b[C" * 1000)
        began = time.monotonic()
        one.keys("?")
        one.wait_for(LIST_OF_KEYS)
        return time.monotonic() - began


def resized(place: Place, way: str) -> float:
    with place.opened(way) as (one, _):
        for number in range(RESIZES):
            one.resize(60 + number % 60, 20 + number % 20)
        one.resize(110, 36)
        began = time.monotonic()
        one.keys("?")
        one.wait_for(LIST_OF_KEYS)
        return time.monotonic() - began


EVENTS = {
    "the terminal is closed, the line is cut: the process is gone": cut,
    "SIGTERM: the process is gone": told_to_end,
    "`kill -9`: the terminal is given back": killed,
    "SIGSTOP, SIGCONT: a key is painted": stopped,
    f"{FLOOD:,} keys at once: the next one is painted": flooded,
    f"{RESIZES:,} resizes: a key is painted at the last size": resized,
}


def drained(place: Place) -> dict[str, float]:
    """SIGTERM to the servers with a session each, until all of their processes are gone."""
    found = {}
    for way, server in (("served by SSH", place.ssh), ("browser", place.web)):
        with place.opened(way) as (one, pids):
            server.terminate()
            found[way] = until(lambda: gone([*pids, server.process.pid]), one)  # noqa: B023  (it is called at once)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="put the table into docs/terminals.md")
    arguments = parser.parse_args()
    table = Table("hard life", "event, and what is waited for", *WAYS)
    with tempfile.TemporaryDirectory() as made:
        place = Place(Path(made))
        try:
            for name, happens in EVENTS.items():
                table.row(name, *(f"{happens(place, way):.2f} s" for way in WAYS))
            times = drained(place)
            names = "SIGTERM to the server: all of its processes are gone"
            table.row(names, *(f"{times[way]:.2f} s" if way in times else "-" for way in WAYS))
        finally:
            place.close()
    table.finish(write=False)
    if arguments.write:
        put("hard life", table.lines, DOCS / "terminals.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
