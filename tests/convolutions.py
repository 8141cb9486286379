"""Small convolutional networks beside PyTorch's numbers, stored in data/."""

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

FILE = Path(__file__).parent / "data" / "torch_convolutions.npz"


@cache
def truth():
    """Everything in the file, by name."""
    with np.load(FILE, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def cases():
    """The layers of every stored case, its loss and its gradient."""
    known, start = truth(), 0
    for layers, loss, size in zip(json.loads(str(known["cases"])), known["losses"], known["sizes"], strict=True):
        yield layers, loss, known["gradients"][start : start + size]
        start += size


def named(layers):
    """What a case is made of, in a few words."""
    words = []
    for one in layers:
        settings = [f"{key} {one[key]}" for key in ("kernel", "stride", "padding", "size", "mode") if key in one]
        words.append(" ".join([one["kind"], *settings]))
    return ", ".join(words)


def backpropagated(layers, precision=np.float64):
    """The network of a case after one pass forward and back, its parameters and its gradient."""
    known = truth()
    rows, *picture = known["inputs"].shape
    model = msgspec.convert({"layers": layers, "output": "softmax"}, ModelSettings)
    network = build_network(model, picture[0] * picture[1], 3, tuple(picture))
    parameters = known["parameters"][: network.size].astype(precision)
    gradient = np.full(network.size, np.nan, precision)
    rng = np.random.default_rng(0)
    bound = bind(network, build_part(LOSSES, "softmax-cross-entropy", "loss"), parameters, gradient, rows, rng=rng)
    bound.inputs[...] = known["inputs"].reshape(rows, -1).T
    bound.targets[...] = known["targets"].T
    for ops in (bound.forward, bound.delta, bound.backward):
        perform(ops)
    return bound, parameters, gradient
