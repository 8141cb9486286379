"""Running the command line: inside this process, and as a program of its own where the process itself matters."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from nnsim.cli import execute

ROOT = Path(__file__).resolve().parents[2]


class Outcome(NamedTuple):
    """What a command line came to."""

    status: int
    out: str
    err: str


@pytest.fixture
def nnsim(capsys):
    """Carries out a command line in this process."""

    def run(*arguments):
        status = execute([str(one) for one in arguments])
        return Outcome(status, *capsys.readouterr())

    return run


@pytest.fixture
def program():
    """Runs a program without a terminal, by default nnsim itself."""

    def run(*arguments, command=("-m", "nnsim"), **environment):
        done = subprocess.run(
            [sys.executable, *command, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
            env=os.environ | environment,
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def diverging(tmp_path):
    """A scenario file whose learning rate is far too large."""
    path = tmp_path / "steep.toml"
    path.write_text(
        'title = "t"\nsummary = "s"\n[data]\nkind = "table"\ninputs = [[1.0], [2.0], [3.0]]\n'
        'targets = [[1.0], [2.0], [3.0]]\n[model]\noutput = "linear"\n[schedule]\nkind = "constant"\nrate = 10.0\n',
        encoding="utf-8",
    )
    return path
