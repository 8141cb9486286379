"""What a program is made of: lines that know their phase, in sections, arrays beside it, a piece a method."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from nnsim.components import Part
from nnsim.errors import NnsimError
from nnsim.nn.arrays import Array
from nnsim.scenario.setting_keys import kind_of
from nnsim.text import clean_line

P = TypeVar("P")

WIDTH = 112  # columns of a line of numbers
NAMES = re.compile(r"(?<![\w.\"'])[A-Za-z_]\w*")

# Methods that no plain program is written for, by class name, and why.
REASONS: dict[str, str] = {}


@dataclass(frozen=True)
class CodeLine:
    """A line of a program.  Args: phase: forward, loss, backward or update; empty outside of a step."""

    text: str
    phase: str = ""

    def indented(self, depth: int = 1) -> "CodeLine":
        return CodeLine("    " * depth + self.text if self.text else "", self.phase)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in its code, each once, in their order."""
        code = self.text.split("  #")[0]
        return () if code.lstrip().startswith(("#", '"')) else tuple(dict.fromkeys(NAMES.findall(code)))


CodeLines = tuple[CodeLine, ...]


def lines(texts: Iterable[str], phase: str = "") -> CodeLines:
    return tuple(CodeLine(text, phase) for text in texts)


def indented(block: Iterable[CodeLine], depth: int = 1) -> CodeLines:
    return tuple(one.indented(depth) for one in block)


@dataclass(frozen=True)
class Section:
    """A part of a program that stands for itself: what it is about, and its lines."""

    title: str
    block: CodeLines


@dataclass(frozen=True)
class Program:
    """A whole program.

    Args: arrays: by name, what lies beside it in an .npz file. left_out: what the run has and the program lacks, a
    sentence each.
    """

    heading: str
    sections: tuple[Section, ...]
    arrays: Mapping[str, Array] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def listing(self) -> Iterator[CodeLine]:
        """All lines, with the heading before them and an empty line between sections."""
        yield from lines([*f'"""{self.heading}'.split("\n"), '"""'])
        defined = False
        for section in self.sections:
            defines = section.block[0].text.startswith("def ")
            yield from lines([""] * (1 + (defines or defined)))
            if section.title:
                yield CodeLine(f"# {section.title}")
            yield from section.block
            defined = defines

    @property
    def text(self) -> str:
        return "".join(line.text + "\n" for line in self.listing())


# ------------------------------------------------------------------ values as Python writes them


def as_text(text: str) -> str:
    """A name or title as it may stand in a docstring or comment, on one line."""
    return clean_line(text).replace("\\", "/").replace('"', "'")


def file_path(name: str, beside: bool) -> str:
    """An expression for a file: in the folder of the program, else in the one that it is run in."""
    text = json.dumps(name)  # a name may hold anything
    return f"Path(__file__).with_name({text})" if beside else text


def number(value: float) -> str:
    """A number that Python reads back to the last bit."""
    return repr(float(value)) if np.isfinite(value) else f'float("{float(value)}")'


def literal(array: Array) -> list[str]:
    """An array as the lines of a nested list: whole numbers without a point, as many rows a line as fit.

    The first line begins with "[", the last ends with "]".
    """
    words = [_word(row) for row in array.tolist()]
    found, current = [], ""
    for word in words:
        if current and 4 + len(current) + len(word) + 1 > WIDTH:
            found.append("    " + current.rstrip())
            current = ""
        current += f"{word}, "
    if not found and len(current) < WIDTH - 30:
        return [f"[{current.rstrip(', ')}]"]
    broken = [one for line in [*found, "    " + current.rstrip()] for one in _broken(line)]
    return ["[", *broken, "]"]


def _word(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_word(one) for one in value)}]"
    assert isinstance(value, float | int)
    whole = float(value).is_integer() and abs(value) < 1e15 and repr(value) != "-0.0"
    return str(int(value)) if whole else number(value)


def _broken(line: str) -> Iterator[str]:
    """A line, in several where a single row is longer than the width."""
    while len(line) > WIDTH:
        cut = line.rfind(" ", 4, WIDTH)
        if cut <= 4:
            break
        yield line[:cut]
        line = "     " + line[cut + 1 :]
    yield line


def assigned(name: str, array: Array, options: str = "") -> list[str]:
    """The lines of `name = np.array(...)`."""
    first, *rest = literal(array)
    if not rest:
        return [f"{name} = np.array({first}{options})"]
    return [f"{name} = np.array({first}", *rest[:-1], f"{rest[-1]}{options})"]


def listed(names: Sequence[str]) -> str:
    return f"[{', '.join(names)}]"


def piece_of(table: Mapping[type, P], part: Part, family: str) -> P:
    """The piece of a method.  Raises: NnsimError that names the method and says why it has none."""
    found = table.get(type(part))
    if found is None:
        reason = REASONS.get(type(part).__name__, "a package of its own defines it")
        known = ", ".join(sorted(one.__name__ for one in table))
        raise NnsimError(f"{family} {kind_of(part)}: has no lines in a plain program: {reason} (allowed: {known})")
    return found
