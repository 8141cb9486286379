"""A student of a class that benchmarks play: a client for SSH whose terminal answers, and counts frames."""

import asyncio
import contextlib
import sys
from pathlib import Path

import asyncssh
import pyte

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests/terminal")]

from class_server import ClassServer  # noqa: E402

QUESTION, ANSWER = b"\x1b[6n", b"\x1b[1;1R"  # for the cursor: the end of a frame, and what a terminal says
SIZE = (120, 40)
PATIENCE_S = 60.0


class Student:
    """A client with a terminal that answers as one does, and counts.  Args: mark: the end of a frame."""

    def __init__(
        self,
        connection: asyncssh.SSHClientConnection,
        process: asyncssh.SSHClientProcess[bytes],
        mark: bytes = QUESTION,
        answers: bool = True,
    ) -> None:
        self.connection, self.process = connection, process
        self._mark, self._answers = mark, answers
        self.received = self.frames = 0
        self.text = b""
        self._more = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def login(cls, server: ClassServer, name: str, mark: bytes = QUESTION, answers: bool = True) -> "Student":
        connection = await asyncssh.connect(
            "127.0.0.1", server.port, username=name, client_keys=[str(server.folder / "key")], known_hosts=None,
            agent_path=None, config=[],
        )  # fmt: skip
        process = await connection.create_process(term_type="xterm-256color", term_size=SIZE, encoding=None)
        return cls(connection, process, mark, answers)

    async def _read(self) -> None:
        with contextlib.suppress(asyncssh.Error, OSError, BrokenPipeError):
            while data := await self.process.stdout.read(65_536):
                self.received += len(data)
                self.text = (self.text + data)[-100_000:]
                if ends := data.count(self._mark):
                    self.frames += ends
                    if self._answers:
                        self.process.stdin.write(ANSWER * ends)
                self._more.set()

    def keys(self, keys: bytes) -> None:
        self.text = b""
        self.process.stdin.write(keys)

    async def stands(self, text: str) -> None:
        """Waits until a text stands on the screen: of a frame only the cells that changed are sent."""
        screen = pyte.Screen(*SIZE)
        stream = pyte.ByteStream(screen)
        self.keys(b"\x0c")  # everything is drawn again
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    stream.feed(self.text)
                    self.text = b""
                    if any(text in line for line in screen.display):
                        return
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            shown = "\n".join(line.rstrip() for line in screen.display)
            raise AssertionError(f"{text} never came; the screen shows:\n{shown}") from None

    async def wait_for(self, *texts: bytes) -> None:
        """Waits until one of these is sent: of a frame, letters that stood there before are not."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(one in self.text for one in texts):
                self._more.clear()
                await self._more.wait()

    async def drop(self) -> None:
        self._reader.cancel()
        self.connection.abort()
