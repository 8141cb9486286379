"""What nnsim's feel is measured against: a plain Textual app of three plots and a table, ten times a second.

    STOCK_RESULT=FILE python benchmarks/stock_app.py
    [STOCK_TRAINS=1] python benchmarks/stock_app.py [serve ssh FOLDER ...]

Each plot is drawn whole by plotext and given to a Static, as in most programs. After 60 frames it writes
milliseconds of the processor a frame and frames a second into FILE, and ends. Without a FILE it goes on to the end
of the session, and writes MARK behind every frame: with the words of `nnsim serve` it stands in nnsim's place
behind the same door. `z` shows the first plot alone, and all again. With STOCK_TRAINS it trains meanwhile, in
slices of 4 ms as nnsim does.
"""

import asyncio
import json
import math
import os
import sys
import time
from pathlib import Path

import numpy as np
import plotext
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.widgets import DataTable, Static

FRAMES, PER_S = 60, 10
MARK = "\x1b[0;0m\x1b[0;0m"  # two resets, which change nothing on the screen and which nothing else writes
POINTS, ROWS, PLOTS = 240, 12, 3
SLICE_S = 0.004


def drawn(width: int, height: int, curves: list[list[float]]) -> Text:
    """A plot of some curves, as plotext writes it."""
    figure = plotext.figure
    figure.clear.data()
    figure.clear.settings()
    figure.plot_size(width, height)
    for values in curves:
        figure.draw(figure.signal(list(range(len(values))), values).lines(True))
    return Text.from_ansi(str(figure.build().string()))


class StockApp(App[None]):
    """Three plots and a table in a grid."""

    CSS = "Grid { grid-size: 2 2; } Static { height: 1fr; }"
    BINDINGS = [("z", "zoom", "zoom")]

    def compose(self) -> ComposeResult:
        with Grid():
            for number in range(PLOTS):
                yield Static(id=f"plot{number}")
            yield DataTable[str]()

    def on_mount(self) -> None:
        self.table = self.query_one(DataTable)
        self.table.add_columns("x1", "x2", "target", "answer")
        for _ in range(ROWS):
            self.table.add_row("0", "1", "1", "0.5")
        self.frames, self.worked, self.began = 0, time.process_time(), time.monotonic()
        self.set_interval(1 / PER_S, self.frame)
        if os.environ.get("STOCK_TRAINS"):
            self.run_worker(self.train())

    def action_zoom(self) -> None:
        """Shows the first plot alone, or all again."""
        shown = not self.table.display
        for number in range(1, PLOTS):
            self.query_one(f"#plot{number}", Static).display = shown
        self.table.display = shown

    async def train(self) -> None:
        """Descends the gradient of a small network on XOR, with a turn for the app after every slice."""
        rng = np.random.default_rng(1)
        inputs, targets = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0], [1], [1], [0.0]])
        first, second = rng.normal(size=(2, 2)), rng.normal(size=(2, 1))
        while True:
            until = time.perf_counter() + SLICE_S
            while time.perf_counter() < until:
                hidden = 1 / (1 + np.exp(-inputs @ first))
                answers = 1 / (1 + np.exp(-hidden @ second))
                errors = (answers - targets) * answers * (1 - answers)
                down = errors @ second.T * hidden * (1 - hidden)
                second -= hidden.T @ errors
                first -= inputs.T @ down
            await asyncio.sleep(0)

    def frame(self) -> None:
        """Draws everything anew."""
        self.frames += 1
        for number in range(PLOTS):
            plot = self.query_one(f"#plot{number}", Static)
            curve = [math.exp(-x / (60 + number)) + 0.02 * math.sin(x + self.frames) for x in range(POINTS)]
            other = [0.7 * value for value in curve]
            plot.update(drawn(max(20, plot.size.width), max(8, plot.size.height), [curve, other]))
        for row in range(ROWS):
            self.table.update_cell_at((row, 3), f"{math.sin(self.frames + row):.4f}")
        result = os.environ.get("STOCK_RESULT")
        if result is None:
            self.call_after_refresh(self.mark)
        elif self.frames == FRAMES:
            worked_ms = 1000 * (time.process_time() - self.worked) / FRAMES
            found = {
                "frames": FRAMES, "cpu_ms": worked_ms, "frames_per_s": FRAMES / (time.monotonic() - self.began)
            }  # fmt: skip
            Path(result).write_text(json.dumps(found), encoding="utf-8")
            self.exit()

    def mark(self) -> None:
        """Marks the end of a frame."""
        if self._driver is not None:
            self._driver.write(MARK)
            self._driver.flush()


def serve(words: list[str]) -> int:
    """Serves the app with nnsim's own server, whose sessions it takes the place of."""
    import nnsim.cli.serve as server
    from nnsim.cli import execute

    def play(request: object) -> int:
        StockApp().run()
        return 0

    server.play = play
    server.preload = lambda: None  # the app is imported already
    return execute(words)


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]) if sys.argv[1:] else StockApp().run())
