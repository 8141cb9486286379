"""The parent of all sessions: a small process that has imported nnsim once and forks a child for each session.

A session then starts in milliseconds, shares the memory of the imported modules with all others, and ends alone.
The server, which has threads and sockets, never forks itself: it sends the spawner a request and the open end of a
pseudo-terminal, and reads which process has it and how that one ended.
"""

import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from fcntl import ioctl
from termios import TIOCSCTTY
from typing import Any, NoReturn

from nnsim.errors import NnsimError
from nnsim.serve.session_request import SessionRequest

REQUEST_BYTES = 65_536
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # what a session is told to end by
CRASHED = 70  # the exit status of a session that failed in a way of its own
M_ARENA_MAX, M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -8, -1, -3  # glibc's malloc.h
KEEPS_BYTES = 2 * 1024**3  # of address space that one session may take

Play = Callable[[SessionRequest], int]


class Spawner:
    """The server's end: starts sessions and hears of their ends.

    Args: play: carries a session out, in its process, whose standard streams are its terminal; returns the exit
    status. preload: imports what sessions need, in the spawner, before it answers.
    """

    def __init__(self, play: Play, preload: Callable[[], None]) -> None:
        if None in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
            raise NnsimError("standard input, output and error are closed (allowed: </dev/null)")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _serve(theirs, play, preload)
        theirs.close()
        self._socket = ours

    def fileno(self) -> int:
        """Readable when `ended` has something to say."""
        return self._socket.fileno()

    def wait_until_ready(self) -> None:
        """Waits for the imports.  Raises: NnsimError where the spawner has died of them."""
        if not self._socket.recv(REQUEST_BYTES):
            raise NnsimError("the process that starts sessions has ended before the first one")
        self._socket.setblocking(False)

    def start(self, number: int, request: SessionRequest, terminal: int) -> None:
        """Starts a session on a terminal, the open slave of a pseudo-terminal.  Raises: OSError."""
        payload = json.dumps({"number": number}).encode() + b"\n" + request.to_json()
        socket.send_fds(self._socket, [payload], [terminal])

    def heard(self) -> dict[str, Any] | None:
        """The next news: `{"number", "pid"}` of a start, `{"number", "status"}` of an end; None for none.

        Raises: NnsimError where the spawner is gone.
        """
        try:
            message = self._socket.recv(REQUEST_BYTES)
        except BlockingIOError:
            return None
        if not message:
            raise NnsimError("the process that starts sessions has ended")
        news: dict[str, Any] = json.loads(message)
        return news

    def close(self) -> None:
        """Ends the spawner; sessions that are still there are hung up."""
        self._socket.close()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _serve(server: socket.socket, play: Play, preload: Callable[[], None]) -> NoReturn:
    """The spawner's process."""
    os.setsid()  # ctrl+c in the teacher's terminal is for the server, which ends sessions in order
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    status = 0
    try:
        _keep_memory_tight()
        preload()
        gc.collect()
        gc.freeze()  # so that no collection of a child touches, and thereby copies, what it shares
        server.send(b"{}")
        _fork_on_request(server, play)
    except OSError:
        pass  # the server is gone
    except Exception as error:
        print(f"nnsim: the process that starts sessions ended: {type(error).__name__}: {error}", file=sys.stderr)
        status = CRASHED
    os._exit(status)


def _keep_memory_tight() -> None:
    """One arena for all threads, and memory that is free given back soon: some 2 MB less a session.

    The C library's own switches (mallopt of glibc); others have none, and need none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for switch, value in ((M_ARENA_MAX, 1), (M_TRIM_THRESHOLD, 65_536), (M_MMAP_THRESHOLD, 65_536)):
            mallopt(switch, value)


def _fork_on_request(server: socket.socket, play: Play) -> None:
    running: dict[int, int] = {}  # numbers of sessions by process
    woken, wakes = os.pipe()
    for end in (woken, wakes):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    try:
        while True:
            ready = select.select([server.fileno(), woken], [], [])[0]
            if woken in ready:
                with suppress(BlockingIOError):
                    os.read(woken, 4096)
                _report_ends(server, running)
            if server.fileno() in ready:
                payload, descriptors, _, _ = socket.recv_fds(server, REQUEST_BYTES, 1)
                if not payload:
                    return
                head, _, request = payload.partition(b"\n")
                # A session that is told to end as soon as it is there still ignores that as its parent does: what
                # comes until then is kept for it.
                signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
                pid = os.fork()
                if pid == 0:
                    for one in (server.fileno(), woken, wakes):
                        os.close(one)
                    _become_session(request, descriptors[0], play)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
                os.close(descriptors[0])
                number = json.loads(head)["number"]
                running[pid] = number
                server.send(json.dumps({"number": number, "pid": pid}).encode())
    finally:
        for pid in running:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGHUP)


def _report_ends(server: socket.socket, running: dict[int, int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        if (number := running.pop(pid, None)) is not None:
            server.send(json.dumps({"number": number, "status": os.waitstatus_to_exitcode(status)}).encode())


def _become_session(request: bytes, terminal: int, play: Play) -> NoReturn:
    """The process of one session: a session leader whose terminal is its standard input, output and error."""
    status = CRASHED
    try:
        signal.set_wakeup_fd(-1)
        for number in (*ENDING, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        ioctl(terminal, TIOCSCTTY, 0)
        for standard in (0, 1, 2):
            os.dup2(terminal, standard)
        if terminal > 2:
            os.close(terminal)
        asked = SessionRequest.from_json(request)
        os.environ.clear()
        os.environ.update(asked.environment)
        os.umask(0o077)
        try:
            os.chdir(asked.folder)
        except OSError as error:
            raise NnsimError(f"the served folder cannot be opened: {error.strerror}") from None
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (KEEPS_BYTES, KEEPS_BYTES))
        if asked.own is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (asked.quota_bytes, asked.quota_bytes))
        status = play(asked)
        sys.stdout.flush()
    except NnsimError as error:
        print(f"nnsim: {error}", flush=True)
        status = 2
    except BaseException as error:  # whatever it is, the process ends here and never goes on as the spawner
        print(f"nnsim: a fault in nnsim ended this session ({type(error).__name__})", flush=True)
    os._exit(status)
