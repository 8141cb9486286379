"""How far updates moved each layer over time, from pairs of neighbouring steps of a run."""

import numpy as np

from nnsim.analysis.walk import Walk, even_steps
from nnsim.arrays import Array
from nnsim.session.view import View
from nnsim.timeline import Timeline
from screens.panes.backfill import Retracing

POINTS = 48  # of a curve, about; each takes two steps that are known


def pairs(step: int) -> list[int]:
    """Steps before one, evenly, each with the one behind it, ascending."""
    return sorted({one for start in even_steps(step, POINTS) if start < step for one in (start, start + 1)}) or [0]


class RatiosOverTime:
    """Update-to-weight ratios of the focused run at even steps, as far as they are known.

    ratio = |change| / |parameters|        (Euclidean norms, of a layer's weights and biases together)
    """

    def __init__(self) -> None:
        self.retracing = Retracing(lambda timeline: Walk(timeline, 4 * POINTS, pairs))

    def look(self, view: View) -> None:
        """Know so much of them as can be had at once."""
        self.retracing.look(view)

    def before(self, timeline: Timeline, step: int) -> tuple[Array, dict[str, Array]]:
        """Steps up to one, (n,), and the ratios of the updates that made them, (n,) by layer."""
        walk = self.retracing.walk_of(timeline)
        known = walk.steps(step)
        there = set(known)
        # What was set by hand is no update.
        ends = [one for one in known if one - 1 in there and not timeline.parameters_at(one)]
        if not ends:
            return np.empty(0), {}
        after, start = walk.at(ends), walk.at([one - 1 for one in ends])
        found = {}
        with np.errstate(all="ignore"):  # of a run that diverges
            for layer in timeline.plan.network.trained:
                part = slice(layer.offset, layer.offset + layer.size)
                weights = np.linalg.norm(after[:, part], axis=1)
                change = np.linalg.norm(after[:, part] - start[:, part], axis=1)
                found[layer.name] = np.divide(change, weights, out=np.zeros_like(change), where=weights > 0)
        return np.array(ends, dtype=np.float64), found
