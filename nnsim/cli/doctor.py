"""`nnsim doctor`: what this terminal and this installation can do, and what nnsim will use of it."""

import os
import platform
import sqlite3
import sys
from importlib import metadata, util
from pathlib import Path
from typing import Any

import nnsim
from nnsim.cli.environment import adopt_configuration
from nnsim.cli.output import is_terminal, say, say_json
from nnsim.output_files import OutputFiles
from nnsim.terminal.capabilities import CHARACTERS, TRUECOLOR, capabilities, why_no_screen
from nnsim.text import clean_line, columns

LIBRARIES = ("numpy", "textual", "plotext", "msgspec", "click", "platformdirs")
USE_OF_COLOURS = {
    0: "none: markers and names tell curves apart",
    16: "the terminal's own 16 colours",
    256: "a palette of 8 out of 256 colours",
    TRUECOLOR: "a palette of 8 in full colour",
}


def examine(as_json: bool) -> int:
    adopt_configuration(os.environ, OutputFiles())
    found = _findings()
    if as_json:
        say_json(found)
    else:
        say(_text(found))
    return 0


def _findings() -> dict[str, Any]:
    import numpy as np

    algebra = str(np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"])
    size, files = _size(), OutputFiles()
    can = capabilities(os.environ, size or (0, 0))
    stdin, stdout = is_terminal(sys.stdin), is_terminal(sys.stdout)
    refusal = why_no_screen(os.environ, stdin, stdout)
    if refusal is None and not can.large_enough:
        refusal = f"the terminal is {can.reasons['size']}"
    return {
        "screen": refusal is None,
        "why_no_screen": refusal,
        "terminal": {
            "stdin": stdin,
            "stdout": stdout,
            "width": size[0] if size else None,
            "height": size[1] if size else None,
            "colours": can.colours,
            "unicode": can.unicode,
            "environment": {
                name: os.environ.get(name)
                for name in ("TERM", "COLORTERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", CHARACTERS)
            },
        },
        "use": {
            "size": can.reasons["size"] if size else "no terminal to ask",
            "colours": f"{USE_OF_COLOURS[can.colours]} ({can.reasons['colours']})",
            "characters": ("blocks and braille dots" if can.unicode else "ASCII markers")
            + f" ({can.reasons['unicode']})",
        },
        "versions": _versions(),
        "packages": _packages(),
        "folders": {"recordings": str(files.recordings), "configuration": str(files.configuration)},
        "linear_algebra": {"library": algebra, "threads": os.environ.get("OPENBLAS_NUM_THREADS")},
    }


def _size() -> tuple[int, int] | None:
    for stream in (sys.stdout, sys.stdin, sys.stderr):
        if not is_terminal(stream):
            continue
        try:
            size = os.get_terminal_size(stream.fileno())
        except OSError:
            continue
        return size.columns, size.lines
    return None


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {"nnsim": nnsim.__version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions | {"sqlite": sqlite3.sqlite_version}


def _packages() -> dict[str, str | None]:
    """Where nnsim's three packages lie: names as general as these may be taken by something else."""
    found: dict[str, str | None] = {}
    for name in ("nnsim", "screens", "scenarios"):
        spec = util.find_spec(name)
        found[name] = str(Path(spec.origin).parent.parent) if spec is not None and spec.origin else None
    return found


def _text(found: dict[str, Any]) -> str:
    terminal, use = found["terminal"], found["use"]
    size = f"{terminal['width']}x{terminal['height']}" if terminal["width"] is not None else "unknown"
    environment = ", ".join(
        f"{name}={value}" for name, value in terminal["environment"].items() if value is not None
    )
    places = set(found["packages"].values())
    algebra = found["linear_algebra"]
    threads = algebra["threads"] or "as many as the library likes"
    facts = [
        ("screen", "can be opened" if found["screen"] else f"cannot be opened: {found['why_no_screen']}"),
        ("size", f"{size}: {use['size']}"),
        ("colours", use["colours"]),
        ("characters", use["characters"]),
        ("environment", environment or "says nothing of the terminal"),
        ("versions", ", ".join(f"{name} {version or '(missing)'}" for name, version in found["versions"].items())),
        (
            "packages",
            places.pop() or "missing"
            if len(places) == 1
            else "in different places: "
            + ", ".join(f"{name} {place}" for name, place in found["packages"].items()),
        ),
        ("recordings", found["folders"]["recordings"]),
        ("configuration", found["folders"]["configuration"]),
        ("threads", f"{threads} ({algebra['library']}; OPENBLAS_NUM_THREADS changes it)"),
    ]
    return "\n".join(columns([(name, clean_line(text, 400)) for name, text in facts]))
