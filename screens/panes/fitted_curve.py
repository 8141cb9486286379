"""The answers of a network of one input: a curve, the data, and a stroke from each target to its answer."""

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.session.view import View
from nnsim.training.records import Evaluation
from nnsim.training.trainer import Trainer
from screens.panes.activation_maps import MOST_WORK, Unit, input_range, is_output, span, unit_name
from screens.plots import Chart, Curve, number

CURVE_POINTS = 160
MOST_RESIDUALS = 200


def target_range(targets: Array) -> tuple[float, float]:
    room = 0.3 * (float(np.ptp(targets)) or 1.0)
    return float(targets.min()) - room, float(targets.max()) + room


def fitted_curve(
    view: View, trainer: Trainer, unit: Unit, found: Evaluation, cross: tuple[float, float] | None
) -> tuple[Chart, str]:
    """The chart of a unit along the only input, and its reading; an output comes with the data.

    Args: trainer: at the cursor. found: its answers to the rows. cross: a place to mark.
    """
    track = view.focused
    plan, examples = track.timeline.plan, track.timeline.plan.examples
    low, high = input_range(examples.inputs[:, 0])
    x = np.linspace(low, high, min(CURVE_POINTS, max(16, MOST_WORK // plan.network.size)))
    line = trainer.activations(x[:, None])[unit[0]][:, unit[1]]
    name = unit_name(plan, *unit)
    curves = [Curve(name, x, line, style=track.style)]
    label, reading = name, span(line)
    y_range: tuple[float, float] | None = None
    if is_output(plan, unit):
        label = examples.target_names[unit[1]]
        data, targets = examples.inputs[:, 0], examples.targets[:, unit[1]]
        answered = found.predictions[:, unit[1]]
        if cross is None:  # points are moved where the network has them
            line, targets, answered = (examples.in_unit(one, unit[1]) for one in (line, targets, answered))
        y_range = target_range(targets)
        # A line that shoots out of the picture leaves through its edge.
        inside = np.where((line >= y_range[0]) & (line <= y_range[1]), line, np.nan)
        curves = [
            _residuals(data, targets, answered, y_range),
            Curve("fit", x, inside, style=track.style),
            Curve("data", data, targets, style=len(view.tracks), kind="points"),
        ]
        if cross is not None:
            curves.append(_cross(cross, (low, high), y_range, len(view.tracks) + 1))
        error = answered - targets
        reading = f"largest residual {number(float(np.abs(error).max()))} · mean {number(_mean(error))}"
    chart = Chart(
        tuple(curves), x_range=(low, high), y_range=y_range, x_label=examples.input_names[0], y_label=label
    )
    return chart, reading


def _mean(errors: Array) -> float:
    """The mean of errors; 0 where rounding alone is left of them."""
    mean = float(errors.mean())
    return mean if abs(mean) > 1e-12 * float(np.abs(errors).max()) else 0.0


def _cross(
    cross: tuple[float, float], x_range: tuple[float, float], y_range: tuple[float, float], style: int
) -> Curve:
    x = np.array([*x_range, np.nan, cross[0], cross[0]])
    y = np.array([cross[1], cross[1], np.nan, *y_range])
    return Curve("cross", x, y, style=style, kind="path")


def _residuals(x: Array, targets: Array, answers: Array, y_range: tuple[float, float]) -> Curve:
    """A stroke from each target to the answer, for evenly many of the rows."""
    rows = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_RESIDUALS)).astype(np.int64))
    gap = np.full(len(rows), np.nan)
    ends = np.clip(answers[rows], *y_range)
    across = np.column_stack((x[rows], x[rows], gap)).ravel()
    strokes = np.column_stack((targets[rows], ends, gap)).ravel()
    return Curve("", across, strokes, kind="path", faint=True)
