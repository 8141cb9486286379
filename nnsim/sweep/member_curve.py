"""The curve of one run of a sweep, trained again when somebody looks at it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.recording.rounding import LARGEST
from nnsim.sweep.members import Assembly
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.study import Study
from nnsim.sweep.task import RESTS
from nnsim.timeline.run import Run

POINTS = 512  # of a curve; what lies between two of them shows by its extremes
SLICE_STEPS = 512
LONGEST_S = 10.0
NEAR = 8  # steps between two checkpoints of a run that enlarges roundings


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


def member_run(study: Study, table: OutcomeTable, member: int) -> tuple[Run, bool]:
    """A run of a sweep to be trained again.

    One whose end rests on rounding is trained as its population was, where that is possible: else it would end
    otherwise.  Returns: the run, and whether it ends as it did there, but for roundings that do not grow.
    """
    run = Run(study.scenario, study.variant, study.settings_of(member))
    if table.rows[member]["rounding"] != RESTS or study.kernel != "numpy":
        return run, bool(table.rows[member]["rounding"] != RESTS)
    task = next(one for one in study.tasks if member in one.members)
    for group in Assembly(study).groups(task.members):
        place = np.flatnonzero(task.members[group.places] == member)
        if len(place) and group.together is not None and run.trainer.train_as_member(group.together, int(place[0])):
            run.timeline.checkpoints.spacing = NEAR  # what is seen between two checkpoints is a single run's
            return run, True
        if len(place) and group.together is None:
            return run, True
    return run, False


def member_curve(
    study: Study, table: OutcomeTable, member: int, going: Callable[[], bool] = lambda: True
) -> MemberCurve:
    """Trains a run and returns its curve; as far as it came where `going` says no, or it takes too long."""
    run, _ = member_run(study, table, member)
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
