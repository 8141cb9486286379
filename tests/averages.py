"""Averages of the weights beside those of PyTorch's AveragedModel, stored in data/."""

from pathlib import Path

import numpy as np

from nnsim.components import build_part
from nnsim.nn.arrays import perform
from nnsim.optim.averaging import AVERAGINGS

FILE = Path(__file__).parent / "data" / "torch_averages.npz"
PER_EPOCH, START = 3, 2
RULES = {"ema": {"decay": 0.9}, "swa": {"start": START, "every": 2}}


def expected(kind):
    """PyTorch's averages: behind each step, or at the ends of epochs from the second on."""
    with np.load(FILE, allow_pickle=False) as file:
        return file[kind]


def averages(kind):
    """Those of nnsim, at the same places."""
    with np.load(FILE, allow_pickle=False) as file:
        weights = file["weights"]
    parameters = weights[0].copy()
    rule = build_part(AVERAGINGS, {"kind": kind, **RULES[kind]}, "averaging")
    kept = rule.init(parameters)
    ops, found = rule.follow(parameters, kept, PER_EPOCH), []
    for step, row in enumerate(weights, start=1):
        parameters[...] = row
        perform(ops)
        if kind == "ema" or (step % PER_EPOCH == 0 and step >= START * PER_EPOCH):
            found.append(kept[0].copy())
    return np.array(found)
