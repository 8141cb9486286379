"""The server's own sockets: whether its port is free, and the one that `nnsim serve status` asks."""

import asyncio
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.text import clean_line

ANSWER_BYTES = 10_000_000
WAIT_S = 5.0
SUFFIX = ".sock"


def check_port(address: str, port: int) -> None:
    """Whether a server may listen there, before anything is begun for it.  Raises: NnsimError."""
    try:
        for family, kind, protocol, _, place in socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            with socket.socket(family, kind, protocol) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server's own
                trial.bind(place)
                trial.listen()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no address"
        raise NnsimError(
            f"--address {clean_line(address)} --port {port}: cannot be listened on: {reason or error}"
        ) from None


class ControlSocket:
    """A server's socket, named by its port, which its owner alone can open.

    Args: files: makes its folder. status: what it answers with.
    """

    def __init__(
        self, folder: Path, port: int, files: OutputFiles, status: Callable[[], list[dict[str, Any]]]
    ) -> None:
        self._files = files
        self._path = folder / f"{port}{SUFFIX}"
        self._status = status

    async def open(self) -> None:
        """Raises: NnsimError where the socket cannot be made."""
        self._files.make_folder(self._path.parent, "no server is started")
        try:
            self._remove_name()  # of a server that was killed
            self._server = await asyncio.start_unix_server(self._answer, self._path)
        except OSError as error:
            raise NnsimError(f"{self._path}: cannot be made: {error.strerror or error}") from None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps(self._status()).encode())
        writer.close()

    def close(self) -> None:
        self._server.close()
        self._remove_name()

    def _remove_name(self) -> None:
        """Removes the name of the socket."""
        self._path.unlink(missing_ok=True)


def ask(folder: Path) -> list[dict[str, Any]]:
    """The sessions of all servers that run under this account.  Raises: NnsimError where none does."""
    found: list[dict[str, Any]] = []
    answered = False
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(WAIT_S)
            try:
                client.connect(os.fspath(path))
                answer = b""
                while len(answer) < ANSWER_BYTES and (data := client.recv(65_536)):
                    answer += data
            except OSError:
                continue  # a server that was killed has left its socket
        answered = True
        found += [{"port": int(path.stem), **one} for one in json.loads(answer)]
    if not answered:
        raise NnsimError("no server runs under this account (nnsim serve ssh FOLDER starts one)")
    return found
