"""Figures over epochs as curves, with the places of the cursor and the crosshair."""

from collections.abc import Callable, Sequence

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.session.view import TrackView, View
from nnsim.timeline.series import Envelope, Series, stretch_width
from screens.panes.pane import Pane
from screens.plots import Curve

GAIN = 0.75  # of the whole y axis, at most, where a part of it is shown instead


def round_up(value: float, least: float = 10.0) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... from `value` on, at least `least`."""
    step = least
    while step < value:
        first = str(int(step))[0]
        step *= 2.5 if first == "2" else 2
    return step


def epochs_range(view: View, log: bool = False) -> tuple[float, float]:
    """The part of the epoch axis to draw: what is recorded, in round steps, at most the whole run. Where nothing
    behind the cursor is drawn, it is what lies before it.

    Args: log: whether the axis is logarithmic; it begins at the first step then, not at 0.
    """
    steps = ((one.log.length if view.ahead else view.cursor_of(one).showing, one) for one in view.tracks)
    recorded = max(step / one.log.steps_per_epoch for step, one in steps)
    whole = max(one.last_step / one.log.steps_per_epoch for one in view.tracks)
    first = 1.0 / max(one.log.steps_per_epoch for one in view.tracks) if log else 0.0
    return first, max(1.0, 2.0 * first, min(round_up(recorded), whole))


def cursor_epoch(view: View) -> float:
    return view.cursor.showing / view.steps_per_epoch


def crosshair_epoch(pane: Pane) -> float | None:
    return None if pane.crosshair is None else cursor_epoch(pane.crosshair)


def read_at(pane: Pane, track: TrackView, figure: str) -> float | None:
    """A figure of a track at the crosshair; None without a crosshair, or where it is not recorded yet."""
    return None if pane.crosshair is None else pane.crosshair.figures(track).get(figure)


SAMPLES = 24  # of the steps around a column, from which its mean and its middle are taken
WINDOWS = 24  # of an axis: a batch's loss is drawn as the mean of so large a part of the run
OUTER = 10.0  # percent of the steps below the shade, and above it

Smoothing = Callable[[Array, Array], Array]  # of the smallest and the largest value of each column


def series_curves(
    view: View,
    figure: str,
    columns: int,
    tracks: Sequence[TrackView] | None = None,
    smoothing: Smoothing | None = None,
) -> list[Curve]:
    """One figure of every track as curves over epochs; what lies behind the cursor is faint.

    Args: smoothing: makes one smooth curve of the extremes; the curve itself is faint then.
    """
    curves, faint = [], []
    several = len(view.compared) > 1
    for track in view.compared if tracks is None else tracks:
        series = track.log.series.get(figure)
        if series is None:
            continue
        name = view.label(track) if several else figure.replace("_", " ")
        known = view.known(track, figure)
        here = known / track.log.steps_per_epoch
        # What comes next is faint; of a step that is entered for the first time nothing is drawn ahead.
        end = series.count_at(view.drawn(track, figure))
        jumps = smoothing is None and of_batches(track, series)
        # A column has two dots beside each other.
        envelope = series.envelope(0, end, columns if jumps or smoothing is not None else 2 * columns)
        x = series.steps_at(envelope.last) / track.log.steps_per_epoch
        low, high, style = envelope.low, envelope.high, track.style
        dim = several and track is not view.focused
        if jumps:
            low, middle, high = _course(series, envelope, end, columns)
            if dim:  # the shade of the run in focus is the only one
                curves.append(Curve(name, x, middle, style=style, dim=dim, passed=here + 1e-9))
            else:
                curves.append(Curve(name, x, low, high, style=style, passed=here + 1e-9, middle=middle))
        elif smoothing is None:
            curves.append(Curve(name, x, low, high, style=style, dim=dim, passed=here + 1e-9))
        else:
            past = x <= here + 1e-9
            faint.append(Curve(name, x, low, high, style=style, faint=True, dim=dim))
            curves.append(Curve(name, x[past], smoothing(low, high)[past], style=style, dim=dim))
    return [*faint, *curves]


def of_batches(track: TrackView, series: Series) -> bool:
    """Whether the figure is one of each batch, which jumps from step to step."""
    return track.log.steps_per_epoch > 1 and series.spacing < track.log.steps_per_epoch


def _course(series: Series, envelope: Envelope, end: int, columns: int) -> tuple[Array, Array, Array]:
    """The course of a figure that jumps: for each column the tenth and ninetieth percentile of the steps around it,
    and their mean between these.  Returns: (columns,) each: low, mean, high."""
    # As wide as the stretches of a rougher picture, which stay while the run grows: so does the course then.
    reach = max(1.0, stretch_width(0, end, WINDOWS) / 2.0)
    place = 0.5 * (envelope.first + envelope.last)
    with np.errstate(all="ignore"):
        around = series.samples_around(np.rint(place - reach), np.minimum(np.rint(place + reach), end - 1), SAMPLES)
        whole = np.isfinite(around).all(axis=1)  # a run that diverges is drawn as it is
        low, high = _percentiles(around)
        middle = around.mean(axis=1)
    half = max(1, columns // 30)
    smooth = [
        np.where(whole, smoothed(one, one, half), raw)
        for one, raw in (
            (np.where(whole, low, np.nan), envelope.low),
            (np.where(whole, middle, np.nan), 0.5 * (envelope.low + envelope.high)),
            (np.where(whole, high, np.nan), envelope.high),
        )
    ]
    return smooth[0], np.clip(smooth[1], smooth[0], smooth[2]), smooth[2]


def _percentiles(around: Array) -> tuple[Array, Array]:
    """The tenth and the ninetieth percentile of each row, interpolated as `numpy.percentile` does, which takes five
    times as long for so few values."""
    ordered, place = np.sort(around, axis=1), OUTER / 100.0 * (around.shape[1] - 1)
    below, part = int(place), place - int(place)
    low = ordered[:, below] + part * (ordered[:, below + 1] - ordered[:, below])
    high = ordered[:, -1 - below] - part * (ordered[:, -1 - below] - ordered[:, -2 - below])
    return low, high


def enclosed(curves: Sequence[Curve], log: bool) -> tuple[float, float] | None:
    """The extent of a y axis that leaves the beginnings of unfocused runs out where they would take most of it.

    Returns: (low, high), or None for all of the curves.
    """
    solid = [one for one in curves if not one.faint]
    late = [one.top[len(one.top) // 10 if one.dim else 0 :] for one in solid]
    low, high = _extent([one.low for one in solid], log), _extent(late, log)
    whole = _extent([one.top for one in solid], log)
    if low is None or high is None or whole is None or not any(one.dim for one in solid):
        return None
    span, rest = (np.log10(one[1]) - np.log10(low[0]) if log else one[1] - low[0] for one in (whole, high))
    return (low[0], high[1]) if rest <= GAIN * span else None


def _extent(values: Sequence[Array], log: bool) -> tuple[float, float] | None:
    found = np.concatenate([np.empty(0), *values])
    found = found[np.isfinite(found) & ((found > 0) | (not log))]
    return (float(found.min()), float(found.max())) if len(found) else None


def per_column(view: View, figure: str, columns: int) -> int:
    """How many steps of the focused run one column draws by their smallest and largest value."""
    series = view.focused.log.series.get(figure)
    return 1 if series is None else max(1, -(-len(series) // columns)) * series.spacing


def smoothed(low: Array, high: Array, half: int, log: bool = False) -> Array:
    """A centred mean over neighbouring columns, the near ones counting most.

        s_j = sum_k u_k m_{j+k} / sum_k u_k,   u_k = (1 + cos(pi k / (half + 1))) / 2,   |k| <= half
        m_j = (low_j + high_j) / 2,   on a logarithmic axis the root of low_j high_j, and s_j the mean of logarithms

    It does not lag behind as a running mean does. At the ends, and beside gaps, the weights of the columns that are
    there are what they are divided by, so a constant stays what it is. A gap stays a gap.

    Args: low, high: (columns,), smallest and largest value of each. half: columns to either side. log: whether it
    is drawn on a logarithmic axis, where what is not positive is a gap.
    Returns: (columns,).
    """
    if not len(low):
        return np.empty(0)
    middle = np.full(len(low), np.nan)
    if log:
        there = np.isfinite(low) & np.isfinite(high) & (low > 0.0)
        middle[there] = 0.5 * (np.log(low[there]) + np.log(high[there]))
    else:
        there = np.isfinite(low) & np.isfinite(high)
        middle[there] = 0.5 * low[there] + 0.5 * high[there]
    offsets = np.arange(-half, half + 1)
    weights = 0.5 * (1.0 + np.cos(np.pi * offsets / (half + 1)))
    total = np.convolve(np.where(there, middle, 0.0), weights)[half : half + len(low)]
    counted = np.convolve(there.astype(np.float64), weights)[half : half + len(low)]
    mean = np.full(len(low), np.nan)
    mean[there] = total[there] / counted[there]
    return np.exp(mean) if log else mean
