"""A last filter over everything that is drawn, for terminals whose locale knows only ASCII."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# One cell for one cell: what is drawn keeps its shape.
PLAIN = str.maketrans(
    {
        **dict.fromkeys("─━═╌╍┄┅", "-"),
        **dict.fromkeys("│┃║┊┋▏▕", "|"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
        **dict.fromkeys("█▉▊▋▌▐▀▄", "#"),
        **dict.fromkeys("▍▎▁▂▃", "."),
        **dict.fromkeys("●•◉", "o"),
        "·": ".",
        "…": "~",
        "→": ">",
        "←": "<",
        "↑": "^",
        "↓": "v",
        "▶": ">",
        "▸": ">",
        "✓": "+",
        "✗": "x",
        "◂": "<",
        "▲": "^",
        "▼": "v",
        "×": "x",
        "²": "2",
        "—": "-",
        "–": "-",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "≤": "<",
        "≥": ">",
        "≈": "~",
        "−": "-",
        "√": "v",
        "π": "p",
    }
)


def plain(text: str) -> str:
    """The text in ASCII, as long as before; what has no near character becomes a question mark."""
    return text if text.isascii() else text.translate(PLAIN).encode("ascii", "replace").decode("ascii")


class AsciiFilter(LineFilter):
    """Writes every line in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(plain(text), style, control) for text, style, control in segments]
