"""Feature importance: on which columns the answers of a network depend, found in two ways.

By permutation: how much worse the answers become when the values of one column are dealt out anew. By gradients of
the answers by the inputs: a seed of 1 at one output goes back through the layers to the inputs:

    d a_k / d x = W_1 d_1,  d_1 found by backpropagation from d a_k = 1

How much an answer leans on a column is told by the mean size of that slope, times the column's deviation, so that
columns in other units can be compared.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.errors import NnsimError
from nnsim.nn.arrays import Array, perform
from nnsim.nn.network import Dense
from nnsim.scenario.plan import Plan
from nnsim.training.inference import Inference

ROWS = 500  # that are asked, evenly chosen of those that were not trained on
TIMES = 3  # that a column is dealt out
MOST_ANSWERS = 60_000  # in all; of many columns each is dealt out fewer times
MOST_ROWS = 1024  # that gradients are taken of, spread over all


class Importance(Struct, frozen=True):
    """How much worse the answers become without a column.  Args: loss: the rise of the loss, in the mean."""

    column: str
    loss: float


def columns_of(plan: Plan) -> list[tuple[str, npt.NDArray[np.intp]]]:
    """The columns of the data with the numbers of the inputs that are made of each."""
    sources = plan.examples.sources or plan.examples.input_names
    found: dict[str, list[int]] = {}
    for index, name in enumerate(sources):
        found.setdefault(name, []).append(index)
    return [(name, np.array(places, np.intp)) for name, places in found.items()]


def permutation_importance(trainer: Inference) -> tuple[list[Importance], str]:
    """The importance of every column, the largest first, and the rows that it was asked of: validation or training.

    It is the rise of the loss of these rows when their values in the column change places at random: the column
    keeps its values and says nothing any more. Of two columns that say the same, each seems to matter little.

    Note: the loss rises where scikit-learn's `permutation_importance` has a score fall.
    Reference: Breiman, 2001, Random forests, section 10.
    """
    plan = trainer.plan
    part, rows = (
        ("validation", trainer.validation_rows) if len(trainer.validation_rows) else ("training", trainer.rows)
    )
    rows = rows[:: max(1, -(-len(rows) // ROWS))]
    inputs, targets = plan.examples.inputs[rows], plan.examples.targets[rows]
    columns = columns_of(plan)
    times = max(1, min(TIMES, MOST_ANSWERS // max(1, len(rows) * len(columns))))
    before = trainer.judge(trainer.prepare(inputs), targets)[0]
    rng = np.random.default_rng(0)  # the same order at every step, so that a picture only moves with the network
    orders = [rng.permutation(len(rows)) for _ in range(times)]
    found = [
        Importance(name, float(np.mean(_without(trainer, inputs, targets, places, orders))) - before)
        for name, places in columns
    ]
    return sorted(found, key=lambda one: -one.loss if np.isfinite(one.loss) else 0.0), part


def _without(
    trainer: Inference,
    inputs: Array,
    targets: Array,
    places: npt.NDArray[np.intp],
    orders: Sequence[npt.NDArray[np.intp]],
) -> list[float]:
    losses = []
    for order in orders:
        mixed = inputs.copy()
        mixed[:, places] = inputs[order][:, places]
        losses.append(trainer.judge(trainer.prepare(mixed), targets)[0])
    return losses


def input_gradients(trained: Inference, features: Array) -> Array:
    """The slope of every output by every input of its row, (rows, outputs, inputs).

    Args: features: what the network is given, (rows, inputs).
    Raises: NnsimError where the first layer is none with weights.
    """
    first = trained.plan.network.stack[0]
    if not isinstance(first, Dense):
        raise NnsimError("the first layer has no weights of its own: slopes by the inputs are not told")
    network = trained.bound_for(len(features))
    network.inputs[...] = features.T
    found = np.empty((len(features), trained.plan.network.outputs, first.inputs))
    weights, last = first.weights(trained.parameters), network.stack[-1]
    with np.errstate(all="ignore"):
        perform(network.forward)
        for output in range(found.shape[1]):
            last.delta.fill(0.0)
            last.delta[output] = 1.0
            perform((*last.finish(), *network.backward))
            found[:, output] = (weights @ network.stack[0].delta).T
    return found


def reliance(trained: Inference) -> Array:
    """How much the answers lean on each input, as shares of all, (inputs,); NaN where they lean on none.

    Raises: NnsimError where the first layer has no weights of its own.
    """
    rows = trained.inputs[:: -(-len(trained.inputs) // MOST_ROWS)]
    slopes = np.abs(input_gradients(trained, rows)).mean(axis=0).sum(axis=0)
    weight = slopes * trained.inputs.std(axis=0)
    with np.errstate(all="ignore"):
        return np.asarray(weight / weight.sum())
