"""Pictures of a sweep: the map over two settings, the curve over one, and the curve of the run under the cursor."""

import math

import numpy as np

from nnsim.scenario.sweep_axes import SweepAxis
from nnsim.sweep.map_view import FIGURES, LOGARITHMIC, SweepMap, coarse, names_of, value_text
from nnsim.sweep.member_curve import MemberCurve
from screens.plots import Chart, Curve
from screens.plots.plot_model import CellAxis, CellMap, Values


def map_picture(shown: SweepMap) -> CellMap | Chart:
    """The map of a sweep over two settings; of one over a single range of numbers, its curve with a band."""
    if shown.up is None and shown.x.numeric and len(shown.x) > 2:
        return band_picture(shown)
    places = coarse(shown.known)
    rows, columns = places[..., 0], places[..., 1]
    row = 0 if shown.up is None else shown.picks[shown.up]
    names = names_of(shown.axes)
    return CellMap(
        values=shown.values[rows, columns],
        failed=shown.failed[rows, columns] & (shown.figure not in ("diverged", "reached", "rounding")),
        known=shown.known[rows, columns],
        x=cell_axis(shown.x, names[shown.across]),
        y=cell_axis(shown.y, names[shown.up]) if shown.y is not None and shown.up is not None else CellAxis("", 1),
        figure=shown.figure_name,
        log=shown.logarithmic,
        cursor=(shown.picks[shown.across], row),
    )


def cell_axis(axis: SweepAxis, name: str) -> CellAxis:
    """The axis of a setting: its range where the values are spread evenly, else a name for each value."""
    if axis.scale in ("log", "linear") and len(axis) > 1 and axis.numeric:
        log = axis.scale == "log"
        first, last = (math.log(one) if log else float(one) for one in (axis.values[0], axis.values[-1]))
        half = (last - first) / (len(axis) - 1) / 2
        ends = (first - half, last + half)
        low, high = (math.exp(one) if log else one for one in ends)
        if low < high:
            return CellAxis(name, len(axis), (low, high), log)
    return CellAxis(name, len(axis), names=tuple(value_text(one) for one in axis.values))


def band_picture(shown: SweepMap) -> Chart:
    """A figure over one setting: its mean, lowest and highest over the runs of each value."""
    x = np.array([float(one) for one in shown.x.values])
    order = np.argsort(x)
    mean, low, high = (one[order] for one in shown.band())
    curves = [
        Curve(f"mean of {len(shown.runs):,} runs" if len(shown.runs) > 1 else FIGURES[shown.figure], x[order], mean)
    ]
    if len(shown.runs) > 1:
        curves = [
            Curve("lowest and highest", x[order], low, style=1, dim=True),
            Curve("", x[order], high, style=1, dim=True),
            *curves,
        ]
    values = np.concatenate([one.low[np.isfinite(one.low)] for one in curves])
    return Chart(
        tuple(curves),
        log_x=shown.x.scale == "log",
        log_y=shown.figure in LOGARITHMIC and bool(len(values)) and bool(values.min() > 0),
        x_label=shown.x.key,
        y_label=FIGURES[shown.figure],
        cursor_x=float(shown.x.values[shown.picks[shown.across]]),
        empty="nothing is trained yet",
    )


def curve_picture(curve: MemberCurve | None, asked: bool, loss: float = np.nan) -> Chart:
    """The losses of a run over its epochs.

    Args: asked: whether it is being trained for this. loss: with which it ended in its population.
    """
    if curve is None:
        return Chart(empty="training this run again" if asked else "no run is trained here yet")
    curves = [Curve("loss", curve.epochs, curve.low, curve.high)]
    if len(curve.validation):
        curves.append(Curve("validation", curve.validation_epochs, curve.validation, style=0, hollow="validation"))
    values = np.concatenate([_positive(one.low) for one in curves] + [_positive(curve.high)])
    spread = len(values) > 0 and values.max() > 4 * values.min()
    return Chart(
        tuple(curves),
        log_y=bool(spread),
        x_label="epoch",
        y_label="loss",
        note=_note(curve, loss),
        empty="no loss is finite",
    )


def _note(curve: MemberCurve, loss: float) -> str:
    if not curve.whole:
        return "as far as ten seconds went"
    return "alone it ends otherwise: rounding decides" if curve.parts_from(loss) else ""


def _positive(values: Values) -> Values:
    return np.asarray(values[np.isfinite(values) & (values > 0)])
