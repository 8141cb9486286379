"""Which inputs tell the most rows apart."""

import numpy as np

from nnsim.arrays import Array

BINS = 16
MOST_ROWS = 1000  # looked at, evenly many of all


def most_varied(inputs: Array, count: int = 2) -> list[int]:
    """The inputs whose values are spread the most evenly over their range, in their order.

        H = -sum p_b log p_b,   p_b the share of rows in each of 16 equal bins of its range

    An input that is nearly always the same, as the corner of an image is, has an H near 0.

    Args: inputs: (rows, inputs). count: how many of them; those that come first where H is the same.
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
