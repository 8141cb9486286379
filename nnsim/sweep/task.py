"""A task: some members of a sweep trained to their ends; its bits follow from the task, not from who trains it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array
from nnsim.recording.rounding import nudged, nudged_parameters, rests_on_rounding
from nnsim.scenario.plan import Plan
from nnsim.sweep.members import Assembly
from nnsim.sweep.rungs import SweepTask
from nnsim.sweep.study import Study
from nnsim.training.cohort import train
from nnsim.training.cohort_members import Members
from nnsim.training.fast.fast_cohort import prepare, train_fast, why_not
from nnsim.training.outcome import HALVING, Goal, Outcomes, fit
from nnsim.training.trainer import Trainer

STEPS = 4096  # of a single run until its caller gets a turn
RESTS, STANDS = 1, 2  # what the column `rounding` says
TRIAL = 0  # which of the starts one rounding away is tried
MOST_KINDS = 64  # populations of a sweep that are looked at before it begins


@dataclass(frozen=True)
class Trained:
    """So many members of a task have been trained, counted as parts."""

    members: float


Step = Trained | Outcomes


class Bench:
    """Trains tasks of one study, one after the other; what they share is made once."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._assembly = Assembly(study)

    def train(self, task: SweepTask) -> Iterator[Step]:
        """Trains the members of a task.  Yields: how far it has come; at last the outcomes, (members,)."""
        found = Outcomes.empty(len(task))
        for group in self._assembly.groups(task.members):
            if group.together is not None:
                for step in self._together(replace(group.together, epochs=task.epochs)):
                    if isinstance(step, Outcomes):
                        found.table[group.places] = step.table
                    else:
                        yield step
            else:
                for place, number in zip(group.places, group.alone, strict=True):
                    for step in self._alone(self._study.plan_of(number), task.epochs):
                        if isinstance(step, Outcomes):
                            found.table[place] = step.table[0]
                        else:
                            yield step
        yield found

    def _together(self, members: Members) -> Iterator[Step]:
        marks = self._study.marks and members.epochs is None
        share = 0.5 if marks else 1.0
        found = yield from self._outcomes(members, self._study.goal, share)
        if marks:
            moved = replace(members, starts=nudged_parameters(members.starts, TRIAL))
            other = yield from self._outcomes(moved, None, share)
            mark(found, other, members.starts)
        yield found

    def _outcomes(self, members: Members, goal: Goal | None, share: float) -> Any:
        steps = members.steps
        fast = self._study.kernel == "fast" and not why_not(members, goal)
        for one in train_fast(members, goal) if fast else train(members, goal):
            if isinstance(one, Outcomes):
                return one
            yield Trained(share * one / steps)
        raise AssertionError("training ends with outcomes")

    def _alone(self, plan: Plan, epochs: int | None) -> Iterator[Step]:
        marks = self._study.marks and epochs is None
        share = 0.5 if marks else 1.0
        trainer = Trainer(plan)
        start = trainer.parameters[:, None].copy()
        found = yield from _single(trainer, self._study.goal, share, epochs)
        if marks:
            other = Trainer(plan)
            other.restore(nudged(other.checkpoint(), TRIAL))
            mark(found, (yield from _single(other, None, share)), start)
        yield found


def prepare_kernels(study: Study) -> bool:
    """Compiles the kernel that the first task needs, so that workers find it made.

    Returns: whether compiled code trains all members.
    """
    assembly, every = Assembly(study), True
    for place, numbers in enumerate(assembly.kinds(MOST_KINDS)):
        for group in assembly.groups(numbers):
            compiled = group.together is not None and not why_not(group.together, study.goal)
            every = every and compiled
            if group.together is not None and compiled and place == 0:
                prepare(group.together)
    return every


def mark(found: Outcomes, other: Outcomes, starts: Array) -> None:
    """Notes which of these ends rest on rounding, by the ends from starts one unit away."""
    unit = float(np.finfo(starts.dtype).eps)
    table, moved = found.table, other.table
    rests = np.zeros(len(table), bool)
    for name in ("loss", "val", "test"):
        rests |= rests_on_rounding(table[name], moved[name], table["steps"], unit)
    rests |= (table["diverged_at"] > 0) != (moved["diverged_at"] > 0)
    table["rounding"] = np.where(rests, RESTS, STANDS)


def _single(trainer: Trainer, goal: Goal | None, share: float, epochs: int | None = None) -> Any:
    """Trains one run to its end, or so many epochs.  Yields: how far it has come.  Returns: its outcome."""
    plan, found = trainer.plan, Outcomes.empty(1)
    steps = plan.steps if epochs is None else epochs * plan.steps_per_epoch
    place, going, per_epoch = np.zeros(1, np.intp), np.zeros(1, bool), plan.steps_per_epoch
    while trainer.stop is None and trainer.step < steps:
        records = trainer.advance(min(STEPS, steps - trainer.step))
        columns: dict[str, Array] = {
            name: records.steps[name][:, None] for name in ("loss", "accuracy") if name in records.steps
        }
        with np.errstate(all="ignore"):
            seen = np.ones((records.count, 1), bool)
            found.see(place, going, records.first - 1, per_epoch, columns, seen, goal)
        epoch = (records.first - 1) // per_epoch
        validated = [records.epochs.get(f"validation_{name}") for name in ("loss", "accuracy")]
        for index in range(0 if validated[0] is None else len(validated[0])):
            figures: dict[str, Array] = {
                name: column[index : index + 1]
                for name, column in zip(("loss", "accuracy"), validated, strict=True)
                if column is not None
            }
            found.see_validation(place, going, epoch + 1 + index, figures, goal)
        yield Trained(share * records.count / steps)
    reason = HALVING if trainer.stop is None else trainer.stop.reason
    ended = np.array([trainer.step if trainer.stop is None else trainer.stop.step])
    if reason == "diverged":
        found.diverge(place, ended, per_epoch)
    else:
        found.end(place, reason, ended, per_epoch, judged(trainer))
    return found


def judged(trainer: Trainer) -> dict[str, dict[str, npt.NDArray[Any]]]:
    """What a network comes to on each part of its rows, by part and figure, (1,)."""
    found: dict[str, dict[str, npt.NDArray[Any]]] = {}
    parts = {
        "training": (trainer.inputs, trainer.targets),
        "validation": trainer.validation,
        "test": trainer.test,
    }
    for name, part in parts.items():
        if part is None:
            continue
        loss, accuracy = trainer.judge(*part)
        answers = trainer.answers(part[0])[0].T[:, :, None]
        figures = {"loss": np.array([loss]), "r2": fit(answers, part[1][:, :, None])}
        found[name] = figures if accuracy is None else {**figures, "accuracy": np.array([accuracy])}
    return found
