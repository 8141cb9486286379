"""How far nnsim's gradients are from PyTorch's, stored in data/, and from central differences."""

import json
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from nnsim.components import build_part
from nnsim.nn.architecture import ModelSettings, build_network
from nnsim.nn.arrays import perform
from nnsim.nn.losses import LOSSES
from nnsim.nn.network import bind

FILE = Path(__file__).parent / "data" / "torch_gradients.npz"
STEP = 1e-5


class Given:
    """A source of random numbers that gives those that PyTorch was given."""

    def __init__(self, numbers):
        self.numbers = numbers

    def random(self, size):
        return self.numbers[: int(np.prod(size))].reshape(size)


@cache
def truth():
    """Everything in the file, by name."""
    with np.load(FILE, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def cases():
    """Every stored case: what it is made of, its loss, and its gradient."""
    start = 0
    for index, case in enumerate(json.loads(str(truth()["cases"]))):
        yield case, truth()["losses"][index], truth()["gradients"][start : start + case["size"]]
        start += case["size"]


def bound(case, precision=np.float64):
    """The network of a case with everything in place, its parameters and its gradient."""
    known = truth()
    network = build_network(msgspec.convert(case["model"], ModelSettings), 3, 3)
    assert network.size == case["size"]
    parameters = known["parameters"][: network.size].astype(precision)
    gradient = np.full(network.size, np.nan, precision)
    loss = build_part(LOSSES, case["loss"], "loss")
    one = bind(network, loss, parameters, gradient, 6, rng=Given(known["uniforms"]))
    one.inputs[...] = known["inputs"].T
    one.targets[...] = known[f"targets_{case['targets']}"].T
    return one, parameters, gradient


def backpropagated(case, precision=np.float64):
    """The network of a case after one pass forward and back, its parameters and its gradient."""
    network, parameters, gradient = bound(case, precision)
    for ops in (network.forward, network.delta, network.backward):
        perform(ops)
    return network, parameters, gradient


def by_differences(network, parameters):
    """Central differences of the loss, (C(w + h) - C(w - h)) / 2h for each parameter w."""
    found = np.empty_like(parameters)
    for i, kept in enumerate(parameters.copy()):
        values = []
        for moved in (kept - STEP, kept + STEP):
            parameters[i] = moved
            perform(network.again)
            values.append(network.value())
        parameters[i] = kept
        found[i] = (values[1] - values[0]) / (2 * STEP)
    return found


def difference(one, other):
    """The largest difference, relative to the largest entry."""
    return float(np.abs(one - other).max() / np.abs(other).max())
