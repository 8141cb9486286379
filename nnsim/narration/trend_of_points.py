"""Whether the loss falls, rises or stays where another program has logged it, at whatever steps that chose."""

import math

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.text.number_format import rounded
from nnsim.timeline import RunLog, Series

FEWEST = 4  # points that make a trend
FLAT = 0.01  # relative change over the last half of the points that is none
GONE = 0.5  # part of the first losses above which a flat one is a plateau, not an end
DIVERGED = 4.0  # times its lowest mean that a rising loss has reached
DOUBT = 2.0  # standard errors that a change is larger than


def trend_of_points(log: RunLog, step: int) -> tuple[str, str]:
    """A word for the trend, and a sentence about it, from the points of the loss up to a step.

    The mean of the last eighth of them is compared with that of the eighth before.
    """
    series = log.series["loss"]
    count = series.count_at(step)
    values = series.values(0, count)
    last = float(values[-1])
    if not math.isfinite(last):
        first = _first_of_bad(values)
        return "not finite", f"the loss is {last:g} since {_place(log, series.step_at(first))}"
    if count < FEWEST:
        return "start", f"the loss is {rounded(last)}"
    width = max(1, count // 8)
    now, before = _mean(values[-width:]), _mean(values[-2 * width : -width])
    early, half = _mean(values[:width]), _mean(values[count // 2 - width // 2 : count // 2 - width // 2 + width])
    level = f"loss {rounded(now)}"
    if not now > 0 or not before > 0 or not math.isfinite(now + before):
        return "steady", level
    span = _span(log, series, count - 2 * width, count - 1)
    if count >= 16 and abs(now / half - 1) < FLAT:
        kind, words = ("plateau", "on a plateau") if now > GONE * early else ("settled", "settled")
        since = _span(log, series, count // 2, count - 1)
        return kind, f"loss {rounded(now, 3)}, {words}: less than 1 % of change in the last {since}"
    if abs(math.log(now / before)) < max(FLAT, _doubt(values[-4 * width :], width)):
        return "steady", f"{level}, steady: it changes only by chance"
    share = abs(now / before - 1)
    pace = f"about {float(f'{100 * share:.1g}'):g} % over the last {span}"
    if now < before:
        return "falling", f"{level}, falling {pace}"
    means = _means(values, width)
    if len(means) > 1 and now > DIVERGED * means.min() and now > float(means[0]):
        return "diverging", f"{level}, rising {pace} and {rounded(now / means.min())} times its lowest: diverging"
    return "rising", f"{level}, rising {pace}"


def _mean(values: Array) -> float:
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else math.nan


def _means(values: Array, width: int) -> Array:
    whole = len(values) // width
    found = np.array([_mean(part) for part in values[: whole * width].reshape(whole, width)])
    return np.asarray(found[np.isfinite(found)])


def _doubt(values: Array, width: int) -> float:
    """What the logarithms of two means of so many neighbouring points may differ by, by chance."""
    values = values[np.isfinite(values) & (values > 0)]
    if len(values) < 5:
        return 0.0
    bends = np.diff(np.log(values), 2)  # of independent values, 6 times their variance
    return DOUBT * float(np.median(np.abs(bends))) * 1.4826 / math.sqrt(6.0) * math.sqrt(2.0 / width)


def _first_of_bad(values: Array) -> int:
    """The first of the last points that are all not finite."""
    good = np.flatnonzero(np.isfinite(values))
    return int(good[-1]) + 1 if len(good) else 0


def _place(log: RunLog, step: int) -> str:
    return f"epoch {step:,}" if log.unit == "epoch" and log.steps_per_epoch == 1 else f"step {step:,}"


def _span(log: RunLog, series: Series, first: int, last: int) -> str:
    steps = series.step_at(last) - series.step_at(max(first, 0))
    word = "epoch" if log.unit == "epoch" and log.steps_per_epoch == 1 else "step"
    return word if steps == 1 else f"{steps:,} {word}s"
