"""Smoothing: the course of a noisy figure, from the extremes of its columns alone, whatever they cover."""

import numpy as np

from nnsim.nn.arrays import Array


def smoothed(low: Array, high: Array, half: int, log: bool = False) -> Array:
    """A centred mean over neighbouring columns, the near ones counting most.

        s_j = sum_k u_k m_{j+k} / sum_k u_k,   u_k = (1 + cos(pi k / (half + 1))) / 2,   |k| <= half
        m_j = (low_j + high_j) / 2,   on a logarithmic axis the root of low_j high_j, and s_j the mean of logarithms

    It does not lag behind as a running mean does. At the ends, and beside gaps, the weights of the columns that are
    there are what they are divided by, so a constant stays what it is. A gap stays a gap.

    Args: low, high: (columns,), smallest and largest value of each. half: columns to either side. log: whether it
    is drawn on a logarithmic axis, where what is not positive is a gap.
    Returns: (columns,).
    """
    if not len(low):
        return np.empty(0)
    middle = np.full(len(low), np.nan)
    if log:
        there = np.isfinite(low) & np.isfinite(high) & (low > 0.0)
        middle[there] = 0.5 * (np.log(low[there]) + np.log(high[there]))
    else:
        there = np.isfinite(low) & np.isfinite(high)
        middle[there] = 0.5 * low[there] + 0.5 * high[there]
    offsets = np.arange(-half, half + 1)
    weights = 0.5 * (1.0 + np.cos(np.pi * offsets / (half + 1)))
    total = np.convolve(np.where(there, middle, 0.0), weights)[half : half + len(low)]
    counted = np.convolve(there.astype(np.float64), weights)[half : half + len(low)]
    mean = np.full(len(low), np.nan)
    mean[there] = total[there] / counted[there]
    return np.exp(mean) if log else mean
