"""Terminals that are closed after each test, a process that is quick to start them, and OpenSSH's server."""

import pytest
from sshd import SERVER, Sshd
from terminal import PATIENCE_S, Python, Terminal, environment, nnsim
from warm import Warm

# Variables that nnsim reads when it looks for a folder, and nothing reads while it is imported.
READ_LATER = ("HOME", "XDG_", "NNSIM_READ_ONLY")


@pytest.fixture(scope="session")
def warm():
    """A process that has imported nnsim."""
    process = Warm(environment())
    yield process
    process.close(PATIENCE_S)


@pytest.fixture
def opened(warm):
    """Starts a program in a terminal: nnsim with these arguments, warm unless its start reads the environment."""
    terminals = []

    def start(*arguments, command=None, environ=None, **settings):
        if command is None and all(name.startswith(READ_LATER) for name in environ or ()):
            command = Python(arguments=tuple(map(str, arguments)))
        terminals.append(Terminal(command or nnsim(*arguments), environ=environ, warm=warm, **settings))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture(scope="session")
def sshd(tmp_path_factory):
    """OpenSSH's server on a free port."""
    if SERVER is None:
        pytest.skip("OpenSSH's server is not installed")
    server = Sshd(tmp_path_factory.mktemp("sshd"))
    yield server
    server.close()
