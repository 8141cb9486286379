"""Terminals that are closed after each test, a process that is quick to start them, and OpenSSH's server."""

import pytest
from sshd import SERVER, Sshd
from terminal import PATIENCE_S, Python, Terminal, environment, nnsim
from warm import Warm


@pytest.fixture(scope="session")
def warm():
    """A process that has imported nnsim."""
    process = Warm(environment())
    yield process
    process.close(PATIENCE_S)


@pytest.fixture
def opened(warm):
    """Starts a program in a terminal: nnsim with these arguments, warm if its environment is the usual one."""
    terminals = []

    def start(*arguments, command=None, environ=None, **settings):
        if command is None and environ is None:
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
