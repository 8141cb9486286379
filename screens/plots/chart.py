"""Charts: curves over two axes, with legend, cursor and marks."""

from functools import partial
from textwrap import wrap

import numpy as np
from msgspec import Struct

from nnsim.text.number_format import number
from screens.plots.axes_frame import Frame, column_of, draw_frame, frame
from screens.plots.axis import Axis, round_axis
from screens.plots.canvas import draw_curves, glyph_of, raster_of
from screens.plots.cells import TINT, Cells, cut, one_cell_each
from screens.plots.end_names import named_at_ends
from screens.plots.legend import legend_of, mark_glyph
from screens.plots.plot_model import AxisMark, Chart, Curve, Values
from screens.plots.plot_style import Look
from screens.plots.rasterize import Raster, Trace, hidden, trace

LOG = "LOG"  # what a logarithmic axis says of itself


class Axes(Struct, frozen=True):
    """The two axes of a chart; passed to the next drawing, they stay until the data leave them."""

    x: Axis
    y: Axis


def fit_axes(chart: Chart, previous: Axes | None = None) -> Axes:
    """The axes of a chart: its fixed limits, or round limits around its curves."""
    x_extent = _extent([curve.x for curve in chart.curves], chart.log_x)
    x = _axis(chart.x_range, x_extent, chart.log_x, previous.x if previous else None)
    if chart.y_extent is not None:  # a chosen extent is not to be left as it was
        return Axes(x, _axis(chart.y_range, chart.y_extent, chart.log_y, None))
    y_extent = _extent([values for curve in chart.curves for values in (curve.low, curve.top)], chart.log_y)
    return Axes(x, _axis(chart.y_range, y_extent, chart.log_y, previous.y if previous else None))


def _axis(
    fixed: tuple[float, float] | None, extent: tuple[float, float] | None, log: bool, previous: Axis | None
) -> Axis:
    if fixed is not None:
        low, high = sorted(fixed)
        # Limits that a log axis cannot have, or that enclose nothing, are rounded like those of data.
        usable = np.isfinite(low) and np.isfinite(high) and max(-low, high) <= 1e300
        if usable and high - low > 1e-9 * max(abs(low), abs(high), 1e-280) and (low >= 1e-300 or not log):
            return Axis(float(low), float(high), log)
        if log and np.isfinite(high) and high > 0 and extent is not None:
            return round_axis(extent[0], min(float(high), 1e300), log)
        if usable:
            return round_axis(low, high, log)
    if extent is None:
        same = previous is not None and previous.log == log
        return previous if previous is not None and same else Axis(0.1 if log else 0.0, 1.0, log)
    return round_axis(*extent, log, previous)


def _extent(arrays: list[Values], log: bool) -> tuple[float, float] | None:
    if not arrays:
        return None
    values = np.concatenate(arrays)
    values = values[np.isfinite(values) & (values > 0 if log else True)]
    return (float(values.min()), float(values.max())) if len(values) else None


def draw_chart(chart: Chart, width: int, height: int, look: Look, axes: Axes) -> Cells:
    cells = Cells(width, height)
    curves = chart.curves
    legend_with = partial(
        legend_of,
        _label(chart.y_label, axes.y.log),
        curves,
        look,
        width,
        height,
        warning=_hidden_note(chart, look, axes.y),
        note=chart.note,
        marks=chart.marks,
    )
    legend = legend_with()
    place = frame(width, height, axes.y, legend.rows)
    raster = raster_of(place.width, place.height, look)
    draw_frame(cells, place, axes.x, axes.y, raster, _label(chart.x_label, axes.x.log), look)
    if not place.width or not place.height:
        legend.draw(cells)
        return cells
    canvas = Cells(place.width, place.height)
    drawn = [(curve, trace(curve.line, axes.x, axes.y, raster)) for curve in curves]
    several = sum(not c.faint for c in curves) > 1
    draw_curves(canvas, raster, drawn, look, several)
    if not any(len(t.columns) for _, t in drawn):
        say(canvas, chart.empty, look)
    _marks(canvas, chart.marks, axes.x, raster, look)
    # At the crosshair names carry values, which stand in the same place for each step.
    if chart.named_at_ends and chart.crosshair_x is None and named_at_ends(canvas, drawn, raster, look):
        legend = legend_with(
            named=False
        )  # its rows stay, so that the picture does not jump when names change their place
    legend.draw(cells)
    for curve in curves:
        if curve.middle is not None and not (curve.dim or curve.faint):
            _shade(canvas, curve, axes, raster)
    if chart.cursor_x is not None:
        _line(cells, canvas, place, column_of(axes.x, raster, chart.cursor_x), "┊▲" if look.unicode else ":^")
    if chart.crosshair_x is not None:
        column = column_of(axes.x, raster, chart.crosshair_x)
        _line(cells, canvas, place, column, "│┿" if look.unicode else "|+")
        _crossings(canvas, drawn, column, raster, look)
    cells.place(place.left, place.top, canvas)
    if axes.y.log and place.axis_row is not None and not any(LOG in text for _, _, text, _ in legend.texts):
        # Names of many curves have taken the place of the axis's own.
        corner = place.left - 1 - len(LOG)
        if cells.blank(corner, place.axis_row, len(LOG)):
            cells.write(corner, place.axis_row, LOG, "axis")
    return cells


def _label(name: str, log: bool) -> str:
    """The name of an axis; one that is logarithmic says so."""
    return " ".join(filter(None, [name, LOG if log else ""]))


def say(cells: Cells, text: str, look: Look) -> None:
    """Writes a sentence where there is nothing to draw, in the middle, in as many lines as it takes."""
    width, height = max(cells.width, 1), max(cells.height, 1)
    lines = wrap(one_cell_each(text, look.unicode), width, break_on_hyphens=False)
    if len(lines) > height:  # what does not fit ends in the sign of a cut
        lines = [*lines[: height - 1], cut(" ".join(lines[height - 1 :]), width, look.unicode)]
    top = (cells.height - len(lines) + 1) // 2
    for row, line in enumerate(lines, top):
        cells.write((cells.width - len(line)) // 2, row, line, "axis")


def _hidden_note(chart: Chart, look: Look, y_axis: Axis) -> str:
    """What a log axis or a chosen extent leaves out."""
    parts = []
    if chart.log_x or chart.log_y:
        count = sum(hidden(curve, chart.log_x, chart.log_y) for curve in chart.curves)
        sign = "≤" if look.unicode else "<="
        parts += [f"{count} point{'s' * (count != 1)} {sign} 0 not shown"] if count else []
    if chart.y_extent is not None:
        highest = _extent([curve.top for curve in chart.curves], chart.log_y)
        if highest is not None and highest[1] > y_axis.high:
            parts.append(f"cut off above: up to {number(highest[1])}")
    return ", ".join(parts)


def _marks(canvas: Cells, marks: tuple[AxisMark, ...], x_axis: Axis, raster: Raster, look: Look) -> None:
    for mark in marks:
        column = column_of(x_axis, raster, mark.x)
        if column is None:
            continue
        glyph = mark_glyph(mark, look)
        label = one_cell_each(mark.label, look.unicode)
        # Beside the glyph where nothing is drawn: right of it or left of it, at the top or at the bottom.
        spots = [(row, start) for row in (0, canvas.height - 1) for start in (column + 2, column - len(label) - 1)]
        free = [
            (row, start)
            for row, start in spots
            if canvas.blank(min(start, column), row, max(len(label) + 2, 1))
            or (not label and canvas.blank(column, row))
        ]
        # Where there is no room for the label, the glyph still finds a row that no other mark has.
        rows = (y for y in range(canvas.height) if canvas.roles[y][column] != "warning")
        row, start = free[0] if free else (next(rows, 0), None)
        canvas.put(column, row, glyph, "warning")
        if start is not None:
            canvas.write(start, row, label, "warning")


def _line(cells: Cells, canvas: Cells, place: Frame, column: int | None, glyphs: str) -> None:
    """Draws a vertical line behind the curves, with a foot on the axis."""
    if column is None:
        return
    for row in range(canvas.height):
        if canvas.blank(column, row):
            canvas.put(column, row, glyphs[0], "cursor")
    if place.axis_row is not None:
        cells.put(place.left + column, place.axis_row, glyphs[1], "cursor")


def _shade(canvas: Cells, curve: Curve, axes: Axes, raster: Raster) -> None:
    """Tints the ground behind a line, from its low to its high, also between two steps that are columns apart."""
    here = curve.x <= (np.inf if curve.passed is None else curve.passed)
    across = raster.column(axes.x.place(curve.x[here])) // raster.across
    low, high = (raster.row(axes.y.place(one[here])) // raster.down for one in (curve.low, curve.top))
    drawn = np.isfinite(across + low + high)
    if not drawn.any():
        return
    across, low, high = across[drawn], low[drawn], high[drawn]
    columns = np.arange(max(0.0, across[0]), min(canvas.width - 1.0, across[-1]) + 1.0)
    low, high = np.interp(columns, across, low), np.interp(columns, across, high)
    for column, bottom, top in zip(columns.astype(int).tolist(), low.tolist(), high.tolist(), strict=True):
        for row in range(max(0, int(bottom)), min(canvas.height - 1, int(top)) + 1):
            canvas.tint(column, canvas.height - 1 - row, f"{TINT}{curve.style}")


def _crossings(
    canvas: Cells, drawn: list[tuple[Curve, Trace]], column: int | None, raster: Raster, look: Look
) -> None:
    if column is None:
        return
    middle = (column + 0.5) * raster.across
    for curve, traced in drawn:
        if curve.kind != "line" or not curve.name:
            continue
        for columns, rows in traced.middles():
            if len(columns) and columns[0] <= middle + raster.across and columns[-1] >= middle - raster.across:
                row = float(np.interp(middle, columns, rows))
                canvas.put(*raster.cell(middle, row), glyph_of(curve, look), "cursor")
