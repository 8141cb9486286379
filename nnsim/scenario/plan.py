"""The plan: everything that decides one run, checked and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from nnsim.components import Count, Fraction, Positive, Span
from nnsim.data.batches import Batches
from nnsim.data.examples import DataSource, Examples
from nnsim.data.features import feature_names
from nnsim.data.splits import Split
from nnsim.nn.activations import Activation, Sigmoid, Softmax, Tanh
from nnsim.nn.architecture import ModelSettings
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import Initializer, RandomSource
from nnsim.nn.losses import Loss
from nnsim.nn.network import Network
from nnsim.optim.averaging import Averaging
from nnsim.optim.binding import Memory, Rules
from nnsim.optim.clipping import Clipping
from nnsim.optim.gradient_descent import Solver
from nnsim.optim.regularization import EarlyStopping, Regularization
from nnsim.optim.schedule_base import Schedule
from nnsim.optim.sgd import Optimizer

LARGE_INPUTS = 12.0  # root mean square from which on training suffers from inputs that are not scaled


Measure = Literal["sharpness"]
WIDEST = 256  # steps between two checkpoints


class TrainSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long to train, and with how many rows a step (0: all); which rows are kept apart (`Split`).

    `precision` is that of all numbers of the run. `measure` names figures that are taken at the end of each epoch
    because somebody asks: `sharpness`, the largest eigenvalue of the Hessian of what is minimized.
    `checkpoint_every` is how many steps lie between two checkpoints at most: in a chaotic run a rounding grows from
    one to the next, and only close ones prove it on a computer that rounds otherwise.
    """

    epochs: Count = 1000
    batch_size: Span = 0
    validation: Fraction = 0.0
    test: Fraction = 0.0
    folds: Annotated[int, Meta(ge=0, le=1000)] = 0
    fold: Annotated[int, Meta(ge=1, le=1000)] = 1
    stratified: bool = False
    precision: Literal["float32", "float64"] = "float64"
    target_loss: Positive | None = None
    early_stopping: dict[str, Any] | bool = False
    measure: Annotated[tuple[Measure, ...], Meta(max_length=4)] = ()
    checkpoint_every: Annotated[int, Meta(ge=1, le=WIDEST)] = WIDEST


class RandomSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The generator of all random numbers of a run.

    "pcg64" is NumPy's default, with a stream each for the split, the weights and the training; "legacy" is the old
    `RandomState`, one stream drawn from in this order: split, weights layer by layer, training.
    """

    generator: Literal["pcg64", "legacy"] = "pcg64"
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 0


@dataclass(frozen=True)
class Plan:
    """Everything that decides a run, checked: the same plan gives the same run, bit for bit."""

    scenario: str
    variant: str
    settings: Mapping[str, Any]  # what differs from the scenario's variant
    data: DataSource
    model: ModelSettings
    initializer: Initializer
    loss: Loss
    optimizer: Optimizer
    schedule: Schedule
    solver: Solver
    clipping: Clipping
    regularization: Regularization
    averaging: Averaging
    early_stopping: EarlyStopping | None
    train: TrainSettings
    random: RandomSettings
    table: Mapping[str, Any] = field(repr=False)
    examples: Examples = field(repr=False)
    network: Network = field(repr=False)

    @property
    def seed(self) -> int:
        return self.random.seed

    @property
    def activations(self) -> int:
        """Inputs and outputs of all layers for the rows of one step, counted."""
        return self.batches.size * (self.network.inputs + sum(layer.units for layer in self.network.walk()))

    @property
    def output(self) -> Activation:
        return self.network.stack[-1].activation

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """What the first layer reads: the inputs, or what is made of them."""
        return feature_names(self.examples.input_names, self.data.features, self.data.degree)

    def same_rows(self, other: "Plan") -> bool:
        """Whether it is about the same rows as another plan, under the same names, and makes the same of them."""
        mine, theirs = self.examples, other.examples
        made = [
            (one.data.features, one.data.degree, one.data.standardize, one.data.min_max) for one in (self, other)
        ]
        named = [(one.input_names, one.target_names, one.classes) for one in (mine, theirs)]
        same = made[0] == made[1] and named[0] == named[1]
        return same and np.array_equal(mine.inputs, theirs.inputs) and np.array_equal(mine.targets, theirs.targets)

    @cached_property
    def split(self) -> Split:
        train = self.train
        return Split(self.examples.rows, train.validation, train.test, train.folds, train.fold, train.stratified)

    def deal(self, rng: RandomSource) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The rows for training, validation and test."""
        examples = self.examples
        return self.split.deal(examples.labels, rng=rng, groups=examples.groups, times=examples.times)

    @cached_property
    def _dealt_rows(self) -> tuple[int, int]:
        """How many rows are trained on and how many watch: whole groups may be more or fewer than asked for."""
        if self.examples.groups is None:
            return self.split.training_rows, self.split.validation_rows
        training, validation, _ = self.deal(self.generators()[0])
        return len(training), len(validation)

    @property
    def validation_rows(self) -> int:
        return self._dealt_rows[1]

    @cached_property
    def batches(self) -> Batches:
        rows = self._dealt_rows[0]
        return Batches(rows, min(self.train.batch_size or rows, rows))

    @cached_property
    def steps_per_epoch(self) -> int:
        return self.solver.steps_per_epoch(self.batches.per_epoch)

    @cached_property
    def steps(self) -> int:
        steps, most = self.train.epochs * self.steps_per_epoch, self.solver.most_steps(self.network.size)
        return steps if most is None else min(steps, most)

    @cached_property
    def rate_factors(self) -> Array | None:
        """The rate of each parameter over that of the schedule, (parameters,); None where no layer has its own."""
        schedule = self.schedule
        if not schedule.layer_rates:
            return None
        factors = np.ones(self.network.size)
        for layer in self.network.trained:
            if layer.name in schedule.layer_rates:
                own = schedule.layer_rates[layer.name] / schedule.rate
                factors[layer.offset : layer.offset + layer.size] = own
        return factors

    def first_output_bias(self, targets: Array) -> Array | None:
        """What the output's biases begin with, (outputs,), from the training targets, (rows, outputs); None for 0.

        log(p / (1 - p)) behind a sigmoid, log(p) behind a softmax, with p the mean target; else the mean itself.
        """
        given = self.model.output_bias
        if not given or self.network.layers[-1].biases(np.zeros(self.network.size)) is None:
            return None
        if given != "base-rate":
            return np.full(self.network.outputs, float(given))
        share = np.asarray(targets, np.float64).mean(axis=0)
        if isinstance(self.output, Softmax):
            return np.asarray(np.log(np.clip(share, 1e-6, 1.0)))
        if isinstance(self.output, Sigmoid):
            within = np.clip(share, 1e-6, 1.0 - 1e-6)
            return np.asarray(np.log(within / (1.0 - within)))
        return np.asarray(share)

    @property
    def rules(self) -> Rules:
        return Rules(self.optimizer, self.clipping, self.regularization, self.averaging, self.steps_per_epoch)

    def memory(self, parameters: Array) -> Memory:
        """What training remembers between steps, before the first of them."""
        statistics = self.network.initial_statistics()
        solver = self.solver.init(self.optimizer, parameters)
        parts = self.averaging, self.schedule, self.early_stopping
        return Memory.start(solver, *parts, parameters, statistics, int("sharpness" in self.train.measure))

    @property
    def forward_passes(self) -> int:
        """Cost of a step in forward passes over its rows; a backward pass counts as two."""
        return self.solver.forward_passes(self.network.size)

    @cached_property
    def accuracy_applies(self) -> bool:
        """Whether an answer can be right or wrong: rows have classes, or targets are 0 or 1, outputs between."""
        decided = isinstance(self.output, Sigmoid) or self.loss.margins
        return bool(self.examples.classes) or (self.examples.binary and decided)

    def right(
        self, scored: Array, targets: Array, classes: npt.NDArray[np.integer[Any]] | None = None
    ) -> npt.NDArray[np.bool_]:
        """Which answers, (..., rows), are right, from outputs or logits and targets, (..., outputs, rows).

        Args: classes: the places of the largest targets, (..., rows), where they are known.
        """
        if self.examples.one_hot:
            wanted = targets.argmax(axis=-2) if classes is None else classes
            return np.asarray(scored.argmax(axis=-2) == wanted)
        between, middle = self._middles
        right = (scored > between) == (targets > middle)
        return right[..., 0, :] if right.shape[-2] == 1 else np.asarray(right.all(axis=-2))

    @cached_property
    def input_size(self) -> float:
        """The largest root mean square of an input in all rows, as the network is given them."""
        if self.data.scales or not self.examples.inputs.size:
            return 1.0
        return float(np.sqrt(np.square(self.examples.inputs).mean(axis=0)).max())

    @cached_property
    def _middles(self) -> tuple[float, float]:
        """What separates two classes: in what is scored, and in the targets."""
        # A logit of 0 is an answer of one half; tanh answers classes that are called -1 and 1.
        target = 0.0 if isinstance(self.output, Tanh) else 0.5
        return 0.0 if self.loss.from_logits else target, target

    @property
    def middle(self) -> float:
        """What separates two classes in the answers."""
        return 0.0 if isinstance(self.output, Tanh) or self.loss.margins else 0.5

    def generators(self) -> tuple[RandomSource, RandomSource, RandomSource]:
        if self.random.generator == "legacy":
            one = np.random.RandomState(self.seed)
            return one, one, one
        split, weights, training = (np.random.default_rng([self.seed, i]) for i in range(3))
        return split, weights, training
