"""The plane of two inputs as a hidden layer bends it: where a grid on it, and the rows of data, come to lie."""

from dataclasses import dataclass

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.training.trainer import Trainer

POINTS = 25  # on a grid line


@dataclass(frozen=True)
class Warped:
    """What two units answer, one across and one upwards."""

    lines: tuple[Array, ...]  # of the grid, (points, 2): along the first input, then the second
    rows: Array  # (rows, 2), of the data


def warped(
    trainer: Trainer, layer: int, units: tuple[int, int], inputs: tuple[int, int], count: int, margin: float = 0.0
) -> Warped:
    """Ask a layer about a grid over the data's range of two inputs, all others held at their mean.

    Args: layer: counted from 0. units: of it. inputs: which two run; the same twice, or a network of one input, is
    a single line. count: lines each way. margin: of the range, on either side.
    """
    data = trainer.plan.examples.inputs
    held, low, high = data.mean(axis=0), data.min(axis=0), data.max(axis=0)
    reach = margin * (high - low)
    low, high = low - reach, high + reach
    asked = []
    both = data.shape[1] > 1 and inputs[0] != inputs[1]
    for along, across in (inputs, inputs[::-1]) if both else (inputs,):
        run = np.linspace(low[along], high[along], POINTS)
        for value in np.linspace(low[across], high[across], count) if both else (0.0,):
            line = np.broadcast_to(held, (POINTS, len(held))).copy()
            if both:
                line[:, across] = value
            line[:, along] = run
            asked.append(line)
    pick = list(units)
    answers = trainer.activations(np.concatenate(asked))[layer][:, pick]
    lines = tuple(answers[start : start + POINTS] for start in range(0, len(answers), POINTS))
    return Warped(lines, trainer.activations(data)[layer][:, pick])
