"""All sessions of one server, whichever way they came in: started, counted, ended and logged in one place."""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnsim.errors import NnsimError, OutputError
from nnsim.output_files import OutputFiles
from nnsim.scenario.student import STUDENT_VARIABLE
from nnsim.serve.limits import Connections, Limits
from nnsim.serve.served_folder import ServedFolder
from nnsim.serve.session_log import SessionLog
from nnsim.serve.session_request import SessionRequest, environment
from nnsim.serve.spawner import Spawner
from nnsim.serve.terminal_session import USUAL, SessionLine, TerminalSession

SWEEP_S = 0.5
LAST_WORDS_S = 0.02
GRACE_S = 5.0  # for a session to end in order before it is killed
OWNER = ".owner"  # in a student's folder: the fingerprint of the key that owns the name


@dataclass(frozen=True)
class Offer:
    """What is served, and what a session may do.

    Args: data: holds a folder for each student, None where nothing is kept. kiosk: the one recording that everybody
    sees. loop: it plays again and again. language: of lessons, for all; empty where each locale decides.
    """

    folder: ServedFolder
    limits: Limits
    data: Path | None = None
    kiosk: Path | None = None
    loop: bool = False
    language: str = ""

    def own_folder(self, student: str) -> Path | None:
        return None if self.data is None or not self.folder.training else self.data / student


class ClassServer:
    """Starts and ends sessions.

    Args: spawner: has the processes. log: takes a line for each session.
    """

    def __init__(self, offer: Offer, spawner: Spawner, log: SessionLog) -> None:
        self.offer = offer
        self.log = log
        self.connections = Connections(offer.limits)
        self.sessions: dict[int, TerminalSession] = {}
        self._spawner = spawner
        self._numbers = itertools.count(1)
        self._empty = asyncio.Event()
        self.closing = False

    def begin(self) -> None:
        """Listens to the spawner, and looks after the sessions from now on."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._spawner.fileno(), self._hear)
        self._sweeper = loop.create_task(self._sweep())

    # ------------------------------------------------------------------ sessions

    def open(
        self,
        student: str,
        address: str,
        line: SessionLine,
        *,
        term: str,
        offered: Mapping[str, str],
        size: tuple[int, int] = USUAL,
        opens: Path | None = None,
        at: str | None = None,
        way: str = "ssh",
    ) -> TerminalSession:
        """Starts a session.  Args: as of `TerminalSession` and `SessionRequest`.  Raises: NnsimError."""
        if self.closing:
            raise NnsimError("the class is closing")
        own, left = self.offer.own_folder(student), 0
        if own is not None:
            OutputFiles(root=own).make_folder(own, "no session is started")
            left = max(0, self.offer.limits.quota_bytes - held_bytes(own))
        request = SessionRequest(
            student,
            self.offer.folder.path,
            own,
            left,
            self.offer.folder.training,
            opens or self.offer.kiosk,
            at,
            self.offer.loop,
            {**environment(term, offered, self.offer.language), STUDENT_VARIABLE: student},
        )
        session = TerminalSession(next(self._numbers), request, address, line, size, way)
        try:
            session.open(self._spawner.start)
        except OSError as error:
            raise NnsimError(f"no session can be started now: {error.strerror}") from None
        self.sessions[session.number] = session
        self.log.note("session", number=session.number, student=student, address=address, way=way)
        return session

    def _hear(self) -> None:
        while news := self._spawner.heard():
            session = self.sessions.get(news["number"])
            if session is None:
                continue
            if "pid" in news:
                session.pid = news["pid"]
                if session.reason:  # its connection was gone before it had begun
                    session.signal(signal.SIGHUP)
            else:
                self._ended(session, news["status"])

    def _ended(self, session: TerminalSession, status: int) -> None:
        del self.sessions[session.number]
        session.ended(status)
        self.log.note(
            "end",
            number=session.number,
            student=session.request.student,
            address=session.address,
            seconds=time.monotonic() - session.began_s,
            status=status,
            reason=session.reason or ("ended by itself" if status >= 0 else f"killed by signal {-status}"),
        )
        if not self.sessions:
            self._empty.set()

    async def _sweep(self) -> None:
        limits = self.offer.limits
        while True:
            await asyncio.sleep(SWEEP_S)
            for session in [*self.sessions.values()]:
                session.sweep(time.monotonic(), limits.idle_s, limits.total_s, GRACE_S)

    async def drain(self) -> None:
        """Ends every session in order: each gives its terminal back and closes its recording."""
        self.closing = True
        self._empty.clear()
        for session in [*self.sessions.values()]:
            session.stop("the teacher has closed the class")
        if self.sessions:
            await self._empty.wait()
        until_s = time.monotonic() + GRACE_S
        while self.connections.by_address and time.monotonic() < until_s:
            await asyncio.sleep(LAST_WORDS_S)  # until the last bytes are out, and who reads them has hung up
        self._sweeper.cancel()
        asyncio.get_running_loop().remove_reader(self._spawner.fileno())
        self._spawner.close()

    def status(self) -> list[dict[str, Any]]:
        """The sessions that are open, an object each."""
        now_s = time.monotonic()
        return [
            {
                "number": one.number,
                "student": one.request.student,
                "address": one.address,
                "way": one.way,
                "seconds": round(now_s - one.began_s, 1),
                "idle_s": round(now_s - one.last_key_s, 1),
                "size": "x".join(map(str, one.size)),
                "pid": one.pid,
                "watched_by": len(one.watchers),
            }
            for one in self.sessions.values()
        ]


def held_bytes(folder: Path) -> int:
    """How much the files of a folder and of those below it hold."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue  # it has just been removed
    return total


def owns(data: Path | None, student: str, fingerprint: str) -> bool:
    """Whether a key may use a name: the first key that logs in under a name owns it from then on.

    Without a folder of data nothing belongs to a name, and every key may use it.

    Raises: NnsimError where that cannot be written down.
    """
    if data is None:
        return True
    path, files = data / student / OWNER, OutputFiles(root=data / student)
    try:
        if not path.exists():
            files.make_folder(path.parent, "no session is started")
            with files.open_new(path, "no session is started", replace=False) as file:
                file.write(fingerprint.encode())
        return path.read_text(encoding="utf-8") == fingerprint
    except OutputError as error:
        raise NnsimError(
            str(error).replace(f"{data}{os.sep}", "")
        ) from None  # where it lies is no student's matter
    except (OSError, ValueError):
        return False
