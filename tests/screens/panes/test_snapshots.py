"""Every pane as it looks at two sizes in the light and the dark theme, kept as text beside this file.

`make snapshots` writes them anew after a change that is meant; the diff then says what it has changed.

A snapshot holds the pane's cells, below them a letter for the style of each, and what the letters mean in both
themes. Runs are short and no figure is shown to its last digits, so that it is the same on every machine.
"""

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from harness import put_side_by_side, redraw
from rich.cells import cell_len

from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from screens.app import NnsimApp
from screens.capture.cell_model import Cell, cells_of
from screens.panes import PANES, arithmetic
from screens.preferences import Preferences
from screens.terminal.textual_internals import rendered_rows
from screens.widgets.layout import PaneLayout, Place
from screens.workbench.workbench import Workbench

FOLDER = Path(__file__).parent / "snapshots"
SIZES, THEMES = ((80, 24), (120, 40)), ("light", "dark")
ACROSS, AROUND = 3, 3  # panes in a row; lines of a screen above and below its panes
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789αβγδεζηθικλμνξοπρστυφχψω"
XOR = """
title = "Exclusive or"
summary = "s"
data = { kind = "parity", bits = 2 }
model = { hidden = [3, 2], activation = "tanh", output = "sigmoid" }
loss = { kind = "mse", reduction = "mean" }
schedule = { kind = "cosine", rate = 1.0 }
train = { epochs = 60 }
random = { seed = 5 }
clipping = { kind = "global-norm", limit = 0.05 }
variants = [{ name = "clipped" }, { name = "free", set = { "clipping.kind" = "none" } }]
lesson = [{ text = '''
# Two classes that no line parts

The *product* of the inputs is what a hidden unit has to find.

1. `.` enters a phase
2. `←` takes it back
''' }]
"""
LINE = """
title = "A line"
summary = "s"
data = { kind = "table", inputs = [[0.0], [1.0], [2.0], [3.0]], targets = [[1.0], [1.6], [3.2], [3.9]] }
model = { output = "linear" }
loss = { kind = "mse", reduction = "mean" }
schedule = { kind = "constant", rate = 0.1 }
train = { epochs = 40, validation = 0.25, measure = ["sharpness"] }
random = { seed = 3 }
surface = { slope = [-2.0, 4.0], intercept = [-6.0, 8.0] }
"""
HILL = """
title = "A ball"
summary = "s"
data = { kind = "table", inputs = [[1.0]], targets = [[0.0]], input_names = ["place"] }
model = { output = "linear", bias = false, initializer = { kind = "given", values = [-2.0] } }
schedule = { kind = "constant", rate = 0.1 }
train = { epochs = 10 }
surface = { slope = [-3.0, 3.0] }
variants = [{ name = "down" }, { name = "up", set = { "schedule.rate" = 1.1 } }]
"""
# Each pane over the scenario that shows it best; some over several.
SHOWN = {
    "xor": (
        XOR,
        Cursor(20, 3),
        [name for name in PANES if name not in ("surface", "diagnosis", "hill", "sharpness", "runs", "figures")],
    ),
    "hill": (HILL, Cursor(2), ["hill", "loss", "schedule"]),
    "line": (
        LINE,
        Cursor(20),
        ["surface", "predictions", "decision", "diagnosis", "narrator", "loss", "sharpness", "runs", "figures"],
    ),
}


def pages(title):
    """The names of the snapshots of a scenario."""
    return [f"{title}-{pane}-{width}x{height}.txt" for pane in SHOWN[title][2] for width, height in SIZES]


def side_by_side(count, _, width, height):
    """All panes, so many in each row."""
    across, down = width // ACROSS, height // -(-count // ACROSS)
    return PaneLayout(
        tuple(Place(one, one % ACROSS * across, one // ACROSS * down, across, down) for one in range(count))
    )


async def looks(pilot, theme):
    """The cells of every pane in a theme."""
    bench = pilot.app.screen
    pilot.app.theme = theme
    for _ in range(2):  # what is shown may change the room for the rest
        bench._refresh_layout()
        bench.rendering.invalidate()
        redraw(bench)
        await pilot.pause()
    strips = rendered_rows(bench)
    found = {}
    for pane in bench.panes:
        place = pane.region
        found[pane.kind] = cells_of([row.crop(place.x, place.right) for row in strips[place.y : place.bottom]])
    return found


def told(cell):
    """A style in words; the ink of an empty cell is not to be seen."""
    if cell.char == " ":
        return f"- on {cell.ground}"
    extra = [name for name in ("bold", "italic", "underline") if getattr(cell, name)]
    return " ".join([cell.ink, "on", cell.ground, *extra])


def page(size, light, dark):
    """A snapshot of a pane from its cells in both themes."""
    assert [len(row) for row in light] == [size[0]] * (size[1] - AROUND), "as large as a screen has room for"
    texts, styles = [], []
    letters, known = {}, {}
    free = (LETTERS[index] for index in count())
    for one, other in zip(light, dark, strict=True):
        assert [cell.char for cell in one] == [cell.char for cell in other], "a theme changes colours alone"
        text = "".join(cell.char for cell in one)
        assert cell_len(text) == len(one)
        texts.append(text.rstrip())
        style = ""
        for pair in zip(one, other, strict=True):
            looks = (pair[0].char == " ", pair[0][1:], pair[1][1:])
            if looks not in known:
                seen = tuple(map(told, pair))
                if seen not in letters:
                    letters[seen] = next(free)
                known[looks] = letters[seen]
            style += known[looks]
        styles.append(style)
    common = max(letters.values(), key=lambda letter: sum(row.count(letter) for row in styles))
    styles = [row.replace(common, " ").rstrip() for row in styles]
    meanings = [f"{'blank' if letter == common else letter}: {a} | {b}" for (a, b), letter in letters.items()]
    return "\n".join([*texts, "", *styles, "", "light | dark", *meanings, ""])


@pytest.mark.parametrize("title", SHOWN)
async def test_every_pane_looks_as_it_did(title, monkeypatch, request):
    for name, value in {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    # How far a gradient is from a finite difference is a matter of the last digits.
    check = arithmetic.central_difference
    monkeypatch.setattr(arithmetic, "central_difference", lambda *args: replace(check(*args), relative=1e-9))
    text, cursor, panes = SHOWN[title]
    listed = ", ".join(f'"{pane}"' for pane in panes)
    session = Session.of_scenario(parse_scenario(f"panes = [{listed}]\n{text}", name=title, source=f"{title}.toml"))
    session.motion.head_for(cursor)
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 100)
    # All panes side by side: one picture of them all takes a tenth of the time of one for each.
    monkeypatch.setattr("screens.workbench.slots.grid_layout", side_by_side)
    found = {}
    async with NnsimApp(session, theme=THEMES[0], chosen=Preferences()).run_test(size=SIZES[0]) as pilot:
        assert isinstance(pilot.app.screen, Workbench)
        await put_side_by_side(pilot.app.screen, panes)
        with pilot.app.batch_update():  # nothing is painted but what is looked at
            for width, height in SIZES:
                rows = -(-len(panes) // ACROSS)
                await pilot.resize_terminal(ACROSS * width, rows * (height - AROUND) + AROUND)
                for theme in THEMES:
                    found[(width, height), theme] = await looks(pilot, theme)
    made = {
        f"{title}-{pane}-{width}x{height}.txt": page(
            (width, height), *(found[(width, height), theme][pane] for theme in THEMES)
        )
        for pane in panes
        for width, height in SIZES
    }
    if request.config.getoption("--renew-snapshots"):
        FOLDER.mkdir(exist_ok=True)
        for name, one in made.items():
            (FOLDER / name).write_text(one, "utf-8")
    for name, one in made.items():
        assert one == (FOLDER / name).read_text("utf-8"), f"{name} has changed (make snapshots, where it is meant)"


def test_every_pane_has_its_snapshots_and_no_other_lies_there():
    assert {pane for _, _, panes in SHOWN.values() for pane in panes} == set(PANES)
    assert {path.name for path in FOLDER.iterdir()} == {name for title in SHOWN for name in pages(title)}


def test_a_snapshot_shows_a_colour_that_changes_in_one_theme_alone():
    before = [[Cell("x", "#000000", "#ffffff"), Cell(" ", "#000000", "#ffffff")]]
    after = [[Cell("x", "#111111", "#ffffff"), Cell(" ", "#000000", "#ffffff")]]
    assert page((2, 4), before, before) != page((2, 4), before, after)
