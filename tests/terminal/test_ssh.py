"""A recording replayed through OpenSSH."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminal import PATIENCE_S, ROOT

from nnsim.recording import save


@pytest.fixture(scope="module")
def recorded(trained, tmp_path_factory):
    """A run of xor in a file, and the run."""
    run = trained("xor")
    path = tmp_path_factory.mktemp("recorded") / "x.nnsim"
    save(path, [run.timeline])
    return path, run.timeline


@pytest.fixture
def replayed(opened, sshd, recorded):
    """The recording in a terminal on the other side of an SSH connection."""

    def start(**settings):
        terminal = opened(command=sshd.command("replay", recorded[0]), **settings)
        terminal.wait_for("epoch 0/10,000")
        return terminal

    return start


def processes_with(argument):
    """The processes on this machine that have an argument in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(argument).encode() in words and b"replay" in words:
            found.append(int(path.parent.name))
    return found


def loss_of(timeline, epoch):
    return f"loss {timeline.record(epoch * timeline.steps_per_epoch)['loss']:.6g} "


def test_end_and_g_show_the_losses_that_were_recorded(replayed, recorded):
    _, timeline = recorded
    terminal = replayed()
    terminal.keys("end")
    terminal.wait_for("epoch 10,000/10,000")
    terminal.wait_for(loss_of(timeline, 10_000))
    terminal.keys("g")
    terminal.wait_for("Go to")
    terminal.keys("100", "enter")
    terminal.wait_for("epoch 100/10,000")
    terminal.wait_for(loss_of(timeline, 100))
    terminal.keys("q")
    assert terminal.exit_status() == 0
    terminal.check_restored()


def test_the_size_of_the_terminal_and_a_new_one_reach_the_other_side(replayed):
    terminal = replayed(columns=100, lines=30)
    terminal.wait_for(lambda: terminal.lines[29].startswith(" space play"))
    assert max(map(len, terminal.lines)) == 100
    terminal.resize(80, 24)
    terminal.wait_for(lambda: terminal.lines[23].startswith(" space play"))
    terminal.settle()
    assert max(map(len, terminal.lines)) == 80
    terminal.keys("\x03")
    assert terminal.exit_status() == 130


def test_when_the_connection_is_cut_nothing_is_left_behind(replayed, recorded):
    path, _ = recorded
    before = path.read_bytes()
    terminal = replayed()
    terminal.keys("+" * 3, " ")
    terminal.wait_for("playing")
    assert processes_with(path)
    os.kill(terminal.process.pid, signal.SIGKILL)
    until = time.monotonic() + PATIENCE_S
    while left := processes_with(path):
        assert time.monotonic() < until, f"still there: {left}"
        terminal.read()
    assert [one.name for one in path.parent.iterdir()] == ["x.nnsim"]
    assert path.read_bytes() == before


def test_a_forced_command_replays_and_writes_nothing(opened, sshd, recorded, tmp_path):
    path, _ = recorded
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", sshd.folder / "forced"], check=True)
    home = tmp_path / "home"
    home.mkdir()
    words = ["env", f"HOME={home}", f"PYTHONPATH={ROOT}", "LANG=C.UTF-8", sys.executable, "-m", "nnsim"]
    command = shlex.join([*words, "replay", "--read-only", str(path)])
    public = (sshd.folder / "forced.pub").read_text()
    with (sshd.folder / "authorized_keys").open("a") as keys:
        keys.write(f'command="{command}",restrict,pty {public}')
    asked = [
        one if one != str(sshd.folder / "user") else str(sshd.folder / "forced") for one in sshd.command("list")
    ]
    terminal = opened(command=asked)  # whatever is asked for, the recording comes
    terminal.wait_for("epoch 0/10,000")
    terminal.keys("w")
    terminal.wait_for("read-only")
    terminal.keys("T")
    terminal.wait_for("read-only")
    terminal.keys("q")
    assert terminal.exit_status() == 0
    terminal.check_restored()
    assert [*home.rglob("*")] == []
