"""Losses over the values of a sweep, of all its runs at the same epoch: training, and validation."""

import numpy as np

from nnsim.session.view import Capability, View
from nnsim.text import count
from screens.panes.curves import cursor_epoch
from screens.plots import Chart, Curve

FEWEST = 3  # values of a sweep, below which there is no curve over them
WIDE_RATIO = 30.0  # of the largest to the smallest value, from which on their axis is logarithmic
LEAST_RATIO = 4.0  # of the largest to the smallest loss, from which on the axis is logarithmic


def swept(view: View) -> bool:
    """Whether the runs are those of a sweep over numbers, enough of them for a curve."""
    values = [] if view.sweep is None else view.sweep.values
    numbers = [one for one in values if np.isfinite(_number(one))]
    return len(numbers) == len(values) >= FEWEST and Capability.SETTINGS in view.focused.capabilities


def _number(value: object) -> float:
    """A value of a sweep as a place on its axis: a number, or that of a single layer's units; NaN for others."""
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


def over_sweep(view: View, may_log: bool = True) -> Chart:
    """A curve of training losses, and one of validation losses, for each variant of a sweep over numbers.

    Args: may_log: whether the axis of losses is logarithmic where they are far apart.
    """
    assert view.sweep is not None, "it is a sweep"
    key, runs = view.sweep.key, [track for track in view.tracks if Capability.SETTINGS in track.capabilities]
    variants = list(dict.fromkeys(track.timeline.variant for track in runs))
    curves: list[Curve] = []
    for variant in variants:
        tracks = [track for track in runs if track.timeline.variant == variant and key in track.timeline.settings]
        tracks.sort(key=lambda track: _number(track.timeline.settings[key]))
        x = [_number(track.timeline.settings[key]) for track in tracks]
        for figure, hollow in (("loss", ""), ("validation_loss", "validation")):
            found = [view.figures(track).get(figure, np.nan) for track in tracks]
            if np.isfinite(found).any():
                name = variant if len(variants) > 1 else hollow or "training"
                curves.append(
                    Curve(name, np.array(x), np.array(found), style=variants.index(variant), hollow=hollow)
                )
    losses = np.concatenate([one.low[np.isfinite(one.low)] for one in curves]) if curves else np.ones(1)
    places = [_number(one) for one in view.sweep.values]
    return Chart(
        tuple(curves),
        log_x=min(places) > 0 and max(places) >= WIDE_RATIO * min(places),
        log_y=bool(may_log and losses.min() > 0 and losses.max() >= LEAST_RATIO * losses.min()),
        x_label=key,
        y_label="loss",
        named_at_ends=True,
        cursor_x=_number(view.focused.timeline.settings.get(key)),
        note=f"{count(len(runs), 'run')} at epoch {cursor_epoch(view):,.4g}",
        empty="→ trains the first epoch",
    )
