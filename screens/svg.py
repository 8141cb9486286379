"""Rows of cells as an SVG picture, which uses the reader's own monospaced font: nothing is fetched to show it."""

import io
import re
from collections.abc import Sequence

from rich.console import Console
from rich.segment import Segment, Segments
from textual.strip import Strip

FONTS = "font-family: DejaVu Sans Mono, Menlo, Consolas, monospace"


def svg(strips: Sequence[Strip], title: str) -> str:
    """A picture of rows of cells, in a frame with a title."""
    width = max((strip.cell_length for strip in strips), default=1)
    console = Console(
        width=width, height=len(strips), file=io.StringIO(), force_terminal=True, color_system="truecolor",
        record=True, legacy_windows=False, safe_box=False,
    )  # fmt: skip
    segments: list[Segment] = []
    for strip in strips:
        segments += [*strip, Segment.line()]
    console.print(Segments(segments), end="")
    return own_fonts(console.export_svg(title=title))


def own_fonts(text: str) -> str:
    """An SVG picture of Rich without the fonts that it would fetch."""
    text = re.sub(r"@font-face \{.*?\}", "", text, flags=re.DOTALL)
    text = text.replace("font-family: Fira Code, monospace", FONTS)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
