"""Where the tables of the benchmarks are written, and what stands below them: the machine."""

import os
import platform
import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def surroundings() -> str:
    """The machine, as far as it matters to a ratio, and how busy it is."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{_processor()}, {os.cpu_count()} cores{load}, {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def put(name: str, lines: list[str], document: Path = DOCUMENT) -> None:
    """Write a table between the marks of its name in a document."""
    text = document.read_text(encoding="utf-8")
    pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
    body = "\n".join(lines)
    text, count = re.subn(pattern, lambda found: f"{found[1]}{body}\n{found[2]}", text, flags=re.S)
    assert count == 1, f"{document} has no place for the table {name}"
    document.write_text(text, encoding="utf-8")
