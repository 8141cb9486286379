"""Where the tables of the benchmarks are written, and what stands below them: the machine."""

import os
import platform
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
DOCUMENT = DOCS / "benchmarks.md"
RECORDINGS = DOCS / "recordings.md"


class Table:
    """A table in Markdown, shown line by line as it comes to be, and kept to be put into a document.

    Args: name: of its place there. columns: their heads; all but the first are numbers.
    """

    def __init__(self, name: str, *columns: str) -> None:
        self.name = name
        self.lines: list[str] = []
        self._say(f"| {' | '.join(columns)} |")
        self._say(f"| --- |{' ---: |' * (len(columns) - 1)}")

    def row(self, *cells: str) -> None:
        self._say(f"| {' | '.join(cells)} |")

    def note(self, text: str) -> None:
        """A paragraph below it."""
        self._say("")
        self._say(text)

    def finish(self, write: bool) -> None:
        """Name the machine below it, and put it into the document where that is asked for."""
        self.note(f"{surroundings()}.")
        print()
        if write:
            put(self.name, self.lines, RECORDINGS)

    def _say(self, line: str) -> None:
        self.lines.append(line)
        print(line, flush=True)


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
