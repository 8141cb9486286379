"""Examples: rows of inputs and targets; and the rule for where they come from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from nnsim.components import Fraction, Part
from nnsim.data.features import FEATURES, Feature, Scaling, expand
from nnsim.data.tables.report import TableReport
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource
from nnsim.text import clean_line

MAX_ROWS = 100_000
MAX_COLUMNS = 1024
MANY_ROWS = 100_000
MAX_TARGETS = 10_000_000  # rows times classes
ROWS_FOR_RANGE = 1000  # read, all over the data, for how light and how dark pixels are

Names = Annotated[list[str], Meta(max_length=MAX_COLUMNS)]
# Rows and columns of the picture that the inputs of a row are; empty where they are none.
PictureShape = Annotated[list[Annotated[int, Meta(ge=1, le=MAX_COLUMNS)]], Meta(max_length=2)]
Read = Callable[[str], bytes]  # the content of a file by its name beside the scenario


@dataclass(frozen=True)
class Examples:
    """Rows of a data set."""

    inputs: Array  # (rows, features)
    targets: Array  # (rows, outputs), as `encoded` has made them
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    classes: tuple[str, ...] = ()  # names, where every row belongs to a class
    scaling: Scaling | None = None  # of targets that are numbers; messages have them in their own unit
    picture: tuple[int, int] | None = None  # (rows, columns), where the inputs of a row are its pixels
    groups: npt.NDArray[np.intp] | None = None  # (rows,): rows of one number stay on one side of a split
    times: Array | None = None  # (rows,): the order in which rows are set apart, the last for the test
    sources: tuple[str, ...] = ()  # of each input the column that it is made of; empty where these are the inputs
    report: TableReport | None = None  # what became of the columns of a table

    @property
    def rows(self) -> int:
        return int(self.inputs.shape[0])

    @cached_property
    def pixel_range(self) -> tuple[float, float]:
        """The lowest and the highest pixel of all pictures, or of rows from all over them where there are many."""
        some = self.inputs[:: max(1, self.rows // ROWS_FOR_RANGE)]
        return float(some.min()), float(some.max())

    @cached_property
    def binary(self) -> bool:
        """Whether every target is 0 or 1, so that an answer can be right or wrong."""
        return bool(np.isin(self.targets, (0.0, 1.0)).all())

    @property
    def one_hot(self) -> bool:
        """Whether each class has a column of its own among the targets."""
        return len(self.classes) > 1 and self.targets.shape[1] == len(self.classes)

    @property
    def ends(self) -> tuple[tuple[float, str], ...]:
        """What one output stands between: two targets, each with its class; empty where it has no other name."""
        low = 0.0 if self.binary else -1.0
        if len(self.classes) != 2 or self.targets.shape[1] != 1 or self.classes == (f"{low:g}", "1"):
            return ()
        return (low, self.classes[0]), (1.0, self.classes[1])

    def class_name(self, target: float) -> str:
        """The name of the class that a target stands for; empty where it is a number."""
        return dict(self.ends).get(target, "")

    @property
    def labels(self) -> npt.NDArray[np.intp] | None:
        """The class of every row, (rows,), counted from 0; None where rows belong to none."""
        if self.one_hot:
            return np.asarray(self.targets.argmax(axis=1), np.intp)
        if len(self.classes) == 2:
            return np.asarray(self.targets[:, 0] > self.targets[:, 0].mean(), np.intp)
        if self.targets.shape[1] == 1 and self.binary:
            return np.asarray(self.targets[:, 0], np.intp)
        return None

    def in_units(self, values: Array) -> Array:
        """Targets or answers, (rows, outputs), as the data have them, where the network knows them scaled."""
        return values if self.scaling is None else self.scaling.undone(values)

    def in_unit(self, values: Array, output: int) -> Array:
        """Values of one output, of any shape, likewise."""
        if self.scaling is None:
            return values
        return np.asarray(values * self.scaling.deviation[output] + self.scaling.mean[output])

    def encoded(self, *, columns: bool, low: float) -> "Examples":
        """Targets from class numbers in one column: `low` or 1, in one column for each class, or in one for two."""
        if not self.classes or self.targets.shape[1] != 1:
            return self
        numbers = self.targets[:, 0].astype(np.intp)
        if columns or len(self.classes) > 2:
            if self.rows * len(self.classes) > MAX_TARGETS:
                raise ScenarioError(
                    f"data: {self.rows:,} rows of {len(self.classes):,} classes are too many"
                    f" (allowed: {MAX_TARGETS:,} rows times classes)"
                )
            targets = np.full((self.rows, len(self.classes)), low)
            targets[np.arange(self.rows), numbers] = 1.0
            return replace(self, targets=targets, target_names=self.classes)
        return replace(self, targets=np.where(self.targets > 0.0, 1.0, low))

    def named_columns(self) -> "Examples":
        """Names classes after target columns of which each row has one at 1 and all others at 0."""
        targets = self.targets
        if self.classes or targets.shape[1] < 2 or not self.binary or (targets.sum(axis=1) != 1.0).any():
            return self
        return replace(self, classes=self.target_names)

    def counted(self) -> "Examples":
        """Names classes after the numbers in the one target column.  Raises: ScenarioError where they are none."""
        if self.classes or self.targets.shape[1] != 1:
            return self
        column = self.targets[:, 0]
        count = int(column.max()) + 1
        if (column != np.floor(column)).any() or column.min() < 0 or not 2 <= count <= MAX_COLUMNS:
            raise ScenarioError(
                f"data: targets are no class numbers (allowed: whole numbers from 0, at most {MAX_COLUMNS} classes)"
            )
        return replace(self, classes=tuple(str(i) for i in range(count)))


class DataSource(Part, frozen=True, kw_only=True):
    """A rule that gives a data set, and what is made of its inputs before the network sees them.

    `features` are made of exactly two inputs x and y; `degree` asks for all products of up to so many inputs;
    `standardize` brings every feature to mean 0 and deviation 1 over the training rows, `min_max` to the range from
    0 to 1. `standardize_target` does the former with targets that are numbers: a network whose answers begin near 0
    need not first learn how large they are, and losses and answers are in deviations of the target. `seed` is for
    what the rule draws at random; where it is missing the run's own seed takes its place.

    `flip` gives that share of the rows, drawn at random, a wrong answer: another class, or the number of another of
    these rows. `blank` makes all inputs 0: a network that sees nothing can learn how often each answer comes, and
    no more, which is what a network that sees has to beat.
    """

    group: ClassVar[str] = "nnsim.data"
    draws: ClassVar[bool] = True  # whether its rows may depend on random numbers

    features: Annotated[list[Feature], Meta(max_length=len(FEATURES))] = []
    degree: Annotated[int, Meta(ge=1, le=15)] = 1
    standardize: bool = False
    min_max: bool = False
    standardize_target: bool = False
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] | None = None
    flip: Fraction = 0.0
    blank: bool = False

    def drawn(self, *, rng: RandomSource, read: Read) -> Examples:
        """The rows with what `flip` and `blank` make of them."""
        examples = self.examples(rng=rng, read=read)
        if self.flip:
            examples = replace(examples, targets=_flipped(examples, self.flip, rng))
        return replace(examples, inputs=np.zeros_like(examples.inputs)) if self.blank else examples

    @property
    def fills_in(self) -> bool:
        """Whether a column is filled in when it is known which rows are trained on."""
        return False

    def filled_in(self, examples: Examples, training: npt.NDArray[np.intp]) -> Examples:
        """The rows with that column.  Args: training: the numbers of the rows that are trained on."""
        return examples

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        """The rows, in order, with random numbers from `rng`; `read` gives the content of a named file."""
        raise NotImplementedError

    def __post_init__(self) -> None:
        if self.standardize and self.min_max:
            raise ScenarioError("data.min_max: cannot stand beside data.standardize (allowed: one of the two)")

    @property
    def scales(self) -> bool:
        """Whether features are scaled, in either way."""
        return self.standardize or self.min_max

    @property
    def scaled(self) -> str:
        """What is done with the values of a column of numbers, as a report on the table says it."""
        return ", standardized" if self.standardize else ", scaled to 0 to 1" if self.min_max else ""

    def scaling(self, features: Array, rows: npt.NDArray[np.intp]) -> Scaling | None:
        """The scaling of features, (any, features), by those of the training rows; None where none is wanted."""
        if not self.scales:
            return None
        fit = Scaling.fitted if self.standardize else Scaling.between
        if len(rows) <= MANY_ROWS:
            return fit(features[rows])
        # Column by column: a copy of all of a large table would take as much room again.
        parts = [fit(features[rows, i : i + 1]) for i in range(features.shape[1])]
        return Scaling(*(np.concatenate([getattr(one, key) for one in parts]) for key in ("mean", "deviation")))

    def expand(self, inputs: Array) -> Array:
        """Features (rows, any) of inputs (rows, inputs)."""
        return expand(inputs, self.features, self.degree)


def _flipped(examples: Examples, share: float, rng: RandomSource) -> Array:
    """Targets (rows, outputs) of which a share of the rows has been given wrong ones."""
    targets = examples.targets.copy()
    wrong = np.sort(rng.permutation(len(targets))[: round(share * len(targets))])
    column = targets[wrong, 0]
    if targets.shape[1] == 1 and (classes := len(examples.classes) or 2 * examples.binary):
        targets[wrong, 0] = (column + 1 + np.floor(rng.random((len(wrong),)) * (classes - 1))) % classes
    else:
        targets[wrong] = targets[wrong[rng.permutation(len(wrong))]]
    return targets


def column_names(key: str, names: list[str], width: int, letter: str) -> tuple[str, ...]:
    """The names given, or x1, x2, ... where there are none."""
    if not names:
        return (letter,) if width == 1 else tuple(f"{letter}{i + 1}" for i in range(width))
    if len(names) != width:
        raise ScenarioError(f"data.{key}: {len(names)} names (allowed: {width}, one a column)")
    return tuple(clean_line(name, 24) for name in names)


def picture_shape(given: list[int], inputs: int) -> tuple[int, int] | None:
    """The rows and columns that `picture` gives so many inputs.  Raises: ScenarioError where they differ."""
    if not given:
        return None
    if len(given) != 2 or given[0] * given[1] != inputs:
        raise ScenarioError(
            f"data.picture: {given} is no picture of {inputs:,} inputs (allowed: [rows, columns] with a product of"
            f" {inputs:,})"
        )
    return given[0], given[1]
