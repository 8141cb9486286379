"""The door for browsers: one page with a terminal in it, and a websocket for each session behind it.

Nothing is fetched from elsewhere: the page, the terminal and its font are this package's own files.
"""

import asyncio
import hmac
import json
import secrets
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from nnsim.errors import NnsimError
from nnsim.output_files import RECORDING_SUFFIX
from nnsim.serve.class_server import ClassServer, owns
from nnsim.serve.session_request import student_allowed
from nnsim.serve.terminal_session import USUAL, TerminalSession
from nnsim.text import printable_path

STATIC = {
    "xterm.js": "text/javascript",
    "addon-fit.js": "text/javascript",
    "page.js": "text/javascript",
    "xterm.css": "text/css",
    "page.css": "text/css",
    "mono.woff2": "font/woff2",
    "mono-bold.woff2": "font/woff2",
}
HEADERS = {
    # xterm.js sets styles of its own on the page.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
TERM = "xterm-256color"
COLOURS = {"COLORTERM": "truecolor"}
GUEST = "guest"
BROWSER = "nnsim-browser"  # the cookie by which a browser owns the name that it uses
MESSAGE_BYTES = 65_536  # of one message from a browser; keys are short, and a paste is cut into pieces
FRAME_BYTES = 1_000_000  # of one message to it, below every usual limit of a websocket
MOST_WAITING = 262_144  # bytes on their way to a browser before its session is held up
PING_S = 20.0


@dataclass(frozen=True)
class WebOptions:
    """Args: token: what an address must hold, None for nothing. certificate, key: files for TLS."""

    token: str | None
    certificate: Path | None = None
    key: Path | None = None

    def tls(self) -> ssl.SSLContext | None:
        """Raises: NnsimError where the files cannot be used."""
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.certificate, self.key)
        except ssl.SSLError:
            allowed = "a certificate and its key, both in PEM"
            raise NnsimError(
                f"--cert {self.certificate} --key {self.key}: do not fit (allowed: {allowed})"
            ) from None
        except OSError as error:
            raise NnsimError(
                f"--cert {self.certificate} --key {self.key}: cannot be read: {error.strerror}"
            ) from None
        return context


class BrowserLine:
    """What a session writes on its way to a browser.  Args: socket: open."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._waiting = bytearray()
        self._more = asyncio.Event()
        self._over: str | None = None
        self.session: TerminalSession | None = None

    def send(self, data: bytes) -> None:
        self._waiting += data
        self._more.set()
        if len(self._waiting) > MOST_WAITING and self.session is not None:
            self.session.pause()

    def end(self, status: int, reason: str) -> None:
        self._over = reason or "The session has ended. Load the page again for another one."
        self._more.set()

    async def carry(self) -> None:
        """Sends what is written until the session is over."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                piece = bytes(self._waiting[:FRAME_BYTES])
                del self._waiting[: len(piece)]
                await self._socket.send_bytes(piece)
                if len(self._waiting) <= MOST_WAITING and self.session is not None:
                    self.session.resume()
            if self._over is not None:
                await self._socket.send_str(json.dumps({"say": self._over}))
                await self._socket.close(code=WSCloseCode.OK)
                return


class WebDoor:
    """Answers browsers."""

    def __init__(self, hub: ClassServer, options: WebOptions) -> None:
        self._hub = hub
        self._options = options
        static = files("nnsim.serve") / "static"
        self._page = (static / "page.html").read_bytes()
        self._static = {name: (static / name).read_bytes() for name in STATIC}

    def application(self) -> web.Application:
        made = web.Application(client_max_size=MESSAGE_BYTES, middlewares=[_with_headers])
        made.router.add_get("/", self._answer_page)
        made.router.add_get("/replay/{name}", self._answer_page)
        made.router.add_get("/static/{name}", self._answer_static)
        made.router.add_get("/terminal", self._answer_terminal)
        return made

    async def _answer_page(self, request: web.Request) -> web.Response:
        self._check_token(request)
        answer = web.Response(body=self._page, content_type="text/html", charset="utf-8")
        if BROWSER not in request.cookies:
            secure = self._options.certificate is not None
            answer.set_cookie(BROWSER, secrets.token_urlsafe(24), httponly=True, samesite="Strict", secure=secure)
        return answer

    async def _answer_static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound
        return web.Response(body=self._static[name], content_type=STATIC[name])

    def _check_token(self, request: web.Request) -> None:
        expected = self._options.token
        if expected is not None and not hmac.compare_digest(
            request.query.get("token", "").encode(), expected.encode()
        ):
            self._hub.log.note("refused", address=request.remote, reason="a wrong token")
            raise web.HTTPForbidden(text="nnsim: the address lacks the token that was printed at the start\n")

    async def _answer_terminal(self, request: web.Request) -> web.WebSocketResponse:
        """A websocket: the bytes of a terminal, and as text what the browser says of its size."""
        self._check_token(request)
        origin, host = request.headers.get("Origin"), request.headers.get("Host")
        if origin is None or origin.partition("://")[2] != host:
            self._hub.log.note("refused", address=request.remote, reason="a foreign origin", origin=origin)
            raise web.HTTPForbidden(text="nnsim: only its own page may open a session\n")
        address = request.remote or "?"
        refusal = self._hub.connections.admit(address)
        if refusal:
            self._hub.log.note("refused", address=address, reason=refusal)
            raise web.HTTPServiceUnavailable(text=f"nnsim: no room: {refusal}\n")
        socket = web.WebSocketResponse(max_msg_size=MESSAGE_BYTES, heartbeat=PING_S, compress=True)
        try:
            await socket.prepare(request)
            await self._converse(request, socket, address)
        finally:
            self._hub.connections.release(address)
        return socket

    async def _converse(self, request: web.Request, socket: web.WebSocketResponse, address: str) -> None:
        line = BrowserLine(socket)
        try:
            session = self._open(request, line, address)
        except NnsimError as error:
            await socket.send_str(json.dumps({"say": f"nnsim: {error}"}))
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
            return
        line.session = session
        carrier = asyncio.get_running_loop().create_task(line.carry())
        try:
            async for message in socket:
                if message.type == WSMsgType.BINARY:
                    session.feed(message.data)
                elif message.type == WSMsgType.TEXT:
                    size = _size(message.data)
                    if size is not None:
                        session.resize(*size)
        finally:
            session.hang_up("the tab was closed")
            carrier.cancel()

    def _open(self, request: web.Request, line: BrowserLine, address: str) -> TerminalSession:
        student = request.query.get("student", GUEST)
        if not student_allowed(student):
            raise NnsimError("student: is no name (allowed: letters, digits, . _ -, at most 32)")
        browser = request.cookies.get(BROWSER, "")
        if self._hub.offer.folder.training and not (
            browser and owns(self._hub.offer.data, student, f"web:{browser}")
        ):
            raise NnsimError(f"{student}: belongs to another browser (allowed: ?student=NAME with your own)")
        opens = None
        if name := request.query.get("opens"):
            opens = self._hub.offer.folder.find(name)
            if opens.suffix != RECORDING_SUFFIX:
                raise NnsimError(f"{printable_path(Path(opens.name))}: is no recording")
        return self._hub.open(
            student,
            address,
            line,
            term=TERM,
            offered={**COLOURS, "LANG": locale_of(request.headers.get("Accept-Language", ""))},
            size=_size(json.dumps({key: _number(request.query.get(key)) for key in ("columns", "rows")})) or USUAL,
            opens=opens,
            at=request.query.get("at"),
            way="web",
        )


def locale_of(accepted: str) -> str:
    """The locale of the language that a browser names first: `de_AT.UTF-8` for `de-AT,de;q=0.9`."""
    language, _, country = accepted[:20].partition(",")[0].partition(";")[0].strip().partition("-")
    return f"{language.lower()}_{country.upper()}.UTF-8" if country else f"{language.lower() or 'C'}.UTF-8"


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 0


def _size(text: str) -> tuple[int, int] | None:
    """Columns and rows that a message names, None where it names none."""
    try:
        found = json.loads(text)
        columns, rows = found["columns"], found["rows"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    fits = all(isinstance(one, int) and 0 <= one <= 65535 for one in (columns, rows))
    return (columns, rows) if fits else None


@web.middleware
async def _with_headers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        answer = await handler(request)
    except web.HTTPException as error:
        error.headers.update(HEADERS)
        raise
    if not answer.prepared:
        answer.headers.update(HEADERS)
    return answer


async def listen(hub: ClassServer, options: WebOptions, address: str, port: int) -> tuple[int, "web.AppRunner"]:
    """Listens for browsers.  Returns: the port, and what ends it.  Raises: NnsimError."""
    runner = web.AppRunner(WebDoor(hub, options).application(), access_log=None, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, address, port, ssl_context=options.tls(), backlog=200)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise NnsimError(f"{address} port {port}: cannot be listened on: {error.strerror or error}") from None
    addresses: list[Any] = runner.addresses
    return addresses[0][1], runner
