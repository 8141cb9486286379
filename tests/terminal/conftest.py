"""Terminals that are closed after each test, one that nobody reads, and OpenSSH's server."""

import pytest
from sshd import SERVER, Sshd
from terminal import Terminal, nnsim


@pytest.fixture
def opened():
    """Starts a command in a terminal."""
    terminals = []

    def start(*arguments, command=None, **settings):
        terminals.append(Terminal(command or nnsim(*arguments), **settings))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture(scope="session", autouse=True)
def unread():
    """A workbench on a terminal that nobody reads any more since the first of these tests began."""
    terminal = Terminal(nnsim("open", "xor"))
    terminal.wait_for("epoch 0/")
    terminal.size(400, 150)  # more to draw than what lies between the two can hold
    yield terminal
    terminal.close()


@pytest.fixture(scope="session")
def sshd(tmp_path_factory):
    """OpenSSH's server on a free port."""
    if SERVER is None:
        pytest.skip("OpenSSH's server is not installed")
    server = Sshd(tmp_path_factory.mktemp("sshd"))
    yield server
    server.close()
