"""The canvas inside the axes: plotext joins the dots, markers and points are laid over its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from screens.plots.cells import Cells
from screens.plots.look import Look
from screens.plots.picture import Curve, Values
from screens.plots.trace import Raster, Trace

# plotext's colours serve as tags that name a curve's role; the look turns roles into colours afterwards.
FIRST_TAG = 16
# Colours repeat after 6 styles and glyphs after 8, so that 24 styles all differ.
STYLES = 24
TOKEN = re.compile(r"\x1b\[(?:38;5;(\d+))?[\d;]*m|([^\x1b]+)")


def raster_of(width: int, height: int, look: Look) -> Raster:
    """The dots of a canvas: braille where the terminal shows it."""
    return Raster(width, height) if look.unicode else Raster(width, height, 1, 1)


def draw_curves(
    canvas: Cells, raster: Raster, drawn: Sequence[tuple[Curve, Trace]], look: Look, markers: bool
) -> None:
    """Draw traced curves on the canvas, the last on top.

    Args:
        markers: whether lines carry their glyph every few columns, so that they differ without colour.
    """
    lines = [pair for pair in drawn if pair[0].kind != "points" and len(pair[1].columns)]
    # What stands out takes whole cells: it would share its colour with the faint dots beside it otherwise.
    for faint in (True, False):
        if some := [pair for pair in lines if pair[0].faint == faint]:
            _join(canvas, raster, some, look)
    plain = [pair for pair in drawn if not pair[0].faint]
    for index, (curve, trace) in enumerate(plain):
        if curve.kind == "points":
            _points(canvas, raster, curve, trace, look)
        elif curve.kind == "path":
            _ends(canvas, raster, curve, trace, look)
        else:
            share = (index, len(plain)) if markers and look.unicode else None
            _markers(canvas, raster, curve, trace, look, share)


def _role(curve: Curve) -> str:
    return f"{'faint' if curve.faint else 'curve'}:{curve.style % STYLES}"


class Line(NamedTuple):
    """Dots that are joined, as plain values: equal ones give equal pictures."""

    symbol: str
    tag: int
    columns: bytes  # float64
    rows: bytes  # float64
    gaps: tuple[int, ...]  # dots that are not joined to the one before


def _join(canvas: Cells, raster: Raster, lines: Sequence[tuple[Curve, Trace]], look: Look) -> None:
    roles: list[str] = []
    plain: list[Line] = []
    for curve, trace in lines:
        role = _role(curve)
        if role not in roles:
            roles.append(role)
        symbol = "braille" if look.unicode else "." if curve.faint else look.glyph(curve.style)
        # The middle of a dot: plotext's own rounding then lands on this dot and no other.
        columns, rows = trace.columns + 0.4, trace.rows + 0.4
        gaps = tuple(np.flatnonzero(trace.begins).tolist())
        plain.append(Line(symbol, FIRST_TAG + roles.index(role), columns.tobytes(), rows.tobytes(), gaps))
    _read(canvas, _joined(raster, tuple(plain)), roles)


@lru_cache(32)
def _joined(raster: Raster, lines: tuple[Line, ...]) -> str:
    """The text of a canvas with these lines; a schedule, or a run at rest, is the same in the next frame."""
    import plotext  # here and not above: importing it takes longer than the first paint

    figure = plotext.figure
    figure.clear.data()
    figure.clear.settings()
    figure.parent().limit(False, False)
    figure.plot_size(raster.width, raster.height)
    figure.canvas("default")
    figure.axes(False)
    for axis, dots in ((0, raster.columns), (1, raster.rows)):
        ruler = figure.ruler(axis, 0)
        ruler.frequency(0)
        ruler.alignment(lim="edge")
        ruler.lim(0, dots)
    for line in lines:
        marker = plotext.marker(line.symbol, pixel=plotext.pixel(line.tag))
        columns, rows = np.frombuffer(line.columns).tolist(), np.frombuffer(line.rows).tolist()
        signal = figure.signal(columns, rows, marker=marker).lines(True)
        for start in line.gaps:
            signal.line(start, False)
        # plotext asks every point for its colour, to choose others for curves that have none. Here all have
        # one, and asking costs a third of the drawing. Where a plotext does not ask, this changes nothing.
        signal._get_unique_pixels = list
        figure.draw(signal)
    return str(figure.build().string())


def _read(canvas: Cells, text: str, roles: Sequence[str]) -> None:
    for row, line in enumerate(text.split("\n")[: canvas.height]):
        column, role = 0, "text"
        for tag, run in TOKEN.findall(line):
            if tag:
                role = roles[int(tag) - FIRST_TAG]
            elif not run:
                role = "text"
            elif role == "text":
                column += len(run)
            else:
                for char in run:
                    if char not in " ⠀":
                        canvas.put(column, row, char, role)
                    column += 1


def _points(canvas: Cells, raster: Raster, curve: Curve, trace: Trace, look: Look) -> None:
    glyph, role = look.glyph(curve.style), _role(curve)
    across, down = trace.columns // raster.across, trace.rows // raster.down
    for column, row in {*zip(across.tolist(), down.tolist(), strict=True)}:
        canvas.put(int(column), raster.height - 1 - int(row), glyph, role)


def _ends(canvas: Cells, raster: Raster, curve: Curve, trace: Trace, look: Look) -> None:
    if len(trace.columns):
        for index, glyph in ((0, "○" if look.unicode else "S"), (-1, look.glyph(curve.style))):
            column, row = raster.cell(trace.columns[index], trace.rows[index])
            canvas.put(column, row, glyph, _role(curve))


def _markers(
    canvas: Cells, raster: Raster, curve: Curve, trace: Trace, look: Look, share: tuple[int, int] | None
) -> None:
    glyph, role = look.glyph(curve.style), _role(curve)
    gap = max(6, raster.width // 5)
    wanted: Values = np.array([], dtype=np.float64)
    if share is not None:
        first = (gap * (2 * share[0] + 1)) // (2 * share[1])
        wanted = np.arange(first, raster.width, gap, dtype=np.float64) * raster.across
    placed = share is None
    for columns, rows in trace.pieces():
        if len(columns) == 1:
            # A value between two gaps would be a single dot, too easily overlooked.
            canvas.put(*raster.cell(columns[0], rows[0]), glyph, role)
            placed = True
        here = wanted[(wanted >= columns[:1]) & (wanted <= columns[-1:])] if len(columns) else wanted[:0]
        if len(here):
            for column, row in zip(here, np.interp(here, columns, rows), strict=True):
                canvas.put(*raster.cell(column, row), glyph, role)
            placed = True
    if not placed and len(trace.columns):
        canvas.put(*raster.cell(trace.columns[-1], trace.rows[-1]), glyph, role)
