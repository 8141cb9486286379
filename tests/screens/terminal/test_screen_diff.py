"""Only the cells that change are sent, and they make the screen what it should be."""

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip

from screens.terminal.screen_diff import SentCells

WIDTH = 12
CONSOLE = Console(color_system="256", force_terminal=True)
STYLES = [
    Style(),
    Style(color="red"),
    Style(bold=True, color="#102030"),
    Style(reverse=True, link="http://a.example"),
    Style(color="#a0b0c0", bgcolor="#102030"),
    Style(color="red", bgcolor="#102030", italic=True),
    Style(underline=True, bgcolor="#203040"),
]
texts = st.text(alphabet="ab ⠿é日本e\u0301", max_size=WIDTH)
rows = st.lists(st.lists(st.tuples(texts, st.sampled_from(STYLES)), max_size=4), min_size=3, max_size=3)


def strip(parts):
    segments = [Segment(text.lstrip("\u0301"), style) for text, style in parts]
    return Strip(segments).adjust_cell_length(WIDTH)


def full(screen_rows):
    return LayoutUpdate([[strip(parts)] for parts in screen_rows], Region(0, 0, WIDTH, len(screen_rows)))


def screen_of(*sent):
    screen = pyte.Screen(WIDTH, 3)
    stream = pyte.Stream(screen)
    stream.feed("\x1b[?7l")  # as the driver does: what stands in the last column stays there
    for text in sent:
        stream.feed(text)
    return [[seen(screen.buffer[y][x]) for x in range(WIDTH)] for y in range(3)]


def seen(cell):
    """A cell as it is seen: of a blank, no more than its ground and what is drawn in blanks, too."""
    drawn = cell.underscore or cell.strikethrough or cell.reverse
    return cell._replace(fg="default", bold=False, italics=False) if cell.data == " " and not drawn else cell


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, min_size=1, max_size=4))
def test_changes_make_the_same_screen_as_everything_sent_anew(frames):
    shown = SentCells()
    sent = [shown.changes(full(frame), CONSOLE) for frame in frames]
    assert screen_of(*sent) == screen_of(SentCells().changes(full(frames[-1]), CONSOLE))


@given(rows)
def test_what_is_shown_already_is_not_sent(frame):
    shown = SentCells()
    shown.changes(full(frame), CONSOLE)
    assert shown.changes(full(frame), CONSOLE) == ""
    shown.forget()
    assert shown.changes(full(frame), CONSOLE) != ""


def test_one_cell_costs_a_place_and_a_letter():
    shown = SentCells()
    shown.fit(Size(WIDTH, 3))
    before = [[("a" * WIDTH, STYLES[0])]] * 3
    shown.changes(full(before), CONSOLE)
    after = [before[0], [("aaaabaaaaaaa", STYLES[0])], before[2]]
    assert shown.changes(full(after), CONSOLE) == "\x1b[2;5Hb"
    shown.fit(Size(WIDTH, 3))
    assert shown.changes(full(after), CONSOLE) == ""
    shown.fit(Size(WIDTH, 2))
    assert len(shown.changes(full(after), CONSOLE)) > 3 * WIDTH


def test_what_has_one_style_is_sent_together():
    shown = SentCells()
    shown.changes(full([[]] * 3), CONSOLE)
    one, other = Style(color="#ffffff", bgcolor="#102030"), Style(color="#ffffff", bgcolor="#804020")
    checks = [[("▀", one), ("⠿", other), (" ", other)] * 4 for _ in range(3)]
    sent = shown.changes(full(checks), CONSOLE)
    assert sent.count("m") == 3, "one ground, the other, and the end"
    assert screen_of(sent) == screen_of(SentCells().changes(full(checks), CONSOLE))


def test_links_stay_inside():
    assert "example" not in SentCells().changes(full([[("link", STYLES[3])]]), CONSOLE)
