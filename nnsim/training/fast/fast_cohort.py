"""Members of a cohort trained by the compiled kernel, where it has all that they need; see `cohort_source`.

The ends are judged by NumPy, as those of every cohort, so that the kernels differ in the steps alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from nnsim.nn.arrays import Array
from nnsim.training.cohort import judge_ends
from nnsim.training.cohort_members import Members
from nnsim.training.fast.cohort_source import DIVERGED, GOING, TARGET, TILE, rooms, source_of
from nnsim.training.fast.kernel_files import FreshKernel, compiled
from nnsim.training.fast.native_code import Kernel
from nnsim.training.fast.support import missing, optimizer_numbers, scales, slopes
from nnsim.training.outcome import EndReason, Goal, Outcomes

SLICE_S = 0.2  # about so long a call of the kernel takes
STEP_S = 1e-9  # of a parameter and a row, about
LEAST_LEFT = 0.75  # of the members, for those that have ended to be taken out


def why_not(members: Members, goal: Goal | None) -> str:
    """What of these members the kernel has not; empty where it trains them."""
    plan = members.plan
    reasons = {
        "batches": not plan.batches.full,
        "rows apart": plan.validation_rows > 0,
        "rows of each member's own": len(members.rows) > 1,
        "a goal other than the loss": goal is not None and (goal.figure != "loss" or goal.sign not in ("<", ">")),
    }
    return missing(plan) or next((reason for reason, holds in reasons.items() if holds), "")


def prepare(members: Members) -> None:
    """Compiles the kernel of these members, or reads it, before workers ask for it.

    One that is read is whole; one that is new is compiled when it trains: an epoch is trained with it.
    """
    if not isinstance(_kernel_of(members), FreshKernel):
        return
    short = replace(members.plan, train=msgspec.structs.replace(members.plan.train, epochs=1))
    for _ in train_fast(replace(members, plan=short)):
        pass


def train_fast(members: Members, goal: Goal | None = None) -> Iterator[Outcomes | int]:
    """Trains members as `cohort.train` does.  Yields: steps times members trained; at last the outcomes."""
    plan, outcomes = members.plan, Outcomes.empty(len(members))
    rows = members.rows[0].training
    inputs, targets = np.ascontiguousarray(rows.inputs), np.ascontiguousarray(rows.targets)
    left = np.arange(len(members))
    kind = members.starts.dtype
    whole = np.int32 if kind == np.float32 else np.int64  # as wide as the others, so that the processor keeps step
    room = sum(rooms(plan.network.size).values())
    work = np.zeros(room, kind), np.zeros(TILE, whole), np.zeros(TILE, np.int64)
    parameters = np.ascontiguousarray(members.starts)
    slots = np.zeros((2, *parameters.shape), parameters.dtype)
    kernel = _kernel_of(members)
    sign = 0.0 if goal is None else 1.0 if goal.sign == "<" else -1.0
    asked = np.array([0.0 if goal is None else goal.number, sign])
    found, state = np.zeros((3, len(members))), np.zeros((2, len(members)))
    found[0] = np.inf
    now, step = members, 0
    fixed = scales(plan, len(inputs)), slopes(plan)
    most = max(1, int(SLICE_S / (STEP_S * plan.network.size * len(inputs) * len(members))))
    while step < members.steps and len(left):
        count = min(most, members.steps - step)
        rates = now.constant_rates
        rates = now.rates(step, count) if rates is None else rates[None]
        own, its = np.ascontiguousarray(found[:, left]), np.ascontiguousarray(state[:, left])
        numbers = _numbers(now)
        kernel(
            parameters, slots, inputs, targets, numbers, int((numbers == numbers[:, :1]).all()),
            np.ascontiguousarray(rates), np.ones((1, 1), parameters.dtype) if now.factors is None else now.factors,
            _penalties(now), plan.regularization.mask(plan.network), _targets(now), asked, *fixed,
            step, count, 0, len(left), own, its, *work,
        )  # fmt: skip
        found[:, left], state[:, left] = own, its
        step += count
        yield count * len(left)
        done = its[0] != GOING
        if done.any() and (done.mean() > 1.0 - LEAST_LEFT or step >= members.steps):
            _end(members, outcomes, left[done], its[:, done], parameters[:, done])
            keep = np.flatnonzero(~done)
            left, now = left[keep], now.part(keep)
            parameters, slots = np.ascontiguousarray(parameters[:, keep]), np.ascontiguousarray(slots[:, :, keep])
    if len(left):
        _end(members, outcomes, left, state[:, left], parameters)
    seen = found[1] > 0
    outcomes.table["best"][seen], outcomes.table["best_epoch"][seen] = found[0, seen], found[1, seen]
    outcomes.table["epochs_to"] = found[2]
    yield outcomes


def _kernel_of(members: Members) -> Kernel:
    penalized, layered = bool(_penalties(members).any()), members.factors is not None
    return compiled(source_of(members.plan, penalized=penalized, layered=layered))


def _end(members: Members, outcomes: Outcomes, places: Any, state: Array, parameters: Array) -> None:
    """Writes down what became of members that have ended, or come to the end of their steps."""
    codes: dict[EndReason, int] = {members.last_reason: GOING, "target": TARGET, "diverged": DIVERGED}
    for reason, code in codes.items():
        chosen = np.flatnonzero(state[0] == code)
        steps = state[1, chosen].astype(np.intp)
        if reason == "diverged":
            outcomes.diverge(places[chosen], steps, 1)
        elif len(chosen):
            ends = np.full(len(chosen), members.steps) if code == GOING else steps
            judge_ends(members, outcomes, places[chosen], reason, ends, parameters[:, chosen])


def _each(value: Any, members: Members) -> Array:
    return np.broadcast_to(np.asarray(value, np.float64), (len(members),))


def _numbers(members: Members) -> Array:
    """The optimizer's settings, (4, members)."""
    return np.stack([_each(one, members) for one in optimizer_numbers(members.rules.optimizer)])


def _penalties(members: Members) -> Array:
    rule = members.rules.regularization
    return np.stack([_each(one, members) for one in (rule.l1, rule.l2, rule.weight_decay)])


def _targets(members: Members) -> Array:
    return np.full(len(members), -np.inf) if members.targets is None else members.targets
