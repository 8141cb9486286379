"""nnsim's own server on loopback, with a served folder, keys and a log; and OpenSSH's client before it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading

from terminal import PATIENCE_S, environment

CLIENT = (
    "-o",
    "IdentitiesOnly=yes",
    "-o",
    "IdentityAgent=none",
    "-o",
    "LogLevel=ERROR",
    "-o",
    "StrictHostKeyChecking=no",
)


def make_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path


class ClassServer:
    """Args: folder: for keys and state. served: the folder that a class sees. options: more of the command line.
    program: what stands in the place of `python -m nnsim`."""

    def __init__(self, folder, served, *options, door="ssh", program=("-m", "nnsim")):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, *program, "serve", door, served, "--port", "0", *map(str, options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment({"XDG_STATE_HOME": str(folder / "state"), "XDG_DATA_HOME": str(folder / "data-home")}),
            cwd="/",
        )
        self.lines, self.told = [], False
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        greeting = self.wait_for(r"nnsim serves .*")
        self.greeting = greeting[0]
        self.port = int(re.search(r"(?:-p |127\.0\.0\.1:)(\d+)", self.greeting)[1])

    def _read(self):
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()

    def wait_for(self, pattern):
        """Waits for a line of the log that matches.  Returns: the match."""

        def found():
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)

        with self._more:
            assert self._more.wait_for(found, PATIENCE_S), f"{pattern} never came: {self.lines}"
            return found()

    def client(self, *arguments, key="anna", user=None, program="ssh", options=()):
        """The words of a command of OpenSSH's client."""
        port = ("-P" if program in ("sftp", "scp") else "-p", str(self.port))
        words = [program, "-F", "none", "-i", str(self.folder / key), *port, *CLIENT]
        words += [
            "-o",
            f"UserKnownHostsFile={self.folder}/known_hosts",
            "-o",
            "GlobalKnownHostsFile=none",
            *options,
        ]
        if program == "ssh":
            words.append(f"{user or key}@127.0.0.1")
        return [*words, *map(str, arguments)]

    def ask(self, *arguments, **named):
        """Runs a client to its end.  Returns: the finished process."""
        return subprocess.run(
            self.client(*arguments, **named),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=environment(),
            check=False,
        )

    def terminate(self):
        """Tells the server to end, as an operator does."""
        self.told = True
        self.process.send_signal(signal.SIGTERM)

    def close(self):
        """Ends the server, unless it was told to end before.  Returns: its exit status."""
        if not self.told:
            self.terminate()
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
            self._reader.join(PATIENCE_S)
            self.process.stdout.close()
