"""One run of a recording, trained again: its own timeline, and how it agrees with what was recorded."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

import numpy as np

from nnsim import __version__
from nnsim.nn.arrays import Array
from nnsim.recording.codec import same_random_state
from nnsim.recording.reader import Recording
from nnsim.recording.rounding import (
    DISCRETE,
    LARGEST,
    TRIALS,
    Amplification,
    Stretch,
    Tolerance,
    difference,
    state_difference,
    train,
    unsure_answers,
)
from nnsim.recording.run_reader import false_summary
from nnsim.recording.verification_budget import Budget, step_work
from nnsim.scenario.places import MARKED
from nnsim.text import clean_line
from nnsim.timeline import Mark, Timeline
from nnsim.timeline.replica import Replica, give_commands
from nnsim.timeline.timeline import changed_mark
from nnsim.training.fast.support import NAME, installed, missing
from nnsim.training.records import Checkpoint, Records, Stop
from nnsim.training.trainer import Trainer

Proof = Literal["bits", "rounding", "none"]
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


class RetrainedRun:
    """Trains a recorded run again, stretch by stretch from one recorded checkpoint to the next.

    As long as all bits agree it simply goes on. A stretch that comes to other bits is measured: what is within the
    tolerance of roundings is accepted, and the next stretch begins at the recorded checkpoint; beyond it the run
    differs; where roundings alone decide, nothing is proven from there on, and training goes its own way.

    Args: place: how sentences name the run. tolerance: a difference that is allowed in place of that of roundings.
    """

    def __init__(
        self, recording: Recording, recorded: Timeline, place: str, budget: Budget, tolerance: float | None
    ) -> None:
        self.proof: Proof = "bits"
        self.differing: list[str] = []
        self.notes: list[str] = []
        self.largest = 0.0
        self.allowed = tolerance or 0.0  # the largest tolerance that was needed
        self.checkpoints = 0
        self.timeline = Timeline(recorded.scenario, recorded.variant, recorded.settings, recorded.plan)
        self._recording, self._recorded, self._place, self._budget = recording, recorded, place, budget
        self._tolerance = tolerance
        compiled = recording.facts.kernel.startswith(NAME)  # as the recording says
        self._fast = compiled and installed() and not missing(recorded.plan)
        self._trainer = Trainer(recorded.plan, fast=self._fast)
        self._amplification = Amplification(recorded, fast=self._fast)
        self._stop: Stop | None = None
        self._marks: list[Mark] = []  # that training itself leaves
        self._named: set[str] = set()
        self._given = sorted({one.step for one in recorded.commands})
        self._noted: set[int] = set()  # the steps whose commands have left their marks

    def steps(self) -> Iterator[int]:
        """Train and compare up to the end of what is recorded; yields the steps that are reached on the way."""
        recorded, own, trainer = self._recorded, self.timeline, self._trainer
        own.commands, own.fork_step = list(recorded.commands), recorded.fork_step
        own.checkpoints.spacing = recorded.checkpoints.spacing
        taken = set(recorded.checkpoints.steps)
        self._judge_start()
        for start, end in pairwise(sorted({*taken, recorded.length})):
            self._give_commands(start)
            begun, records = trainer.checkpoint(), list[Records]()
            yield from self._advance(end, records)
            if trainer.step < end:
                break
            trained = Stretch.of(records, own.steps_per_epoch, trainer.checkpoint())
            self._judge(begun, trained, recorded.checkpoints.before(end) if end in taken else None)
            if end in taken:
                own.checkpoints.add(trainer.checkpoint())
        else:
            self._give_commands(recorded.length)
            self._judge_end()
            self._judge_marks()
        named = [one for one in recorded.marks if one.kind == MARKED and one.step <= own.length]
        own.marks = [*self._marks, *named]
        own.stop = self._stop
        self._judge_summaries()

    def _advance(self, end: int, records: list[Records]) -> Iterator[int]:
        """Train up to a step, and note records, marks and why training stops."""
        trainer, given = self._trainer, self._given
        while trainer.step < end:
            step = trainer.step
            over = self._stop is not None and self._stop.step == step
            let_go_on = bool(self._recorded.commands_at(step)) or self._recorded.fork_step == step
            if step >= trainer.plan.steps or (over and not let_go_on and not self._by_rounding(records)):
                if self.proof != "none":
                    self._differs("end", f"training ends at step {step:,}{self._place}, the recording later")
                return
            self._give_commands(step)
            at = bisect_right(given, step)
            place = min(given[at], end) if at < len(given) else end
            found = trainer.advance(place - step)
            records.append(found)
            self.timeline.append(found)
            self._budget.spend(step_work(trainer.plan) * found.count)
            self._stop = trainer.stop
            if (stop := trainer.stop) is not None and stop.reason != "epochs":
                self._marks.append(Mark(stop.step, stop.reason, clean_line(stop.message, 1000)))
            yield trainer.step

    def _by_rounding(self, records: list[Records]) -> bool:
        """Whether training stops at a loss that a rounding alone keeps from being low enough in the recording."""
        target = self._trainer.plan.train.target_loss
        if self._stop is None or self._stop.reason != "target" or target is None or not records:
            return False
        recorded = self._recorded.series["loss"].at_step(self._trainer.step)
        close = (
            recorded is not None and abs(recorded - target) <= 1e-9 * max(1.0, abs(target)) and recorded > target
        )
        if close:
            self._rests_on_rounding(f"where the loss reaches its target, at step {self._stop.step:,}{self._place},")
            self._marks = [one for one in self._marks if one.step != self._trainer.step or one.kind == "changed"]
        return close

    def _rests_on_rounding(self, what: str) -> None:
        self.notes.append(f"{what} rests on a rounding")
        if self.proof == "bits":
            self.proof = "rounding"

    def _give_commands(self, step: int) -> None:
        given = self._recorded.commands_at(step)
        if given and step not in self._noted:
            self._noted.add(step)
            self._marks += [changed_mark(one) for one in given]
        if given:
            give_commands(self._recorded, step, self._trainer)

    # ------------------------------------------------------------------ comparing

    def _judge_start(self) -> None:
        """Compare the state before all training; its numbers are sums at most."""
        self.checkpoints += 1
        mine, its = self._trainer.checkpoint(), self._recorded.checkpoints.before(0)
        unit = float(np.finfo(mine.parameters.dtype).eps)
        allowed = max(64 * unit, self._tolerance or 0.0)
        found = state_difference(mine, its)
        self.timeline.checkpoints.add(mine)
        self.largest = max(self.largest, found)
        if found > allowed or not same_random_state(mine, its):
            self._differ_in_state(mine, its, allowed)
        elif found and self._tolerance is None:
            self._accept(its, allowed)

    def _judge(self, begun: Checkpoint, own: Stretch, recorded: Checkpoint | None) -> None:
        """Compare a stretch, and stand where the next one begins."""
        self.checkpoints += recorded is not None
        if self.proof == "none" and not self.differing:
            return
        apart = self._apart(own)
        state = 0.0 if recorded is None else state_difference(own.last, recorded)
        largest = max([state, *(float(one.max()) for one in apart.values() if len(one))])
        self.largest = max(self.largest, largest)
        if recorded is not None and not same_random_state(own.last, recorded):
            self._differs("random", f"{_checkpoint(recorded.step, self._place)}: random state recorded otherwise")
        if not largest:
            return
        if self.differing or self._tolerance is not None:
            constant = np.full(max(own.last.step - begun.step, 1), self._tolerance or 0.0)
            self._name(own, apart, recorded, Tolerance(begun.step + 1, constant))
            return
        tolerance, doubtful = self._amplified(begun, own, apart, state)
        if doubtful:
            self._name(own, apart, recorded, tolerance)
        elif largest > LARGEST and _beyond(apart, own, LARGEST, state):
            self._prove_nothing(begun.step)
        else:
            self._accept(recorded, tolerance.end)

    def _apart(self, own: Stretch) -> dict[str, Array]:
        """How far each figure of a stretch is from what was recorded."""
        found = {}
        for name, (_, sample, column) in own.columns.items():
            series = self._recorded.series.get(name)
            values = np.zeros(0) if series is None else series.values(sample, sample + len(column))
            if len(values) != len(column):
                self._differs(name, f"{name}{self._place} is not recorded as often as it should be")
                values = np.resize(values, len(column)) if len(values) else np.full(len(column), np.inf)
            found[name] = difference(values, column)
        return found

    def _amplified(
        self, begun: Checkpoint, own: Stretch, apart: dict[str, Array], state: float
    ) -> tuple[Tolerance, bool]:
        """The tolerance of a stretch, and whether it differs by more; several starts are tried before it does."""
        steps = max(own.last.step - begun.step, 1)
        whole = Tolerance(begun.step + 1, np.zeros(steps))
        for trial in range(TRIALS):
            self._budget.spend(step_work(self._trainer.plan) * steps)
            found = self._amplification.measured(begun, own, own.last.step, trial)
            whole = Tolerance(whole.first, np.maximum(whole.steps, found.steps))
            if not self._exceeds(begun, own, apart, state, whole):
                return whole, False
        return whole, True

    def _exceeds(
        self, begun: Checkpoint, own: Stretch, apart: dict[str, Array], state: float, tolerance: Tolerance
    ) -> bool:
        """Whether anything differs by more than the tolerance, as far as that says anything."""
        for name, found in apart.items():
            stride, sample, _ = own.columns[name]
            allowed = tolerance.at(stride, sample, len(found))
            beyond = [int(one) for one in np.flatnonzero((found > allowed) & (allowed <= LARGEST))]
            if name in DISCRETE:
                beyond = [
                    one for one in beyond if not self._unsure(begun, name, one, stride, sample, found, allowed)
                ]
            if beyond:
                return True
        return bool(state > tolerance.end) and tolerance.end <= LARGEST

    def _unsure(
        self, begun: Checkpoint, name: str, row: int, stride: int, sample: int, found: Array, allowed: Array
    ) -> bool:
        """Whether answers that a rounding can make right or wrong explain a difference of an accuracy."""
        step = (sample + row + 1) * stride
        trainer = self._amplification.at(begun)
        validating = name.startswith("validation")
        for _ in train(self._recorded, trainer, step if validating else step - 1):
            pass
        self._budget.spend(step_work(trainer.plan) * (step - begun.step))
        if validating and trainer.validation is not None:
            features, targets = trainer.validation
            scored, wanted = trainer.answers(features)[1], targets.T
        else:
            give_commands(self._recorded, step - 1, trainer)
            network = trainer.enter("forward")
            scored, wanted = network.scored.copy(), network.targets.copy()
        return bool(found[row] <= unsure_answers(trainer, scored, wanted, float(allowed[row])) + 1e-12)

    def _accept(self, recorded: Checkpoint | None, tolerance: float) -> None:
        """Go on from the recorded checkpoint: what differs is a rounding."""
        self.proof = "rounding"
        self.allowed = max(self.allowed, min(tolerance, LARGEST))
        if recorded is not None:
            trainer, stop = self._trainer, self._stop
            trainer.restore(recorded)
            self._stop = stop

    def _prove_nothing(self, step: int) -> None:
        self.proof = "none"
        self.notes.append(
            f"a rounding alone changes what follows step {step:,}{self._place} by more than {LARGEST:g}: "
            f"these figures cannot be proven here"
        )

    def _name(
        self, own: Stretch, apart: dict[str, Array], recorded: Checkpoint | None, tolerance: Tolerance
    ) -> None:
        """Name the first difference of each kind that is beyond the tolerance."""
        for name, found in apart.items():
            stride, sample, column = own.columns[name]
            beyond = found > tolerance.at(stride, sample, len(found))
            if not beyond.any() or name in self._named:
                continue
            row = int(np.argmax(beyond))
            series = self._recorded.series.get(name)
            value = None if series is None else series.at_step((sample + row + 1) * stride)
            where = f"{name} at step {(sample + row + 1) * stride:,}{self._place}"
            self._differs(name, f"{where}: {value!r} recorded, {float(column[row])!r} trained")
        if recorded is not None and state_difference(own.last, recorded) > tolerance.end:
            self._differ_in_state(own.last, recorded, tolerance.end)

    def _differ_in_state(self, mine: Checkpoint, its: Checkpoint, tolerance: float) -> None:
        what = _checkpoint(its.step, self._place)
        for part in ("parameters", "slots", "statistics"):
            one, other = getattr(mine, part).ravel(), getattr(its, part).ravel()
            if len(one) and (one.shape != other.shape or float(difference(one, other).max()) > tolerance):
                called = "optimizer" if part == "slots" else part
                self._differs("checkpoint", f"{what}: {called} recorded otherwise")
        if not same_random_state(mine, its):
            self._differs("random", f"{what}: random state recorded otherwise")

    # ------------------------------------------------------------------ ends, marks, summaries

    def _judge_end(self) -> None:
        recorded, trainer = self._recorded, self._trainer
        if self.proof == "none" and not self.differing:
            return
        if self.proof == "bits":
            final = self._final_parameters()
            found = float(difference(final, trainer.parameters).max()) if final.size else 0.0
            if found > (self._tolerance or 0.0):
                self._differs("parameters", f"the parameters after the last step{self._place} are others")
        said, own = recorded.stop, self._stop
        changed = bool(recorded.commands_at(recorded.length)) or recorded.fork_step == recorded.length
        if self._end_follows(said, own, changed):
            self._stop = said
            return
        if said is None:
            told = f"the run{self._place} ends at step {recorded.length:,}, which is not recorded"
            told += f": {clean_line(own.message)}" if own else ""
        else:
            told = f"the end{self._place}, {clean_line(said.message)!r}, is another"
        self._differs("stop", told)

    def _final_parameters(self) -> Array:
        """Those after the last step, trained from the last recorded checkpoint."""
        recorded = self._recorded
        if not self._fast:
            return Replica(recorded).at(recorded.length).parameters
        trainer = self._amplification.at(recorded.checkpoints.before(recorded.length))
        for _ in train(recorded, trainer, recorded.length):
            pass
        give_commands(recorded, recorded.length, trainer)
        return trainer.parameters

    def _end_follows(self, said: Stop | None, own: Stop | None, changed: bool) -> bool:
        """Whether what is said of the end follows from what was trained."""
        length, plan = self._recorded.length, self._trainer.plan
        here = own if own is not None and own.step == length else None
        if said is None:
            return here is None or changed or not self._recording.closed_properly
        if said.step != length:
            return False
        if said.reason == "interrupted":
            return (here is None or changed) and self._alike(said.message, "stopped by hand")
        if here is not None and here.reason == said.reason:
            return self._alike(said.message, here.message)
        if said.reason == "epochs" and length >= plan.steps:
            return changed and self._alike(said.message, f"all {plan.train.epochs:,} epochs are trained")
        if said.reason == "target" and plan.train.target_loss is not None:
            loss = self.timeline.series["loss"].at_step(length)
            target = plan.train.target_loss
            if loss is not None and target < loss <= target + 1e-9 * max(1.0, target) and self.proof != "bits":
                self._rests_on_rounding(f"that the loss has reached its target at step {length:,}{self._place}")
                self._marks.append(Mark(length, "target", clean_line(said.message, 1000)))
                return self._alike(said.message, f"loss reached {target:g}")
        return False

    def _judge_marks(self) -> None:
        if self.proof == "none" and not self.differing:
            return
        own: dict[tuple[int, str], list[str]] = {}
        for one in self._marks:
            own.setdefault((one.step, one.kind), []).append(one.text)
        for mark in self._recorded.marks:
            follows = any(self._alike(mark.text, text) for text in own.get((mark.step, mark.kind), ()))
            if mark.kind != MARKED and not follows:
                self._differs("mark", f"nothing is there to mark at step {mark.step:,}{self._place}: {mark.text}")

    def _alike(self, said: str, own: str) -> bool:
        """Whether two sentences say the same, but for numbers where bits differ, and words of other versions."""
        own = clean_line(own, 1000)
        if said == own or self._recording.versions["nnsim"] != __version__:
            return True
        numbers = [[float(one.replace(",", "")) for one in _NUMBER.findall(text)] for text in (said, own)]
        if self.proof == "bits" or _NUMBER.sub("#", said) != _NUMBER.sub("#", own):
            return False
        return bool((difference(np.array(numbers[0]), np.array(numbers[1])) <= LARGEST).all())

    def _judge_summaries(self) -> None:
        """Whether the recorded extremes follow from the recorded values."""
        for series in self._recorded.series.values():
            if (wrong := false_summary(series)) is not None:
                first, last = wrong[0] * series.stride + 1, wrong[1] * series.stride
                self._differs(
                    f"summary {series.name}",
                    f"the summary of step records {first:,}-{last:,} of {series.name}{self._place} "
                    "does not follow from their values",
                )

    def _differs(self, kind: str, sentence: str) -> None:
        """Note a difference; of each kind the first alone, for one brings all that follow with it."""
        if kind not in self._named:
            self._named.add(kind)
            self.differing.append(sentence)


def _checkpoint(step: int, place: str) -> str:
    return f"the checkpoint at step {step:,}{place}"


def _beyond(apart: dict[str, Array], own: Stretch, most: float, state: float) -> bool:
    return state > most or any(
        len(one) and float(one.max()) > most for name, one in apart.items() if name not in DISCRETE
    )
