"""Connections to a server for SSH, and the process of a session: how many there may be, and what they share."""

import asyncio
import io
import os
import subprocess
import sys
from functools import partial

import asyncssh
import pytest
from terminal import PATIENCE_S, environment

from nnsim.errors import NnsimError
from nnsim.serve.access import Access
from nnsim.serve.class_server import ClassServer, Offer
from nnsim.serve.limits import Connections, Limits
from nnsim.serve.plain_commands import PlainCommands
from nnsim.serve.served_folder import ServedFolder
from nnsim.serve.session_log import SessionLog
from nnsim.serve.ssh_server import listen


async def test_a_connection_without_a_session_is_closed(tmp_path):
    """Nobody keeps a place of the class by logging in and doing nothing."""
    hub = ClassServer(Offer(ServedFolder(tmp_path), Limits(login_s=0.2)), None, SessionLog(out=io.StringIO()))
    key = asyncssh.generate_private_key("ssh-ed25519")
    acceptor = await listen(hub, Access(anyone=True), PlainCommands(hub), key, "127.0.0.1", 0)
    one = await asyncssh.connect(
        "127.0.0.1",
        acceptor.get_port(),
        username="anna",
        known_hosts=None,
        client_keys=None,
        agent_path=None,
        config=[],
    )
    async with asyncio.timeout(PATIENCE_S):
        await one.wait_closed()
    acceptor.close()


def test_whoever_says_nothing_keeps_nobody_out():
    """The oldest silent connection goes, from the address that has most; one that has logged in never does."""
    connections, dropped = Connections(Limits(connections=4, per_address=3)), []
    first, second, third, fourth = (
        partial(lambda name, reason: dropped.append((name, reason)), n) for n in range(4)
    )
    for drop, address in ((first, "a"), (second, "b"), (third, "b")):
        assert connections.admit(address, drop) == ""
    assert connections.admit("c") == ""  # a browser's, that has shown its token
    connections.logged_in(first)
    assert connections.admit("d", fourth) == ""
    assert dropped == [(1, "4 connections are open, and it has not logged in")]
    for drop in (third, fourth):
        connections.logged_in(drop)
    assert connections.admit("e") == "4 connections are open"
    connections.release("b", third)
    assert connections.admit("e") == ""
    assert connections.by_address == {"a": 1, "c": 1, "d": 1, "e": 1}


def test_an_address_has_its_own_cap_and_drops_its_own():
    connections, dropped = Connections(Limits(connections=9, per_address=2)), []
    for name in range(3):
        assert connections.admit("a", partial(lambda name, reason: dropped.append((name, reason)), name)) == ""
    assert dropped == [(0, "2 connections are open from its address, and it has not logged in")]
    assert connections.admit("b") == ""


async def test_a_student_gets_in_while_hundreds_of_connections_say_nothing(tmp_path):
    log = io.StringIO()
    hub = ClassServer(Offer(ServedFolder(tmp_path), Limits(connections=20)), None, SessionLog(out=log))
    key = asyncssh.generate_private_key("ssh-ed25519")
    acceptor = await listen(hub, Access(anyone=True), PlainCommands(hub), key, "127.0.0.1", 0)
    port = acceptor.get_port()
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
    async with asyncio.timeout(PATIENCE_S):
        one = await asyncssh.connect(
            "127.0.0.1", port, username="anna", known_hosts=None, client_keys=None, agent_path=None, config=[]
        )
    assert hub.connections.by_address.total() == 20
    assert log.getvalue().count("20 connections are open, and it has not logged in") == 181
    one.abort()
    for _, writer in silent:
        writer.close()
    acceptor.close()
    await acceptor.wait_closed()


class Heard:
    """A line that keeps what is sent."""

    def __init__(self):
        self.text = b""

    def send(self, data):
        self.text += data


async def test_names_of_files_are_listed_without_what_a_terminal_would_obey(tmp_path):
    """Escape sequences, line ends and bytes that are no UTF-8: the last ones left the client waiting for ever."""
    for name in (b"a\x1b]0;red\x07.toml", b"b\nc.toml", b"d\xff.toml"):
        (tmp_path / os.fsdecode(name)).touch()
    hub, line = ClassServer(Offer(ServedFolder(tmp_path), Limits()), None, SessionLog(out=io.StringIO())), Heard()
    commands = PlainCommands(hub)
    assert await commands.run("list", line, "anna", instructor=False) == 0
    names = line.text.decode().splitlines()
    assert len(names) == 3
    assert all(name.isprintable() for name in names)
    for name in ("a\x1b]0;red\x07", "d\udcff"):
        with pytest.raises(NnsimError, match="is no recording") as raised:
            await commands.run(f"show '{name}'", line, "anna", instructor=False)
        assert str(raised.value).isprintable()


async def test_a_command_that_fails_ends_with_a_line(tmp_path, monkeypatch):
    """Its client is not left waiting, and is told of no path."""

    def fail(*_):
        raise RuntimeError("/secret")

    monkeypatch.setattr(PlainCommands, "run", fail)
    log = io.StringIO()
    hub = ClassServer(Offer(ServedFolder(tmp_path), Limits()), None, SessionLog(out=log))
    key = asyncssh.generate_private_key("ssh-ed25519")
    acceptor = await listen(hub, Access(anyone=True), PlainCommands(hub), key, "127.0.0.1", 0)
    async with (
        asyncio.timeout(PATIENCE_S),
        asyncssh.connect(
            *("127.0.0.1", acceptor.get_port()),
            username="anna",
            known_hosts=None,
            client_keys=None,
            agent_path=None,
            config=[],
        ) as one,
    ):
        done = await one.run("list")
    acceptor.close()
    said = "a fault in nnsim ended this command (RuntimeError)"
    assert (done.exit_status, done.stderr.strip()) == (2, f"nnsim: {said}")
    assert said in log.getvalue()


IMPORTS = """
import sys
from nnsim.cli.serve import preload
preload()
before = set(sys.modules)
import scenarios
from nnsim.scenario.scenario import read_scenario
from nnsim.session.session import Session
from screens.capture.headless import Caption, photograph_pane
session = Session.of_scenario(read_scenario(scenarios.path_of("xor")), "article", {"train.epochs": 50})
session.tracks[0].run.advance_to(50)
session.follow.go_newest()
for pane in ("loss", "network", "weights", "metrics"):
    photograph_pane(session, (80, 24), pane, Caption())
print(*sorted(set(sys.modules) - before))
"""


def test_what_a_session_draws_with_is_imported_before_it_is_forked():
    """Whatever is imported later is in the memory of each session, and not in that which all share."""
    words = [sys.executable, "-c", IMPORTS]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=PATIENCE_S, check=True)
    assert done.stdout == "\n"


HANG_UPS = """
import os, pty, select, signal, sys
from pathlib import Path
from nnsim.serve.session_request import SessionRequest
from nnsim.serve.spawner import Spawner
from nnsim.serve.terminal_session import TerminalSession
spawner = Spawner(lambda request: signal.pause(), lambda: None)
spawner.wait_until_ready()
def heard():
    assert select.select([spawner], [], [], float(sys.argv[1]))[0], "the session never ended"
    return spawner.heard()
for number in range(20):
    session = TerminalSession(number, SessionRequest("anna", Path("/")), "", None)
    master, slave = pty.openpty()
    spawner.start(number, session.request, slave)
    session.pid = heard()["pid"]
    session.hang_up("gone")
    print(heard()["status"])
    os.close(master), os.close(slave)
spawner.close()
"""


def test_whoever_vanishes_at_once_leaves_no_session():
    """The process that has only just been forked ignores no hang-up, and needs no killing seconds later."""
    words = [sys.executable, "-c", HANG_UPS, "5"]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=PATIENCE_S, check=False)
    assert done.stdout.split() == ["-1"] * 20, done.stderr
