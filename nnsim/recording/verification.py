"""Proof: a recording is trained again, and every step record, checkpoint and the end compared with what it says."""

import platform
from collections.abc import Callable
from dataclasses import dataclass, field

from nnsim.lessons.grading import Borne, borne_out
from nnsim.recording.facts import hashes, own_bits, precision_of
from nnsim.recording.reader import Recording
from nnsim.recording.retrained_run import Proof, RetrainedRun
from nnsim.recording.verification_budget import Budget, step_work
from nnsim.timeline import Timeline
from nnsim.training.fast.support import NAME, installed, kernel_name

Look = Callable[[Timeline, int], bool]


def own_platform() -> dict[str, str]:
    """What decides the bits of a run here: system and processor, NumPy, its vector features, the linear algebra."""
    return {"platform": f"{platform.system()} {platform.machine()}", **own_bits()}


@dataclass
class Verdict:
    """What came of training a recording again.

    `proof` says how: all `bits` agree; figures agree but for `rounding`, as far as each stretch of training
    amplifies one; or `none`, where roundings decide what follows, or something differs. `differing` says what is
    not true; `notes` what else there is to know. `timelines` are those that were trained here, of the runs in
    their order: whatever else is judged is read off them. `largest` is the largest difference between two figures,
    relative to the larger of them where that is above 1; infinity where one alone is not finite. `tolerance` is
    the largest difference that was allowed.
    """

    tolerance: float
    recorded: dict[str, str]  # what decided the bits, as the recording says
    here: dict[str, str]
    proof: Proof = "bits"
    largest: float = 0.0
    steps: int = 0
    checkpoints: int = 0
    complete: bool = False
    differing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    timelines: tuple[Timeline, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether all of it was compared and proven, and nothing differs."""
        return self.complete and not self.differing and self.proof != "none"


def verify(
    recording: Recording,
    look: Look = lambda timeline, step: True,
    tolerance: float | None = None,
    budget: Budget | None = None,
) -> Verdict:
    """Train every run of a recording again from its scenario, seed and commands, and compare all that it holds.

    Args: look: is told of each run that is trained the step that was reached, and says whether to go on. tolerance:
    a difference that is allowed whatever it comes from; by default that of roundings, as far as they are amplified.
    budget: how much arithmetic it may take.
    Raises: RecordingError where the file is damaged; NnsimError where it takes more arithmetic than is allowed.
    """
    here, facts = own_platform(), recording.facts
    recorded = {"platform": recording.versions["platform"], "numpy": recording.versions["numpy"]}
    recorded |= {"blas": facts.blas, "vector": facts.vector}
    if facts.kernel.startswith(NAME):
        recorded["kernel"] = facts.kernel
        here["kernel"] = kernel_name() if installed() else "numpy"
    verdict = Verdict(tolerance or 0.0, recorded, here)
    if recording.closed_properly and not recording.hash_holds():
        verdict.differing.append("something was changed after it was recorded (the hash is another)")
    verdict.differing += false_claims(recording)
    budget = budget or Budget()
    budget.afford(sum(step_work(one.plan) * one.length for one in recording.timelines))
    several, own = len(recording.timelines) > 1, dict[int, Timeline]()
    for number, timeline in enumerate(recording.timelines, start=1):
        place = f" of run {number}" if several else ""
        retraining = RetrainedRun(recording, timeline, place, budget, tolerance)
        for step in retraining.steps():
            if not look(retraining.timeline, step):
                verdict.steps += step
                return verdict
        own[id(timeline)] = retraining.timeline
        retraining.timeline.parent = None if timeline.parent is None else own.get(id(timeline.parent))
        _add(verdict, retraining)
    verdict.complete = True
    if verdict.proof != "bits" and not verdict.differing and recorded == here:
        verdict.notes.append("it names this very platform, NumPy, kernel and processor, which give other bits")
    if verdict.differing:
        verdict.proof = "none"
    return verdict


def _add(verdict: Verdict, run: RetrainedRun) -> None:
    order: tuple[Proof, ...] = ("bits", "rounding", "none")
    verdict.proof = max(verdict.proof, run.proof, key=order.index)
    verdict.largest = max(verdict.largest, run.largest)
    verdict.tolerance = max(verdict.tolerance, run.allowed)
    verdict.steps += run.timeline.length
    verdict.checkpoints += run.checkpoints
    verdict.differing += run.differing
    verdict.notes += run.notes
    verdict.timelines = (*verdict.timelines, run.timeline)


def false_claims(recording: Recording) -> list[str]:
    """What the facts of a recording say that its own content contradicts."""
    found = [
        f"the hash that it claims of its {key.removesuffix('_hash')} is not that of its scenario"
        for key, digest in hashes(recording.scenario).items()
        if getattr(recording.facts, key) != digest
    ]
    if recording.facts.numpy != recording.versions["numpy"]:
        found.append(
            f"it names two versions of NumPy, {recording.versions['numpy']} and {recording.facts.numpy or 'none'}"
        )
    trained = precision_of(recording.timelines)
    if not {*recording.facts.precision.split()} <= {*trained.split()}:
        found.append(f"it says that its numbers are {recording.facts.precision}, and they are {trained}")
    return found + false_forks(recording)


def false_forks(recording: Recording) -> list[str]:
    """Which runs are said to have left another, and had other settings or changes than that until there."""
    found, numbers = [], {id(one): number for number, one in enumerate(recording.timelines, start=1)}
    for number, run in enumerate(recording.timelines, start=1):
        if run.parent is None or run.fork_step is None:
            continue
        shared = min(run.fork_step, run.parent.length)  # a parent of which the end was lost has fewer changes
        mine, its = (
            (one.variant, one.settings, [each for each in one.commands if each.step < shared])
            for one in (run, run.parent)
        )
        if mine != its:
            place = f"run {numbers[id(run.parent)]} at step {run.fork_step:,}"
            found.append(f"run {number} did not leave {place}: until there the two are not the same")
    return found


def judge_answers(recording: Recording, verdict: Verdict, look: Look = lambda timeline, step: True) -> list[Borne]:
    """Hold the answers of a verified recording against the runs that were trained here.

    What these miss and the recorded runs reach, where both agree but for roundings, is said to rest on one.
    """
    found = [*borne_out(verdict.timelines, recording.answers, look)]
    if verdict.proof != "rounding":
        return found
    again = [one.given for one in found if one.out is False]
    recorded = {id(one.given): one for one in borne_out(recording.timelines, again, look)}
    return [
        Borne(one.given, None, f"it rests on a rounding: {recorded[id(one.given)].told}")
        if id(one.given) in recorded and recorded[id(one.given)].out
        else one
        for one in found
    ]
