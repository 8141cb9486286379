"""Who gets in: keys, passwords or anyone; failed attempts are slowed by their address."""

import asyncio
import os
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.serve.session_request import student_allowed

if TYPE_CHECKING:
    import asyncssh

MOST_BYTES = 1_000_000  # of a file of keys or passwords
LONGEST_PASSWORD = 1024
HASHING_AT_ONCE = 2  # each takes some 64 MB for a moment
FIRST_DELAY_S, LONGEST_DELAY_S, FORGET_S = 0.5, 16.0, 600.0
MOST_ADDRESSES = 4096


class FailedLogins:
    """How often each address has failed of late: every failure doubles how long the next answer takes."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def delay_s(self, address: str, now_s: float) -> float:
        count, last_s = self._failures.get(address, (0, 0.0))
        if count == 0 or now_s - last_s > FORGET_S:
            return 0.0
        return float(min(FIRST_DELAY_S * 2 ** (count - 1), LONGEST_DELAY_S))

    def note(self, address: str, now_s: float) -> None:
        count, last_s = self._failures.pop(address, (0, 0.0))
        self._failures[address] = (1 if now_s - last_s > FORGET_S else count + 1, now_s)
        while len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)

    def forget(self, address: str) -> None:
        self._failures.pop(address, None)


class Passwords:
    """The names and hashes of a password file: a line `NAME:HASH` each, the hash as argon2 writes it."""

    def __init__(self, hashes: dict[str, str]) -> None:
        from argon2 import PasswordHasher

        self._hasher = PasswordHasher()
        self._hashes = hashes
        # Against which the password of a name that does not exist is held, so that both take equally long.
        self._nobody = self._hasher.hash(os.urandom(16).hex())
        self._room = asyncio.Semaphore(HASHING_AT_ONCE)

    @classmethod
    def read(cls, path: Path) -> "Passwords":
        """Raises: NnsimError where the file cannot be read, or a line has another form."""
        text, _ = _read(path)
        hashes = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            name, colon, hashed = line.strip().partition(":")
            if not (colon and student_allowed(name) and hashed.startswith("$argon2")):
                raise NnsimError(f"{path}: line {number}: is no NAME:HASH (nnsim serve password NAME prints one)")
            hashes[name] = hashed
        return cls(hashes)

    async def right(self, name: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        if len(password) > LONGEST_PASSWORD:
            return False

        def verify() -> bool:
            try:
                return self._hasher.verify(self._hashes.get(name, self._nobody), password)
            except (VerificationError, InvalidHashError):
                return False

        async with self._room:
            return await asyncio.get_running_loop().run_in_executor(None, verify) and name in self._hashes


@dataclass(frozen=True)
class Access:
    """What lets a person in: a key, a password, or nothing."""

    students: "asyncssh.SSHAuthorizedKeys | None" = None
    instructors: "asyncssh.SSHAuthorizedKeys | None" = None
    passwords: Passwords | None = None
    anyone: bool = False
    failed: FailedLogins = field(default_factory=FailedLogins)

    async def slow_down(self, address: str) -> None:
        """Waits as long as an address has earned by failing."""
        await asyncio.sleep(self.failed.delay_s(address, time.monotonic()))

    def note_failure(self, address: str) -> None:
        self.failed.note(address, time.monotonic())


def read_keys(path: Path | None) -> "asyncssh.SSHAuthorizedKeys | None":
    """A file of public keys, as OpenSSH's authorized_keys.  Raises: NnsimError."""
    if path is None:
        return None
    import asyncssh

    try:
        text, _ = _read(path)
    except NnsimError as error:
        raise NnsimError(str(error).replace("cannot be read:", "no keys can be read from it:")) from None
    lines = [one.strip() for one in text.splitlines()]
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        try:
            asyncssh.import_authorized_keys(line)
        except (ValueError, asyncssh.KeyImportError):
            form = "ssh-ed25519 AAAA... NAME, as in a .pub file"
            raise NnsimError(f"{path}: line {number}: is no public key (allowed: {form})") from None
    if not any(line and not line.startswith("#") for line in lines):
        raise NnsimError(f"{path}: holds no key (allowed: a line for each, as in a .pub file)")
    return asyncssh.import_authorized_keys("\n".join(lines))


def host_key(path: Path, files: OutputFiles) -> "asyncssh.SSHKey":
    """The server's Ed25519 key, made on first use, which its owner alone may read.

    Args: files: writes it; the process's umask keeps it from others.  Raises: NnsimError.
    """
    import asyncssh

    try:
        if not path.exists():
            files.write(path, asyncssh.generate_private_key("ssh-ed25519").export_private_key(), "no key is made")
        text, mode = _read(path)
        if mode & 0o077:
            raise NnsimError(f"{path}: others may read this key (allowed: mode 600; chmod 600 {path})")
        return asyncssh.import_private_key(text)
    except asyncssh.KeyImportError as error:
        raise NnsimError(f"{path}: is no private key: {error}") from None


def _read(path: Path) -> tuple[str, int]:
    """A small file and its mode.  Raises: NnsimError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise NnsimError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise NnsimError(f"{path}: is larger than {MOST_BYTES:,} bytes")
    return content.decode("utf-8", "replace"), mode
