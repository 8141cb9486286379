"""Many seeds of one variant: what becomes of each, and how far apart their losses lie, step by step.

They are trained a group at a time, and a group all at once where the variant allows it
(`nnsim.training.population`), else one seed after the other; a caller says how many steps to train at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.analysis.scoring import PartScore, part_scores
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.scenario.scenario import Scenario
from nnsim.scenario.setting_keys import merged
from nnsim.training.inference import Inference
from nnsim.training.population import Population
from nnsim.training.records import StopReason
from nnsim.training.trainer import Trainer

MOST_SEEDS = 10_000
LARGEST_SEED = 2**32 - 1
STRETCHES = 256  # about so many stretches of a run have a mean loss each, of equal length
MOST_NUMBERS = 2_000_000  # activations, or parameters and what the optimizer keeps, of a group
EARLY_STRETCHES = 96  # and about so many whose lengths grow from one step on, for the start


@dataclass(frozen=True)
class SeedResult:
    """What became of one seed: figures after its last step, None where they are not finite or do not apply."""

    seed: int
    steps: int
    loss: float | None
    accuracy: float | None
    stop_reason: StopReason
    solved: bool | None  # whether it reached the target, or answers every row right; None where neither applies
    scores: tuple[PartScore, ...] = ()  # of training, validation and test rows


@dataclass(frozen=True)
class Band:
    """Mean losses of many seeds over stretches, (stretches,); a run that ended at its target keeps its loss."""

    seeds: int
    steps: Array  # the middle of each stretch
    mean: Array
    low: Array
    quartile1: Array
    quartile3: Array
    high: Array


class ManySeeds:
    """Trains `count` runs of one variant, seed after seed, at most `group` at once.  Raises: ScenarioError."""

    def __init__(
        self,
        scenario: Scenario,
        variant: str | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        count: int,
        group: int = MOST_SEEDS,
    ) -> None:
        if not 1 <= count <= MOST_SEEDS:
            raise ScenarioError(f"seeds: {count:,} are not allowed (allowed: 1 to {MOST_SEEDS:,})")
        self.plan = plan = scenario.plan(variant, settings)
        first = plan.seed
        if first + count - 1 > LARGEST_SEED:
            raise ScenarioError(
                f"seeds: {count:,} from {first} on go beyond the last (allowed: up to {LARGEST_SEED})"
            )
        self.seeds = range(first, first + count)
        self.results: list[SeedResult] = []
        self._scenario, self._variant, self._settings = scenario, variant, dict(settings or {})
        self._edges = stretches(plan.steps)
        self._finished = np.empty((0, len(self._edges) - 1))
        self._group = max(1, min(group, MOST_NUMBERS // max(plan.activations, 4 * plan.network.size)))
        self._training: _Together | _Alone | None = None

    @property
    def finished(self) -> bool:
        return len(self.results) == len(self.seeds)

    @property
    def done(self) -> float:
        training = self._training
        return len(self.results) + (training.part * len(training.seeds) if training is not None else 0.0)

    def advance(self, steps: int) -> int:
        """Trains the group under way, or makes the next one ready.  Returns: steps trained, 0 without training."""
        if self.finished:
            return 0
        if self._training is None:
            at = len(self.results)
            self._training = self._next(self.seeds[at : at + self._group])
            return 0
        training = self._training
        done = training.advance(steps)
        if training.over:
            self.results += training.results()
            self._finished = np.concatenate([self._finished, training.curves()])
            self._training = None
        return done

    def _next(self, seeds: Sequence[int]) -> "_Together | _Alone":
        if len(seeds) > 1:
            try:
                return _Together(
                    Population(self._scenario, self._variant, self._settings, seeds=seeds), self._edges
                )
            except ScenarioError:
                self._group = 1  # one after the other, then
        settings = merged(self._settings, {"random.seed": seeds[0]})
        return _Alone(Trainer(self._scenario.plan(self._variant, settings)), self._edges)

    def band(self) -> Band:
        parts = [self._finished] if self._training is None else [self._finished, self._training.curves()]
        return band(np.concatenate(parts), self._edges)


def stretches(steps: int) -> Array:
    """Where stretches of a run begin and the last one ends, (stretches + 1,): short ones first, then equal ones."""
    equal = np.linspace(0, steps, STRETCHES + 1)
    growing = np.geomspace(1, steps, EARLY_STRETCHES)
    return np.unique(np.concatenate([equal, growing]).astype(np.int64))


def band(curves: Array, edges: Array) -> Band:
    """What curves, (seeds, stretches), come to; values that are not finite are left out."""
    values = np.where(np.isfinite(curves), curves, np.nan)
    known = np.isfinite(values).sum(axis=0)
    filled = np.flatnonzero(known)
    ordered, known = np.sort(values[:, filled], axis=0), known[filled]  # NaN comes last
    columns = np.arange(len(filled))

    def quantile(share: float) -> Array:
        place = (known - 1) * share
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, known - 1)
        lower = ordered[below, columns]
        return np.asarray(lower + (place - below) * (ordered[above, columns] - lower))

    return Band(
        seeds=len(curves),
        steps=(edges[filled] + 1 + edges[filled + 1]) / 2,
        mean=np.nansum(ordered, axis=0) / known,
        low=quantile(0.0),
        quartile1=quantile(0.25),
        quartile3=quantile(0.75),
        high=quantile(1.0),
    )


class _Stretches:
    """Sums of the losses of some seeds over stretches of their run."""

    def __init__(self, seeds: int, edges: Array) -> None:
        self._edges = edges
        self._sums = np.zeros((len(edges) - 1, seeds))
        self._counts = np.zeros(len(edges) - 1)

    def add(self, first: int, losses: Array) -> None:
        """Losses of the steps from number `first` on, counted from 1, (steps, seeds)."""
        if not len(losses):
            return
        places = self.of(np.arange(first, first + len(losses)))
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        self._sums[places[starts]] += np.add.reduceat(losses, starts, axis=0)
        self._counts[places[starts]] += np.diff(starts, append=len(places))

    def of(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The stretches in which steps lie, counted from 1."""
        return np.asarray(np.searchsorted(self._edges, steps - 1, side="right") - 1, np.int64)

    def curves(self) -> Array:
        """Mean losses, (seeds, stretches), NaN where nothing is trained yet."""
        counts = np.where(self._counts > 0, self._counts, np.nan)
        return np.ascontiguousarray((self._sums / counts[:, None]).T)


class _Together:
    """Trains some seeds as a population; those that diverge are trained on, and reported as diverged."""

    def __init__(self, population: Population, edges: Array) -> None:
        self._population = population
        self.seeds = population.seeds
        self._losses = _Stretches(len(self.seeds), edges)
        self._diverged = np.zeros(len(self.seeds), np.int64)  # at this step; 0: it did not

    @property
    def part(self) -> float:
        return self._population.step / self._population.plan.steps

    @property
    def over(self) -> bool:
        return self._population.step >= self._population.plan.steps

    def advance(self, steps: int) -> int:
        records = self._population.advance(steps)
        columns = records.columns
        bad = ~np.isfinite(columns["loss"])
        for name, column in columns.items():
            if name.startswith("gradient:"):
                bad |= ~np.isfinite(column)
        fresh = bad.any(axis=0) & (self._diverged == 0)
        self._diverged[fresh] = records.first + bad.argmax(axis=0)[fresh]
        with np.errstate(all="ignore"):
            self._losses.add(records.first, columns["loss"])
        return len(bad)

    def curves(self) -> Array:
        with np.errstate(all="ignore"):
            curves = self._losses.curves()
        ends = self._losses.of(self._diverged)
        for place in np.flatnonzero(self._diverged):
            curves[place, ends[place] :] = np.nan
        return curves

    def results(self) -> list[SeedResult]:
        population = self._population
        losses, accuracies = population.evaluate()
        found, parameters = [], population.parameters
        plan = population.plan
        asked = Inference(plan, *plan.generators()[:2])  # all seeds have the same rows
        for place, seed in enumerate(self.seeds):
            loss = float(losses[place])
            accuracy = None if accuracies is None else float(accuracies[place])
            steps = int(self._diverged[place]) or population.step
            reason: StopReason = "diverged" if self._diverged[place] or not np.isfinite(loss) else "epochs"
            asked.parameters[...] = parameters[:, place]
            scores = () if reason == "diverged" else part_scores(asked)
            found.append(_result(seed, steps, loss, accuracy, reason, None, scores))
        return found


class _Alone:
    def __init__(self, trainer: Trainer, edges: Array) -> None:
        self._trainer = trainer
        self.seeds = (trainer.plan.seed,)
        self._losses = _Stretches(1, edges)

    @property
    def part(self) -> float:
        return self._trainer.step / self._trainer.plan.steps

    @property
    def over(self) -> bool:
        return self._trainer.stop is not None

    def advance(self, steps: int) -> int:
        records = self._trainer.advance(steps)
        with np.errstate(all="ignore"):
            self._losses.add(records.first, records.steps["loss"][:, None])
        return records.count

    def curves(self) -> Array:
        trainer, curves = self._trainer, self._losses.curves()
        if trainer.stop is not None:
            last = int(self._losses.of(np.array([trainer.step]))[0])
            curves[0, last + 1 :] = curves[0, last]
            if trainer.stop.reason == "diverged":
                curves[0, last:] = np.nan
        return curves

    def results(self) -> list[SeedResult]:
        trainer = self._trainer
        assert trainer.stop is not None
        loss, accuracy = trainer.judge(trainer.inputs, trainer.targets)
        target = trainer.plan.train.target_loss
        reason = trainer.stop.reason
        scores = () if reason == "diverged" else part_scores(trainer)
        return [_result(trainer.plan.seed, trainer.step, loss, accuracy, reason, target, scores)]


def _result(
    seed: int,
    steps: int,
    loss: float,
    accuracy: float | None,
    reason: StopReason,
    target: float | None,
    scores: tuple[PartScore, ...],
) -> SeedResult:
    finite = reason != "diverged" and bool(np.isfinite(loss))
    solved = reason == "target" if target is not None else None if accuracy is None else accuracy == 1.0
    if reason == "diverged" and solved is not None:
        solved = False
    return SeedResult(seed, steps, loss if finite else None, accuracy if finite else None, reason, solved, scores)
