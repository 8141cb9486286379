"""What a terminal can do, decided once from its environment and size, for the screens and `nnsim doctor` alike."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

LEAST = (40, 12)
COMFORTABLE = (80, 24)
TRUECOLOR = 2**24
DUMB = ("dumb", "unknown")


@dataclass(frozen=True)
class Capabilities:
    """What nnsim will use of a terminal."""

    colours: int  # 0 (none), 16, 256 or 2**24
    unicode: bool  # whether it shows more than ASCII
    width: int  # cells
    height: int  # cells
    dumb: bool  # whether it can only write lines
    reasons: Mapping[str, str]  # for "size", "colours" and "unicode", a sentence that tells why

    @property
    def large_enough(self) -> bool:
        """Whether a screen fits, one pane at a time."""
        return self.width >= LEAST[0] and self.height >= LEAST[1]

    @property
    def comfortable(self) -> bool:
        """Whether panes fit side by side."""
        return self.width >= COMFORTABLE[0] and self.height >= COMFORTABLE[1]


def capabilities(environ: Mapping[str, str], size: tuple[int, int]) -> Capabilities:
    """Decides what to use of a terminal.  Args: environ: its variables. size: columns and lines."""
    colours, colours_reason = _colours(environ)
    unicode, unicode_reason = _unicode(environ)
    dumb = environ.get("TERM") in DUMB
    reasons = {"colours": colours_reason, "unicode": unicode_reason}
    decided = Capabilities(colours, unicode, *size, dumb, reasons)
    reasons["size"] = _size_reason(decided)
    return decided


CHARACTERS = "NNSIM_CHARACTERS"
CHARACTER_SETS = ("ascii", "unicode")
# Terminals whose own font has no braille dots: the console of Linux, those of BSD, and the old ones of DEC.
WITHOUT_BRAILLE = ("linux", "cons25", "vt1", "vt2", "vt3", "vt4", "wsvt25")


def why_no_screen(environ: Mapping[str, str], stdin_is_terminal: bool, stdout_is_terminal: bool) -> str | None:
    """Why a screen cannot be opened here, or None where it can."""
    if not (stdin_is_terminal and stdout_is_terminal):
        missing = [
            name
            for name, there in (("standard input", stdin_is_terminal), ("standard output", stdout_is_terminal))
            if not there
        ]
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} no terminal"
    if sys.platform != "win32" and find_spec("termios") is None:  # there Textual has a driver of its own
        return "this Python lacks the module termios, by which a terminal is taken over"
    if environ.get("TERM") in DUMB:
        return f"a terminal with TERM={environ['TERM']} can only write lines"
    return None


def _colours(environ: Mapping[str, str]) -> tuple[int, str]:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        return 0, "NO_COLOR is set"
    if term in DUMB:
        return 0, f"TERM={term} has no colours"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return TRUECOLOR, f"COLORTERM={environ['COLORTERM']}"
    if term.endswith("-direct"):
        return TRUECOLOR, f"TERM={term}"
    if "WT_SESSION" in environ:
        return TRUECOLOR, "Windows Terminal"
    if "256color" in term:
        return 256, f"TERM={term}, and COLORTERM says nothing of truecolor"
    if term.startswith("vt"):
        return 0, f"TERM={term} has no colours"
    return 16, f"TERM={term} promises no more" if term else "TERM is not set"


def _unicode(environ: Mapping[str, str]) -> tuple[bool, str]:
    """Whether its font has more than ASCII, and the locale's encoding is UTF-8, by the variable that decides it
    (POSIX: LC_ALL, LC_CTYPE, LANG)."""
    asked = environ.get(CHARACTERS, "")
    if asked in CHARACTER_SETS:
        return asked == "unicode", f"{CHARACTERS}={asked}"
    if environ.get("TERM", "").startswith(WITHOUT_BRAILLE):
        return False, f"the font of TERM={environ['TERM']} has no braille dots ({CHARACTERS}=unicode uses them)"
    name = next((name for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), None)
    if name is None:
        # No locale at all is what containers and services start with, and the terminal before them knows UTF-8.
        return True, "no locale is set, and nearly every terminal knows UTF-8"
    # Python itself sets LC_CTYPE to this when it starts in a locale of plain ASCII (PEP 538); what the user has
    # said stands in LANG then.
    if name == "LC_CTYPE" and environ[name] == "C.UTF-8" and environ.get("LANG"):
        name = "LANG"
    encoding = environ[name].rpartition(".")[2].partition("@")[0]
    if encoding.lower().replace("-", "") == "utf8":
        return True, f"{name}={environ[name]} is UTF-8"
    return False, f"{name}={environ[name]} is not UTF-8"


def _size_reason(decided: Capabilities) -> str:
    if not decided.large_enough:
        return f"too small: nnsim needs {LEAST[0]}x{LEAST[1]}"
    if not decided.comfortable:
        return f"one pane at a time; panes side by side from {COMFORTABLE[0]}x{COMFORTABLE[1]}"
    return "panes side by side"
