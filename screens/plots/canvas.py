"""The canvas inside the axes: plotext joins the dots; markers and points lie over its lines."""

from collections.abc import Sequence

import numpy as np

from screens.plots.cells import Cells
from screens.plots.plot_model import Curve, Values
from screens.plots.plot_style import LAYER_TONES, Look
from screens.plots.rasterize import Raster, Trace

# Colours repeat after 6 styles and glyphs after 11, so that so many styles all differ.
STYLES = 66
DASH = 3  # cells, of which the last is left out where a line is dashed
APART = 24  # columns between two markers of a line
NARROW = 60  # columns, below which a curve that is not in focus has one marker
CROWDED = 0.25  # of a way's quarters, in the midst of others: it is drawn in dots then, with a bead at each step
BEAD = "•"
# A way over level lines is as thick as two dots each way, by which halves of the cell hold one: by (upper left,
# upper right, lower left, lower right) as the bits 1, 2, 4, 8.
QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
QUARTERS = ((0x03, 1), (0x18, 2), (0x44, 4), (0xA0, 8))  # bits of a braille character, and of a quadrant


def raster_of(width: int, height: int, look: Look) -> Raster:
    """The dots of a canvas: braille where the terminal shows it."""
    return Raster(width, height) if look.unicode else Raster(width, height, 1, 1)


def draw_curves(
    canvas: Cells,
    raster: Raster,
    drawn: Sequence[tuple[Curve, Trace]],
    look: Look,
    markers: bool,
    solid: bool = False,
) -> None:
    """Draws traced curves on the canvas, the last on top.

    Args: markers: whether lines carry their glyph every few columns, so that they differ without colour. solid:
    whether paths are blocks, or beads where they crowd.
    """
    lines = [pair for pair in drawn if pair[0].kind != "points" and len(pair[1].columns)]
    # What stands out takes whole cells: it would share its colour with the faint dots beside it otherwise.
    for layer in range(3):
        if some := [pair for pair in lines if _layer(pair[0]) == layer]:
            _join(canvas, raster, some, look, solid)
    plain = [pair for pair in drawn if not pair[0].faint]
    for index, (curve, trace) in sorted(enumerate(plain), key=lambda one: _layer(one[1][0])):
        if curve.kind == "points":
            _points(canvas, raster, curve, trace, look)
        elif curve.kind == "path":
            _ends(canvas, raster, curve, trace, look)
        else:
            share = (index, len(plain)) if markers and look.unicode else None
            _markers(canvas, raster, curve, trace, look, share)


def _layer(curve: Curve) -> int:
    return 0 if curve.faint else 1 if curve.dim else 2


def role_of(curve: Curve, faint: bool = False) -> str:
    """The role of a curve.  Args: faint: of a part of it that is, whatever the curve."""
    kind = ("fainter" if curve.dim else "faint") if faint or curve.faint else "dim" if curve.dim else "curve"
    if curve.shade is not None and kind == "curve":
        return layer_role(curve.shade)
    return f"{kind}:{curve.style % STYLES}"


def layer_role(shade: float) -> str:
    """The role of something in a row.  Args: shade: its place, from 0 to 1."""
    return f"layer:{round(min(max(shade, 0.0), 1.0) * (LAYER_TONES - 1))}"


def glyph_of(curve: Curve, look: Look) -> str:
    return look.glyph(curve.style, bool(curve.hollow))


def _join(canvas: Cells, raster: Raster, lines: Sequence[tuple[Curve, Trace]], look: Look, solid: bool) -> None:
    from screens.plots.plotext_lines import BRAILLE, MIDDLE, DotLine, joined

    # Before and behind the column up to which a line stands out, and whether it is dashed.
    roles: list[tuple[str, str, float, bool]] = []
    plain: list[DotLine] = []
    for curve, trace in lines:
        passed = trace.passed / raster.across
        role = role_of(curve), role_of(curve, faint=True), passed, bool(curve.hollow)
        if role not in roles:
            roles.append(role)
        symbol = BRAILLE if look.unicode else "." if curve.faint else glyph_of(curve, look)
        columns, rows = trace.columns + MIDDLE, trace.rows + MIDDLE
        gaps = tuple(np.flatnonzero(trace.begins).tolist())
        plain.append(DotLine(symbol, roles.index(role), columns.tobytes(), rows.tobytes(), gaps))
    drawn = joined(raster, plain)
    beads = solid and look.unicode and crowded(drawn, raster)
    for column, row, char, tag in drawn:
        stands_out, faint, last, dashed = roles[tag]
        if dashed and column % DASH == DASH - 1:
            continue
        glyph = quadrant(char) if solid and not beads else char
        canvas.put(column, row, glyph, stands_out if column <= last else faint)
    for curve, trace in lines if beads else ():
        steps = np.unique(np.column_stack((trace.columns, trace.rows)), axis=0)
        for column, row in steps[np.isfinite(steps).all(axis=1)].tolist():
            canvas.put(*raster.cell(column, row), BEAD, role_of(curve))


def quadrant(char: str) -> str:
    """The blocks that hold the dots of a braille character; other characters stay."""
    bits = ord(char) - 0x2800
    return QUADRANTS[sum(quarter for part, quarter in QUARTERS if bits & part)] if 0 <= bits < 256 else char


def crowded(drawn: Sequence[tuple[int, int, str, int]], raster: Raster) -> bool:
    """Whether lines run so close to each other that blocks would make one patch of them."""
    taken = np.zeros((2 * raster.height, 2 * raster.width), dtype=bool)
    for column, row, char, _ in drawn:
        bits = QUADRANTS.index(quadrant(char))
        for quarter in range(4):
            taken[2 * row + quarter // 2, 2 * column + quarter % 2] |= bool(bits >> quarter & 1)
    full = taken[:-1, :-1] & taken[1:, :-1] & taken[:-1, 1:] & taken[1:, 1:]
    return bool(full.sum() > CROWDED * taken.sum())


def _points(canvas: Cells, raster: Raster, curve: Curve, trace: Trace, look: Look) -> None:
    glyph, role = glyph_of(curve, look), role_of(curve)
    across, down = trace.columns // raster.across, trace.rows // raster.down
    for column, row in {*zip(across.tolist(), down.tolist(), strict=True)}:
        canvas.put(int(column), raster.height - 1 - int(row), glyph, role)


def _ends(canvas: Cells, raster: Raster, curve: Curve, trace: Trace, look: Look) -> None:
    if len(trace.columns):
        for index, glyph in ((0, "○" if look.unicode else "S"), (-1, glyph_of(curve, look))):
            column, row = raster.cell(trace.columns[index], trace.rows[index])
            canvas.put(column, row, glyph, role_of(curve))


def _markers(
    canvas: Cells, raster: Raster, curve: Curve, trace: Trace, look: Look, share: tuple[int, int] | None
) -> None:
    glyph, role = glyph_of(curve, look), role_of(curve)
    few = raster.width if raster.width < NARROW else raster.width // 2
    gap = max(APART, few) if curve.dim else max(APART, raster.width // 5)
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
