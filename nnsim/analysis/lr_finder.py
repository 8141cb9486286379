"""The learning-rate finder: a short run whose rate grows from too small to too large, and what it tells."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.optim.schedules import RangeTest
from nnsim.scenario.plan import Plan
from nnsim.training.trainer import Trainer

MOST_STEPS = 2000  # the valley rule compares every pair of steps


@dataclass(frozen=True)
class RateSweep:
    """The steps of a sweep, and the rates that it suggests."""

    rates: Array  # (steps,)
    losses: Array  # (steps,)
    smoothed: Array  # (steps,)
    diverged: bool  # whether it broke off before its last rate
    suggestions: dict[str, float | None]  # by rule; None where the sweep is too short for it


def find_rate(
    trainer: Trainer,
    *,
    low: float = 1e-7,
    high: float = 10.0,
    steps: int = 100,
    beta: float = 0.98,
    divergence: float = 4.0,
) -> RateSweep:
    """Train from where a trainer stands, with a rate that grows by the same factor in every step.

        rate_k = low * (high / low) ** (k / (steps - 1)),  k = 0 .. steps - 1
        s_k    = beta s_{k-1} + (1 - beta) C_k,  smoothed_k = s_k / (1 - beta ** (k + 1))

    It ends early at the first step whose loss is not finite, or whose smoothed loss is above `divergence` times the
    lowest smoothed loss so far. The suggestions leave out the first tenth of the steps and the last five.

    Args: low, high: first and last rate. beta: how much of the smoothed loss is kept in a step.
    Raises: ScenarioError where the settings are out of range, or the solver follows no gradient.
    Note: everything is put back, because nothing is touched: the sweep trains a copy, begun from a checkpoint:
    parameters with biases, optimizer state, running statistics and random state. Defaults are fast.ai's.
    Reference: Smith, 2017, Cyclical learning rates for training neural networks, section 3.3; smoothing: Kingma and
    Ba, 2015, Adam, section 3.
    """
    plan = trainer.plan
    if not plan.solver.uses_gradient:
        raise ScenarioError("solver.kind: has no learning rate to find (allowed: one that follows a gradient)")
    if not 0.0 < low < high <= 1e6:
        raise ScenarioError(f"rates: from {low:g} to {high:g} is no range (allowed: above 0, rising, to 1e+06)")
    if not 10 <= steps <= MOST_STEPS:
        raise ScenarioError(f"steps: {steps:,} is not allowed (allowed: 10 to {MOST_STEPS:,})")
    if not (0.0 <= beta < 1.0 and divergence > 1.0):
        raise ScenarioError(
            f"beta: {beta:g}, divergence: {divergence:g} are not allowed (allowed: 0 to below 1, above 1)"
        )
    copy = Trainer(plan)
    copy.restore(trainer.checkpoint())
    copy.change_plan(_swept(plan, trainer.step, low, high, steps))
    rates, losses, smoothed = np.empty(steps), np.empty(steps), np.empty(steps)
    average, best, done, diverged = 0.0, np.inf, 0, False
    while done < steps and not diverged:
        records = copy.advance(steps - done)
        columns = records.steps
        for rate, loss in zip(columns["learning_rate"].tolist(), columns["loss"].tolist(), strict=True):
            average = beta * average + (1.0 - beta) * loss
            rates[done], losses[done] = rate, loss
            smoothed[done] = average / (1.0 - beta ** (done + 1))
            if not np.isfinite(loss):
                diverged = True
                break
            done += 1
            if smoothed[done - 1] > divergence * best:
                diverged = True
                break
            best = min(best, float(smoothed[done - 1]))
        diverged = diverged or (copy.stop is not None and done < steps)
    first, end = steps // 10, done - 5
    inside = slice(first, max(end, first))
    suggestions = {name: rule(rates[inside], smoothed[inside]) for name, rule in RULES.items()}
    return RateSweep(rates[:done], losses[:done], smoothed[:done], diverged, suggestions)


def _swept(plan: Plan, begin: int, low: float, high: float, steps: int) -> Plan:
    """The same plan with the sweep as its schedule, and nothing that ends it early."""
    epochs = -(-(begin + steps) // plan.steps_per_epoch)
    return replace(
        plan,
        schedule=RangeTest(rate=low, end=high, begin=begin, length=steps),
        early_stopping=None,
        train=msgspec.structs.replace(plan.train, epochs=epochs, target_loss=None),
    )


def valley(rates: Array, losses: Array) -> float | None:
    """Half way down the longest valley.

        the longest run of steps i_1 < i_2 < ... < i_m, not necessarily neighbours, with losses that fall throughout
        the rate at place  end - m + floor(m / 3) + floor(m / 6),  end = i_m

    Args: rates, losses: of the steps looked at, (steps,).
    Note: the first of several runs of the same length.
    Reference: Howard and Gugger, 2020, fastai: a layered API for deep learning; this is its `valley`.
    """
    count = len(losses)
    if count < 2:
        return None
    lengths = np.ones(count, np.int64)
    for i in range(1, count):
        higher = losses[:i] > losses[i]
        if higher.any():
            lengths[i] = 1 + lengths[:i][higher].max()
    end = int(lengths.argmax())
    length = int(lengths[end])
    section = length / 3
    place = end - length + int(section) + int(section / 2)
    return float(rates[max(place, 0)])


def slide(rates: Array, losses: Array, width: int = 15, threshold: float = 0.005) -> float | None:
    """The left end of a window slid down from the right until the slope at its two ends is about the same.

        g_i = (C_{i+1} - C_{i-1}) / 2        (one-sided at both ends)
        the rate at r - `width` + 1 for the largest r at which |g_r - g_{r-width}| <= `threshold`

    but never to the right of where the window starts; where the slopes never agree it is the first rate.

    Note: slopes are those from step to step, and are compared with a fixed number, so this rule depends on the
    scale of the loss.
    Reference: Howard and Gugger, 2020, fastai: a layered API for deep learning; this is its `slide`.
    """
    count = len(losses)
    if count <= width + 1:
        return None
    slopes = np.gradient(losses)
    left = count - 1 - width
    place = left
    while left >= 0 and abs(slopes[left + width] - slopes[left]) > threshold:
        place, left = left, left - 1
    return float(rates[place])


def steep(rates: Array, losses: Array) -> float | None:
    """Where the loss falls fastest against the logarithm of the rate.

    the rate at i = argmin (C_{i+1} - C_i) / (log rate_{i+1} - log rate_i)

    Reference: Howard and Gugger, 2020, fastai: a layered API for deep learning; this is its `steep`.
    """
    if len(losses) < 2:
        return None
    return float(rates[int(np.argmin(np.diff(losses) / np.diff(np.log(rates))))])


def minimum(rates: Array, losses: Array) -> float | None:
    """A tenth of the rate with the lowest loss.

    rate_i / 10,  i = argmin C_i

    Reference: Howard and Gugger, 2020, fastai: a layered API for deep learning; this is its `minimum`.
    """
    return float(rates[int(np.argmin(losses))]) / 10.0 if len(losses) else None


RULES: dict[str, Callable[[Array, Array], float | None]] = {
    "valley": valley,
    "slide": slide,
    "steep": steep,
    "minimum/10": minimum,
}
