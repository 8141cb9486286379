"""A cohort: runs that differ in numbers alone, trained at once to their ends, each to its own.

Every member is the run that its settings make, but for rounding: it ends where that run ends (all epochs, its
target, early stopping, divergence), sees the same batches, and is judged on the same rows.  A member that has ended
costs nothing from then on: its column is taken out of the arrays.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.training.block import MOST_ROWS, Pass, PopulationBlock, judge
from nnsim.training.cohort_members import Members, Rows
from nnsim.training.outcome import EndReason, Goal, Outcomes, fit
from nnsim.training.population import block_size, figure_names

AHEAD = 256  # steps whose learning rates are computed at once
DATA_NUMBERS = 2_000_000  # of all rows of a block, where every member has its own
JUDGED_NUMBERS = 500_000  # activations that a judgement takes at once
REMAIN = 0.75  # the part of a block that is left when the ended ones are taken out of it

Indices = npt.NDArray[np.intp]


def size_of(members: Members) -> int:
    """How many members are trained at once, where there are so many."""
    most = block_size(members.plan, len(members))
    if len(members.rows) > 1:
        part = members.rows[0].training
        most = min(most, max(1, DATA_NUMBERS // (part.inputs.size + part.targets.size)))
    return most


def train(members: Members, goal: Goal | None = None) -> Iterator[Outcomes | int]:
    """Trains all members, block by block.  Yields: steps times members trained; at last the outcomes."""
    outcomes = Outcomes.empty(len(members))
    size = size_of(members)
    with np.errstate(all="ignore"):
        for at in range(0, len(members), size):
            chosen = np.arange(at, min(at + size, len(members)))
            yield from _Training(members.part(chosen), outcomes, chosen, goal).run()
    yield outcomes


class _Training:
    """One block on its way: the members that are left, and where each stands in the table of outcomes."""

    def __init__(self, members: Members, outcomes: Outcomes, places: Indices, goal: Goal | None) -> None:
        self._members, self._outcomes, self._places, self._goal = members, outcomes, places, goal
        self._plan = plan = members.plan
        self._step = 0
        self._rule = plan.early_stopping
        kind, count = members.starts.dtype, len(members)
        self._lowest, self._waited = np.full(count, np.inf, kind), np.zeros(count, np.int64)
        self._kept = members.starts.copy() if self._rule is not None and self._rule.restore_best else None
        # Copies: every block, and everyone who trains these members again, deals the same batches.
        self._shuffling = [] if plan.batches.full else [deepcopy(one.rng) for one in members.rows]
        self._orders = np.zeros((len(members.rows), plan.batches.rows), np.intp)
        starts = np.ascontiguousarray(members.starts)
        self._bind(PopulationBlock(plan, members.rules, starts, own=True, factors=members.factors))

    # ------------------------------------------------------------------ arrays

    def _bind(self, block: PopulationBlock) -> None:
        """Makes everything that depends on how many members are left."""
        self._block = block
        self._done = np.zeros(block.members, bool)
        self._passes: dict[int, Pass] = {}
        self._ahead: tuple[int, Array] = (0, np.zeros((0, block.members)))
        accuracy = self._goal is not None and self._goal.figure == "accuracy"
        names = [one for one in figure_names(self._plan) if accuracy or one != "accuracy"]
        self._columns = dict(zip(names, np.empty((len(names), MOST_ROWS, block.members)), strict=True))
        rows = self._members.rows
        self._own_rows = len(rows) > 1
        self._validation = self._stacked("validation")
        if self._own_rows and not self._plan.batches.full:
            self._all_inputs = np.stack([one.training.inputs for one in rows])  # (rows of rows, rows, inputs + 1)
            self._all_targets = np.stack([one.training.targets for one in rows])
        self._tape = None
        if self._members.targets is not None:
            self._tape = np.empty((MOST_ROWS, *block.parameters.shape), block.parameters.dtype)

    def _stacked(self, name: str) -> tuple[Array, Array] | None:
        """Rows of one part for all members left: shared, or with an axis of members behind."""
        parts = [getattr(one, name) for one in self._members.rows]
        if parts[0] is None:
            return None
        if len(parts) == 1:
            return parts[0].inputs, parts[0].targets[:, :, None]
        chosen = [parts[index] for index in self._members.rows_of]
        return np.stack([one.inputs for one in chosen], axis=-1), np.stack([one.targets for one in chosen], axis=-1)

    def _pass(self, width: int) -> Pass:
        if width not in self._passes:
            if self._plan.batches.full:
                found = self._stacked("training")
                assert found is not None, "there are rows to train on"
                self._passes[width] = Pass(self._block, *found)
            else:
                part, own = self._members.rows[0].training, (self._block.members,) if self._own_rows else ()
                inputs = np.ones((width, part.inputs.shape[1], *own), part.inputs.dtype)
                targets = np.ones((width, part.targets.shape[1], *(own or (1,))), part.inputs.dtype)
                self._passes[width] = Pass(self._block, inputs, targets, refilled=True)
        return self._passes[width]

    def _load(self, one: Pass, step: int) -> None:
        """Fetches the batch of the step after `step`, each member that of its own rows."""
        batches, rows = self._plan.batches, self._members.rows
        index = step % batches.per_epoch
        if index == 0:
            for order, rng in zip(self._orders, self._shuffling, strict=True):
                assert rng is not None, "rows in batches are shuffled"
                order[...] = batches.order(rng=rng)
        part = batches.slice(index)
        if not self._own_rows:
            chosen = self._orders[0, part]
            rows[0].training.inputs.take(chosen, 0, one.inputs, "clip")
            rows[0].training.targets.take(chosen, 0, one.targets[:, :, 0], "clip")
            return
        own = self._members.rows_of
        chosen = self._orders[:, part][own]  # (members, batch)
        one.inputs[...] = self._all_inputs[own[:, None], chosen].transpose(1, 2, 0)
        one.targets[...] = self._all_targets[own[:, None], chosen].transpose(1, 2, 0)

    # ------------------------------------------------------------------ training

    def run(self) -> Iterator[int]:
        members = self._members
        while self._step < members.steps and not self._done.all():
            count = self._some()
            yield count * self._block.members
            self._take_out()
        self._judge(np.flatnonzero(~self._done), members.last_reason, members.steps)

    def _some(self) -> int:
        """Trains a few steps, and ends the members that come to an end in them.  Returns: steps."""
        plan, block, batches = self._plan, self._block, self._plan.batches
        per_epoch, first = plan.steps_per_epoch, self._step
        index = first % per_epoch
        one = self._pass(batches.rows if batches.full else batches.width(index))
        count = min(one.rows, self._members.steps - first)
        if not batches.full:
            count = min(count, max(1, batches.rows // batches.size - index))
        elif self._validation is not None:
            count = 1
        columns = {name: column[:count] for name, column in self._columns.items()}
        load = None if batches.full else lambda row: self._load(one, first + row)
        tape = self._tape
        after = None if tape is None else lambda row: np.copyto(tape[row], block.parameters)
        one.run(self._rates(count), columns, load, after)
        self._step += count
        ends, diverged = self._ends(columns)
        seen = np.arange(count)[:, None] <= ends if (ends < count).any() else None
        places = self._places
        self._outcomes.see(places, self._done, first, per_epoch, columns, seen, self._goal)
        if self._validation is not None and self._step % per_epoch == 0:
            self._validate()
        ended = np.flatnonzero((ends < count) & ~self._done)
        if len(ended):
            self._outcomes.diverge(
                places[ended[diverged[ended]]], first + ends[ended[diverged[ended]]] + 1, per_epoch
            )
            reached = ended[~diverged[ended]]
            if tape is not None and len(reached):
                self._judge(reached, "target", first + ends[reached] + 1, tape[ends[reached], :, reached].T)
            self._done[ended] = True
        self._stop_early()
        return count

    def _rates(self, count: int) -> Array:
        first, known = self._ahead
        at = self._step - first
        if at + count > len(known) or self._members.constant_rates is not None:
            most = count if self._members.constant_rates is not None else max(count, AHEAD)
            first, known, at = (
                self._step,
                self._members.rates(self._step, min(most, self._plan.steps - self._step)),
                0,
            )
            self._ahead = first, known
        return known[at : at + count]

    def _ends(self, columns: Mapping[str, Array]) -> tuple[Indices, npt.NDArray[np.bool_]]:
        """In which of these steps each member ends, as many as there are where in none; and whether it diverges."""
        count = len(columns["loss"])
        judged = [column for name, column in columns.items() if name == "loss" or name.startswith("gradient:")]
        if np.isfinite(sum(float(one.sum()) for one in judged)):  # as nearly always; then each of them is
            ends = np.full(judged[0].shape[1], count)
        else:
            fine = np.isfinite(judged[0])
            for column in judged[1:]:
                fine &= np.isfinite(column)
            ends = np.where(fine.all(axis=0), count, fine.argmin(axis=0))
        diverged = ends < count
        if self._members.targets is not None:
            reached = columns["loss"] <= self._members.targets
            first = np.where(reached.any(axis=0), reached.argmax(axis=0), count)
            diverged &= ends <= first
            ends = np.minimum(ends, first)
        return ends, diverged

    def _validate(self) -> None:
        """Judges the validation rows at the end of an epoch."""
        assert self._validation is not None
        epoch = self._step // self._plan.steps_per_epoch
        figures, _ = judge(self._plan, self._block.parameters, *self._validation)
        self._outcomes.see_validation(self._places, self._done, epoch, figures, self._goal)
        if self._rule is None:
            return
        better = figures["loss"] < self._lowest - self._rule.minimum_gain
        self._lowest[better] = figures["loss"][better]
        self._waited = np.where(better, 0, self._waited + 1)
        if self._kept is not None:
            np.copyto(self._kept, self._block.parameters, where=better)

    def _stop_early(self) -> None:
        if self._rule is None or self._step % self._plan.steps_per_epoch:
            return
        ended = np.flatnonzero((self._waited >= self._rule.patience) & ~self._done)
        if not len(ended):
            return
        parameters = self._block.parameters[:, ended]
        if self._kept is not None:
            back = np.isfinite(self._lowest[ended])
            parameters = np.where(back, self._kept[:, ended], parameters)
        self._judge(ended, "early-stopping", np.full(len(ended), self._step), parameters)
        self._done[ended] = True

    def _judge(self, ended: Indices, reason: EndReason, steps: Any, parameters: Array | None = None) -> None:
        """Writes down what became of members that have ended, by their parameters, (parameters, ended)."""
        if parameters is None:
            parameters = self._block.parameters[:, ended]
        judged = self._members.rows_of[ended], self._members.rows
        steps = np.broadcast_to(steps, ended.shape)
        _judge_rows(self._plan, *judged, self._outcomes, self._places[ended], reason, steps, parameters)

    def _take_out(self) -> None:
        """Takes the members that have ended out of the arrays, once there are enough of them."""
        left = np.flatnonzero(~self._done)
        if not len(left) or len(left) > REMAIN * len(self._done):
            return
        block, used = self._block, _used(self._members.rows_of[left])
        self._shuffling = [self._shuffling[index] for index in used] if self._shuffling else []
        self._orders = self._orders[used]
        self._members = self._members.part(left)
        self._places, self._lowest, self._waited = self._places[left], self._lowest[left], self._waited[left]
        if self._kept is not None:
            self._kept = self._kept[:, left]
        self._bind(
            PopulationBlock(
                self._plan,
                self._members.rules,
                np.ascontiguousarray(block.parameters[:, left]),
                np.ascontiguousarray(block.slots[:, :, left]),
                own=True,
                factors=self._members.factors,
            )
        )


def _used(rows_of: Indices) -> Indices:
    """The different places in their order; `np.unique` alone would import masked arrays, which takes 15 ms."""
    return np.flatnonzero(np.bincount(rows_of))


def judge_ends(
    members: Members, outcomes: Outcomes, places: Indices, reason: EndReason, steps: Indices, parameters: Array
) -> None:
    """Writes down what became of some members, by their parameters at the end, (parameters, ended)."""
    with np.errstate(all="ignore"):
        _judge_rows(
            members.plan, members.rows_of[places], members.rows, outcomes, places, reason, steps, parameters
        )


def _judge_rows(
    plan: Plan,
    rows_of: Indices,
    rows: Sequence[Rows],
    outcomes: Outcomes,
    places: Indices,
    reason: EndReason,
    steps: Indices,
    parameters: Array,
) -> None:
    """Judges networks on the rows of each, a few at a time."""
    for index in _used(rows_of):
        own = np.flatnonzero(rows_of == index)
        widest = max(layer.units for layer in plan.network.layers) * len(rows[index].training.inputs)
        size = max(1, JUDGED_NUMBERS // widest)
        for at in range(0, len(own), size):
            some, found = own[at : at + size], {}
            its = np.ascontiguousarray(parameters[:, some])
            for name in ("training", "validation", "test"):
                part = getattr(rows[index], name)
                if part is not None:
                    targets = part.targets[:, :, None]
                    figures, answers = judge(plan, its, part.inputs, targets)
                    found[name] = {**figures, "r2": fit(answers, targets)}
            outcomes.end(places[some], reason, steps[some], plan.steps_per_epoch, found)
