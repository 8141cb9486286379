"""The network asked about rows outside training: predictions, losses, what its units answer.

It is asked with its parameters as they stand, so a trainer, which changes them in place, can be asked at any step.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array, perform
from nnsim.nn.network import BoundNetwork, Dense, bind
from nnsim.scenario.plan import Plan
from nnsim.training.records import Evaluation

MOST_ASKED = 4  # widths that are kept bound to be asked again
ROWS_AT_ONCE = 4096  # bounds the memory that an answer takes
NUMBERS_AT_ONCE = 500_000  # of the widest layer's outputs, likewise
TILE = 64  # rows: products of float64 have the same bits in parts of a multiple of these, and no fewer


class Inference:
    """The split rows of a plan, and its network with the initial parameters, ready to be evaluated."""

    def __init__(self, plan: Plan, split: Any, weights: Any) -> None:
        """Args: split, weights: the generators that rows are dealt out and parameters drawn with."""
        self.plan = plan
        self._split(split)
        precision = np.dtype(plan.train.precision)
        # The answer so far, (parameters,); training changes it in place.
        self.parameters: Array = plan.network.initial(plan.initializer, rng=weights).astype(precision)
        if (first := plan.first_output_bias(self.targets)) is not None:
            biases = plan.network.layers[-1].biases(self.parameters)
            assert biases is not None, "which first_output_bias has looked for"
            biases[...] = first
        self.statistics = plan.network.initial_statistics().astype(precision)
        self._asked: dict[int, BoundNetwork] = {}  # by number of rows: panes ask again every frame

    def _split(self, rng: Any) -> None:
        """Deal the rows out; features are scaled by what the training rows alone say."""
        plan = self.plan
        training, validation, test = (np.array(rows) for rows in plan.deal(rng))  # not parts of one array
        features, targets = plan.data.expand(plan.examples.inputs), plan.examples.targets
        self._scaling = plan.data.scaling(features, training)
        precision = np.dtype(plan.train.precision)  # once for all, instead of in every step
        targets = targets.astype(precision, copy=False)
        # Rows of the data set: those trained on, those that watch, those kept for the end.
        self.rows, self.validation_rows, self.test_rows = training, validation, test
        # Training rows with a column of ones behind them for the biases, where layers take them in as weights.
        self.padded = np.ones((len(training), plan.network.inputs + plan.network.pads), precision)
        self.inputs, self.targets = self.padded[:, : plan.network.inputs], targets[training]
        self._fill(self.inputs, features, training)
        self.validation, self.test = (
            (self._fill(np.empty((len(rows), features.shape[1]), precision), features, rows), targets[rows])
            if len(rows)
            else None
            for rows in (validation, test)
        )

    def _fill(self, place: Array, features: Array, rows: npt.NDArray[np.intp]) -> Array:
        """Writes some rows of the features, scaled, into their place, in pieces: a table can be large."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            piece = slice(start, start + ROWS_AT_ONCE)
            place[piece] = self._scaled(features[rows[piece]])
        return place

    def _scaled(self, features: Array) -> Array:
        return features if self._scaling is None else self._scaling(features)

    def bound_for(self, rows: int) -> BoundNetwork:
        """The network in inference, bound to the parameters for so many rows, which are to be filled in."""
        if rows not in self._asked:
            if len(self._asked) == MOST_ASKED:
                self._asked.clear()
            plan, gradient = self.plan, np.empty_like(self.parameters)  # which nothing is written to
            self._asked[rows] = bind(
                plan.network, plan.loss, self.parameters, gradient, rows, statistics=self.statistics
            )
        return self._asked[rows]

    def _parts(self, rows: int) -> list[tuple[int, int]]:
        """From where to where rows are answered at once, so that neither bits nor memory follow from the parts.

        Products of float32, and of a convolution, follow from how many rows there are: only very many are parted.
        """
        most, last = ROWS_AT_ONCE, 1
        stack = self.plan.network.stack
        if self.parameters.dtype == np.float64 and all(type(one) is Dense for one in stack):
            widest = max(layer.units for layer in stack)
            narrow = max(NUMBERS_AT_ONCE // widest // TILE, 1) * TILE
            most, last = (narrow, TILE) if narrow < ROWS_AT_ONCE else (most, last)
        starts = range(0, max(rows - last, 0) + 1, most) if rows else ()
        return list(pairwise([*starts, rows]))

    def answers(self, features: Array, *, raw: bool = False) -> tuple[Array, Array]:
        """Outputs, and what the loss is computed of, (outputs, rows), in inference.

        Args: features: (rows, any), or inputs as the data set has them where they are `raw`.
        """
        shape = (self.plan.network.outputs, len(features))
        outputs = np.empty(shape, self.parameters.dtype)
        scored = np.empty_like(outputs) if self.plan.loss.from_logits else outputs
        for start, end in self._parts(len(features)):
            part = features[start:end]
            if raw:
                part = self.prepare(part)
            network = self.bound_for(len(part))
            network.inputs[...] = part.T
            with np.errstate(all="ignore"):
                perform(network.forward)
            outputs[:, start:end] = network.outputs
            if scored is not outputs:
                scored[:, start:end] = network.scored
        return outputs, scored

    def prepare(self, inputs: Array) -> Array:
        """What the network is given for inputs (rows, inputs): features, scaled as in training."""
        return self._scaled(self.plan.data.expand(inputs))

    def judge(self, features: Array, targets: Array) -> tuple[float, float | None]:
        """Loss, and accuracy where it applies, over features (rows, features) and targets (rows, outputs)."""
        scored, wanted = self.answers(features)[1], targets.T.astype(self.parameters.dtype, copy=False)
        with np.errstate(all="ignore"):
            loss = float(self.plan.loss.values(scored=scored[None], targets=wanted[None])[0])
        accuracy = float(self.plan.right(scored, wanted).mean()) if self.plan.accuracy_applies else None
        return loss, accuracy

    def predict(self, inputs: Array) -> Array:
        """Predictions (rows, outputs) for inputs as the data set has them, (rows, inputs)."""
        return np.ascontiguousarray(self.answers(inputs, raw=True)[0].T)

    def outputs(self, inputs: Array) -> dict[str, Array]:
        """Outputs of each layer by its name, (rows, units), for inputs as the data set has them, (rows, inputs)."""
        return {one.layer.name: np.array(one.outputs.T, order="C") for one in self._forward(inputs).walk()}

    def activations(self, inputs: Array) -> tuple[Array, ...]:
        """Outputs of each dense layer, (rows, units), for inputs as the data set has them, (rows, inputs)."""
        return tuple(np.array(layer.outputs.T, order="C") for layer in self._forward(inputs).layers)

    def activation(self, inputs: Array, layer: int, unit: int) -> Array:
        """Outputs of one unit of a dense layer, (rows,), for inputs as the data set has them, (rows, inputs)."""
        found: Array = self._forward(inputs).layers[layer].outputs[unit].copy()
        return found

    def _forward(self, inputs: Array) -> BoundNetwork:
        """The network that has answered inputs as the data set has them, until it is asked again."""
        features = self.prepare(inputs)
        network = self.bound_for(len(features))
        network.inputs[...] = features.T
        with np.errstate(all="ignore"):
            perform(network.forward)
        return network

    def evaluate(self) -> Evaluation:
        """Predictions for all rows of the data set in their order; loss and accuracy over the training rows."""
        examples = self.plan.examples
        loss, accuracy = self.judge(self.inputs, self.targets)
        outputs, scored = self.answers(examples.inputs, raw=True)
        right = self.plan.right(scored, examples.targets.T) if self.plan.accuracy_applies else None
        predictions, scored = np.ascontiguousarray(outputs.T), np.ascontiguousarray(scored.T)
        return Evaluation(predictions, loss, accuracy, examples.targets, right, scored)
