"""Proof: a recording is trained again, and every step record, checkpoint and the end compared with what it says."""

import math
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nnsim.arrays import Array
from nnsim.recording.codec import checkpoint_values
from nnsim.recording.reader import Recording
from nnsim.replica import Replica, give_commands
from nnsim.text import clean_line
from nnsim.timeline import Mark, Timeline
from nnsim.training.records import Records, Stop
from nnsim.training.trainer import Trainer

# Another processor or NumPy rounds some sums differently in the last bit, and training carries that on. What it
# comes to after ten thousand epochs of the scenarios of nnsim stays far below this.
TOLERANCE_ELSEWHERE = 1e-6


def own_platform() -> dict[str, str]:
    """What decides the bits of a run: system and processor, and NumPy's version."""
    return {"platform": f"{platform.system()} {platform.machine()}", "numpy": np.__version__}


@dataclass
class Verdict:
    """What came of training a recording again.

    `largest` is the largest difference between two figures, relative to the larger of them where that is above 1;
    infinity where one of them is not finite and the other is something else. `differing` says, the first first,
    what differs beyond the tolerance.
    """

    tolerance: float
    recorded: dict[str, str]  # platform and numpy
    here: dict[str, str]
    largest: float = 0.0
    steps: int = 0
    checkpoints: int = 0
    complete: bool = False

    def __post_init__(self) -> None:
        self.differing: list[str] = []

    @property
    def verified(self) -> bool:
        """Whether all of it was compared, and nothing differs."""
        return self.complete and not self.differing


def verify(
    recording: Recording,
    look: Callable[[Timeline, int], bool] = lambda timeline, step: True,
    tolerance: float | None = None,
) -> Verdict:
    """Train every run of a recording again from its scenario, seed and commands, and compare all that it holds.

    Args: look: is told of each run the step that was reached, and says whether to go on. tolerance: a difference
    that is allowed; by default 0 on the platform and NumPy of the recording, TOLERANCE_ELSEWHERE on others.
    Raises: RecordingError where the file is damaged.
    """
    recorded = {key: recording.versions[key] for key in ("platform", "numpy")}
    here = own_platform()
    if tolerance is None:
        tolerance = 0.0 if recorded == here else TOLERANCE_ELSEWHERE
    verdict = Verdict(tolerance, recorded, here)
    if recording.closed_properly and not recording.hash_holds():
        verdict.differing.append("something was changed after it was recorded (the hash is another)")
    several = len(recording.timelines) > 1
    for number, timeline in enumerate(recording.timelines, start=1):
        proof = _Proof(timeline, verdict, f" of run {number}" if several else "")
        for step in proof.steps():
            if not look(timeline, step):
                return verdict
    verdict.complete = True
    return verdict


class _Proof:
    """One run, trained again."""

    def __init__(self, timeline: Timeline, verdict: Verdict, place: str) -> None:
        self._timeline = timeline
        self._verdict = verdict
        self._place = place
        self._trainer = Trainer(timeline.plan)
        self._marks: list[Mark] = []  # that training itself leaves
        self._named: set[str] = set()

    def steps(self) -> Iterator[int]:
        """Train and compare up to the end of what is recorded; yields the steps that are reached on the way."""
        timeline, trainer = self._timeline, self._trainer
        places = {*timeline.checkpoints.steps, *(one.step for one in timeline.commands), timeline.length}
        for place in sorted(places):
            while trainer.step < place:
                if not self._may_go_on():
                    self._differs(
                        "end", f"training ends at step {trainer.step:,}{self._place}, the recording later"
                    )
                    return
                first = trainer.step
                self._compare_records(trainer.advance(place - first))
                self._verdict.steps += trainer.step - first
                if (stop := trainer.stop) is not None and stop.reason != "epochs":
                    self._marks.append(Mark(stop.step, stop.reason, clean_line(stop.message, 1000)))
                yield trainer.step
            if place in timeline.checkpoints.steps:
                self._compare_checkpoint(place)
            self._give_commands(place)
        self._compare_end()
        self._compare_marks()

    def _may_go_on(self) -> bool:
        """Whether the run had more steps after this one: training went on, or a person let it go on."""
        step = self._trainer.step
        changed = any(one.step == step for one in self._timeline.commands) or self._timeline.fork_step == step
        return step < self._trainer.plan.steps and (self._trainer.stop is None or changed)

    def _give_commands(self, step: int) -> None:
        given = [one for one in self._timeline.commands if one.step == step]
        for one in given:
            self._marks.append(Mark(step, "changed", clean_line(f"{one.key} = {one.value}", 1000)))
        if given:
            stop = self._trainer.stop
            give_commands(self._timeline, step, self._trainer)
            self._trainer.stop = stop

    # ------------------------------------------------------------------ comparing

    def _compare_records(self, records: Records) -> None:
        first, last = records.first, records.first + records.count - 1
        per_epoch = self._timeline.steps_per_epoch
        for columns, stride in ((records.steps, 1), (records.epochs, per_epoch)):
            for name, trained in columns.items():
                sample = -(-first // stride) - 1
                series = self._timeline.series.get(name)
                recorded = np.zeros(0) if series is None else series.values(sample, last // stride)
                row = self._compare(recorded, trained)
                if row is not None:
                    where = f"{name} at step {(sample + row + 1) * stride:,}{self._place}"
                    both = f"{_number(recorded, row)} recorded, {_number(trained, row)} trained"
                    self._differs(name, f"{where}: {both}")

    def _compare_checkpoint(self, step: int) -> None:
        self._verdict.checkpoints += 1
        recorded, trained = self._timeline.checkpoints.before(step), self._trainer.checkpoint()
        what = f"the checkpoint at step {step:,}{self._place}"
        for part in ("parameters", "slots", "statistics"):
            mine, its = getattr(trained, part).ravel(), getattr(recorded, part).ravel()
            if self._compare(its.astype(np.float64), mine.astype(np.float64)) is not None:
                self._differs(
                    "checkpoint", f"{what}: {'optimizer' if part == 'slots' else part} recorded otherwise"
                )
        if checkpoint_values(0, recorded)[4:] != checkpoint_values(0, trained)[4:]:
            self._differs("random", f"{what}: random state recorded otherwise")

    def _compare_end(self) -> None:
        timeline, trainer = self._timeline, self._trainer
        final = Replica(timeline).at(timeline.length).parameters
        if self._compare(final.astype(np.float64), trainer.parameters.astype(np.float64)) is not None:
            self._differs("parameters", f"the parameters after the last step{self._place} are others")
        said, stop = timeline.stop, trainer.stop
        by_hand = said is None or said.reason == "interrupted"
        ruined = said is not None and said.reason == "diverged" and not math.isfinite(trainer.evaluate().loss)
        if by_hand or ruined or (said is not None and stop is not None and _same(said, stop)):
            return
        if said is not None and said.reason == "epochs" and said.step == trainer.step >= trainer.plan.steps:
            return
        self._differs("stop", f"the end{self._place}, {clean_line(str(said and said.message))!r}, is another")

    def _compare_marks(self) -> None:
        known = {(one.step, one.kind, one.text) for one in self._marks}
        for mark in self._timeline.marks:
            if (
                mark.kind in ("changed", "target", "early-stopping")
                and (mark.step, mark.kind, mark.text) not in known
            ):
                self._differs("mark", f"nothing is there to mark at step {mark.step:,}{self._place}: {mark.text}")

    def _compare(self, recorded: Array, trained: Array) -> int | None:
        """Note the largest difference. Returns: the first place that differs beyond the tolerance, or None."""
        if recorded.shape != trained.shape:
            self._verdict.largest = math.inf
            return min(len(recorded), len(trained))
        with np.errstate(all="ignore"):
            size = np.maximum(1.0, np.maximum(np.abs(recorded), np.abs(trained)))
            difference = np.abs(recorded - trained) / size
        same = (recorded == trained) | (np.isnan(recorded) & np.isnan(trained))
        difference = np.where(same, 0.0, np.where(np.isfinite(difference), difference, np.inf))
        if not len(difference):
            return None
        self._verdict.largest = max(self._verdict.largest, float(difference.max()))
        beyond = difference > self._verdict.tolerance
        return int(np.argmax(beyond)) if beyond.any() else None

    def _differs(self, kind: str, sentence: str) -> None:
        """Note a difference; of each kind the first alone, for one brings all that follow with it."""
        if kind not in self._named:
            self._named.add(kind)
            self._verdict.differing.append(sentence)


def _same(one: Stop, other: Stop) -> bool:
    return (one.reason, one.step) == (other.reason, other.step)


def _number(values: Array, row: int) -> str:
    return repr(float(values[row])) if row < len(values) else "nothing"
