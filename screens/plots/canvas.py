"""The canvas inside the axes: plotext joins the dots, markers and points are laid over its lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from screens.plots.cells import Cells
from screens.plots.look import Look
from screens.plots.picture import Curve, Values
from screens.plots.trace import Raster, Trace

# Colours repeat after 6 styles and glyphs after 8, so that 24 styles all differ.
STYLES = 24


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


def _join(canvas: Cells, raster: Raster, lines: Sequence[tuple[Curve, Trace]], look: Look) -> None:
    from screens.plots.joining import Line, joined

    roles: list[tuple[str, float]] = []  # and the column up to which a line has it
    plain: list[Line] = []
    for curve, trace in lines:
        role = _role(curve), trace.passed / raster.across
        if role not in roles:
            roles.append(role)
        symbol = "braille" if look.unicode else "." if curve.faint else look.glyph(curve.style)
        # The middle of a dot: plotext's own rounding then lands on this dot and no other.
        columns, rows = trace.columns + 0.4, trace.rows + 0.4
        gaps = tuple(np.flatnonzero(trace.begins).tolist())
        plain.append(Line(symbol, roles.index(role), columns.tobytes(), rows.tobytes(), gaps))
    faint = [role.replace("curve", "faint") for role, _ in roles]
    for column, row, char, tag in joined(raster, tuple(plain)):
        stands_out, last = roles[tag]
        canvas.put(column, row, char, stands_out if column <= last else faint[tag])


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
    placed, ends = share is None, None
    for columns, rows in trace.middles():
        if not len(columns) or columns[0] > trace.passed:
            continue
        if len(columns) == 1:
            # A value between two gaps would be a single dot, too easily overlooked.
            canvas.put(*raster.cell(columns[0], rows[0]), glyph, role)
            placed = True
        here = wanted[(wanted >= columns[0]) & (wanted <= min(columns[-1], trace.passed))]
        if len(here):
            for column, row in zip(here, np.interp(here, columns, rows), strict=True):
                canvas.put(*raster.cell(column, row), glyph, role)
            placed = True
        ends = columns, rows
    if not placed and ends is not None:
        last = min(float(ends[0][-1]), trace.passed)
        canvas.put(*raster.cell(last, float(np.interp(last, *ends))), glyph, role)
