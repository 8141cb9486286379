"""The trainer: the four phases of a step, and the loop over them.

It works on flat vectors through operations bound once (`nnsim.arrays`). While it runs it only keeps each step's
outputs and gradient, in a tape of at most 256 rows; losses, accuracies and gradient norms are computed for all of
these steps at once. So a step costs little more than its arithmetic, recorded or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.arrays import Array, Ops, constant, perform
from nnsim.data.features import Scaling
from nnsim.nn.network import BoundNetwork, bind
from nnsim.optim.early_stopping import EarlyStopping
from nnsim.optim.task import Arena, Phases, Task
from nnsim.plan import Plan
from nnsim.records import Checkpoint, Evaluation, Records, Stop
from nnsim.tape import ROWS, Tape

PHASES = ("forward", "loss", "backward", "update")
MOST_ASKED = 4  # widths that are kept bound to be asked again
AHEAD = 1024  # steps whose learning rates are computed at once
_NO_ROWS = np.zeros(0, np.int64)
ROWS_AT_ONCE = 4096  # asked of the network outside training: bounds the memory that it takes


@dataclass(frozen=True)
class _Ahead:
    """Learning rates of the steps from one on."""

    first: int
    rates: Array  # (steps,)
    constant: bool


@dataclass(frozen=True)
class _Width:
    """Everything bound for one batch width."""

    network: BoundNetwork
    phases: Phases
    step: Ops  # all four phases, and what puts the step onto the tape
    unit_step: Ops  # the same with a rate of exactly 1, where nobody asks what it subtracts
    rows: list[memoryview]  # of the tape
    now: memoryview  # what a step leaves, to be copied into a row
    scored: Array  # (rows of the tape, outputs, batch): what the losses of its steps are computed of
    each: Array  # (rows of the batch,): ones; a product with them adds up soonest


class Trainer:
    """Trains one plan, step by step, and can be put back to any of its checkpoints."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        split, weights, self._rng = plan.generators()
        self._split(split)
        precision = np.dtype(plan.train.precision)
        initial = plan.network.initial(plan.initializer, rng=weights).astype(precision)
        self.statistics = plan.network.initial_statistics().astype(precision)
        working = initial if plan.solver.uses_gradient else initial.copy()
        self._memory = plan.memory(initial)
        self._tape = Tape.of(plan)
        self._arena = Arena(
            parameters=initial,
            working=working,
            gradient=self._tape.vector("gradient", initial.size),
            clipped=self._tape.vector("clipped", initial.size),
            slots=self._memory.solver,
            rate=constant(np.nan, initial),
            change=np.zeros_like(initial),
            penalty=np.zeros(1),
        )
        self.step = 0
        self.stop: Stop | None = None
        self.entered: BoundNetwork | None = None  # the arrays that the last single phase worked on
        self._widths: dict[int, _Width] = {}
        self._asked: dict[int, BoundNetwork] = {}  # for so many rows: whoever watches asks again every frame
        self._order: npt.NDArray[np.int64] | None = None
        self._same_targets = np.broadcast_to(self.targets.T, (ROWS, *self.targets.T.shape))
        self._columns = np.ascontiguousarray(self.targets.T)
        self._dealt = np.zeros_like(self._columns)  # the targets in the order of the epoch, (outputs, rows)
        self._epoch_random: Mapping[str, Any] = self._random_state()
        self._ahead = _Ahead(0, np.zeros(0), True)

    def _split(self, rng: Any) -> None:
        """Deal the rows out; features are scaled by what the training rows alone say."""
        plan = self.plan
        training, validation, test = plan.split.deal(plan.examples.labels, rng=rng)
        features, targets = plan.data.expand(plan.examples.inputs), plan.examples.targets
        self._scaling = Scaling.fitted(features[training]) if plan.data.standardize else None
        if self._scaling is not None:
            features = self._scaling(features)
        precision = np.dtype(plan.train.precision)  # once for all, instead of in every step
        features, targets = features.astype(precision, copy=False), targets.astype(precision, copy=False)
        # Rows of the data set: those trained on, those that watch, those kept for the end.
        self.rows, self.validation_rows, self.test_rows = training, validation, test
        self._padded = np.ones((len(training), plan.network.inputs + plan.network.pads), precision)
        self.inputs, self.targets = self._padded[:, : plan.network.inputs], targets[training]
        self.inputs[...] = features[training]
        self.validation = (features[validation], targets[validation]) if len(validation) else None
        self.test = (features[test], targets[test]) if len(test) else None

    # ------------------------------------------------------------------ state

    @property
    def parameters(self) -> Array:
        """The answer so far, (parameters,); training changes it in place."""
        return self._arena.parameters

    @property
    def gradient(self) -> Array:
        """dC/dparameters of the step last trained or entered as far as backward, (parameters,)."""
        return self._arena.gradient

    @property
    def used_gradient(self) -> Array:
        """What the optimizer saw of it in the last update: the gradient, or what clipping left of it."""
        return self._arena.clipped if self.plan.clipping.on else self._arena.gradient

    @property
    def slots(self) -> Array:
        """What the solver remembers between steps, (slots, parameters)."""
        return self._arena.slots

    @property
    def _draws_each_step(self) -> bool:
        return not self.plan.solver.uses_gradient or self.plan.network.draws

    @property
    def _draws(self) -> bool:
        return self._draws_each_step or not self.plan.batches.full

    def _random_state(self) -> Mapping[str, Any]:
        if not self._draws:
            return {}
        if isinstance(self._rng, np.random.Generator):
            return self._rng.bit_generator.state
        state: Mapping[str, Any] = self._rng.get_state(legacy=False)  # type: ignore[attr-defined]
        return state

    def _set_random_state(self, state: Mapping[str, Any]) -> None:
        if isinstance(self._rng, np.random.Generator):
            self._rng.bit_generator.state = state
        else:
            self._rng.set_state(state)  # type: ignore[attr-defined]

    def checkpoint(self) -> Checkpoint:
        """A copy of everything that the next step depends on."""
        now = self._random_state()
        within_epoch = self.step % self.plan.steps_per_epoch > 0 and not self.plan.batches.full
        random = self._epoch_random if within_epoch else now
        return Checkpoint(
            self.step,
            self.parameters.copy(),
            self._memory.rows.copy(),
            random,
            now if within_epoch and self._draws_each_step else {},
            self.statistics.copy(),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back, or on, to a checkpoint of this plan."""
        np.copyto(self._arena.parameters, checkpoint.parameters)
        np.copyto(self._memory.rows, checkpoint.slots)
        if self.statistics.size:
            np.copyto(self.statistics, checkpoint.statistics)
        self.step = checkpoint.step
        self.stop = None
        self._order = None
        if checkpoint.random:
            self._set_random_state(checkpoint.random)
            if self.step % self.plan.steps_per_epoch and not self.plan.batches.full:
                self._shuffle()
        if checkpoint.random_now:
            self._set_random_state(checkpoint.random_now)

    def change_plan(self, plan: Plan) -> None:
        """Go on under another plan that differs in live settings alone; see `nnsim.settings.is_live`."""
        self._memory = self._memory.merged(
            plan.memory(self.parameters),
            solver=type(plan.optimizer) is type(self.plan.optimizer),
            schedule=type(plan.schedule) is type(self.plan.schedule),
        )
        self._tape = Tape.of(plan)
        gradient = self._tape.vector("gradient", self.parameters.size)
        np.copyto(gradient, self._arena.gradient)
        self._arena = replace(
            self._arena,
            gradient=gradient,
            clipped=self._tape.vector("clipped", self.parameters.size),
            slots=self._memory.solver,
            penalty=np.zeros(1),
        )
        self.plan = plan
        self.stop = None
        self._widths.clear()
        self._ahead = _Ahead(0, np.zeros(0), True)

    # ------------------------------------------------------------------ one step

    def _width(self, width: int) -> _Width:
        """The arrays and operations for batches of this many rows, bound when first needed."""
        if width not in self._widths:
            plan, arena = self.plan, self._arena
            network = bind(
                plan.network,
                plan.loss,
                arena.working,
                arena.gradient,
                width,
                statistics=self.statistics,
                rng=self._rng,
                room=self._tape.room((plan.network.outputs, width)),
            )
            phases = plan.solver.bind(arena, Task(plan.network, network, plan.rules), self._rng)
            if plan.batches.full:
                network.inputs[...] = self.inputs.T
                network.targets[...] = self.targets.T
            evaluations = plan.optimizer.evaluations(arena.slots) if plan.solver.uses_gradient else None
            measure = self._tape.measure(arena, plan.network, evaluations)
            rows, now = self._tape.views(network.scored.shape)
            steps = (*phases.step, *measure), (*phases.unit_step, *measure)
            scored = self._tape.kept_scored(network.scored.shape)
            self._widths[width] = _Width(network, phases, *steps, rows, now, scored, np.ones(width))
        return self._widths[width]

    def _next_width(self) -> int:
        if self.plan.batches.full:
            return self.plan.batches.rows
        return self.plan.batches.width(self.step % self.plan.steps_per_epoch)

    def _shuffle(self) -> None:
        self._epoch_random = self._random_state()
        self._order = self.plan.batches.order(rng=self._rng)
        self._columns.take(self._order, 1, self._dealt, "clip")

    def _deal(self, network: BoundNetwork, count: int) -> tuple[npt.NDArray[np.int64], Array]:
        """Rows of the data set (count, batch) and targets (count, outputs, batch) of the epoch's next steps."""
        index, batch = self.step % self.plan.steps_per_epoch, network.targets.shape[1]
        if index == 0 or self._order is None:
            self._shuffle()
        assert self._order is not None
        start = self.plan.batches.slice(index).start
        chosen = self._order[start : start + count * batch].reshape(count, batch)
        return chosen, self._dealt_targets(start, count, network.targets.shape)

    def _dealt_targets(self, start: int, count: int, shape: tuple[int, ...]) -> Array:
        """Targets of so many batches of the epoch, each of this shape, from the one on that begins at a row."""
        outputs, batch = shape
        part = self._dealt[:, start : start + count * batch]
        return part.reshape(outputs, count, batch).transpose(1, 0, 2)

    def _load(self, network: BoundNetwork) -> None:
        """Put the next step's batch before the network; a full batch stands there already."""
        if not self.plan.batches.full:
            (chosen,), (targets,) = self._deal(network, 1)
            self._place(network, chosen, targets)

    def _place(self, network: BoundNetwork, chosen: npt.NDArray[np.int64], targets: Array) -> None:
        # Whole rows are taken to where they lie as rows; "clip" only saves a second look at their numbers.
        self._padded.take(chosen, 0, network.padded.T, "clip")
        network.targets[...] = targets

    def rates(self, first: int, count: int) -> Array:
        """Learning rates of `count` steps from step number first + 1 on."""
        plan, steps = self.plan, np.arange(first, first + count)
        return plan.schedule.over(steps, plan.steps_per_epoch, plan.train.epochs, self._memory.schedule)

    def _next_rates(self, count: int) -> tuple[Array, bool]:
        """Learning rates of the next steps, and whether they are all the same; computed for many steps at once."""
        if self.plan.schedule.memory:
            rates = self.rates(self.step, count)
            return rates, bool((rates == rates[0]).all())
        start = self.step - self._ahead.first
        if start < 0 or start + count > len(self._ahead.rates):
            rates = self.rates(self.step, min(max(count, AHEAD), self.plan.steps - self.step))
            self._ahead, start = _Ahead(self.step, rates, bool((rates == rates[0]).all())), 0
        rates = self._ahead.rates[start : start + count]
        return rates, self._ahead.constant or bool((rates == rates[0]).all())

    def enter(self, phase: str) -> BoundNetwork:
        """Perform one phase of the next step; after `update` the step is done.

        The phases must be entered in their order. They are the operations that `advance` runs, so the bits agree.
        """
        width = self._width(self._next_width())
        with np.errstate(all="ignore"):
            if phase == "forward":
                self._load(width.network)
            if phase == "update":
                self._arena.rate.fill(float(self.rates(self.step, 1)[0]))
            perform(width.phases[PHASES.index(phase)])
            if phase == "forward":
                perform(width.network.look)
            if phase == "update":
                self.step += 1
                self._step_ended(width)
        self.entered = width.network
        return width.network

    # ------------------------------------------------------------------ many steps

    def advance(self, steps: int) -> Records:
        """Train up to so many steps, fewer where the tape or the run ends; record them all.

        When the run ends, `stop` says why. A loss or gradient that is not finite ends it at that very step.
        """
        plan = self.plan
        count = min(steps, len(self._tape.rows), plan.steps - self.step)
        if plan.schedule.memory:
            certain = max(1, plan.schedule.certain_for(self._memory.schedule))
            if plan.schedule.by == "epoch":
                certain = certain * plan.steps_per_epoch - self.step % plan.steps_per_epoch
            count = min(count, certain)
        first = self.checkpoint()
        with np.errstate(all="ignore"):
            rates, constant = self._next_rates(count)
            records, finite = self._run(rates, constant)
            end = self._end(records, finite)
            if end is not None and end.step < self.step:
                self.restore(first)
                records, _ = self._run(rates[: end.step - first.step], constant)
        if plan.schedule.memory:
            validated = records.epochs.get("validation_loss", np.zeros(0)).tolist()
            self._observe(first.step, records.steps["loss"], validated)
        self.stop = end
        return records

    def _run(self, rates: Array, constant: bool) -> tuple[Records, bool]:
        """Train steps with these rates, a stretch of one batch width at a time, until early stopping says so.

        Returns: their records, and whether all losses and gradients among them are finite.
        """
        plan, first, most = self.plan, self.step, len(rates)
        # One array for all that has to be finite: the losses, and below them the norms of the layers' gradients.
        judged = np.empty((1 + len(plan.network.trained) * plan.solver.uses_gradient, most))
        accuracies = np.empty(most if plan.accuracy_applies else 0)
        validated: list[tuple[float, float | None]] = []
        done, going = 0, True
        while done < most and going:
            width = self._width(self._next_width())
            count = min(most - done, self._of_same_width())
            going = self._loop(width, rates[done : done + count], constant, done, validated)
            count = self.step - first - done
            scored = width.scored[done : done + count]
            targets = self._targets_of(first + done, scored)
            judged[0, done : done + count] = plan.loss.values(scored=scored, targets=targets)
            if plan.accuracy_applies:
                right = plan.right(scored, targets).astype(np.float64).dot(width.each)
                np.divide(right, len(width.each), accuracies[done : done + count])
            done += count
        judged = judged[:, :done]
        columns = {"loss": judged[0]}
        if plan.accuracy_applies:
            columns["accuracy"] = accuracies[:done]
        self._add_figures(columns, first, rates[:done], judged[1:])
        ended: dict[str, Array] = {}
        if self.validation is not None:
            ended["validation_loss"] = np.array([loss for loss, _ in validated])
            if plan.accuracy_applies:
                ended["validation_accuracy"] = np.array([float(accuracy or 0.0) for _, accuracy in validated])
        # A product with zeros is 0 where all is finite, and not a number where anything is not.
        return Records(first + 1, done, columns, ended), float(judged.reshape(-1).dot(np.zeros(judged.size))) == 0.0

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
        validated: list[tuple[float, float | None]],
    ) -> bool:
        """The loop: per step load the batch, run the bound operations, keep what they left on the tape.

        Args: constant: whether the rates are all the same. offset: the row of the tape that belongs to the first
        step. validated: gets the validation of each epoch that ends. Returns: whether training goes on, as far as
        early stopping is concerned.
        """
        network, ops, rate = width.network, width.step, self._arena.rate
        full, validating = self.plan.batches.full, self.validation is not None
        rows, now = width.rows[offset : offset + len(rates)], width.now
        if constant:
            rate.fill(rates[0])
            if full and not validating:
                *others, last = rows
                unseen = width.unit_step if rates[0] == 1.0 else ops
                for row in others:
                    for op in unseen:
                        op()
                    row[:] = now
                for op in ops:  # the last step tells its change, too
                    op()
                last[:] = now
                self.step += len(rates)
                return True
        place = self._place
        batches = (
            repeat((_NO_ROWS, network.targets)) if full else zip(*self._deal(network, len(rates)), strict=True)
        )
        for row, value, (chosen, targets) in zip(rows, rates.tolist(), batches, strict=False):
            if not full:
                place(network, chosen, targets)
            if not constant:
                rate.fill(value)
            for op in ops:
                op()
            row[:] = now
            self.step += 1
            if validating and self._epoch_validated(validated):
                return False
        return True

    def _epoch_validated(self, validated: list[tuple[float, float | None]]) -> bool:
        """Where an epoch has ended, judge the validation rows. Returns: whether early stopping stops here."""
        assert self.validation is not None
        if self.step % self.plan.steps_per_epoch:
            return False
        validated.append(self.judge(*self.validation))
        return self._stops_early(validated[-1][0])

    def _add_figures(self, columns: dict[str, Array], first: int, rates: Array, norms: Array) -> None:
        """Add the figures of the steps after step `first` that the tape keeps, but for what was scored.

        Args: norms: receives the norms of the gradient, (layers, steps).
        """
        plan, tape, count = self.plan, self._tape, len(rates)
        if plan.solver.uses_gradient:
            columns["learning_rate"] = rates
        for name in ("gradient", "clipped"):
            if name in tape.parts:
                found = norms if name == "gradient" else np.empty_like(norms)
                tape.norms(name, found)
                columns |= zip(tape.norm_names[name], found, strict=True)
        if "penalty" in tape.parts:
            columns["penalty"] = tape.kept("penalty", count)[:, 0].astype(np.float64)
        if "evaluations" in tape.parts:
            evaluations, numbers = tape.kept("evaluations", count)[:, 0], np.arange(first + 1, first + count + 1)
            columns["forward_passes"] = plan.forward_passes * (numbers + evaluations)
        if "parameters" in tape.parts:
            tracks = tape.kept("parameters", count).astype(np.float64)
            columns |= {f"parameter:{i + 1}": tracks[:, i].copy() for i in range(plan.network.size)}

    def _targets_of(self, first: int, scored: Array) -> Array:
        """The targets of the steps after step `first`, all of one epoch, in the shape of `scored`."""
        if self.plan.batches.full:
            return self._same_targets[: len(scored)]
        start = self.plan.batches.slice(first % self.plan.steps_per_epoch).start
        return self._dealt_targets(start, len(scored), scored.shape[1:])

    def _end(self, records: Records, finite: bool) -> Stop | None:
        """Whether the run ends among these steps, and where."""
        plan = self.plan
        if not finite:
            row = min(int(np.argmin(one)) for one in map(np.isfinite, _judged(records)) if not one.all())
            return Stop("diverged", records.first + row, self._diverged(records, row))
        if plan.train.target_loss is not None:
            reached = records.steps["loss"] <= plan.train.target_loss
            if reached.any():
                row = int(np.argmax(reached))
                return Stop("target", records.first + row, f"loss reached {plan.train.target_loss:g}")
        if plan.early_stopping is not None and plan.early_stopping.over(self._memory.stopping):
            return Stop("early-stopping", self.step, self._stopped_early(plan.early_stopping))
        if self.step >= plan.steps:
            if self.step < plan.train.epochs * plan.steps_per_epoch:
                return Stop("epochs", self.step, f"all {plan.steps:,} guesses are tried")
            if not np.isfinite(self.judge(self.inputs, self.targets)[0]):
                message = (
                    f"loss is not finite after the last update (step {self.step:,}): try a smaller learning rate"
                )
                return Stop("diverged", self.step, message)
            return Stop("epochs", self.step, f"all {plan.train.epochs:,} epochs are trained")
        return None

    def _stopped_early(self, rule: EarlyStopping) -> str:
        best, epochs = self._memory.stopping.item(0, 0), self.step // self.plan.steps_per_epoch
        back = f"; the weights of epoch {epochs - rule.patience:,} are back" if rule.restore_best else ""
        return f"no lower validation loss than {best:.6g} in {rule.patience:,} epochs{back}"

    # ------------------------------------------------------------------ what depends on losses

    def _stops_early(self, validation_loss: float) -> bool:
        """Tell early stopping of an epoch that ended; when it says stop, the best parameters may be back."""
        rule = self.plan.early_stopping
        return rule is not None and rule.see(
            validation_loss, self.parameters, self.statistics, self._memory.stopping
        )

    def _observe(self, first: int, losses: Array, validated: list[float]) -> None:
        """Tell a schedule that depends on them the losses of the steps after step `first`, one by one."""
        schedule, per_epoch = self.plan.schedule, self.plan.steps_per_epoch
        if not schedule.memory:
            return
        ended = iter(validated)
        for step, loss in enumerate(losses.tolist(), start=first + 1):
            last = step % per_epoch == 0
            validation = next(ended, None) if last else None
            done = step - 1 if schedule.by == "step" else (step - 1) // per_epoch
            if done >= schedule.warmup:
                schedule.see(self._memory.schedule, loss, per_epoch if last else 0, validation)

    def _step_ended(self, width: _Width) -> None:
        """After a step by phases, tell those who depend on losses what `advance` tells them."""
        plan, validated = self.plan, list[float]()
        if plan.early_stopping is None and not plan.schedule.memory:
            return
        if self.validation is not None and self.step % plan.steps_per_epoch == 0:
            validated.append(self.judge(*self.validation)[0])
            self._stops_early(validated[0])
        self._observe(self.step - 1, np.array([width.network.value()]), validated)

    def _diverged(self, records: Records, row: int) -> str:
        step = records.first + row
        epoch = (step - 1) // self.plan.steps_per_epoch + 1
        figure = next(name for name, column in records.steps.items() if not np.isfinite(column[row]))
        name = figure.replace("gradient:", "the gradient of ")
        rate = records.steps["learning_rate"][row] if "learning_rate" in records.steps else None
        advice = "try a smaller range of guesses" if rate is None else f"try a smaller learning rate than {rate:g}"
        value = records.steps[figure][row]
        return f"{name} became {value} in epoch {epoch:,} (step {step:,}): {advice}, or smaller initial weights"

    # ------------------------------------------------------------------ asking the network

    def _inference(self, rows: int) -> BoundNetwork:
        """The network with the present parameters, whatever they become, bound to be asked about so many rows."""
        if rows not in self._asked:
            if len(self._asked) == MOST_ASKED:
                self._asked.clear()
            plan, gradient = self.plan, self._arena.gradient
            self._asked[rows] = bind(
                plan.network, plan.loss, self.parameters, gradient, rows, statistics=self.statistics
            )
        return self._asked[rows]

    def _ask(self, features: Array) -> tuple[Array, Array]:
        """Outputs, and what the loss is computed of, (outputs, rows), for features (rows, any), in inference."""
        shape = (self.plan.network.outputs, len(features))
        outputs, scored = np.empty(shape, self.parameters.dtype), np.empty(shape, self.parameters.dtype)
        for start in range(0, len(features), ROWS_AT_ONCE):
            part = features[start : start + ROWS_AT_ONCE]
            network = self._inference(len(part))
            network.inputs[...] = part.T
            with np.errstate(all="ignore"):
                perform(network.forward)
            outputs[:, start : start + len(part)] = network.outputs
            scored[:, start : start + len(part)] = network.scored
        return outputs, scored

    def prepare(self, inputs: Array) -> Array:
        """What the network is given for inputs (rows, inputs): features, scaled as in training."""
        features = self.plan.data.expand(inputs)
        return features if self._scaling is None else self._scaling(features)

    def judge(self, features: Array, targets: Array) -> tuple[float, float | None]:
        """Loss and accuracy over rows, in inference; accuracy is None where answers are neither right nor wrong.

        Args: features: as `prepare` makes them, (rows, features). targets: (rows, outputs).
        """
        scored, wanted = self._ask(features)[1], targets.T.astype(self.parameters.dtype, copy=False)
        with np.errstate(all="ignore"):
            loss = float(self.plan.loss.values(scored=scored[None], targets=wanted[None])[0])
        accuracy = float(self.plan.right(scored, wanted).mean()) if self.plan.accuracy_applies else None
        return loss, accuracy

    def predict(self, inputs: Array) -> Array:
        """Predictions (rows, outputs) for inputs as the data set has them, (rows, inputs)."""
        return np.ascontiguousarray(self._ask(self.prepare(inputs))[0].T)

    def activations(self, inputs: Array) -> tuple[Array, ...]:
        """What the units of every dense layer answer, in inference: (rows, units) a layer.

        Args: inputs: as the data set has them, (rows, inputs).
        """
        features = self.prepare(inputs)
        network = self._inference(len(features))
        network.inputs[...] = features.T
        with np.errstate(all="ignore"):
            perform(network.forward)
        return tuple(np.array(layer.outputs.T, order="C") for layer in network.layers)

    def evaluate(self) -> Evaluation:
        """Predictions for all rows of the data set in their order; loss and accuracy over the training rows."""
        examples = self.plan.examples
        loss, accuracy = self.judge(self.inputs, self.targets)
        outputs, scored = self._ask(self.prepare(examples.inputs))
        right = self.plan.right(scored, examples.targets.T) if self.plan.accuracy_applies else None
        predictions, scored = np.ascontiguousarray(outputs.T), np.ascontiguousarray(scored.T)
        return Evaluation(predictions, loss, accuracy, examples.targets, right, scored)

    @property
    def change(self) -> Array:
        """What the last update subtracted from the parameters, (parameters,)."""
        return self._arena.change


def _judged(records: Records) -> list[Array]:
    """The figures that end a run where they are not finite."""
    return [column for name, column in records.steps.items() if name == "loss" or name.startswith("gradient:")]
