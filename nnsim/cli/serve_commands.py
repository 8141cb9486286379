"""The commands of `nnsim serve` and their options. What they do stands in `nnsim/cli/serve.py`."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from nnsim.cli.options import JSON, output_files
from nnsim.serve.limits import Limits

Command = Callable[..., int]

_DEFAULT = Limits()
_PATH = click.Path(path_type=Path)
_SHARED = (
    click.argument("folder", type=_PATH, metavar="FOLDER"),
    click.option("--port", type=int, required=True, metavar="N", help="Where to listen; 0 takes a free port."),
    click.option("--address", metavar="IP", help="The address to listen on; 127.0.0.1 where none is named."),
    click.option("--allow-training", "training", is_flag=True, help="Let students train runs of their own."),
    click.option("--data", type=_PATH, metavar="DIR", help="Keeps a folder for each student, for nnsim grade."),
    click.option("--kiosk", type=_PATH, metavar="FILE.nnsim", help="Show this recording to everybody."),
    click.option("--loop", is_flag=True, help="Play the recording of --kiosk again and again."),
    click.option("--log-json", "json_log", is_flag=True, help="Write the log as JSON, an object a line."),
    click.option("--connections", type=click.IntRange(1, 10_000), default=_DEFAULT.connections, show_default=True, metavar="N", help="Open at once."),
    click.option("--per-address", type=click.IntRange(1, 10_000), default=_DEFAULT.per_address, show_default=True, metavar="N", help="Open at once from one address."),
    click.option("--idle-minutes", type=click.FloatRange(0.01, 10_000), default=_DEFAULT.idle_s / 60, show_default=True, metavar="N", help="Without a key, then a session ends."),
    click.option("--hours", type=click.FloatRange(0.01, 1000), default=_DEFAULT.total_s / 3600, show_default=True, metavar="N", help="Then a session ends."),
    click.option("--quota", "quota_mb", type=click.FloatRange(0.1, 1e6), default=_DEFAULT.quota_bytes / 1e6, show_default=True, metavar="MB", help="That a student's folder may hold."),
)  # fmt: skip


def _shared(command: Command) -> Command:
    """The options that both doors have, put together."""

    @wraps(command)
    def asking(
        connections: int, per_address: int, idle_minutes: float, hours: float, quota_mb: float, **rest: Any
    ) -> int:
        from nnsim.cli.serve import ServeOptions

        names = ("folder", "port", "address", "training", "data", "kiosk", "loop", "json_log")
        limits = Limits(
            connections, per_address, idle_minutes * 60, hours * 3600, quota_bytes=int(quota_mb * 1_000_000)
        )
        options = ServeOptions(**{name: rest.pop(name) for name in names}, limits=limits, files=output_files())
        return command(options, **rest)

    found: Command = asking
    for option in reversed(_SHARED):
        found = option(found)
    return found


@click.group("serve")
def serve() -> int:
    """Let a class in: a folder of scenarios and recordings, over SSH or in the browser."""
    return 0


@serve.command("ssh", epilog="Example: nnsim serve ssh class/ --port 2222 --authorized-keys keys")
@_shared
@click.option("--authorized-keys", type=_PATH, metavar="FILE", help="Who has one of these keys may log in.")
@click.option("--password-file", type=_PATH, metavar="FILE", help="Lines NAME:HASH (nnsim serve password NAME).")
@click.option("--instructor-keys", type=_PATH, metavar="FILE", help="Who has one of these may see every session.")
@click.option("--anyone", is_flag=True, help="Let everybody in who reaches the port.")
@click.option("--host-key", type=_PATH, metavar="FILE", help="The server's Ed25519 key; made where it is missing.")
def ssh_command(options: Any, **ssh: Any) -> int:
    """Serve a folder over SSH: nnsim's own screens, and no shell for anybody.

    The name that somebody logs in by is the student's name.
    """
    from nnsim.cli.serve import SshOptions, serve_ssh

    return serve_ssh(options, SshOptions(**ssh))


@serve.command("status", epilog="Example: nnsim serve status --json")
@JSON
def status_command(as_json: bool) -> int:
    """List the sessions of the servers that run under this account."""
    from nnsim.cli.serve import status

    return status(output_files(), as_json)


@serve.command("password", epilog="Example: nnsim serve password anna >> passwords")
@click.argument("name")
def password_command(name: str) -> int:
    """Ask for a password, and print the line for --password-file."""
    from nnsim.cli.serve import password_line

    return password_line(name)
