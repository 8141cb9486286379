"""Data sets: all kinds of sources, and the simplest of them: a table in the scenario, parity, modular addition."""

from typing import Annotated

import numpy as np
from msgspec import Meta

from nnsim.components import Real
from nnsim.data.csv_file import CSV
from nnsim.data.digits import IDX, Digits
from nnsim.data.examples import (
    MAX_COLUMNS,
    MAX_ROWS,
    DataSource,
    Examples,
    Names,
    PictureShape,
    Read,
    column_names,
    picture_shape,
)
from nnsim.data.playground import Circle, Gauss, PolynomialPoints, SlantedPlane, Spiral, Xor
from nnsim.data.sensors import Sensors
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource
from nnsim.text import clean_line

Row = Annotated[list[Real], Meta(min_length=1, max_length=MAX_COLUMNS)]


class TableData(DataSource, frozen=True):
    """Rows written in the scenario itself.

    `inputs` and `targets` hold a list per row; `input_names` and `target_names` name their columns. Where rows
    belong to classes, `classes` names them and the targets are one column of their numbers, from 0 on.
    `picture` is the shape [rows, columns] of pictures whose pixels, line by line, the inputs are.
    """

    inputs: Annotated[list[Row], Meta(min_length=1, max_length=MAX_ROWS)]
    targets: Annotated[list[Row], Meta(min_length=1, max_length=MAX_ROWS)]
    input_names: Names = []
    target_names: Names = []
    classes: Names = []
    picture: PictureShape = []

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        inputs, targets = _matrix("inputs", self.inputs), _matrix("targets", self.targets)
        if len(inputs) != len(targets):
            raise ScenarioError(
                f"data.targets: {len(targets)} rows, but data.inputs has {len(inputs)} (allowed: as many)"
            )
        examples = Examples(
            inputs,
            targets,
            column_names("input_names", self.input_names, inputs.shape[1], "x"),
            column_names("target_names", self.target_names, targets.shape[1], "y"),
            tuple(clean_line(name, 24) for name in self.classes),
            picture=picture_shape(self.picture, inputs.shape[1]),
        )
        if self.classes and not (targets.shape[1] == 1 and np.isin(targets, np.arange(len(self.classes))).all()):
            raise ScenarioError(
                f"data.targets: are no class numbers (allowed: one column from 0 to {len(self.classes) - 1})"
            )
        return examples


class Parity(DataSource, frozen=True):
    """All patterns of so many bits, in counting order; the target is 1 where the number of ones is odd.

    With 2 bits this is XOR.

    Reference: Minsky and Papert, 1969, Perceptrons.
    """

    bits: Annotated[int, Meta(ge=1, le=12)] = 2

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        numbers = np.arange(2**self.bits)[:, None]
        places = np.arange(self.bits - 1, -1, -1)[None, :]
        inputs = ((numbers >> places) & 1).astype(np.float64)
        return Examples(
            inputs,
            inputs.sum(axis=1, keepdims=True) % 2,
            tuple(f"x{i + 1}" for i in range(self.bits)),
            ("y",),
        )


class ModularAddition(DataSource, frozen=True):
    """All pairs of numbers from 0 to p - 1, and their sum modulo p as the class.

    a and b are p inputs each, of which one is 1. Rows come in the order (0, 0), (0, 1), ..., (p - 1, p - 1).

    Reference: Power, Burda, Edwards, Babuschkin and Misra, 2022, Grokking: generalization beyond overfitting on
    small algorithmic datasets, section 2.
    """

    p: Annotated[int, Meta(ge=2, le=97)] = 23

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        first, second = np.divmod(np.arange(self.p * self.p), self.p)
        ones = np.eye(self.p)
        names = (*(f"a={i}" for i in range(self.p)), *(f"b={i}" for i in range(self.p)))
        sums = ((first + second) % self.p).astype(float)[:, None]
        classes = tuple(str(i) for i in range(self.p))
        return Examples(np.hstack([ones[first], ones[second]]), sums, names, ("sum",), classes)


def _matrix(key: str, rows: list[list[float]]) -> Array:
    width = len(rows[0])
    for number, row in enumerate(rows):
        if len(row) != width:
            raise ScenarioError(
                f"data.{key}: row {number + 1} has {len(row)} values (allowed: {width}, as in row 1)"
            )
    return np.array(rows, dtype=np.float64)


DATA_SOURCES: dict[str, type[DataSource]] = {
    "circle": Circle,
    "csv": CSV,
    "digits": Digits,
    "gauss": Gauss,
    "idx": IDX,
    "modular-addition": ModularAddition,
    "parity": Parity,
    "plane": SlantedPlane,
    "polynomial": PolynomialPoints,
    "sensors": Sensors,
    "spiral": Spiral,
    "table": TableData,
    "xor": Xor,
}
