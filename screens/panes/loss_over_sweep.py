"""Losses over the values of a sweep, of all its runs at the same epoch: training, and validation."""

import numpy as np

from nnsim.session.view import Capability, View
from nnsim.text import count
from screens.panes.curves import cursor_epoch
from screens.plots import Chart, Curve

FEWEST = 3  # values of a sweep, below which there is no curve over them
LEAST_RATIO = 4.0  # of the largest to the smallest loss, from which on the axis is logarithmic


def swept(view: View) -> bool:
    """Whether the runs are those of a sweep over numbers, enough of them for a curve."""
    values = [] if view.sweep is None else view.sweep.values
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    return len(numbers) == len(values) >= FEWEST and Capability.SETTINGS in view.focused.capabilities


def over_sweep(view: View) -> Chart:
    """A curve of training losses, and one of validation losses, for each variant of a sweep over numbers."""
    assert view.sweep is not None, "it is a sweep"
    key, runs = view.sweep.key, [track for track in view.tracks if Capability.SETTINGS in track.capabilities]
    variants = list(dict.fromkeys(track.timeline.variant for track in runs))
    curves: list[Curve] = []
    for variant in variants:
        tracks = [track for track in runs if track.timeline.variant == variant and key in track.timeline.settings]
        tracks.sort(key=lambda track: float(track.timeline.settings[key]))
        x = [float(track.timeline.settings[key]) for track in tracks]
        for figure, hollow in (("loss", ""), ("validation_loss", "validation")):
            found = [view.figures(track).get(figure, np.nan) for track in tracks]
            if np.isfinite(found).any():
                name = variant if len(variants) > 1 else hollow or "training"
                curves.append(
                    Curve(name, np.array(x), np.array(found), style=variants.index(variant), hollow=hollow)
                )
    losses = np.concatenate([one.low[np.isfinite(one.low)] for one in curves]) if curves else np.ones(1)
    return Chart(
        tuple(curves),
        log_y=bool(losses.min() > 0 and losses.max() >= LEAST_RATIO * losses.min()),
        x_label=key,
        y_label="loss",
        cursor_x=float(view.focused.timeline.settings.get(key, np.nan)),
        note=f"{count(len(runs), 'run')} at epoch {cursor_epoch(view):,.4g}",
        empty="→ trains the first epoch",
    )
