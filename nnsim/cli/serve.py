"""`nnsim serve`: a folder of scenarios and recordings for a class, over SSH or in a browser."""

import asyncio
import os
import secrets
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.cli.output import complain, say, say_json
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.scenario.language import LANGUAGE_VARIABLE, language_code, wanted_language
from nnsim.serve.class_server import ClassServer, Offer
from nnsim.serve.control import ControlSocket, ask, check_port
from nnsim.serve.limits import Limits
from nnsim.serve.served_folder import ServedFolder
from nnsim.serve.session_log import SessionLog
from nnsim.serve.session_request import SessionRequest, student_allowed
from nnsim.serve.spawner import Spawner
from nnsim.terminal.capabilities import why_no_screen

if TYPE_CHECKING:
    from nnsim.serve.access import Access

LOOPBACK = "127.0.0.1"
NOTHING = ".nnsim"  # a name that no served folder lists
PRELOADED = (
    "numpy.ma",  # which other functions of NumPy import when they are first called
    *("nnsim.recording.growing", "nnsim.recording.background", "nnsim.session.session"),
    *("nnsim.lessons.glossary", "nnsim.lessons.progress_notes", "nnsim.logs.run_set"),
    *(
        "screens.app",
        "screens.home",
        "screens.widgets.lesson_preview",
        "screens.dialogs.save",
        "screens.dialogs.picker",
        "screens.dialogs.basic",
    ),
)
REHEARSED = ("xor",)  # scenarios
DATABASE = b"SQLite format 3\0"  # how a recording begins; the server itself does without what reads one
CONTROL = "serve"  # the folder of sockets, under the user's state


@dataclass(frozen=True)
class ServeOptions:
    """What the command line says, for both doors."""

    folder: Path
    port: int
    address: str | None
    training: bool
    data: Path | None
    kiosk: Path | None
    loop: bool
    json_log: bool
    limits: Limits
    files: OutputFiles

    def offer(self) -> Offer:
        """Raises: NnsimError where something does not go together or is not there."""
        folder = ServedFolder.at(self.folder, self.training)
        if not 0 <= self.port <= 65535:
            raise NnsimError(f"--port {self.port}: is no port (allowed: 0 to 65535; 0 takes a free one)")
        if self.training and self.data is None:
            raise NnsimError("--allow-training: needs --data DIR, the folder that keeps the students' runs")
        check_port(self.address or LOOPBACK, self.port)
        if self.data is not None and (
            folder.path == self.data.resolve() or folder.path.is_relative_to(self.data.resolve())
        ):
            raise NnsimError(f"--data {self.data}: holds the served folder (allowed: a folder of its own)")
        if self.loop and self.kiosk is None:
            raise NnsimError("--loop: goes with --kiosk FILE.nnsim")
        kiosk = None
        if self.kiosk is not None:
            kiosk = _recording(self.kiosk)
        data = None if self.data is None else self._data(self.data)
        language = os.environ.get(LANGUAGE_VARIABLE, "")
        if language:
            language = language_code(language, LANGUAGE_VARIABLE)
        return Offer(folder, self.limits, data, kiosk, self.loop, language)

    def _data(self, data: Path) -> Path:
        """The folder of the students' folders, made where it is missing.  Raises: NnsimError."""
        if data.exists() and not data.is_dir():
            raise NnsimError(f"--data {data}: is no folder (allowed: one for the students' runs)")
        self.files.make_folder(data, "no server is started")
        if not os.access(data, os.W_OK | os.X_OK):
            raise NnsimError(f"--data {data}: cannot be written to (allowed: a folder of this account)")
        return data.resolve()


def _recording(path: Path) -> Path:
    """Raises: NnsimError where a file is no recording, as far as its first bytes tell: a session reads the rest."""
    if not path.is_file():
        raise NnsimError(f"--kiosk {path}: is no file")
    try:
        with path.open("rb") as file:
            begins_as_one = file.read(len(DATABASE)) == DATABASE
    except OSError as error:
        raise NnsimError(f"--kiosk {path}: cannot be read: {error.strerror}") from None
    if not begins_as_one:
        raise NnsimError(f"--kiosk {path}: is no recording (allowed: FILE.nnsim)")
    return path.resolve()


@dataclass(frozen=True)
class SshOptions:
    """What `nnsim serve ssh` adds."""

    authorized_keys: Path | None
    password_file: Path | None
    instructor_keys: Path | None
    anyone: bool
    host_key: Path | None

    def access(self) -> "Access":
        """Raises: NnsimError where nothing says who may log in, or a file of keys or passwords cannot be read."""
        from nnsim.serve.access import Access, Passwords, read_keys

        if not (self.authorized_keys or self.password_file or self.anyone):
            raise NnsimError("who may log in? (allowed: --authorized-keys FILE, --password-file FILE, --anyone)")
        passwords = None
        if self.password_file is not None:
            _require("argon2")
            passwords = Passwords.read(self.password_file)
        return Access(read_keys(self.authorized_keys), read_keys(self.instructor_keys), passwords, self.anyone)


def _require(module: str, extra: str = "ssh") -> None:
    if find_spec(module) is None:
        raise NnsimError(f"nnsim serve needs the package {module}: pip install 'nnsim[{extra}]'")


def serve_ssh(options: ServeOptions, ssh: SshOptions) -> int:
    """Lets a class in over SSH, until it is told to end.  Returns: the exit status.  Raises: NnsimError."""
    _require("asyncssh")
    offer = options.offer()
    os.umask(0o077)  # keys, sockets and what students make are this account's alone
    spawner = Spawner(play, preload)  # first, so that sessions hold nothing of the server's own libraries
    access = ssh.access()
    from nnsim.serve.access import host_key

    key = host_key(ssh.host_key or options.files.state / CONTROL / "host_key", options.files)
    if access.anyone:
        complain("--anyone: everybody who reaches this port gets in, under any name")

    async def open_door(hub: ClassServer) -> Door:
        from nnsim.serve.plain_commands import PlainCommands
        from nnsim.serve.ssh_server import listen

        address = options.address or LOOPBACK
        acceptor = await listen(hub, access, PlainCommands(hub), key, address, options.port)
        port = acceptor.get_port()
        greeting = (
            f"nnsim serves {offer.folder.path}: ssh -p {port} NAME@{address} (host key {key.get_fingerprint()})"
        )

        async def close() -> None:
            acceptor.close()

        return Door(port, greeting, close)

    return _run(options, offer, spawner, open_door)


def serve_web(options: ServeOptions, token: bool, certificate: Path | None, key: Path | None) -> int:
    """Lets a class in by their browsers, until it is told to end.  Returns, raises: as `serve_ssh`."""
    _require("aiohttp", "web")
    if (certificate is None) != (key is None):
        raise NnsimError("--cert and --key: go together")
    offer = options.offer()
    os.umask(0o077)
    spawner = Spawner(play, preload)
    from nnsim.serve.web_server import WebOptions, listen

    secret = secrets.token_urlsafe(16) if token else None
    web = WebOptions(secret, certificate, key)
    web.tls()  # which complains of files that cannot be used

    async def open_door(hub: ClassServer) -> Door:
        address = options.address or LOOPBACK
        port, runner = await listen(hub, web, address, options.port)
        scheme = "http" if certificate is None else "https"
        greeting = f"{scheme}://{address}:{port}/" + (f"?token={secret}" if secret else "")
        return Door(port, f"nnsim serves {offer.folder.path}: {greeting}", runner.cleanup)

    return _run(options, offer, spawner, open_door)


@dataclass(frozen=True)
class Door:
    """A way in that is open.  Args: greeting: the first line that is printed. close: stops listening."""

    port: int
    greeting: str
    close: Callable[[], Awaitable[None]]


def _run(
    options: ServeOptions, offer: Offer, spawner: Spawner, open_door: Callable[[ClassServer], Awaitable[Door]]
) -> int:
    """Runs a server until SIGTERM, SIGINT or SIGHUP, then drains it."""
    spawner.wait_until_ready()

    async def serve() -> int:
        hub = ClassServer(offer, spawner, SessionLog(options.json_log))
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, asked.set)
        hub.begin()
        door = await open_door(hub)
        control = ControlSocket(options.files.state / CONTROL, door.port, options.files, hub.status)
        await control.open()
        try:
            say(door.greeting)
            await asked.wait()
            hub.log.note("closing", sessions=len(hub.sessions))
            hub.closing = True
            await hub.drain()
            await door.close()
        finally:
            control.close()
        return 0

    return asyncio.run(serve())


def preload() -> None:
    """Imports what every session needs, once, in the process that all of them are forked from."""
    for name in PRELOADED:
        import_module(name)
    import scenarios
    from nnsim.scenario.scenario import read_scenario
    from nnsim.session.session import Session
    from screens.capture.headless import photograph
    from screens.loading import import_rest, import_workbench

    import_workbench()
    import_rest()
    # A session that nobody sees: what it parses, compiles and caches is then there for all, in shared memory.
    for name in REHEARSED:
        session = Session.of_scenario(read_scenario(scenarios.path_of(name)))
        session.motion.head_for(session.view.end)
        photograph(session, (120, 40))


def play(request: SessionRequest) -> int:
    """Carries a session out: the process's standard streams are its terminal."""
    from screens.app import open_home, open_replay

    if reason := why_no_screen(os.environ, True, True):
        raise NnsimError(f"{reason} (allowed: ssh HOST list, show NAME, watch NAME --json)")
    # A session that keeps nothing is read-only, and looks for preferences where nothing is.
    files = OutputFiles(writable=request.own is not None, root=request.own or request.folder / NOTHING)
    served = ServedFolder(request.folder, request.may_train)
    if request.opens is None:
        return open_home(files, served=served)
    from nnsim.recording import open_recording
    from nnsim.session.playback import PlaybackOptions
    from nnsim.timeline import parse_place

    place = None if request.at is None else parse_place(request.at)
    playing = PlaybackOptions(at=place, loop=request.loop)
    recording = open_recording(request.opens, language=wanted_language(os.environ))
    return open_replay(recording, files, playing, served=served)


def status(files: OutputFiles, as_json: bool) -> int:
    """Lists the sessions of the servers of this account.  Raises: NnsimError where none runs."""
    from nnsim.serve.plain_commands import status_lines

    sessions = ask(files.state / CONTROL)
    if as_json:
        say_json(sessions)
    else:
        say("\n".join(status_lines(sessions)) if sessions else "nobody is there")
    return 0


def password_line(name: str) -> int:
    """Asks for a password and prints the line of a password file."""
    import click

    if not student_allowed(name):
        raise NnsimError(f"{name!r}: is no name to log in by (allowed: letters, digits, . _ -, at most 32)")
    _require("argon2")
    from argon2 import PasswordHasher

    word = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    say(f"{name}:{PasswordHasher().hash(word)}")
    return 0
