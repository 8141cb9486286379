"""Gradients of the answers by the inputs: on which columns, and on which rows, an answer depends.

A seed of 1 at one output goes back through the layers to the inputs:

    d a_k / d x = W_1 d_1,  d_1 found by backpropagation from d a_k = 1

How much an answer leans on a column is told by the mean size of that slope, times the column's deviation, so that
columns in other units can be compared.
"""

import numpy as np

from nnsim.errors import NnsimError
from nnsim.nn.arrays import Array, perform
from nnsim.nn.network import Dense
from nnsim.training.inference import Inference

MOST_ROWS = 1024  # spread over all


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
