"""Learning-rate schedules: the rate as a function of the epoch, and of nothing else.

Every schedule takes epochs counted from 0 (an array of them at once) and the number of epochs of the whole run.
The first epoch is trained with the rate at epoch 0.
"""

from typing import ClassVar

import numpy as np

from nnsim.arrays import Array
from nnsim.parts import Count, Fraction, Part, Positive, Rate, Span


class Schedule(Part, frozen=True):
    """A function of the epoch."""

    group: ClassVar[str] = "nnsim.schedules"

    rate: Rate = 0.1

    def rates(self, epochs: Array, total_epochs: int) -> Array:
        """Learning rate at each of the epochs (n,), for a run of so many epochs in all -> (n,)."""
        raise NotImplementedError


class Constant(Schedule, frozen=True):
    """The same rate all along.

    lr(e) = rate
    """

    def rates(self, epochs: Array, total_epochs: int) -> Array:
        return np.full(epochs.shape, self.rate)


class StepDecay(Schedule, frozen=True):
    """The rate is multiplied by `drop` after every `every` epochs.

    lr(e) = rate * drop ** floor(e / every)
    """

    drop: Fraction = 0.5
    every: Count = 10

    def rates(self, epochs: Array, total_epochs: int) -> Array:
        return np.asarray(self.rate * self.drop ** np.floor(epochs / self.every))


class Exponential(Schedule, frozen=True):
    """The rate shrinks by the same factor in every epoch.

    lr(e) = rate * decay ** e
    """

    decay: Fraction = 0.96

    def rates(self, epochs: Array, total_epochs: int) -> Array:
        return np.asarray(self.rate * self.decay**epochs)


class Cosine(Schedule, frozen=True):
    """Half a cosine wave, from the full rate down to 0.

    lr(e) = rate * (1 + cos(pi * e / E)) / 2,  E = `epochs`, or the whole run where that is 0

    Note: after epoch E the rate stays 0; some programs start again (warm restarts).
    Reference: Loshchilov and Hutter, 2017, SGDR, equation 5, without restarts.
    """

    epochs: Span = 0

    def rates(self, epochs: Array, total_epochs: int) -> Array:
        part = np.minimum(epochs / (self.epochs or total_epochs), 1.0)
        return np.asarray(self.rate * 0.5 * (1.0 + np.cos(np.pi * part)))


class WarmupCosine(Schedule, frozen=True):
    """A straight rise from 0, then half a cosine wave down to 0.

    lr(e) = rate * e / warmup                                      while e < warmup
    lr(e) = rate * (1 + cos(pi * (e - warmup) / (E - warmup))) / 2   afterwards

    Note: the first epoch has the rate 0 and changes nothing.
    """

    warmup: Count = 10
    epochs: Span = 0

    def rates(self, epochs: Array, total_epochs: int) -> Array:
        rest = max((self.epochs or total_epochs) - self.warmup, 1)
        part = np.minimum((epochs - self.warmup) / rest, 1.0)
        falling = self.rate * 0.5 * (1.0 + np.cos(np.pi * part))
        return np.where(epochs < self.warmup, self.rate * (epochs / self.warmup), falling)


class Polynomial(Schedule, frozen=True):
    """A power of the part of the run that is left.

    lr(e) = rate * (1 - e / E) ** power,  E = `epochs`, or the whole run where that is 0
    """

    power: Positive = 0.9
    epochs: Span = 0

    def rates(self, epochs: Array, total_epochs: int) -> Array:
        left = np.maximum(1.0 - epochs / (self.epochs or total_epochs), 0.0)
        return np.asarray(self.rate * left**self.power)


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "cosine": Cosine,
    "exponential": Exponential,
    "polynomial": Polynomial,
    "step": StepDecay,
    "warmup-cosine": WarmupCosine,
}
