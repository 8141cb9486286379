"""Averages of the weights, kept beside them: what training wanders around is better than where it stands.

Training goes on with its own weights; the average is judged at the end of each epoch, as `averaged_loss` over the
training rows and as `averaged_validation_loss`.
"""

from typing import Annotated, ClassVar

import numpy as np
from msgspec import Meta

from nnsim.components import Count, Part, Span
from nnsim.nn.arrays import Array, Ops, memory


class Averaging(Part, frozen=True):
    """A rule for an average of the weights, kept in two rows of memory: the average, and counts."""

    group: ClassVar[str] = ""
    on: ClassVar[bool] = True

    def init(self, parameters: Array) -> Array:
        """The average and its counts at the start, (rows, parameters): the first weights, and none counted."""
        return np.stack([parameters, np.zeros_like(parameters)])

    def follow(self, parameters: Array, kept: Array, steps_per_epoch: int) -> Ops:
        """Operations behind an update that bring the average up to date.  Args: kept: what `init` has made."""
        raise NotImplementedError


class NoAveraging(Averaging, frozen=True):
    """The weights as they stand."""

    on: ClassVar[bool] = False

    def init(self, parameters: Array) -> Array:
        return np.zeros((0, parameters.size), parameters.dtype)

    def follow(self, parameters: Array, kept: Array, steps_per_epoch: int) -> Ops:
        return ()


class ExponentialAverage(Averaging, frozen=True):
    """A decaying mean of the weights, step by step: each counts less than the next.

        w_1 as it is in the first step, then average = decay * average + (1 - decay) * w

    Note: PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`, whose decay is 0.999. It lags behind by about
    1 / (1 - decay) steps.
    Reference: Polyak and Juditsky, 1992, Acceleration of stochastic approximation by averaging, there of equal
    weight.
    """

    decay: Annotated[float, Meta(ge=0.0, lt=1.0)] = 0.99

    def follow(self, parameters: Array, kept: Array, steps_per_epoch: int) -> Ops:
        average, counted = kept[0], memory(kept[1])

        def step() -> None:
            share = 1.0 if counted[0] == 0.0 else 1.0 - self.decay
            counted[0] += 1.0
            np.add(average, share * (parameters - average), average)

        return (step,)


class StochasticAverage(Averaging, frozen=True):
    """The mean of the weights at the ends of epochs from `start` on, all of the same weight.

        average = average + (w - average) / (n + 1)      every `every` epochs, n the weights averaged before

    It is meant for a rate that stays large enough to wander, such as `constant` or `cyclic`.

    Note: PyTorch's `AveragedModel` with its default, called by hand at the end of an epoch; its `SWALR` is a
    schedule. Running statistics of batch normalization stay those of training, where PyTorch's `update_bn` takes
    them anew.
    Reference: Izmailov, Podoprikhin, Garipov, Vetrov and Wilson, 2018, Averaging weights leads to wider optima and
    better generalization, algorithm 1.
    """

    start: Span = 10
    every: Count = 1

    def follow(self, parameters: Array, kept: Array, steps_per_epoch: int) -> Ops:
        average, counted = kept[0], kept[1]
        first, every = max(self.start, 1), self.every

        def step() -> None:
            counted[0] += 1.0
            epoch, rest = divmod(int(counted[0]), steps_per_epoch)
            if rest == 0 and epoch >= first and (epoch - first) % every == 0:
                average[...] += (parameters - average) / ((epoch - first) // every + 1)

        return (step,)


AVERAGINGS: dict[str, type[Averaging]] = {
    "ema": ExponentialAverage,
    "none": NoAveraging,
    "swa": StochasticAverage,
}
