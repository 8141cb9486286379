"""Splits: which rows are trained on, which watch, which are kept for the end."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource

BINS = 16
MOST_ROWS = 1000  # read, spread over all


Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Split:
    """So many rows for validation and for the test; all others are trained on.

    With `folds` the rows that are not for the test fall into so many folds, and fold number `fold`, counted from 1,
    is the one for validation: k runs, one for each fold, are a k-fold cross-validation.

    Reference: Kohavi, 1995, A study of cross-validation and bootstrap for accuracy estimation and model
    selection.
    """

    rows: int
    validation: float = 0.0
    test: float = 0.0
    folds: int = 0
    fold: int = 1
    stratified: bool = False

    def __post_init__(self) -> None:
        if self.folds and self.validation:
            raise ScenarioError("train.folds: cannot stand beside train.validation (allowed: one of the two)")
        if self.folds == 1:
            raise ScenarioError("train.folds: 1 leaves nothing to train on (allowed: 0, or 2 and more)")
        if self.folds > self.rows - self.test_rows:
            raise ScenarioError(
                f"train.folds: {self.folds} folds of {self.rows - self.test_rows} rows (allowed: fewer)"
            )
        if self.folds and self.fold > self.folds:
            raise ScenarioError(f"train.fold: {self.fold} is not there (allowed: from 1 to {self.folds})")
        if self.training_rows < 1:
            raise ScenarioError("train.validation: leaves no row to train on (allowed: less)")

    @property
    def test_rows(self) -> int:
        return int(self.test * self.rows)

    @property
    def _fold_bounds(self) -> tuple[int, int]:
        rest = self.rows - self.test_rows
        return rest * (self.fold - 1) // self.folds, rest * self.fold // self.folds

    @property
    def validation_rows(self) -> int:
        if self.folds:
            first, end = self._fold_bounds
            return end - first
        return int(self.validation * self.rows)

    @property
    def training_rows(self) -> int:
        return self.rows - self.validation_rows - self.test_rows

    def deal(
        self,
        labels: Indices | None,
        *,
        rng: RandomSource,
        groups: Indices | None = None,
        times: Array | None = None,
    ) -> tuple[Indices, Indices, Indices]:
        """Rows for training, validation and test, at random.

        Args: labels: the class of each row, (rows,), where each is to have its share. groups: numbers, (rows,);
            rows of the same one stay on one side. times: (rows,); the first are trained on, the last are the test.
        """
        if self.training_rows == self.rows:
            everything = np.arange(self.rows)
            return everything, everything[:0], everything[:0]
        if times is not None:
            return self._by_time(times)
        order = rng.permutation(self.rows).astype(np.intp)
        if groups is not None:
            return self._by_group(order, groups)
        if self.stratified:
            if labels is None:
                raise ScenarioError("train.stratified: the rows have no classes (allowed: false)")
            order = order[_evenly(labels[order])]
        rest = self.rows - self.test_rows
        first, end = self._fold_bounds if self.folds else (0, self.validation_rows)
        training = np.concatenate([order[:first], order[end:rest]])
        return training, order[first:end], order[rest:]

    def _by_time(self, times: Array) -> tuple[Indices, Indices, Indices]:
        if self.folds or self.stratified:
            key = "folds" if self.folds else "stratified"
            raise ScenarioError(f"train.{key}: does not go with data.time (allowed: train.validation, train.test)")
        order = np.argsort(times, kind="stable").astype(np.intp)
        first = self.training_rows
        return order[:first], order[first : first + self.validation_rows], order[first + self.validation_rows :]

    def _by_group(self, order: Indices, groups: Indices) -> tuple[Indices, Indices, Indices]:
        """Whole groups, in the order of their first rows, for the test, then for validation, then for training.

        A part gets groups until it has the rows that it asks for; the last group goes where it brings it nearer.
        """
        if self.folds or self.stratified:
            key = "folds" if self.folds else "stratified"
            raise ScenarioError(f"train.{key}: does not go with data.group (allowed: train.validation, train.test)")
        _, first = np.unique(groups[order], return_index=True)
        sizes = np.bincount(groups)
        turn = groups[order][np.sort(first)]  # groups in the order in which they turn up
        ends = np.cumsum(sizes[turn])
        wanted = np.array([self.test_rows, self.test_rows + self.validation_rows])
        test, both = (int(np.argmin(np.abs(np.concatenate([[0], ends]) - one))) for one in wanted)
        place = np.empty(len(sizes), np.intp)
        place[turn] = np.arange(len(turn))
        of_row = place[groups[order]]
        parts = order[of_row >= both], order[(of_row >= test) & (of_row < both)], order[of_row < test]
        for rows, asked, name in ((parts[0], 1, "train"), (parts[1], self.validation_rows, "validate")):
            if asked and not len(rows):
                raise ScenarioError(
                    f"data.group: {len(turn):,} groups leave none to {name} with (allowed: more groups, or other "
                    "train.validation and train.test)"
                )
        return parts


def _evenly(labels: Indices) -> Indices:
    """An order in which every stretch of rows has the classes in their shares: row i of n at (i + 1/2) / n."""
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.argsort(place, kind="stable")


def most_varied(inputs: Array, count: int = 2) -> list[int]:
    """The `count` inputs (rows, inputs) whose values are spread the most evenly over their range, in order.

    H = -sum p_b log p_b,   p_b the share of rows in each of 16 equal bins of its range
    """
    rows = inputs[:: -(-len(inputs) // MOST_ROWS)]
    low, high = rows.min(axis=0), rows.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    bins = np.minimum((rows - low) / span * BINS, BINS - 1).astype(np.int64)
    columns = inputs.shape[1]
    counts = np.bincount((bins + np.arange(columns) * BINS).ravel(), minlength=columns * BINS)
    shares = counts.reshape(columns, BINS) / len(rows)
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1)
    return sorted(np.argsort(-entropy.round(9), kind="stable")[:count].tolist())
