"""The door for SSH: asyncssh speaks the protocol, and lets nothing through but nnsim's own sessions.

asyncssh hands `exec` and every subsystem to a process factory, and forwards agents, unless told otherwise: here a
session object decides each request by itself, and everything that is not named in it is refused.
"""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncssh

from nnsim.errors import NnsimError
from nnsim.serve.access import Access
from nnsim.serve.class_server import ClassServer, owns
from nnsim.serve.plain_commands import PlainCommands
from nnsim.serve.session_request import student_allowed
from nnsim.serve.terminal_session import TerminalSession

NO_TERMINAL = "needs a terminal (allowed: ssh -t, or one of: list, show NAME, watch NAME --json)"
USAGE = 2
BUFFER_BYTES = 262_144  # towards a client that reads slowly, before the session is held up


@dataclass
class Login:
    """Whose connection it is, once somebody has logged in."""

    name: str = ""
    instructor: bool = False
    done: bool = False
    refusal: str = ""  # why there will be no session all the same


class SshConnection(asyncssh.SSHServer):
    """One connection: who may log in, and which channels it may open."""

    def __init__(self, hub: ClassServer, access: Access, commands: PlainCommands) -> None:
        self._hub = hub
        self._access = access
        self._commands = commands
        self._login = Login()
        self._address = ""
        self._admitted = False
        self._session: SshSession | None = None
        self._closing: asyncio.TimerHandle | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = conn
        self._address = str(conn.get_extra_info("peername", ("?",))[0])
        connections = self._hub.connections
        refusal = "the class is closing" if self._hub.closing else connections.admit(self._address, self._drop)
        self._admitted = True
        if refusal:
            self._drop(refusal)

    def _drop(self, reason: str) -> None:
        """Ends it; it does not count as one that is open."""
        self._admitted = False
        self._hub.log.note("refused", address=self._address, reason=reason)
        self._conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._closing is not None:
            self._closing.cancel()  # it would hold all that belongs to this connection until then
        if not self._admitted:
            return
        self._hub.connections.release(self._address, self._drop)
        if not self._login.done:
            if self._login.name:  # whoever says nothing has tried nothing, and slows nobody at the same address
                self._access.note_failure(self._address)
            self._hub.log.note("no login", address=self._address, name=self._login.name or None)

    async def begin_auth(self, username: str) -> bool:
        self._login.name = username
        await self._access.slow_down(self._address)
        return not (self._access.anyone and student_allowed(username))

    def public_key_auth_supported(self) -> bool:
        return self._access.students is not None or self._access.instructors is not None

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        if not student_allowed(username):
            return False
        instructors, students = self._access.instructors, self._access.students
        if instructors is not None and instructors.validate(key, self._address, self._address) is not None:
            self._login.instructor = True
            return True
        if students is None or students.validate(key, self._address, self._address) is None:
            return False
        self._login.instructor = False
        try:
            return owns(self._hub.offer.data, username, key.get_fingerprint())
        except NnsimError as error:  # "permission denied" would send the student to look for the right key
            self._login.refusal = str(error)
            return True

    def password_auth_supported(self) -> bool:
        return self._access.passwords is not None

    async def validate_password(self, username: str, password: str) -> bool:
        assert self._access.passwords is not None
        if await self._access.passwords.right(username, password):
            return True
        self._access.note_failure(self._address)
        await self._access.slow_down(self._address)
        return False

    def auth_completed(self) -> None:
        self._login.done = True
        self._hub.connections.logged_in(self._drop)
        self._access.failed.forget(self._address)
        self._close_unless_used()

    def session_requested(self) -> "SshSession | bool":
        """One channel at a time: several would be several sessions within the count of one connection."""
        if self._session is not None:
            return False
        self._session = SshSession(self._hub, self._login, self._address, self._commands, self._session_over)
        return self._session

    def _session_over(self) -> None:
        self._session = None
        self._close_unless_used()

    def _close_unless_used(self) -> None:
        """Closes the connection where no session is open a while from now: it would take a place for nothing."""

        def close() -> None:
            if self._session is None:
                self._conn.close()

        if self._closing is not None:
            self._closing.cancel()
        self._closing = asyncio.get_running_loop().call_later(self._hub.offer.limits.login_s, close)


class SshSession(asyncssh.SSHServerSession[bytes]):
    """One channel: a terminal for nnsim, or one of the commands that write plain text."""

    def __init__(
        self, hub: ClassServer, login: Login, address: str, commands: PlainCommands, over: Callable[[], None]
    ) -> None:
        """Args: over: called when the channel is closed."""
        self._hub, self._login, self._address, self._commands = hub, login, address, commands
        self._over = over
        self._terminal: TerminalSession | None = None
        self._term: str | None = None
        self._size = (0, 0)
        self._task: asyncio.Task[None] | None = None
        self._command: str | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._chan = chan
        chan.set_write_buffer_limits(high=BUFFER_BYTES)

    # ------------------------------------------------------------------ what a client asks for

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:
        self._term, self._size = term_type, term_size[:2]
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        self._hub.log.note("refused", address=self._address, student=self._login.name, reason="a subsystem")
        return False

    def session_started(self) -> None:
        if self._login.refusal:
            self._hub.log.note("refused", address=self._address, reason=self._login.refusal)
            self._refuse(self._login.refusal)
        elif self._command is not None:
            self._task = asyncio.get_running_loop().create_task(self._run(self._command))
        elif self._term is None:
            self._refuse(NO_TERMINAL)
        else:
            try:
                self._terminal = self._hub.open(
                    self._login.name,
                    self._address,
                    self,
                    term=self._term,
                    offered=_texts(self._chan),
                    size=self._size,
                )
            except NnsimError as error:
                self._refuse(str(error))

    async def _run(self, command: str) -> None:
        try:
            status = await self._commands.run(command, self, self._login.name, self._login.instructor)
        except NnsimError as error:
            self._refuse(str(error))
            return
        except asyncio.CancelledError:
            return
        except Exception as error:  # whatever it is, nobody waits for the end of a command that has none
            fault = f"a fault in nnsim ended this command ({type(error).__name__})"
            self._hub.log.note("fault", address=self._address, student=self._login.name, reason=fault)
            self._refuse(fault)
            return
        self.end(status, "")

    def _refuse(self, reason: str) -> None:
        self._chan.write_stderr(f"nnsim: {reason}\r\n".encode())
        self._chan.exit(USAGE)

    # ------------------------------------------------------------------ both ways

    def send(self, data: bytes) -> None:
        if not self._chan.is_closing():
            self._chan.write(data)

    def end(self, status: int, reason: str) -> None:
        if not self._chan.is_closing():
            if reason:
                self._chan.write(f"nnsim: {reason}; what was recorded is kept\r\n".encode())
            self._chan.exit(status & 0xFF)

    def data_received(self, data: bytes, datatype: Any) -> None:
        if self._terminal is not None:
            self._terminal.feed(data)

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        if self._terminal is not None:
            self._terminal.resize(width, height)

    def signal_received(self, signal_name: str) -> None:
        if self._terminal is not None and signal_name in ("INT", "TERM", "HUP"):
            self._terminal.signal(signal.Signals[f"SIG{signal_name}"])

    def break_received(self, msec: int) -> bool:
        return False

    def eof_received(self) -> bool:
        if self._terminal is not None:
            self._terminal.hang_up("its input has ended")
        return True  # what is still to be said is sent

    def pause_writing(self) -> None:
        if self._terminal is not None:
            self._terminal.pause()

    def resume_writing(self) -> None:
        if self._terminal is not None:
            self._terminal.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over()
        if self._task is not None:
            self._task.cancel()
        if self._terminal is not None:
            self._terminal.hang_up(
                "the connection was closed" if exc is None else f"the connection was lost: {exc}"
            )


def _texts(channel: asyncssh.SSHServerChannel[bytes]) -> dict[str, str]:
    """The environment that a client offers, as far as it is text."""
    found = {}
    for key, value in channel.get_environment_bytes().items():
        try:
            found[key.decode("ascii")] = value.decode("ascii")
        except UnicodeDecodeError:
            continue
    return found


async def listen(
    hub: ClassServer, access: Access, commands: PlainCommands, key: asyncssh.SSHKey, address: str, port: int
) -> asyncssh.SSHAcceptor:
    """Listens for connections.  Raises: NnsimError where the address cannot be had."""
    limits = hub.offer.limits
    try:
        return await asyncssh.listen(
            address,
            port,
            server_host_keys=[key],
            server_factory=lambda: SshConnection(hub, access, commands),
            encoding=None,
            line_editor=False,
            allow_pty=True,
            agent_forwarding=False,
            x11_forwarding=False,
            allow_scp=False,
            sftp_factory=None,
            process_factory=None,
            session_factory=None,
            kbdint_auth=False,
            host_based_auth=False,
            gss_auth=False,
            gss_kex=False,
            gss_host=None,
            rdns_lookup=False,
            config=[],
            login_timeout=limits.login_s,
            keepalive_interval=15,
            keepalive_count_max=4,
            server_version="nnsim",
            backlog=200,
        )
    except OSError as error:
        raise NnsimError(f"{address} port {port}: cannot be listened on: {error.strerror or error}") from None
