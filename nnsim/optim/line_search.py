"""How far to go along a direction: a length that satisfies the strong Wolfe conditions.

    f(t) <= f(0) + c1 * t * f'(0)          it is lower by enough
    |f'(t)| <= c2 * |f'(0)|                and the slope is flat enough

First the trial length grows until an interval must hold such a length (bracketing), then the interval shrinks
(zooming); each trial is the minimum of a cubic through the two ends.

Note: the safeguards (growth by 1.01 to 10, a tenth of the interval kept from its ends) are those of PyTorch's
L-BFGS and of minFunc, so that the same lengths are tried.
Reference: Nocedal and Wright, 2006, Numerical optimization, algorithms 3.5 and 3.6 and equation 3.59.
"""

from collections.abc import Callable
from math import isfinite, sqrt
from typing import NamedTuple

LOWER_BY = 1e-4  # c1
FLATTER_BY = 0.9  # c2
SHORTEST = 1e-9  # no parameter moves by more within the interval: close enough
MOST_TRIALS = 25


class Trial(NamedTuple):
    """A point on the line: how far, the loss there, and its slope along the line."""

    length: float
    loss: float
    slope: float


def strong_wolfe(at: Callable[[float], Trial], start: Trial, length: float, reach: float) -> Trial:
    """The trial to go to from `start`, where `length` is tried first; the lowest end after 25 trials.

    Args: at: evaluates a length. reach: how far the parameter that moves most moves along length 1.
    """
    previous, trial = start, at(length)
    trials = 0
    while trials < MOST_TRIALS:
        if _too_high(trial, start) or (trials > 1 and trial.loss >= previous.loss):
            break
        if _flat(trial, start):
            return trial
        if trial.slope >= 0.0:
            break
        low, high = trial.length + 0.01 * (trial.length - previous.length), trial.length * 10.0
        farther = cubic_minimum(previous, trial, low, high)
        previous, trial = trial, at(farther)
        trials += 1
    else:
        previous = start
    return _zoom(at, start, (previous, trial), reach, trials)


def _zoom(
    at: Callable[[float], Trial], start: Trial, ends: tuple[Trial, Trial], reach: float, trials: int
) -> Trial:
    best, other = ends if ends[0].loss <= ends[1].loss else (ends[1], ends[0])
    stuck = False
    while trials < MOST_TRIALS and abs(other.length - best.length) * reach >= SHORTEST:
        low, high = sorted((best.length, other.length))
        length = cubic_minimum(best, other, low, high)
        margin = 0.1 * (high - low)
        if min(high - length, length - low) < margin:
            if stuck or length >= high or length <= low:
                length = high - margin if abs(length - high) < abs(length - low) else low + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        trial = at(length)
        trials += 1
        if _too_high(trial, start) or trial.loss >= best.loss:
            best, other = (best, trial) if best.loss <= trial.loss else (trial, best)
            continue
        if _flat(trial, start):
            return trial
        if trial.slope * (other.length - best.length) >= 0.0:
            other = best
        best = trial
    return best


def _too_high(trial: Trial, start: Trial) -> bool:
    return trial.loss > start.loss + LOWER_BY * trial.length * start.slope


def _flat(trial: Trial, start: Trial) -> bool:
    return abs(trial.slope) <= -FLATTER_BY * start.slope


def cubic_minimum(one: Trial, two: Trial, low: float, high: float) -> float:
    """Minimum, between low and high, of the cubic through two trials; the middle where it has none."""
    gap = one.length - two.length
    d1 = one.slope + two.slope - 3.0 * (one.loss - two.loss) / gap if gap else float("nan")
    square = d1 * d1 - one.slope * two.slope
    if not isfinite(square) or square < 0.0:
        return (low + high) / 2.0
    left, right = (one, two) if one.length <= two.length else (two, one)
    d2 = sqrt(square)
    bottom = right.slope - left.slope + 2.0 * d2
    if bottom == 0.0:
        return (low + high) / 2.0
    place = right.length - (right.length - left.length) * ((right.slope + d2 - d1) / bottom)
    return min(max(place, low), high)
