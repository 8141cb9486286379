"""Where a place (see `nnsim.scenario.places`) is on a log.

A condition that holds over a stretch of steps is one place: the step at which the stretch begins.
"""

import numpy as np
from msgspec import Struct

from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.scenario.places import MARKED, Comparison, Event, Place, Position, full, short
from nnsim.timeline.run_log import RunLog
from nnsim.timeline.search import (
    Compared,
    Integers,
    NotFinite,
    SeriesCondition,
    ValueChanged,
    largest,
    smallest,
    stretches,
)
from nnsim.timeline.series import Series
from nnsim.timeline.timeline import Timeline, first_difference
from nnsim.training.records import figures


class Found(Struct, frozen=True):
    """Stretches of steps at which a place holds, by `first` and `last`; `otherwise` says why there are none."""

    place: Place
    first: Integers
    last: Integers
    otherwise: str = ""

    def after(self, step: int) -> int | None:
        index = int(np.searchsorted(self.first, step, side="right"))
        return int(self.first[index]) if index < len(self.first) else None

    def before(self, step: int) -> int | None:
        index = int(np.searchsorted(self.first, step, side="left"))
        return int(self.first[index - 1]) if index else None

    def one(self) -> int:
        """The first place of all.  Raises: NnsimError saying why there is none."""
        if not len(self.first):
            raise NnsimError(self.otherwise)
        return int(self.first[0])


def find(log: RunLog, place: Place, last_step: int | None = None, since: int = 0) -> Found:
    """Finds a place among the steps behind `since`, or a position up to `last_step`.  Raises: NnsimError."""
    if isinstance(place, Position):
        end = log.length if last_step is None else last_step
        return _steps(place, [place.step(log.steps_per_epoch, end)], "")
    if isinstance(place, Comparison):
        series = _series(log, place)
        if series is None:
            return _steps(place, [], _message(log, place, "no step is recorded"))
        found = _search(log, series, Compared(place.sign, place.number), since)
        return Found(place, *found, _missed(log, place, series))
    return _event(log, place, since)


def find_next(log: RunLog, place: Place, since: int) -> int | None:
    """The first such place behind a step, searched for behind it alone; None where there is none so far."""
    if not isinstance(place, Comparison):
        return find(log, place, since=since).after(since)
    series = _series(log, place)
    if series is None:
        return None
    first = _search(log, series, Compared(place.sign, place.number), since)[0]
    return next((int(step) for step in first if step > since), None)


def may_come(place: Place) -> bool:
    """Whether training on could reach a place that has not been reached: what a person marks, it cannot."""
    return isinstance(place, Comparison) or (
        isinstance(place, Event) and place.kind not in (MARKED, "best", "best-val", "changed")
    )


def _event(log: RunLog, place: Event, since: int) -> Found:
    series = log.series
    match place.kind:
        case "best" | "best-val":
            figure = "loss" if place.kind == "best" else "validation_loss"
            if place.kind == "best-val":
                _check_validation(log)
            at = smallest(series[figure]) if figure in series else None
            steps = [] if at is None else [series[figure].step_at(at)]
            return _steps(place, steps, _message(log, place, f"no {figure.replace('_', ' ')} is recorded"))
        case "lr-change":
            rates = series.get("learning_rate")
            message = _message(log, place, "the learning rate has not changed")
            return (
                _steps(place, [], message)
                if rates is None
                else Found(place, *_search(log, rates, ValueChanged(), since), message)
            )
        case "nan":
            return _not_finite(log, place, since)
        case "differs":
            if not isinstance(log, Timeline) or log.parent is None:
                raise NnsimError(f"{place.text}: this run is no fork (f makes one)")
            differs = first_difference(log)
            message = _message(log, place, "no figure differs from those of the run that it left")
            return _steps(place, [] if differs is None else [differs], message)
        case kind if kind == MARKED:
            steps = [one.step for one in log.marks if one.kind == MARKED and one.text == place.name]
            names = sorted({one.text for one in log.marks if one.kind == MARKED})
            listed = f"marks here: {', '.join(names)}" if names else "no step is marked; m marks one"
            return _steps(place, steps, f"{place.text}: no such mark{nearest(place.name, names)} ({listed})")
        case kind:
            steps = [one.step for one in log.marks if one.kind == kind]
            return _steps(place, steps, _message(log, place, "has not happened"))


def _not_finite(log: RunLog, place: Event, since: int) -> Found:
    found: set[int] = set()
    for name, series in log.series.items():
        if name.startswith(("loss", "gradient:", "validation_loss")):
            # A loss or a gradient that is not finite ends a run at that very step; a validation loss does not.
            own = isinstance(log, Timeline)
            condition = NotFinite(certain=own and not name.startswith("validation"))
            first, last = _samples(log, series, condition, since)
            for one, end in zip(first.tolist(), last.tolist(), strict=True):
                found.update(series.steps_at(np.arange(one, end + 1)).tolist())
    steps = sorted(found)
    return _steps(place, steps, _message(log, place, "losses and gradients are finite"))


def _search(log: RunLog, series: Series, condition: SeriesCondition, since: int) -> tuple[Integers, Integers]:
    """Stretches of steps; those that begin up to `since` may be missing."""
    first, last = _samples(log, series, condition, since)
    return series.steps_at(first), series.steps_at(last)


def _samples(log: RunLog, series: Series, condition: SeriesCondition, since: int) -> tuple[Integers, Integers]:
    """The same as samples."""
    commands = log.commands if isinstance(log, Timeline) else ()
    gaps = [one.step // series.stride for one in commands]  # where figures come and go
    # The sample at or before the step tells whether a stretch begins behind it, or goes on.
    return stretches(series, condition, gaps, max(series.count_at(since) - 1, 0))


def _check_validation(log: RunLog) -> None:
    if isinstance(log, Timeline) and not log.plan.validation_rows:
        raise NnsimError("best-val: this run has no validation rows (train.validation sets them aside)")


def _steps(place: Place, steps: list[int], otherwise: str) -> Found:
    found = np.array(sorted(set(steps)), np.int64)
    return Found(place, found, found, otherwise)


def _series(log: RunLog, place: Comparison) -> Series | None:
    """The series of a figure; None where the run will have it and has no value yet."""
    name = full(place.figure)
    if name in log.series:
        return log.series[name]
    coming = figures(log.plan_at(log.length)) if isinstance(log, Timeline) else {}
    if name in coming:
        return None
    allowed = [short(one) for one in dict.fromkeys([*log.series, *coming])]
    raise NnsimError(
        f"{place.text}: this run has no {place.figure}{nearest(place.figure, allowed)} "
        f"(allowed: {', '.join(allowed[:20])})"
    )


def _message(log: RunLog, place: Place, what: str) -> str:
    return f"{place.text}: {what}{'' if log.stop is not None else ' so far'}"


def _missed(log: RunLog, place: Comparison, series: Series) -> str:
    """Why a figure never met its condition: how near it came."""
    low, high = smallest(series), largest(series)
    if low is None or high is None:
        return _message(log, place, "no finite value is recorded")
    over = log.stop is not None

    def said(sample: int, word: str) -> str:
        step = series.step_at(sample)
        epoch = -(-step // log.steps_per_epoch)
        where = f"{log.unit} {epoch:,}" + (f" (step {step:,})" if log.steps_per_epoch > 1 else "")
        value = series.values(sample, sample + 1)[0]
        return f"the {word}{'' if over else ' so far'} is {value:.6g} in {where}"

    nearby = {"<": [said(low, "smallest")], ">": [said(high, "largest")]}.get(
        place.sign[0], [said(low, "smallest"), said(high, "largest")]
    )
    return f"{place.text}: not reached{'' if over else ' yet'}, {', '.join(nearby)}"
