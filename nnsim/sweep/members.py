"""Which members of a sweep are trained as one population, and what each brings with it.

Numbers that change neither shapes nor operations differ inside a population; whatever else differs makes another
one. What no population can hold is trained alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from nnsim.components import fields_of
from nnsim.errors import ScenarioError
from nnsim.nn.activations import ELU, GELU, LeakyReLU, Linear, ReLU, Sigmoid, Softmax, Tanh
from nnsim.nn.arrays import Array
from nnsim.nn.benchmark_functions import PlaneFunction
from nnsim.nn.losses import MAE, MSE, BinaryCrossEntropy, Huber, SoftmaxCrossEntropy
from nnsim.nn.network import Dense
from nnsim.optim.binding import Rules
from nnsim.optim.clipping import GlobalNorm, LayerNorm, NoClipping, Value
from nnsim.optim.gradient_descent import GradientDescent
from nnsim.optim.optimizers import RATE_FOR_EACH
from nnsim.optim.regularization import Regularization
from nnsim.scenario.plan import Plan, TrainSettings
from nnsim.scenario.setting_keys import full_key, is_live, merged
from nnsim.scenario.sweep_axes import SEED, SweepAxis
from nnsim.sweep.grid import Numbers
from nnsim.sweep.study import Study
from nnsim.training.cohort_members import Members, Rows
from nnsim.training.population import starts_of
from nnsim.training.update_rules import joined

S = TypeVar("S", bound=msgspec.Struct)

# Parts whose operations work on arrays with the members last, and on settings that are such arrays.
CLIPPINGS = (NoClipping, Value, GlobalNorm, LayerNorm)
ACTIVATIONS = (Linear, Sigmoid, Tanh, ReLU, LeakyReLU, ELU, GELU, Softmax)
LOSSES = (MSE, MAE, Huber, BinaryCrossEntropy, SoftmaxCrossEntropy)

LIVE = ("schedule", "optimizer", "clipping", "regularization")  # families planned by what differs alone
DRAWN = ("model.initializer", "data.noise", "random.seed")  # they decide numbers that are drawn
LAYER_RATES = "schedule.layer_rates."
OTHERS = ("optimizer.initial_sum", "optimizer.kind", "schedule.kind", "clipping.kind")
LARGEST_STEP = 12_000  # multiply-adds a member: above, the products of single runs are sooner
FEWEST = 3  # members below which they are trained alone

KNOWN: dict[type[msgspec.Struct], tuple[str, ...]] = {
    Regularization: ("l1", "l2", "weight_decay", "max_norm", "biases"),
    TrainSettings: (
        *("epochs", "batch_size", "validation", "test", "folds", "fold", "stratified", "precision"),
        *("target_loss", "early_stopping", "checkpoint_every"),
    ),
}
KNOWN_OF_PLAN = (
    *("scenario", "variant", "settings", "data", "model", "initializer", "loss", "optimizer", "schedule", "solver"),
    *(
        "clipping",
        "regularization",
        "averaging",
        "early_stopping",
        "train",
        "random",
        "table",
        "examples",
        "network",
    ),
)


def inside(axis: SweepAxis) -> bool:
    """Whether a setting may differ inside a population: numbers that change neither shapes nor operations."""
    key = axis.setting
    if not axis.numeric or key in OTHERS:
        return False
    return key in ("train.target_loss", *DRAWN) or key.startswith(
        tuple(f"{one}." for one in (*LIVE, "model.initializer"))
    )


def reason_alone(plan: Plan) -> str:
    """Why a run of this plan is trained alone; empty where a population can hold it."""
    layers, used = plan.network.stack, plan.batches.size * plan.network.size
    activations = [type(one.activation) for one in plan.network.layers]
    reasons = {
        "layers that are not dense": not all(type(one) is Dense for one in layers),
        "its activation": not all(one in ACTIVATIONS for one in activations),
        "its loss": not (type(plan.loss) in LOSSES or isinstance(plan.loss, PlaneFunction))
        or (isinstance(plan.loss, SoftmaxCrossEntropy) and bool(plan.loss.weights or plan.loss.smoothing)),
        "its solver": type(plan.solver) is not GradientDescent,
        "its optimizer": type(plan.optimizer) not in RATE_FOR_EACH,
        "its schedule, which looks at the loss": bool(plan.schedule.memory),
        "its average of weights": plan.averaging.on,
        "its clipping": type(plan.clipping) not in CLIPPINGS,
        "its size": used > LARGEST_STEP,
        "a rule of its own": not all(map(_is_known, (plan.regularization, plan.train)))
        or not {one.name for one in fields(plan)}.issubset(KNOWN_OF_PLAN),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _is_known(settings: msgspec.Struct) -> bool:
    """Whether settings that came later than populations stand at their defaults."""
    known = KNOWN[type(settings)]
    return all(one.name in known or getattr(settings, one.name) == one.default for one in fields_of(type(settings)))


def check_axes(study: Study) -> None:
    """Plans every value once, of a long range its ends and a neighbour.  Raises: ScenarioError naming the value."""
    try:
        first = study.plan
        for axis in study.grid.axes:
            values = axis.values if axis.scale == "values" else sorted({*axis.values[:2], axis.values[-1]})
            near = first if is_live(axis.setting) else None
            for value in values:
                study.scenario.plan(study.variant, merged(study.settings_of(0), {axis.key: value}), near)
    except ScenarioError as error:
        raise ScenarioError(f"{error}{_in_brackets(study)}") from None


def _in_brackets(study: Study) -> str:
    """How values are written that were meant as lists, where that is what was wrong; else nothing."""
    for axis in study.grid.axes:
        if axis.scale == "values" and not any(isinstance(one, list | tuple) for one in axis.values):
            listed = [[one] for one in axis.values]
            with suppress(ScenarioError):
                study.scenario.plan(study.variant, merged(study.settings_of(0), {axis.key: listed[0]}))
                return f"; a list stands in brackets: --over {axis.key}={','.join(map(str, listed[:4]))}"
    return ""


@dataclass(frozen=True)
class MemberGroup:
    """Members that are trained as one population, or each alone; places: where they stand in their task."""

    places: npt.NDArray[np.int64]
    together: Members | None
    alone: Sequence[int] = ()  # numbers in the grid


class Assembly:
    """Puts the members of tasks together; plans are made once for each value, not for each member."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._plans: dict[Any, Plan] = {}
        self._last_draw: _Draw | None = None

    @cached_property
    def _inner(self) -> list[bool]:
        return [inside(one) for one in self._study.grid.axes]

    def kinds(self, most: int) -> Iterator[Numbers]:
        """The numbers of a few members of each kind that makes a population, of so many kinds at most."""
        grid = self._study.grid
        inner = [index for index in range(len(grid.shape)) if index >= len(self._inner) or self._inner[index]]
        outer = [index for index in range(len(grid.shape)) if index not in inner]
        numbers = np.arange(len(grid)).reshape(grid.shape).transpose([*outer, *inner])
        kinds = int(np.prod([grid.shape[index] for index in outer]))
        yield from numbers.reshape(kinds, -1)[:most, :FEWEST]

    def groups(self, numbers: Numbers) -> Iterator[MemberGroup]:
        """The populations of a task, and who is trained alone."""
        places = self._study.grid.indices(numbers)
        outer = [index for index, inner in enumerate(self._inner) if not inner]
        which = different(places[outer])[1] if outer else np.zeros(len(numbers), np.intp)
        for kind in range(int(which.max()) + 1):
            chosen = np.flatnonzero(which == kind)
            kind_of_group = tuple(places[outer, chosen[0]].tolist())
            plan = self._plan({}, int(numbers[chosen[0]]), kind_of_group)
            if reason_alone(plan) or len(chosen) < FEWEST:
                yield MemberGroup(chosen, None, [int(one) for one in numbers[chosen]])
            else:
                yield MemberGroup(
                    chosen, self._members(plan, int(numbers[chosen[0]]), places[:, chosen], kind_of_group)
                )

    def _plan(self, changes: dict[str, Any], number: int, group: Any, near: Plan | None = None) -> Plan:
        """The plan of a member of a group with other values on some axes, kept by these and the group."""
        key = group, repr(changes)
        if key not in self._plans:
            settings = merged(self._study.settings_of(number), changes)
            self._plans[key] = self._study.scenario.plan(self._study.variant, settings, near)
        return self._plans[key]

    def _members(self, plan: Plan, number: int, places: Numbers, group: Any) -> Members:
        axes, seeds = self._study.grid.axes, self._seeds(number, places)

        def varied(table: str) -> tuple[list[dict[str, Any]], npt.NDArray[np.intp]]:
            """The combinations of the settings in some tables, and which one each member has."""
            own = [
                index
                for index, axis in enumerate(axes)
                if self._inner[index]
                and axis.setting != SEED
                and axis.setting.startswith(table)
                and not axis.setting.startswith(LAYER_RATES)
            ]
            if not own:
                return [{}], np.zeros(places.shape[1], np.intp)
            found, which = different(places[own])
            combined = [
                {axes[index].key: axes[index].values[place] for index, place in zip(own, column, strict=True)}
                for column in found.T.tolist()
            ]
            return combined, which

        parts: dict[str, tuple[list[Any], npt.NDArray[np.intp]]] = {}
        for table in LIVE:
            combined, which = varied(f"{table}.")
            own = getattr(plan, table)
            parts[table] = (
                [
                    part_with(own, f"{table}.", one) or getattr(self._plan(one, number, group, plan), table)
                    for one in combined
                ],
                which,
            )
        schedules, schedule_of = parts["schedule"]
        rules = Rules(*(joined(*parts[table]) for table in ("optimizer", "clipping", "regularization")))
        rows, rows_of, starts = self._rows(plan, number, seeds, varied("data."), varied("model.initializer"), group)
        combined, which = varied("train.")
        ends = [
            (part_with(plan.train, "train.", one) or self._plan(one, number, group, plan).train).target_loss
            for one in combined
        ]
        targets = None if ends[0] is None else np.array(ends, np.float64)[which]
        factors = self._rate_factors(plan, np.array([one.rate for one in schedules])[schedule_of], places)
        return Members(plan, rules, starts, schedules, schedule_of, rows, rows_of, targets, factors)

    def _rate_factors(self, plan: Plan, rates: Array, places: Numbers) -> Array | None:
        """The rate of each parameter over that of the member's schedule, (parameters, members), if any differ."""
        own = plan.schedule.layer_rates
        if not own:
            return None
        factors = np.ones((plan.network.size, len(rates)), plan.train.precision)
        swept = {
            one.setting: np.array(one.values)[places[index]]
            for index, one in enumerate(self._study.grid.axes)
            if one.setting.startswith(LAYER_RATES)
        }
        for layer in plan.network.layers:
            if layer.name in own:
                its = swept.get(f"{LAYER_RATES}{layer.name}", own[layer.name])
                factors[layer.offset : layer.offset + layer.size] = its / rates
        return factors

    def _seeds(self, number: int, places: Numbers) -> npt.NDArray[np.int64]:
        grid = self._study.grid
        if grid.seeds is not None:
            return np.asarray(np.array(grid.seeds, np.int64)[places[-1]])
        for index, axis in enumerate(grid.axes):
            if axis.key == SEED:
                return np.asarray(np.array(axis.values, np.int64)[places[index]])
        return np.full(places.shape[1], self._study.seed_of(number))

    def _rows(
        self,
        plan: Plan,
        number: int,
        seeds: npt.NDArray[np.int64],
        data: tuple[list[dict[str, Any]], npt.NDArray[np.intp]],
        drawn: tuple[list[dict[str, Any]], npt.NDArray[np.intp]],
        group: Any,
    ) -> tuple[list[Rows], npt.NDArray[np.intp], Any]:
        """The different rows, those of each member, and the parameters that each begins with."""
        precision = np.dtype(plan.train.precision)
        legacy = plan.random.generator == "legacy"
        same = plan.batches.full and plan.batches.rows == plan.examples.rows and len(data[0]) == 1
        if same and not self._study.scenario.files.differ(plan.data, plan.seed):
            rows, rows_of = [Rows.whole(plan)], np.zeros(len(seeds), np.intp)
            dealt_starts = None
        else:
            kinds = np.stack([seeds, data[1], drawn[1] if legacy else np.zeros_like(drawn[1])])
            found, which = different(kinds)
            made = []
            for seed, of_data, of_start in found.T.tolist():
                changes = {**data[0][of_data], **drawn[0][of_start], SEED: seed}
                own = self._study.scenario.plan(
                    self._study.variant, merged(self._study.settings_of(number), changes)
                )
                made.append(Rows.dealt(own))
            rows, rows_of = [one for one, _ in made], which
            dealt_starts = np.stack([begin for _, begin in made], axis=-1)[:, rows_of] if legacy else None
        if dealt_starts is not None:
            return rows, rows_of, dealt_starts.astype(precision)
        found, which = different(np.stack([seeds, drawn[1]]))
        last = self._last_draw
        if last is None or not last.of(group, drawn[0], found):
            rules = [
                part_with(plan.initializer, "model.initializer.", one) or self._plan(one, number, group).initializer
                for one in drawn[0]
            ]
            starts = starts_of(plan, [rules[kind] for kind in found[1].tolist()], found[0].tolist())
            self._last_draw = last = _Draw(group, drawn[0], found, starts)
        return rows, rows_of, last.starts.astype(precision)[:, which]


@dataclass(frozen=True)
class _Draw:
    """The starts of a task, (parameters, different), by settings and seed; the next may have the same.

    In a grid over rates and starts each task has some of the rates and all of the starts: drawing these takes as
    long as training does in compiled code.
    """

    group: Any
    combinations: Sequence[Mapping[str, Any]]
    drawn: Numbers  # seed and place of the combination, (2, different)
    starts: Array

    def of(self, group: Any, combinations: Sequence[Mapping[str, Any]], drawn: Numbers) -> bool:
        return self.group == group and self.combinations == combinations and bool(np.array_equal(self.drawn, drawn))


def part_with(part: S, table: str, changes: Mapping[str, Any]) -> S | None:
    """A part with other numbers, as a plan of them would have it; None where that takes a plan to say.

    Args: table: what stands before the names of its settings. changes: by whole or short key.
    """
    known, found = {one.encode_name: one for one in fields_of(type(part))}, dict[str, Any]()
    try:
        for key, value in changes.items():
            setting = known[full_key(key).removeprefix(table)]
            found[setting.name] = msgspec.convert(value, setting.type)
        return msgspec.structs.replace(part, **found)
    except (KeyError, msgspec.ValidationError, ScenarioError):
        return None


def different(columns: Numbers) -> tuple[Numbers, npt.NDArray[np.intp]]:
    """The different columns in their order, (rows, different), and which one each is, as `np.unique` finds them.

    Columns are told apart by one number each, which is sorted in a tenth of the time.
    """
    order = np.zeros(columns.shape[1], np.int64)
    for row in columns:
        values, places = np.unique(row, return_inverse=True)
        order = order * len(values) + places
        order = np.unique(order, return_inverse=True)[1]  # no more than there are columns, however many rows
    _, first, which = np.unique(order, return_index=True, return_inverse=True)
    return columns[:, first], which
