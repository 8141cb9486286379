"""The reveal of a question: its answer, computed from the runs, with the figures that decide it."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from msgspec import Struct

from nnsim.errors import NnsimError
from nnsim.nn.parameters import names_parameter
from nnsim.scenario.conditions import BEST, FAULT, Answer, Extreme, FaultName, Product, Quantity, Ratio, Truth
from nnsim.scenario.lesson_schema import Claim, Prediction, Question, plain_name
from nnsim.scenario.places import FIGURES, OF_LAYERS, Comparison, Place, Position, full, parse_place
from nnsim.scenario.setting_keys import setting_text
from nnsim.session.view import TrackView, View
from nnsim.text.number_format import number_in, percent, rounded, typed_number
from nnsim.timeline import find
from nnsim.timeline.search import COMPARISONS

SHARES = ("accuracy", "val-accuracy")
NO_CHOICE = -1  # where a number is typed
LONGEST_SETTINGS = 10_000  # characters, of which a recording keeps those beside an answer


class Reveal(Struct, frozen=True):
    """Which choice is right, or which number where one is typed, and the figures that show it."""

    right: int
    told: str
    number: float = math.nan

    def confirms(self, question: Question, prediction: Prediction) -> bool:
        """Whether a prediction is right."""
        if not isinstance(prediction, str):
            return prediction == self.right
        typed = typed_number(prediction)
        # A number at the edge of what is allowed is not to fail by the last bit of the difference.
        return typed is not None and abs(typed - self.number) <= (question.tolerance or 0.0) * (1 + 1e-9)


def uncover(view: View, question: Question) -> Reveal | None:
    """The answer to a question; None while the runs it is about have not got there."""
    answer = question.answer
    if not _arrived(view, view.focused, question):
        return None
    try:
        match answer:
            case Extreme():
                return _extreme(view, question, answer)
            case FaultName():
                return _fault(view, question)
            case Truth():
                true, told = _compared(view, answer, question.at)
                return Reveal(0 if true else 1, told)
            case _:
                value = _number(view, answer, question.at)
                told = f"{answer.text} is {_shown(answer, value)}"
                if question.typed:
                    return Reveal(NO_CHOICE, f"{told}; {question.tolerance:g} more or less is right, too", value)
                return Reveal(_nearest(question.choices, value), told)
    except _NotYetError:
        return None


def _fault(view: View, question: Question) -> Reveal | None:
    """What is wrong with the run in focus."""
    timeline = view.focused.timeline
    fault = timeline.scenario.fault({"random.seed": timeline.plan.seed})
    if fault is None or fault.name not in question.choices:
        return None
    made = ", ".join(f"{key} = {setting_text(value)}" for key, value in fault.settings.items())
    return Reveal(question.choices.index(fault.name), f"seed {timeline.plan.seed} has drawn {fault.name}: {made}")


def asked_of(view: View) -> View:
    """The view that a question is read from: the first run in focus, unless one of its kind is.

    So the answer is the same whichever variant is looked at.
    """
    first, here, sweep = view.tracks[0], view.focused, view.scenario.sweep
    kinds = [(one.timeline.variant, sweep and one.timeline.settings.get(sweep.key)) for one in (first, here)]
    return view if kinds[0] == kinds[1] else replace(view, focus=0, cursor=view.cursor_of(first))


def bears_out(view: View, claim: Claim) -> tuple[bool, str] | None:
    """Whether the runs bear out a claim, and the figures that show it; None where they have not got there."""
    try:
        found = [_compared(view, one, parse_place("end")) for one in claim.holds]
    except _NotYetError:
        return None
    return all(true for true, _ in found), "; ".join(told for _, told in found)


def begun_with(view: View) -> tuple[dict[str, Any], bool]:
    """The settings that the runs were begun with beside the scenario's, and whether more was changed than these."""
    sweep = view.scenario.sweep
    found = [
        {key: value for key, value in track.timeline.settings_at(0).items() if sweep is None or key != sweep.key}
        for track in view.tracks
    ]
    settings = found[view.focus]
    by_hand = any(one != settings for one in found) or any(
        track.timeline.fork_step is not None
        or any(one.step or names_parameter(one.key) for one in track.timeline.commands)
        for track in view.tracks
    )
    if len(json.dumps(settings)) > LONGEST_SETTINGS:  # data that were drawn by hand
        return {}, True
    return settings, by_hand


class _NotYetError(Exception):
    """A run has not got to the place that is asked about."""


def _arrived(view: View, track: TrackView, question: Question) -> bool:
    """Whether all that the answer says of the place that is asked about is known under the cursor."""
    at = step_at(track, question.at)
    return at is not None and min(view.known(track, one) for one in _asked(question.answer)) >= at


def _asked(answer: Answer) -> list[str]:
    """Families of the figures of the focused run that an answer compares.

    It has none of what is known only when a step is done: of other runs, whose phases are not entered, and of rows.
    """
    if isinstance(answer, FaultName):
        return [""]
    if isinstance(answer, Extreme):
        return [_family(answer.figure) if answer.of == "layer" else ""]
    return ["" if one.run else _family(one.figure) for one in answer.quantities]


def asked_about(question: Question) -> frozenset[str]:
    """Families of the figures that would tell the answer to a question; "rows" where it is about single rows."""
    answer = question.answer
    if isinstance(answer, FaultName):
        return frozenset({FAULT})
    if isinstance(answer, Extreme):
        if answer.of == "row":
            return frozenset({"rows"})
        found = [_family(answer.figure if answer.place is None else answer.place.figure)]
    else:
        found = [
            _family(one.place.figure if not one.figure and isinstance(one.place, Comparison) else one.figure)
            for one in answer.quantities
        ]
    return frozenset(filter(None, found))


def _family(figure: str) -> str:
    """Of a figure's short name: `grad:layer1` -> "gradient"."""
    return "loss" if figure == BEST else OF_LAYERS.get(figure.partition(":")[0], FIGURES.get(figure, ""))


def step_at(track: TrackView, place: Place, exact: bool = False) -> int | None:
    """The step of a place on a run; None where the place has not come yet.

    Args: exact: else it is the end of a run that has ended before, and a recording is a whole run.
    """
    timeline = track.timeline
    if isinstance(place, Position):
        if place.unit == "%":
            cut_off = timeline.stop is None or timeline.stop.reason == "interrupted"
            last = timeline.plan_at(timeline.length).steps if exact and cut_off else track.last_step
            return place.step(timeline.steps_per_epoch, last)
        step = int(place.number) * (timeline.steps_per_epoch if place.unit == "epoch" else 1)
        return timeline.length if timeline.stop is not None and step > timeline.length and not exact else step
    try:
        first = find(timeline, place, track.last_step).first
    except NnsimError:
        return None
    return int(first[0]) if len(first) else None


# ---------------------------------------------------------------------- values


def _compared(view: View, truth: Truth, at: Place) -> tuple[bool, str]:
    """Whether a comparison is true, and the figures that it compares."""
    sides = [one if isinstance(one, float) else _number(view, one, at) for one in (truth.left, truth.right)]
    told = [
        f"{one.text} is {_shown(one, number)}"
        for one, number in zip((truth.left, truth.right), sides, strict=True)
        if not isinstance(one, float)
    ]
    # What is not finite has grown beyond all bounds.
    left, right = (math.inf if math.isnan(one) else one for one in sides)
    return bool(COMPARISONS[truth.sign](left, right)), ", ".join(told)


def _number(view: View, value: Quantity | Ratio | Product, at: Place) -> float:
    match value:
        case Product():
            return value.factor * _number(view, value.value, at)
        case Ratio():
            over, under = (_value(view, one, at) for one in (value.over, value.under))
            return over / under if under else math.inf
        case _:
            return _value(view, value, at)


def _value(view: View, value: Quantity, at: Place) -> float:
    track = _track(view, value.run) if value.run else view.focused
    place = value.place or at
    if not value.figure:
        step = step_at(track, place)
        if step is None:
            if track.timeline.stop is None:
                raise _NotYetError
            return math.inf
        return float(-(-step // track.timeline.steps_per_epoch))
    return _figure(track, value.figure, place)


def _figure(track: TrackView, figure: str, place: Place) -> float:
    step = step_at(track, place)
    if step is None or step > track.timeline.length:
        raise _NotYetError
    if figure == "passes":
        return float(track.timeline.forward_passes(step))
    if figure == BEST:
        return float(np.nanmin(track.timeline.series["loss"].values(0, step))) if step else math.nan
    return track.timeline.record(step).get(full(figure), math.nan)


def named(view: View, name: str) -> list[TrackView]:
    """The runs of a name: of a variant, or of a value of the sweep; those that are compared come first."""
    sweep = view.scenario.sweep
    found = []
    for track in [*view.compared, *view.tracks]:
        names = [track.timeline.variant]
        if sweep is not None:
            value = sweep.name_of(track.timeline.settings.get(sweep.key))
            names += [value, f"{track.timeline.variant} {value}"]
        if plain_name(name) in map(plain_name, names) and track not in found:
            found.append(track)
    return found


def _track(view: View, name: str) -> TrackView:
    found = named(view, name)
    if not found:
        raise _NotYetError
    return found[0]


def _shown(value: Quantity | Ratio | Product, number: float) -> str:
    figure = value.figure if isinstance(value, Quantity) else ""
    return rounded_figure(figure, number) if figure else rounded(number, 4)


def rounded_figure(figure: str, value: float) -> str:
    """A figure with few digits; a share as percent."""
    return f"{value:.4g}" if figure == "lr" else percent(value) if figure in SHARES else rounded(value, 4)


def _nearest(choices: Sequence[str], value: float) -> int:
    """The choice whose number is nearest: by ratio where all are above 0, for they may be orders apart."""
    numbers = [number_in(one) or 0.0 for one in choices]
    if not math.isfinite(value):
        return int(np.argmax(numbers))
    if value > 0 and min(numbers) > 0:
        return int(np.argmin([abs(math.log(one / value)) for one in numbers]))
    return int(np.argmin([abs(one - value) for one in numbers]))


# ---------------------------------------------------------------------- what stands out


def _extreme(view: View, question: Question, answer: Extreme) -> Reveal | None:
    if answer.of == "row":
        return _worst_row(view, question)
    found: dict[int, float] = {}
    for index, choice in enumerate(question.choices):
        if answer.of == "layer":
            names = {plain_name(one): one for one in view.focused.timeline.layers}
            layer = names.get(plain_name(choice))
            if layer is None:  # the network is another one by now
                continue
            found[index] = _figure(view.focused, f"{answer.figure}:{layer}", question.at)
        elif answer.place is not None:
            track = _track(view, choice)
            step = step_at(track, answer.place)
            if step is None and track.timeline.stop is None and track.timeline.length < track.last_step:
                raise _NotYetError
            found[index] = math.inf if step is None else step / track.timeline.steps_per_epoch
        else:
            found[index] = _figure(_track(view, choice), answer.figure, question.at)
    if not found:
        return None
    # What is not finite has grown beyond all bounds.
    sizes = {index: math.inf if math.isnan(one) else one for index, one in found.items()}
    right = (max if answer.most else min)(sizes, key=lambda index: sizes[index])
    told = ", ".join(f"{question.choices[index]} {_told(answer, one)}" for index, one in found.items())
    return Reveal(right, told)


def _told(answer: Extreme, value: float) -> str:
    if answer.place is not None:
        return "never" if math.isinf(value) else f"in epoch {math.ceil(value):,}"
    return rounded(value, 4) if answer.figure in OF_LAYERS else rounded_figure(answer.figure, value)


def _worst_row(view: View, question: Question) -> Reveal | None:
    track = view.focused
    step = step_at(track, question.at)
    if step is None or step > track.timeline.length:
        return None
    examples, found = track.timeline.plan.examples, track.evaluation(step)
    errors = np.abs(found.predictions - found.targets).max(axis=1)
    rows = ["".join(f"{one:g}" for one in row) for row in examples.inputs]
    there = {
        index: rows.index(plain_name(one)) for index, one in enumerate(question.choices) if plain_name(one) in rows
    }
    if not there:
        return None
    right = max(there, key=lambda index: errors[there[index]])
    told = [
        f"{question.choices[index]} should be {found.targets[row, 0]:g}, is {rounded(found.predictions[row, 0], 3)}"
        for index, row in there.items()
    ]
    return Reveal(right, "; ".join(told))
