"""The commands of `nnsim serve` and their options. What they do stands in `nnsim/cli/serve.py`."""

import math
import os
from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from nnsim.cli.options import JSON, LANGUAGE, output_files
from nnsim.errors import NnsimError
from nnsim.serve.limits import Limits

Command = Callable[..., int]

_DEFAULT = Limits()
_PATH = click.Path(path_type=Path)


def _limit(
    name: str, kind: click.ParamType[Any], default: float, metavar: str, text: str
) -> Callable[[Command], Command]:
    return click.option(name, type=kind, default=default, show_default=True, metavar=metavar, help=text)


_SHARED = (
    click.argument("folder", type=_PATH, metavar="FOLDER"),
    click.option("--port", type=int, required=True, metavar="N", help="Where to listen; 0 takes a free port."),
    click.option("--address", metavar="IP", help="The address to listen on; 127.0.0.1 where none is named."),
    click.option("--allow-training", "training", is_flag=True, help="Let students train runs of their own."),
    click.option("--data", type=_PATH, metavar="DIR", help="Keeps a folder for each student, for nnsim grade."),
    click.option("--kiosk", type=_PATH, metavar="FILE.nnsim", help="Show this recording to everybody."),
    click.option("--loop", is_flag=True, help="Play the recording of --kiosk again and again."),
    LANGUAGE,
    click.option("--log-json", "json_log", is_flag=True, help="Write the log as JSON, an object a line."),
    _limit("--connections", click.IntRange(1, 10_000), _DEFAULT.connections, "N", "Open at once."),
    _limit("--per-address", click.IntRange(1, 10_000), _DEFAULT.per_address, "N", "Open at once from one address."),
    _limit("--idle-minutes", click.FloatRange(0.01), _DEFAULT.idle_s / 60, "N", "Without a key; then it ends."),
    _limit("--hours", click.FloatRange(0.01), _DEFAULT.total_s / 3600, "N", "A session may last."),
    _limit("--quota", click.FloatRange(0.1), _DEFAULT.quota_bytes / 1e6, "MB", "A student's folder may hold."),
)


def _shared(command: Command) -> Command:
    """The options that both doors have, put together."""

    @wraps(command)
    def asking(
        connections: int, per_address: int, idle_minutes: float, hours: float, quota: float, **rest: Any
    ) -> int:
        for option, number in (("--idle-minutes", idle_minutes), ("--hours", hours), ("--quota", quota)):
            if not math.isfinite(number):
                raise NnsimError(f"{option} {number}: is no number that ends")
        if find_spec("termios") is None or not hasattr(os, "fork"):
            raise NnsimError("nnsim serve needs a system that can fork processes (Linux, macOS or a BSD)")
        from nnsim.cli.serve import ServeOptions

        names = ("folder", "port", "address", "training", "data", "kiosk", "loop", "json_log")
        limits = Limits(
            connections, per_address, idle_minutes * 60, hours * 3600, quota_bytes=int(quota * 1_000_000)
        )
        options = ServeOptions(**{name: rest.pop(name) for name in names}, limits=limits, files=output_files())
        return command(options, **rest)

    found: Command = asking
    for option in reversed(_SHARED):
        found = option(found)
    return found


@click.group(
    "serve",
    epilog="Example: nnsim serve ssh class/ --port 2222 --authorized-keys keys",
    invoke_without_command=True,
)
@click.pass_context
def serve(context: click.Context) -> int:
    """Let a class in: a folder of scenarios and recordings, over SSH or in the browser."""
    if context.invoked_subcommand is None:
        raise NnsimError("serve: how? (allowed: nnsim serve ssh, web, status or password; --help tells more)")
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


@serve.command("web", epilog="Example: nnsim serve web class/ --port 8000")
@_shared
@click.option("--no-token", "token", is_flag=True, flag_value=False, default=True, help="Let every address in.")
@click.option("--cert", "certificate", type=_PATH, metavar="FILE", help="A certificate, for https.")
@click.option("--key", type=_PATH, metavar="FILE", help="The certificate's key.")
def web_command(options: Any, **web: Any) -> int:
    """Serve a folder in the browser: the very same program in a tab.

    The address that is printed first holds a token; who has it gets in. /replay/NAME?at=PLACE opens a recording.
    """
    from nnsim.cli.serve import serve_web

    return serve_web(options, **web)


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
