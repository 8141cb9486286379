"""The trainer: the four phases of a step, and the loop over them.

It works on flat vectors through operations bound once (`nnsim.nn.arrays`). While it runs it only keeps each step's
outputs and gradient, in a tape of at most 256 rows; losses, accuracies and gradient norms are computed for all of
these steps at once. So a step costs little more than its arithmetic, recorded or not.
"""

from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.data.batches import places_of_largest
from nnsim.nn.arrays import Array, Ops, perform
from nnsim.nn.network import BoundNetwork, bind
from nnsim.optim.binding import Phases, Task
from nnsim.scenario.plan import Plan
from nnsim.training.epoch_figures import take_figures
from nnsim.training.inference import Inference
from nnsim.training.records import Checkpoint, Records, Stop, ended_figures
from nnsim.training.state import TrainingState
from nnsim.training.stopping import all_trained, ended_among, guesses_tried, stopped_early
from nnsim.training.tape import ROWS

if TYPE_CHECKING:
    from nnsim.training.cohort_members import Members
    from nnsim.training.fast.compiled_steps import CompiledSteps
    from nnsim.training.population_steps import PopulationSteps

COMPILED_ROWS = 4096  # of the tape of compiled code, whose steps are soon done
PHASES = ("forward", "loss", "backward", "update")
_NO_ROWS = np.zeros(0, np.int64)


class _Width(Struct, frozen=True):
    """Everything bound for one batch width."""

    network: BoundNetwork
    phases: Phases
    step: Ops  # all four phases, and what puts the step onto the tape
    unit_step: Ops  # the same with a rate of exactly 1, where nobody asks what it subtracts
    rows: list[memoryview]  # of the tape
    now: memoryview  # what a step leaves, to be copied into a row
    scored: Array  # (rows of the tape, outputs, batch): what the losses of its steps are computed of
    each: Array  # (rows of the batch,): ones; a product with them adds up soonest


class Trainer(Inference):
    """Trains one plan, step by step, and returns to any of its checkpoints; it is asked as any network is.

    All that the next step depends on is held by its `TrainingState`.

    Args: fast: whether compiled code trains where many steps are asked for; NumPy always performs single phases.
    Raises: ScenarioError where compiled code has not what the plan asks for.
    """

    def __init__(self, plan: Plan, *, fast: bool = False) -> None:
        split, weights, rng = plan.generators()
        super().__init__(plan, split, weights)
        self._state = TrainingState(self, rng, COMPILED_ROWS if fast else ROWS)
        self.stop: Stop | None = None
        self.entered: BoundNetwork | None = None  # the arrays that the last single phase worked on
        self.entered_rows = self.rows  # of the data set: those of the batch in these arrays, in their order
        self._widths: dict[int, _Width] = {}
        self._same_targets = np.broadcast_to(self.targets.T, (len(self._state.tape.rows), *self.targets.T.shape))
        self._same_classes = places_of_largest(self.targets.T)
        self._compiled = self._compile() if fast else None
        self._population: PopulationSteps | None = None

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self._state.step

    @property
    def gradient(self) -> Array:
        """dC/dparameters of the step last trained or entered as far as backward, (parameters,)."""
        return self._state.arena.gradient

    @property
    def working(self) -> Array:
        """What the network is bound to, (parameters,): the parameters themselves, or the guess of a search."""
        return self._state.arena.working

    @property
    def used_gradient(self) -> Array:
        """The gradient that the optimizer used in the last update: clipped, where clipping is on."""
        arena = self._state.arena
        return arena.clipped if self.plan.clipping.on else arena.gradient

    @property
    def slots(self) -> Array:
        """What the solver remembers, (slots, parameters)."""
        return self._state.arena.slots

    @property
    def change(self) -> Array:
        """What the last update subtracted from the parameters, (parameters,)."""
        return self._state.arena.change

    def rates(self, first: int, count: int) -> Array:
        """Learning rates of `count` steps from step number first + 1 on."""
        return self._state.rates(first, count)

    def checkpoint(self) -> Checkpoint:
        return self._state.checkpoint()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Goes back, or on, to a checkpoint of this plan."""
        self._state.restore(checkpoint)
        self.stop = None

    def change_plan(self, plan: Plan) -> None:
        """Go on under another plan that differs in live settings alone; see `setting_keys.is_live`."""
        self._state.change_plan(plan)
        self.plan, self.stop = plan, None
        self._widths.clear()
        self._population = None  # whose settings are others now
        if self._compiled is not None:
            self._compiled = self._compile()

    def train_as_member(self, members: "Members", member: int) -> bool:
        """Has the operations of a population train many steps from here on, until settings are changed.

        Args: members: the population; member: its place there.  Returns: whether that is possible.
        """
        from nnsim.training.population_steps import PopulationSteps, why_no_member

        arena, tape = self._state.arena, self._state.tape
        possible = not why_no_member(members, tape)
        self._population = PopulationSteps(members, member, arena, tape) if possible else None
        return possible

    @property
    def fast(self) -> bool:
        """Whether compiled code trains."""
        return self._compiled is not None

    def _compile(self) -> "CompiledSteps":
        from nnsim.training.fast.compiled_steps import CompiledSteps

        state = self._state
        return CompiledSteps(self.plan, state.arena, state.tape, self.padded, self.targets, state.rate_factors)

    # ------------------------------------------------------------------ one step

    def _width(self, width: int) -> _Width:
        if width not in self._widths:
            plan, arena, tape = self.plan, self._state.arena, self._state.tape
            network = bind(
                plan.network,
                plan.loss,
                arena.working,
                arena.gradient,
                width,
                statistics=self.statistics,
                rng=self._state.rng,
                room=tape.room((plan.network.outputs, width)),
            )
            phases = plan.solver.bind(arena, Task(plan.network, network, plan.rules), self._state.rng)
            if plan.batches.full:
                network.inputs[...] = self.inputs.T
                network.targets[...] = self.targets.T
            evaluations = plan.optimizer.evaluations(arena.slots) if plan.solver.uses_gradient else None
            measure = tape.measure(arena, plan.network, evaluations)
            rows, now = tape.views(network.scored.shape)
            steps = (*phases.step, *measure), (*phases.unit_step, *measure)
            scored = tape.scored_column(network.scored.shape)
            self._widths[width] = _Width(network, phases, *steps, rows, now, scored, np.ones(width))
        return self._widths[width]

    def _next_width(self) -> int:
        if self.plan.batches.full:
            return self.plan.batches.rows
        return self.plan.batches.width(self.step % self.plan.steps_per_epoch)

    def _load(self, network: BoundNetwork) -> None:
        if not self.plan.batches.full:
            (chosen,), (targets,) = self._state.deal(network, 1)
            self._state.dealing.place(network, chosen, targets)
            self.entered_rows = self.rows[chosen]

    def enter(self, phase: str) -> BoundNetwork:
        """Performs one phase of the next step, in order, with the operations that `advance` runs."""
        width = self._width(self._next_width())
        with np.errstate(all="ignore"):
            if phase == "forward":
                self._load(width.network)
            if phase == "update":
                self._state.set_rate(float(self.rates(self.step, 1)[0]))
            perform(width.phases[PHASES.index(phase)])
            if phase == "forward":
                perform(width.network.complete)
            if phase == "update":
                self._state.step += 1
                self._step_ended(width)
        self.entered = width.network
        return width.network

    # ------------------------------------------------------------------ many steps

    def advance(self, steps: int) -> Records:
        """Trains and records up to so many steps, fewer where the tape or the run ends; `stop` then says why."""
        plan = self.plan
        count = min(steps, len(self._state.tape.rows), self._state.certain_steps)
        first = self.checkpoint()
        with np.errstate(all="ignore"):
            rates, constant = self._state.next_rates(count)
            records, finite = self._run(rates, constant)
            end = self._end(records, finite)
            if end is not None and end.step < self.step:
                self.restore(first)
                records, _ = self._run(rates[: end.step - first.step], constant)
        if plan.schedule.memory:
            validated = records.epochs.get("validation_loss", np.zeros(0)).tolist()
            self._state.observe(first.step, records.steps["loss"], validated)
        self.stop = end
        return records

    def _run(self, rates: Array, constant: bool) -> tuple[Records, bool]:
        """Trains steps with these rates until early stopping.  Returns: records, and whether all are finite."""
        plan, first, most = self.plan, self.step, len(rates)
        # One array for all that has to be finite: the losses, and below them the norms of the layers' gradients.
        judged = np.empty((1 + len(plan.network.trained) * plan.solver.uses_gradient, most))
        accuracies = np.empty(most if plan.accuracy_applies else 0)
        ended: list[dict[str, float]] = []
        done, going = 0, True
        while done < most and going:
            width = self._width(self._next_width())
            count = min(most - done, self._of_same_width())
            going = self._loop(width, rates[done : done + count], constant, done, ended)
            count = self.step - first - done
            scored = width.scored[done : done + count]
            targets, classes = self._targets_of(first + done, scored)
            judged[0, done : done + count] = plan.loss.values(scored=scored, targets=targets)
            if plan.accuracy_applies:
                right = plan.right(scored, targets, classes).astype(np.float64).dot(width.each)
                np.divide(right, len(width.each), accuracies[done : done + count])
            done += count
        judged = judged[:, :done]
        columns = {"loss": judged[0]}
        if plan.accuracy_applies:
            columns["accuracy"] = accuracies[:done]
        self._add_figures(columns, first, rates[:done], judged[1:])
        at_ends = {name: np.array([one[name] for one in ended]) for name in ended_figures(plan)}
        # A product with zeros is 0 where all is finite, and not a number where anything is not.
        finite = float(judged.reshape(-1).dot(np.zeros(judged.size))) == 0.0
        return Records(first + 1, done, columns, at_ends), finite

    def _of_same_width(self) -> int:
        """How many steps from here on have batches as wide as the next one, in this epoch."""
        batches = self.plan.batches
        if batches.full:
            return self.plan.steps
        index = self.step % self.plan.steps_per_epoch
        return max(1, batches.rows // batches.size - index)

    def _loop(
        self,
        width: _Width,
        rates: Array,
        constant: bool,
        offset: int,
        ended: list[dict[str, float]],
    ) -> bool:
        """Runs the bound operations of each step, and copies what they leave into the tape's rows from `offset` on.

        Args: constant: whether the rates are all the same. ended: receives the figures of each epoch that ends.
        Returns: whether training goes on, as far as early stopping is concerned.
        """
        if (steps := self._compiled or self._population) is not None:
            return self._loop_compiled(steps, width.network, rates, offset, ended)
        state, network, ops = self._state, width.network, width.step
        full, watching = self.plan.batches.full, self._watching
        rows, now = width.rows[offset : offset + len(rates)], width.now
        if constant:
            state.set_rate(float(rates[0]))
            if full and not watching:
                *others, last = rows
                unseen = width.unit_step if rates[0] == 1.0 and state.rate_factors is None else ops
                for row in others:
                    for op in unseen:
                        op()
                    row[:] = now
                for op in ops:  # the last step tells its change, too
                    op()
                last[:] = now
                state.step += len(rates)
                return True
        place = state.dealing.place
        batches = (
            repeat((_NO_ROWS, network.targets)) if full else zip(*state.deal(network, len(rates)), strict=True)
        )
        for row, value, (chosen, targets) in zip(rows, rates.tolist(), batches, strict=False):
            if not full:
                place(network, chosen, targets)
            if not constant:
                state.set_rate(value)
            for op in ops:
                op()
            row[:] = now
            state.step += 1
            if watching and self._epoch_ended(ended):
                return False
        return True

    def _loop_compiled(
        self,
        compiled: "CompiledSteps | PopulationSteps",
        network: BoundNetwork,
        rates: Array,
        offset: int,
        ended: list[dict[str, float]],
    ) -> bool:
        """The same by compiled code, up to the end of an epoch where figures are taken there."""
        full, per_epoch, done = self.plan.batches.full, self.plan.steps_per_epoch, 0
        while done < len(rates):
            count = len(rates) - done
            if self._watching:
                count = min(count, per_epoch - self.step % per_epoch)
            chosen = None if full else self._state.deal(network, count)[0]
            compiled.train(self.step, rates[done : done + count], chosen, network.scored.shape, offset + done)
            self._state.step += count
            done += count
            if self._watching and self._epoch_ended(ended):
                return False
        return True

    @property
    def _watching(self) -> bool:
        """Whether figures are taken at the end of each epoch."""
        return self.validation is not None or self.plan.averaging.on or bool(self.plan.train.measure)

    def _epoch_ended(self, ended: list[dict[str, float]]) -> bool:
        """Where an epoch has ended, takes its figures.  Returns: whether early stopping stops here."""
        if self.step % self.plan.steps_per_epoch:
            return False
        ended.append(take_figures(self, self._state.memory.averaged, self._state.memory.measured))
        return self.validation is not None and self._stops_early(ended[-1]["validation_loss"])

    def _add_figures(self, columns: dict[str, Array], first: int, rates: Array, norms: Array) -> None:
        """Adds the figures after step `first` that the tape keeps, and writes gradient norms, (layers, steps)."""
        plan, tape, count = self.plan, self._state.tape, len(rates)
        if plan.solver.uses_gradient:
            columns["learning_rate"] = rates
        for name in ("gradient", "clipped"):
            if name in tape.parts:
                found = norms if name == "gradient" else np.empty_like(norms)
                tape.norms(name, found)
                columns |= zip(tape.norm_names[name], found, strict=True)
        if "penalty" in tape.parts:
            columns["penalty"] = tape.column("penalty", count)[:, 0].astype(np.float64)
        if "evaluations" in tape.parts:
            evaluations, numbers = (
                tape.column("evaluations", count)[:, 0],
                np.arange(first + 1, first + count + 1),
            )
            columns["forward_passes"] = plan.forward_passes * (numbers + evaluations)
        if "parameters" in tape.parts:
            tracks = tape.column("parameters", count).astype(np.float64)
            columns |= {f"parameter:{i + 1}": tracks[:, i].copy() for i in range(plan.network.size)}

    def _targets_of(self, first: int, scored: Array) -> tuple[Array, npt.NDArray[np.integer[Any]]]:
        """The targets of the steps after step `first`, of one epoch, in the shape of `scored`; their largest."""
        if self.plan.batches.full:
            return self._same_targets[: len(scored)], self._same_classes
        batches = first % self.plan.steps_per_epoch, len(scored), scored.shape[1:]
        return self._state.dealing.targets(*batches), self._state.dealing.classes(*batches)

    def _end(self, records: Records, finite: bool) -> Stop | None:
        plan, step = self.plan, self.step
        found = ended_among(plan, records, finite) or stopped_early(plan, step, self._state.memory.stopping)
        if found is not None or step < plan.steps:
            return found
        return guesses_tried(plan, step) or all_trained(plan, step, self.judge(self.inputs, self.targets)[0])

    # ------------------------------------------------------------------ what depends on losses

    def _stops_early(self, validation_loss: float) -> bool:
        """Gives early stopping the validation loss of an epoch; when it stops, the best parameters may be back."""
        rule = self.plan.early_stopping
        return rule is not None and rule.observe(
            validation_loss, self.parameters, self.statistics, self._state.memory.stopping
        )

    def _step_ended(self, width: _Width) -> None:
        """After a step by phases, tell those who depend on losses what `advance` tells them."""
        plan, validated = self.plan, list[float]()
        if plan.early_stopping is None and not plan.schedule.memory and not plan.train.measure:
            return
        ended: list[dict[str, float]] = []
        if self._watching:
            self._epoch_ended(ended)
        validated += [one["validation_loss"] for one in ended if "validation_loss" in one]
        self._state.observe(self.step - 1, np.array([width.network.value()]), validated)
