"""What a learning-rate schedule is: the rate as a function of progress, with a warm-up in front of it."""

from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from nnsim.components import Fraction, Part, Rate, Span
from nnsim.nn.arrays import Array

_KEEPS_NOTHING = np.zeros(0)


class Schedule(Part, frozen=True):
    """A function of progress, with a straight warm-up in front of it.

        lr(p) = lr_0(0) * (warmup_start + (1 - warmup_start) * p / warmup)    while p < warmup
        lr(p) = lr_0(p - warmup)                                              afterwards

    with lr_0 the schedule itself, which then has so much less of the run. A layer that `layer_rates` names has a
    rate r of its own: lr(p) * r / rate.

    Note: as PyTorch's `LinearLR` (whose start factor is 1/3) in front of any other by `SequentialLR`.
    """

    group: ClassVar[str] = "nnsim.schedules"

    memory = 0  # numbers that it keeps between steps, for a schedule that depends on the loss

    rate: Rate = 0.1
    by: Literal["epoch", "step"] = "epoch"
    warmup: Span = 0
    warmup_start: Fraction = 1.0 / 3.0
    layer_rates: Annotated[dict[str, Rate], Meta(max_length=64)] = {}

    def rates(self, progress: Array, total: int, memory: Array = _KEEPS_NOTHING) -> Array:
        """Rates at places (n,) of a run `total` long, in epochs or steps as `by` says, (n,); memory: its own."""
        rates = self.curve(np.maximum(progress - self.warmup, 0.0), max(total - self.warmup, 1), memory)
        if self.warmup:
            part = self.warmup_start + (1.0 - self.warmup_start) * (progress / self.warmup)
            start = self.curve(np.zeros(1), max(total - self.warmup, 1), memory)
            rates = np.where(progress < self.warmup, start * part, rates)
        return rates

    def over(
        self, steps: npt.NDArray[np.int64], steps_per_epoch: int, epochs: int, memory: Array = _KEEPS_NOTHING
    ) -> Array:
        """Learning rate of the steps with these numbers, counted from 0, (n,) -> (n,)."""
        if self.by == "step":
            return self.rates(np.asarray(steps, np.float64), epochs * steps_per_epoch, memory)
        return self.rates(np.asarray(steps // steps_per_epoch, np.float64), epochs, memory)

    def curve(self, progress: Array, total: int, memory: Array) -> Array:
        """The rates without warm-up, from 0 on."""
        raise NotImplementedError

    def init(self) -> Array:
        """What the schedule remembers at the start, (memory,)."""
        return np.zeros(self.memory)

    def see(self, memory: Array, loss: float, epoch_steps: int, validation_loss: float | None) -> None:
        """Takes the loss of a step; epoch_steps: the length of the epoch that it ends, 0 where it ends none."""

    def certain_for(self, memory: Array) -> int:
        """For how many more epochs, or steps, the losses to come cannot change the rate, at least."""
        raise NotImplementedError
