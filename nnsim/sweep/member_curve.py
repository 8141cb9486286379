"""The curve of one run of a sweep, trained again when somebody looks at it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.recording.rounding import LARGEST
from nnsim.sweep.study import Study
from nnsim.timeline.run import Run

POINTS = 512  # of a curve; what lies between two of them shows by its extremes
SLICE_STEPS = 512
LONGEST_S = 10.0


@dataclass(frozen=True)
class MemberCurve:
    """Losses over epochs: the lowest and highest of each stretch, (points,), and validation losses, if any."""

    member: int
    epochs: Array
    low: Array
    high: Array
    validation_epochs: Array
    validation: Array
    loss: float  # at the end, on the training rows
    whole: bool  # else it took too long, or was broken off

    def parts_from(self, loss: float) -> bool:
        """Whether the run ends otherwise alone than in its population: then its end rests on rounding."""
        same = abs(self.loss - loss) <= LARGEST * max(1.0, abs(loss))
        return self.whole and not same and not (np.isnan(loss) and not np.isfinite(self.loss))


def member_curve(study: Study, member: int, going: Callable[[], bool] = lambda: True) -> MemberCurve:
    """Trains a run and returns its curve; as far as it came where `going` says no, or it takes too long."""
    run = Run(study.scenario, study.variant, study.settings_of(member))
    began = time.perf_counter()
    while not run.finished and going() and time.perf_counter() - began < LONGEST_S:
        run.advance(SLICE_STEPS)
    timeline = run.timeline
    # Broken off before its first step, a run has no figures yet.
    losses: Array = timeline.series["loss"].values(0, timeline.length) if timeline.length else np.empty(0)
    starts = np.unique(np.linspace(0, max(len(losses) - 1, 0), min(POINTS, len(losses))).astype(np.int64))
    with np.errstate(all="ignore"):
        low, high = (ufunc.reduceat(losses, starts) if len(losses) else losses for ufunc in (np.fmin, np.fmax))
    validated: Array = np.empty(0)
    if timeline.length and "validation_loss" in timeline.series:
        validated = timeline.series["validation_loss"].values(0, timeline.length // timeline.steps_per_epoch)
    return MemberCurve(
        member,
        (starts + 1) / timeline.steps_per_epoch,
        low,
        high,
        np.arange(1, len(validated) + 1, dtype=np.float64),
        validated,
        run.trainer.judge(run.trainer.inputs, run.trainer.targets)[0],
        run.finished,
    )
