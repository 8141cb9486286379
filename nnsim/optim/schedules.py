"""Learning-rate schedules: the rate as a function of progress, and, but for one of them, of nothing else.

Progress is counted in epochs from 0, or in steps where a schedule says `by = "step"`: the first epoch, or step, is
trained with the rate at 0. Every length that a schedule has is counted in the same way.
"""

from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from nnsim.components import Count, Fraction, Positive, Rate, Span
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.optim.schedule_base import Schedule
from nnsim.text import quote

Milestones = Annotated[tuple[Count, ...], Meta(min_length=1, max_length=1000)]


class Constant(Schedule, frozen=True):
    """The rate is the same in every step.

    lr(p) = rate
    """

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        return np.full(progress.shape, self.rate)


class StepDecay(Schedule, frozen=True):
    """The rate is multiplied by `drop` after every `every` epochs.

    lr(p) = rate * drop ** floor(p / every)

    Note: PyTorch's `StepLR`, there with a factor of 0.1.
    """

    drop: Fraction = 0.5
    every: Count = 10

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        return np.asarray(self.rate * self.drop ** np.floor(progress / self.every))


class MultiStep(Schedule, frozen=True):
    """The rate is multiplied by `drop` at each milestone.

    lr(p) = rate * drop ** (number of milestones <= p)

    Note: PyTorch's `MultiStepLR`.
    """

    milestones: Milestones = (30, 80)
    drop: Fraction = 0.1

    def __post_init__(self) -> None:
        if any(later <= earlier for earlier, later in zip(self.milestones, self.milestones[1:], strict=False)):
            raise ScenarioError(
                f"schedule.milestones: {quote(list(self.milestones))} do not rise (allowed: each above the last)"
            )

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        passed = np.searchsorted(np.asarray(self.milestones, np.float64), progress, side="right")
        return np.asarray(self.rate * self.drop ** passed.astype(np.float64))


class Exponential(Schedule, frozen=True):
    """The rate shrinks by the same factor in every epoch.

    lr(p) = rate * decay ** p

    Note: PyTorch's `ExponentialLR`.
    """

    decay: Fraction = 0.96

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        return np.asarray(self.rate * self.decay**progress)


class Cosine(Schedule, frozen=True):
    """Half a cosine wave, from the full rate down to the minimum.

    lr(p) = minimum + (rate - minimum) * (1 + cos(pi * p / E)) / 2,  E = `epochs`, or the whole run where that is 0

    Note: after E the rate stays at the minimum; PyTorch's `CosineAnnealingLR` follows the wave up again.
    Reference: Loshchilov and Hutter, 2017, SGDR, equation 5, without restarts.
    """

    epochs: Span = 0
    minimum: Rate = 0.0

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        part = np.minimum(progress / (self.epochs or total), 1.0)
        return np.asarray(self.minimum + (self.rate - self.minimum) * 0.5 * (1.0 + np.cos(np.pi * part)))


class WarmupCosine(Cosine, frozen=True):
    """A straight rise from 0, then half a cosine wave down to the minimum.

    lr(p) = rate * p / warmup                                      while p < warmup
    lr(p) = rate * (1 + cos(pi * (p - warmup) / (E - warmup))) / 2   afterwards

    Note: the first epoch has the rate 0 and changes nothing. It is `cosine` with another warm-up.
    Reference: Goyal et al., 2017, Accurate, large minibatch SGD: training ImageNet in 1 hour, section 2.2
    (warm-up).
    """

    warmup: Span = 10
    warmup_start: Fraction = 0.0

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        rest = max(self.epochs - self.warmup, 1) if self.epochs else total
        part = np.minimum(progress / rest, 1.0)
        return np.asarray(self.minimum + (self.rate - self.minimum) * 0.5 * (1.0 + np.cos(np.pi * part)))


class WarmRestarts(Schedule, frozen=True):
    """Half a cosine wave down, and again from the top, each time over a longer stretch.

    lr(p) = minimum + (rate - minimum) * (1 + cos(pi * q / E_i)) / 2,  q = p since the last restart

    with E_0 = `first` and E_i = `growth` * E_{i-1}.

    Note: PyTorch's `CosineAnnealingWarmRestarts`.
    Reference: Loshchilov and Hutter, 2017, SGDR: stochastic gradient descent with warm restarts, equation 5.
    """

    first: Count = 10
    growth: Count = 1
    minimum: Rate = 0.0

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        if self.growth == 1:
            part = (progress % self.first) / self.first
        else:
            starts, lengths = [0.0], [float(self.first)]
            last = float(progress.max(initial=0.0))
            while starts[-1] + lengths[-1] <= last:
                starts.append(starts[-1] + lengths[-1])
                lengths.append(lengths[-1] * self.growth)
            period = np.searchsorted(starts, progress, side="right") - 1
            part = (progress - np.asarray(starts)[period]) / np.asarray(lengths)[period]
        return np.asarray(self.minimum + (self.rate - self.minimum) * 0.5 * (1.0 + np.cos(np.pi * part)))


class Polynomial(Schedule, frozen=True):
    """A power of the part of the run that is left.

    lr(p) = rate * (1 - p / E) ** power,  E = `epochs`, or the whole run where that is 0

    Note: PyTorch's `PolynomialLR`, there with a power of 1.
    Reference: Chen, Papandreou, Kokkinos, Murphy and Yuille, 2018, DeepLab, whose power is 0.9.
    """

    power: Positive = 0.9
    epochs: Span = 0

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        left = np.maximum(1.0 - progress / (self.epochs or total), 0.0)
        return np.asarray(self.rate * left**self.power)


class InverseSqrt(Schedule, frozen=True):
    """The rate falls with the root of the time, slower and slower, without an end.

    lr(p) = rate * sqrt(T / (T + p)),  T = `timescale`, or the length of the warm-up (at least 1) where that is 0

    Note: after a warm-up of T from 0 this is rate * min(p / T, sqrt(T / p)), the Transformer's. PyTorch has none.
    Reference: Vaswani et al., 2017, Attention is all you need, equation 3.
    """

    timescale: Span = 0

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        scale = self.timescale or self.warmup or 1
        return np.asarray(self.rate * np.sqrt(scale / (scale + progress)))


class OneCycle(Schedule, frozen=True):
    """Up from a small rate to the full one, and down to almost nothing, once in the whole run.

        up    from rate / start_divisor                   over the first `rise` of the run
        down  to   rate / start_divisor / end_divisor     over the rest

    each along half a cosine wave, or straight.

    Note: PyTorch's `OneCycleLR` (two phases), counted by step as there. It leaves the optimizer's momentum alone,
    as there with `cycle_momentum=False`.
    Reference: Smith and Topin, 2018, Super-convergence: very fast training of neural networks using large learning
    rates.
    """

    by: Literal["epoch", "step"] = "step"
    rise: Fraction = 0.3
    start_divisor: Positive = 25.0
    end_divisor: Positive = 1e4
    shape: Literal["cosine", "linear"] = "cosine"

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        top, end = self.rise * total - 1.0, max(total - 1.0, 1.0)
        start = self.rate / self.start_divisor
        rising = np.clip(progress / top, 0.0, 1.0) if top > 0.0 else np.ones(progress.shape)
        falling = np.clip((progress - top) / max(end - top, 1.0), 0.0, 1.0)
        if self.shape == "cosine":
            rising, falling = (0.5 * (1.0 - np.cos(np.pi * part)) for part in (rising, falling))
        down = self.rate + (start / self.end_divisor - self.rate) * falling
        return np.where(progress <= top, start + (self.rate - start) * rising, down)


class RangeTest(Schedule, frozen=True):
    """From a rate too small to a rate too large, by the same factor in every step.

    lr(p) = rate * (end / rate) ** ((p - begin) / (E - 1)),  E = `length`, or the whole run where that is 0

    Note: before `begin` it is `rate`, after E more `end`. It is what the learning-rate finder trains with.
    Reference: Smith, 2017, Cyclical learning rates for training neural networks, section 3.3, there along a
    straight line.
    """

    by: Literal["epoch", "step"] = "step"
    rate: Rate = 1e-5
    end: Rate = 10.0
    begin: Span = 0
    length: Span = 0

    def __post_init__(self) -> None:
        if not 0.0 < self.rate < self.end:
            raise ScenarioError(
                f"schedule.rate: {self.rate:g} is not between 0 and schedule.end, {self.end:g} (allowed: between)"
            )

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        part = np.clip((progress - self.begin) / max((self.length or total) - 1, 1), 0.0, 1.0)
        return np.asarray(self.rate * (self.end / self.rate) ** part)


class WarmupStableDecay(Schedule, frozen=True):
    """A straight rise, a long stretch at the full rate, and a fall to the minimum over the last part of the run.

        lr(p) = rate                                            while p < (1 - decay) * E
        lr(p) = minimum + (rate - minimum) * f(q)               afterwards, q from 0 to 1 over the rest of the run
        f(q) = 1 - q (linear), (1 + cos(pi * q)) / 2 (cosine), 1 - sqrt(q) (sqrt)

    behind a warm-up from 0 (`warmup`), with E what is left of the run behind it. Unlike `cosine` it need not know
    beforehand how long the run is: the fall can begin wherever training is to end.

    Note: PyTorch has none; Optax joins it of three. The rate at the last place, E - 1, is not yet the minimum, as
    in `polynomial`.
    Reference: Hu et al., 2024, MiniCPM, equation 1 (there with an exponential fall); shapes: Hägele et al., 2024,
    Scaling laws and compute-optimal training beyond fixed training durations, section 3.
    """

    warmup: Span = 10
    warmup_start: Fraction = 0.0
    decay: Fraction = 0.2
    shape: Literal["linear", "cosine", "sqrt"] = "sqrt"
    minimum: Rate = 0.0

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        stable = (1.0 - self.decay) * total
        part = np.clip((progress - stable) / max(total - stable, 1e-9), 0.0, 1.0)
        left = {"linear": 1.0 - part, "cosine": 0.5 * (1.0 + np.cos(np.pi * part)), "sqrt": 1.0 - np.sqrt(part)}
        return np.asarray(self.minimum + (self.rate - self.minimum) * left[self.shape])


class Cyclic(Schedule, frozen=True):
    """Straight up from a low rate to the full one and down again, over and over.

        lr(p) = low + (rate - low) * shrink**i * x

    with i the cycles that are over, and x from 0 to 1 over the first `up` of a cycle and back to 0 over the next
    `down` (as many where that is 0).

    Note: PyTorch's `CyclicLR`, counted by step as there, with shrink = 1 its mode "triangular" and 1/2 its
    "triangular2". It leaves the optimizer's momentum alone, as there with `cycle_momentum=False`.
    Reference: Smith, 2017, Cyclical learning rates for training neural networks, section 3.
    """

    by: Literal["epoch", "step"] = "step"
    low: Rate = 0.001
    up: Count = 20
    down: Span = 0
    shrink: Fraction = 1.0

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        length = self.up + (self.down or self.up)
        cycle = np.floor(progress / length)
        place = progress - cycle * length
        height = np.where(place <= self.up, place / self.up, (length - place) / (length - self.up))
        return np.asarray(self.low + (self.rate - self.low) * height * self.shrink**cycle)


class ReduceOnPlateau(Schedule, frozen=True):
    """The rate is multiplied by `drop` when the loss has stopped falling.

        better  loss < best * (1 - threshold)
        lr      = rate * drop ** (number of times that more than `patience` epochs in a row were not better)

    but never below `minimum`; after each drop, `cooldown` epochs do not count. The loss is that on the validation
    rows, or where there are none the mean training loss of the epoch; by step, the step's training loss. Warm-up
    does not count.

    Note: PyTorch's `ReduceLROnPlateau`, mode "min", threshold mode "rel". It depends on the losses, which no other
    schedule does: how it goes on shows only as the run goes on.
    """

    # The factor so far, the best loss, epochs that were not better, epochs of cooldown left, sum of losses.
    memory = 5

    drop: Fraction = 0.1
    patience: Span = 10
    threshold: Fraction = 1e-4
    cooldown: Span = 0
    minimum: Rate = 0.0

    def init(self) -> Array:
        return np.array([1.0, np.inf, 0.0, 0.0, 0.0])

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        return np.full(progress.shape, self._rate(memory.item(0) if memory.size else 1.0))

    def _rate(self, factor: float) -> float:
        # A minimum above the rate itself must not raise it.
        return max(self.rate * factor, min(self.minimum, self.rate))

    def see(self, memory: Array, loss: float, epoch_steps: int, validation_loss: float | None) -> None:
        if self.by == "step":
            self._judge(memory, loss)
            return
        memory[4] += loss
        if epoch_steps:
            self._judge(memory, memory.item(4) / epoch_steps if validation_loss is None else validation_loss)
            memory[4] = 0.0

    def _judge(self, memory: Array, loss: float) -> None:
        factor, best, bad, pause = (memory.item(i) for i in range(4))
        if loss < best * (1.0 - self.threshold):
            best, bad = loss, 0.0
        else:
            bad += 1.0
        if pause > 0.0:
            pause, bad = pause - 1.0, 0.0
        if bad > self.patience:
            if self._rate(factor) - self._rate(factor * self.drop) > 1e-8:
                factor *= self.drop
            pause, bad = float(self.cooldown), 0.0
        memory[:4] = factor, best, bad, pause

    def certain_for(self, memory: Array) -> int:
        # Bounded, because a checkpoint from a file may hold anything.
        return int(self.patience - min(self.patience, max(0.0, memory.item(2)))) + 1


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "cosine": Cosine,
    "cyclic": Cyclic,
    "exponential": Exponential,
    "inverse-sqrt": InverseSqrt,
    "multi-step": MultiStep,
    "one-cycle": OneCycle,
    "polynomial": Polynomial,
    "range-test": RangeTest,
    "reduce-on-plateau": ReduceOnPlateau,
    "step": StepDecay,
    "warm-restarts": WarmRestarts,
    "warmup-cosine": WarmupCosine,
    "warmup-stable-decay": WarmupStableDecay,
}
