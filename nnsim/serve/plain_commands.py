"""What `ssh HOST COMMAND` may do: list, show, watch; for instructors status and see; nothing else."""

import asyncio
import contextlib
import json
import os
import shlex
import sys
from pathlib import Path

from nnsim.errors import NnsimError
from nnsim.output_files import READ_ONLY_VARIABLE, RECORDING_SUFFIX
from nnsim.serve.class_server import ClassServer
from nnsim.serve.terminal_session import SessionLine
from nnsim.text import columns, printable_path

LONGEST = 1000  # characters of a command
AT_ONCE = 4  # processes that carry commands out
SHOW_S = 60.0
CHUNK_BYTES = 65_536
ALLOWED = "list, show NAME [--json], watch NAME --json"
FOR_INSTRUCTORS = "status [--json], see NUMBER"
# What decides the speed of the linear algebra, as the program sets it for itself.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", READ_ONLY_VARIABLE: "1"}


class PlainCommands:
    """Carries out the commands of clients that ask for no terminal."""

    def __init__(self, hub: ClassServer) -> None:
        self._hub = hub
        self._folder = hub.offer.folder
        self._room = asyncio.Semaphore(AT_ONCE)

    async def run(self, command: str, line: SessionLine, student: str, instructor: bool) -> int:
        """Carries out a command and sends what it prints.

        Returns: the exit status.  Raises: NnsimError where the command is not allowed.
        """
        allowed = f"{ALLOWED}, {FOR_INSTRUCTORS}" if instructor else ALLOWED
        try:
            words = shlex.split(command) if len(command) <= LONGEST else []
        except ValueError:
            words = []
        if words[:1] == ["nnsim"]:
            words = words[1:]
        match words:
            case ["list"]:
                self._folder.check()
                names = [path.name for path in (*self._folder.scenarios(), *self._folder.recordings())]
                line.send("".join(f"{printable_path(Path(name))}\n" for name in names).encode())
                return 0
            case ["show", name] | ["show", name, "--json"]:
                return await self._process(["show", self._recording(name), *words[2:]], line, SHOW_S)
            case ["watch", name, "--json"]:
                return await self._process(["watch", self._recording(name), "--json"], line, None)
            case ["status"] | ["status", "--json"] if instructor:
                status = self._hub.status()
                text = json.dumps(status) if words[1:] else "\n".join(status_lines(status))
                line.send(f"{text}\n".encode())
                return 0
            case ["see", number] if instructor:
                return await self._see(number, line)
        self._hub.log.note("refused", student=student, reason=f"the command {command[:60]}")
        raise NnsimError(f"this server carries out no such command (allowed: {allowed})")

    def _recording(self, name: str) -> str:
        path: Path = self._folder.find(name)
        if path.suffix != RECORDING_SUFFIX:
            raise NnsimError(
                f"{printable_path(Path(path.name))}: is no recording (allowed: a {RECORDING_SUFFIX} file)"
            )
        return f"./{path.name}"  # within the folder, so that no message names another path

    async def _process(self, arguments: list[str], line: SessionLine, within_s: float | None) -> int:
        async with self._room:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "nnsim",
                *arguments,
                cwd=self._folder.path,
                env={**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            assert process.stdout is not None
            try:
                async with asyncio.timeout(within_s):
                    while data := await process.stdout.read(CHUNK_BYTES):
                        line.send(data)
                    return await process.wait()
            except TimeoutError:
                raise NnsimError(f"the command took longer than {within_s:g} s and was ended") from None
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()

    async def _see(self, number: str, line: SessionLine) -> int:
        """Shows what a student sees, until the session or the connection ends; nothing that is typed reaches it."""
        session = self._hub.sessions.get(int(number)) if number.isdecimal() else None
        if session is None:
            raise NnsimError(
                f"there is no session {number[:20]} (nnsim serve status, or ssh HOST status, lists them)"
            )
        over = asyncio.Event()
        watcher = _Watcher(line, over)
        session.watchers.add(watcher)
        columns, rows = session.size
        line.send(f"\x1b[?1049h\x1b[2J\x1b[8;{rows};{columns}t".encode())
        session.repaint()
        try:
            await over.wait()
        finally:
            session.watchers.discard(watcher)
            line.send(b"\x1b[?1049l\x1b[?25h\x1b[0m")
        return 0


class _Watcher:
    """An instructor who looks at a session."""

    def __init__(self, line: SessionLine, over: asyncio.Event) -> None:
        self._line, self._over = line, over

    def send(self, data: bytes) -> None:
        self._line.send(data)

    def end(self, status: int, reason: str) -> None:
        self._over.set()


def status_lines(sessions: list[dict[str, object]]) -> list[str]:
    """The sessions as a table."""
    heads = ("number", "student", "address", "way", "seconds", "idle_s", "size", "watched_by")
    rows = [heads, *(tuple(str(one[head]) for head in heads) for one in sessions)]
    return columns(rows)
