"""The hill: the loss of a model of one parameter as a curve, and each run as a ball on it."""

import numpy as np

from nnsim.analysis.loss_grid import batched_losses
from nnsim.analysis.parameter_path import recorded_parameters
from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.session.view import Capability, TrackView, View
from nnsim.training.trainer import Trainer
from screens.panes.pane import PlotPane
from screens.panes.pane_context import ANSWERS
from screens.plots import Chart, Curve, number

CURVE_POINTS = 161
MOST_STEPS = 12  # of the way that are drawn: more would cover the curve
WIDEST = 16.0  # times the width that the scenario names: a ball beyond it has left the picture


class HillPane(PlotPane):
    """The curve of the loss over the only parameter, the ball of each run, and the last steps of the one in focus.

        C(w)    over all rows, in inference, without penalties

    A step is drawn as a straight line from where the ball was to where it is.
    """

    kind = "hill"
    needs = ANSWERS

    @classmethod
    def why_not(cls, view: View) -> str | None:
        if (reason := super().why_not(view)) is not None:
            return reason
        size = view.focused.timeline.plan.network.size
        return None if size == 1 else f"A hill has one parameter; this model has {size:,}."

    def compares_states(self, view: View) -> bool:
        return True

    def update_from(self, view: View) -> None:
        track = view.focused
        plan, step = track.timeline.plan, view.step_of(track)
        way = _way(track, step)
        others = [one for one in _beside(view, self.needs) if one is not track]
        places = np.array([_place(one, view.step_of(one)) for one in others])
        low, high = _range(view.scenario.surface.slope, np.append(places, way[-1]))
        trainer = track.asked_at(step)
        x = np.linspace(low, high, CURVE_POINTS)
        curves = [Curve("loss", x, heights(trainer, x), style=view.free_style(), faint=True, sign="─")]
        curves += [
            _ball(view, one, trainer, places[index : index + 1], (low, high)) for index, one in enumerate(others)
        ]
        curves.append(_ball(view, track, trainer, way, (low, high)))
        here = float(way[-1])
        self.plot.show(Chart(tuple(curves), x_range=(low, high), x_label=_name(plan), y_label="loss"))
        left = "" if low <= here <= high else " · out of the picture"
        height = number(float(heights(trainer, way[-1:])[0]))
        self.set_title(self.title)
        self.set_reading(f"{_name(plan)} {number(here)} · loss {height}{left}")


def _beside(view: View, needs: Capability) -> list[TrackView]:
    """The compared runs that go down the same hill."""
    network = view.focused.timeline.plan.network
    return [one for one in view.able(needs) if one.timeline.plan.network == network]


def _ball(view: View, track: TrackView, trainer: Trainer, places: Array, ends: tuple[float, float]) -> Curve:
    """A run's ball at the last of some places, joined to those before."""
    inside = np.where((places >= ends[0]) & (places <= ends[1]), places, np.nan)
    return Curve(
        view.label(track),
        inside,
        heights(trainer, inside),
        style=track.style,
        kind="path" if len(places) > 1 else "points",
        dim=track is not view.focused,
    )


def heights(trainer: Trainer, places: Array) -> Array:
    """The loss over all rows for each value of the only parameter, (n,)."""
    plan = trainer.plan
    with np.errstate(all="ignore"):
        return batched_losses(
            plan,
            trainer.prepare(plan.examples.inputs).T,
            plan.examples.targets.T,
            places[:, None].astype(np.float64),
        )


def _place(track: TrackView, step: int) -> float:
    return float(track.parameters_at(step)[0])


def _way(track: TrackView, step: int) -> Array:
    """Where the ball was after the last steps and is now, (n,), as far as that is recorded."""
    places = []
    for before in range(max(0, step - MOST_STEPS), step):
        found = recorded_parameters(track.timeline, before) if before else track.parameters_at(0)
        if found is not None:
            places.append(float(found[0]))
    return np.array([*places, _place(track, step)])


def _range(named: tuple[float, float], places: Array) -> tuple[float, float]:
    """The range that the scenario names, doubled about its middle until it holds every ball that is not far off."""
    middle, half = (named[0] + named[1]) / 2, (named[1] - named[0]) / 2
    reach = 1.0
    for place in places[np.isfinite(places)].tolist():
        while reach < WIDEST and abs(place - middle) > reach * half:
            reach *= 2.0
    return middle - reach * half, middle + reach * half


def _name(plan: Plan) -> str:
    """What the parameter is called: the input that it multiplies."""
    return plan.examples.input_names[0]
