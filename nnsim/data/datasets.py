"""Data sets: rows of inputs and targets, written in the scenario or made from a rule."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta

from nnsim.arrays import Array
from nnsim.errors import ScenarioError
from nnsim.parts import Part, Real
from nnsim.text import clean_line

Row = Annotated[list[Real], Meta(min_length=1, max_length=1024)]
Names = Annotated[list[str], Meta(max_length=1024)]


@dataclass(frozen=True)
class Examples:
    """Rows of a data set: inputs (rows, features), targets (rows, outputs), and what the columns are called."""

    inputs: Array
    targets: Array
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]

    @property
    def rows(self) -> int:
        return int(self.inputs.shape[0])

    @property
    def binary(self) -> bool:
        """Whether every target is 0 or 1, so that an answer can be right or wrong."""
        return bool(np.isin(self.targets, (0.0, 1.0)).all())


class DataSource(Part, frozen=True):
    """A rule that gives a data set."""

    def examples(self) -> Examples:
        """The rows, in their order."""
        raise NotImplementedError


class Table(DataSource, frozen=True):
    """Rows written in the scenario itself.

    `inputs` and `targets` hold a list per row; `input_names` and `target_names` name their columns.
    """

    inputs: Annotated[list[Row], Meta(min_length=1, max_length=100_000)]
    targets: Annotated[list[Row], Meta(min_length=1, max_length=100_000)]
    input_names: Names = []
    target_names: Names = []

    def examples(self) -> Examples:
        inputs, targets = _matrix("inputs", self.inputs), _matrix("targets", self.targets)
        if len(inputs) != len(targets):
            raise ScenarioError(
                f"data.targets: {len(targets)} rows, but data.inputs has {len(inputs)} (allowed: as many)"
            )
        return Examples(
            inputs,
            targets,
            _names("input_names", self.input_names, inputs.shape[1], "x"),
            _names("target_names", self.target_names, targets.shape[1], "y"),
        )


class Parity(DataSource, frozen=True):
    """All patterns of so many bits, in counting order; the target is 1 where the number of ones is odd.

    With 2 bits this is XOR.
    """

    bits: Annotated[int, Meta(ge=1, le=12)] = 2

    def examples(self) -> Examples:
        numbers = np.arange(2**self.bits)[:, None]
        places = np.arange(self.bits - 1, -1, -1)[None, :]
        inputs = ((numbers >> places) & 1).astype(np.float64)
        return Examples(
            inputs,
            inputs.sum(axis=1, keepdims=True) % 2,
            tuple(f"x{i + 1}" for i in range(self.bits)),
            ("y",),
        )


def _matrix(key: str, rows: list[list[float]]) -> Array:
    width = len(rows[0])
    for number, row in enumerate(rows):
        if len(row) != width:
            raise ScenarioError(
                f"data.{key}: row {number + 1} has {len(row)} values (allowed: {width}, as in row 1)"
            )
    return np.array(rows, dtype=np.float64)


def _names(key: str, names: list[str], width: int, letter: str) -> tuple[str, ...]:
    if not names:
        return (letter,) if width == 1 else tuple(f"{letter}{i + 1}" for i in range(width))
    if len(names) != width:
        raise ScenarioError(f"data.{key}: {len(names)} names (allowed: {width}, one a column)")
    return tuple(clean_line(name, 24) for name in names)


DATA_SOURCES: dict[str, type[DataSource]] = {
    "parity": Parity,
    "table": Table,
}
