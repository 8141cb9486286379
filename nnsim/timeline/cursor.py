"""The cursor: the step, and the phase within the next step, that a screen shows."""

from typing import Literal

from msgspec import Struct

PHASES_PER_STEP = 4
Unit = Literal["epoch", "batch", "phase"]
# The phase of a step from which on its figures are known, by family; all others are known when it is done.
KNOWN_FROM = {"learning_rate": 1, "loss": 2, "accuracy": 2, "penalty": 2, "gradient": 3, "clipped": 3}


class Cursor(Struct, frozen=True, order=True):
    """A place on a timeline: so many steps done, and so many phases (0 to 3) of the next one entered.

    With phase 0 the last thing that happened is the update of step `step`; step 0 is before all training.
    """

    step: int = 0
    phase: int = 0

    @property
    def ticks(self) -> int:
        """Phases from the start of the run."""
        return self.step * PHASES_PER_STEP + self.phase

    @classmethod
    def at_ticks(cls, ticks: int) -> "Cursor":
        return cls(*divmod(max(0, ticks), PHASES_PER_STEP))

    @property
    def showing(self) -> int:
        """Number, from 1, of the step that the figures on the screen belong to; 0 before the first."""
        return self.step + (self.phase > 0)

    def known(self, figure: str) -> int:
        """Number of the newest step whose `figure` is known: of the one under way from the phase that brings it."""
        return self.step + (self.phase >= KNOWN_FROM.get(figure.partition(":")[0], PHASES_PER_STEP))

    @property
    def phase_name(self) -> str:
        if self.phase == 0:
            return "update" if self.step else "start"
        return ("forward", "loss", "backward")[self.phase - 1]

    def moved(self, unit: Unit, count: int, steps_per_epoch: int) -> "Cursor":
        """The place `count` epochs, batches or phases on, or back, where a unit's own beginning comes first."""
        if unit == "phase":
            return Cursor.at_ticks(self.ticks + count)
        size = PHASES_PER_STEP * (steps_per_epoch if unit == "epoch" else 1)
        whole = self.ticks // size if count > 0 else -(-self.ticks // size)
        return Cursor.at_ticks((whole + count) * size)

    def epoch(self, steps_per_epoch: int) -> int:
        """Number, from 1, of the epoch that the shown step belongs to; 0 before the first."""
        return -(-self.showing // steps_per_epoch)

    def batch(self, steps_per_epoch: int) -> int:
        """Number, from 1, of the shown step within its epoch; 0 before the first."""
        return (self.showing - 1) % steps_per_epoch + 1 if self.showing else 0
