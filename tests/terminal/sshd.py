"""OpenSSH's own server on loopback, with keys and a configuration of its own, and its own client."""

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from terminal import PATIENCE_S, ROOT

# It stands in a folder that is not on every user's path, and wants to be started by its whole name.
SERVER = shutil.which("sshd", path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"]))
CONFIGURATION = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized_keys
PidFile {folder}/pid
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitUserEnvironment no
PrintMotd no
PrintLastLog no
X11Forwarding no
"""


class Sshd:
    """Args: folder: where keys and configuration go. Nothing else on the machine is changed."""

    def __init__(self, folder: Path):
        self.folder = folder
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # as root, sshd does not start without
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        (folder / "authorized_keys").write_text((folder / "user.pub").read_text())
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        (folder / "config").write_text(CONFIGURATION.format(port=self.port, folder=folder))
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            [SERVER, "-D", "-e", "-f", folder / "config"], stdin=subprocess.DEVNULL, stderr=self.log
        )
        self._wait_for_port()

    def _wait_for_port(self):
        until = time.monotonic() + PATIENCE_S
        while True:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, "sshd does not listen"

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.log.close()

    def command(self, *arguments, port=None, environ=None):
        """`ssh -t` with nnsim and its arguments on the other side."""
        set_there = {"PYTHONPATH": ROOT, "LANG": "C.UTF-8", **(environ or {})}
        there = ["env", *(f"{name}={value}" for name, value in set_there.items())]
        there += [sys.executable, "-m", "nnsim", *map(str, arguments)]
        return [
            *("ssh", "-tt", "-F", "none", "-i", str(self.folder / "user"), "-p", str(port or self.port)),
            *("-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "LogLevel=ERROR"),
            *("-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.folder}/known_hosts"),
            *("-o", "GlobalKnownHostsFile=none", f"{getpass.getuser()}@127.0.0.1"),
            shlex.join(there),
        ]
