"""Filters everything that is drawn before it is sent."""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from nnsim.text import clean, is_clean

STANDS_OUT = 0.2  # brightness by which a ground that means something differs from the one around it


class SafeFilter(LineFilter):
    """Lets nothing through that a terminal would obey.

    Texts of files are cleaned when they are loaded; this holds for what comes later, as an entity of Markdown that
    becomes a character, and for what is typed and pasted.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(is_clean(text) for text, _, _ in segments):
            return segments
        return [Segment(clean(text), style, control) for text, style, control in segments]


class ColourlessFilter(LineFilter):
    """Removes the colours; reverses what a ground set apart."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        around = background.brightness
        return [
            Segment(text, None if style is None else colourless(style, around), control)
            for text, style, control in segments
        ]


@lru_cache(4096)
def colourless(style: Style, around: float) -> Style:
    """A style without colours.  Args: around: brightness of the ground around it, 0 to 1."""
    ground = style.bgcolor
    apart = False
    if ground is not None and ground.triplet is not None:
        apart = abs(Color.from_rich_color(ground).brightness - around) > STANDS_OUT
    reverse = bool(style.reverse) != apart
    return Style(
        bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline, strike=style.strike,
        reverse=reverse or None, meta=style.meta or None,
    )  # fmt: skip


# One cell for one cell: what is drawn keeps its shape.
PLAIN = str.maketrans(
    "·…→←↑↓▶▸✓✗◂▲▼×²—–“”‘’≤≥≈−√π─━═╌╍┄┅│┃║┊┋▏▕╭╮╰╯┌┐└┘├┤┬┴┼█▉▊▋▌▐▀▄▍▎▁▂▃●•◉◐★☆▾",
    ".~><^v>>+x<^vx2--\"\"''<>~-vp" + "-" * 7 + "|" * 7 + "+" * 13 + "#" * 8 + "." * 5 + "o" * 3 + "o*.v",
)


def plain(text: str) -> str:
    """The text in ASCII, of the same length; a character without a near one becomes a question mark."""
    return text if text.isascii() else text.translate(PLAIN).encode("ascii", "replace").decode("ascii")


class AsciiFilter(LineFilter):
    """Writes every line in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(plain(text), style, control) for text, style, control in segments]
