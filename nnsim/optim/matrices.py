"""Optimizers that see the weights of a layer as a matrix and not as so many numbers: Muon, Adafactor."""

from collections.abc import Callable
from functools import partial
from math import sqrt
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from nnsim.components import Fraction, Positive, Rate
from nnsim.nn.arrays import Array, Ops, memory
from nnsim.nn.network import Block
from nnsim.optim.adam_variants import count
from nnsim.optim.adaptive import Memory
from nnsim.optim.sgd import Optimizer

# Of the polynomial that drives singular values towards 1: the steepest at 0 that stays within about 0.7 to 1.2.
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


class Muon(Optimizer, frozen=True):
    """Momentum whose step has all singular values near 1: a layer's weights turn in every direction alike.

        m = momentum * m + (1 - momentum) * G,  U = momentum * m + (1 - momentum) * G    (U = m without `nesterov`)
        X = U / |U|,  five times X = 3.4445 X - 4.775 (X X.T) X + 2.0315 (X X.T)**2 X
        D = rate * weight_decay * W + rate * scale * X,  W = W - D,  of one weight w = w - d

    with G and W (inputs, units) of one layer and |U| the root of the sum of squares; of X and its transpose the one
    with fewer rows is worked on. Singular values end between 0.7 and 1.2. `scale` makes steps alike for matrices of
    all shapes:

        original          scale = sqrt(max(1, units / inputs))
        match-rms-adamw   scale = 0.2 * sqrt(max(inputs, units)), for rates that AdamW is used to

    Biases, gammas and betas are no matrices: they take Adam's step with `beta1`, `beta2`, `epsilon` and the same
    rate, without decay. All weights are taken for Muon's, those of the first and the last layer too.

    Note: the rule for matrices is PyTorch's `Muon` with its defaults (rate 0.001), computed there in bfloat16 and
    here in the precision of the run; PyTorch refuses biases, which are to be given to another optimizer. Optax
    scales as "original", does not decay, and gives biases to Adam at the same rate, as here. Keras scales by 0.2 *
    sqrt(max(inputs, units)), with decay 0.004, and gives biases to Adam with that decay. So one rate means steps
    that differ: by a factor of 2.5 for 156 inputs and as many units. Jordan keeps the first and last layer out.
    Reference: Jordan et al., 2024, Muon: an optimizer for hidden layers in neural networks; match-rms-adamw: Liu et
    al., 2025, Muon is scalable for LLM training, equation 4.
    """

    memory, follows, by_block = 3, 0, True  # m, Adam's v of what is no matrix, and t
    lines = ("w = w - d",)

    momentum: Fraction = 0.95
    nesterov: bool = True
    weight_decay: Rate = 0.1
    iterations: Annotated[int, Meta(ge=1, le=99)] = 5
    scale: Literal["original", "match-rms-adamw"] = "original"
    beta1: Memory = 0.9
    beta2: Memory = 0.999
    epsilon: Positive = 1e-8

    def update_blocks(
        self,
        blocks: tuple[Block, ...],
        parameters: Array,
        gradient: Array,
        slots: Array,
        rate: Array,
        change: Array,
    ) -> Ops:
        vectors = [one for one in blocks if len(one.shape) == 1]
        mean = slots[0]
        parts = [
            partial(self._turn, one.view(parameters), one.view(gradient), one.view(mean), one.view(change), rate)
            for one in blocks
            if len(one.shape) == 2
        ]
        numbers = memory(slots[2])

        def adam() -> None:
            t = count(numbers)
            step = rate.item() / (1.0 - self.beta1**t)
            for one in vectors:
                g, m, v, moved = (one.view(flat) for flat in (gradient, slots[0], slots[1], change))
                m *= self.beta1
                m += (1.0 - self.beta1) * g
                v *= self.beta2
                v += (1.0 - self.beta2) * g * g
                np.multiply(m, step, moved)
                moved /= np.sqrt(v / (1.0 - self.beta2**t)) + self.epsilon

        return (*parts, adam, partial(np.subtract, parameters, change, parameters))

    def _turn(self, weights: Array, gradient: Array, mean: Array, change: Array, rate: Array) -> None:
        """Write the step of one matrix, (inputs, units), into `change`."""
        mean *= self.momentum
        mean += (1.0 - self.momentum) * gradient
        ahead = self.momentum * mean + (1.0 - self.momentum) * gradient if self.nesterov else mean
        np.multiply(orthogonalized(ahead, self.iterations), rate * self._scale(*weights.shape), change)
        if self.weight_decay:
            change += rate * self.weight_decay * weights

    def _scale(self, inputs: int, units: int) -> float:
        return sqrt(max(1.0, units / inputs)) if self.scale == "original" else 0.2 * sqrt(max(inputs, units))


def orthogonalized(matrix: Array, iterations: int) -> Array:
    """A matrix with the same singular vectors and singular values near 1, by Newton and Schulz's iteration.

    Args: matrix: (rows, columns).  Returns: the same shape; zeros stay zeros.
    """
    first, third, fifth = NEWTON_SCHULZ
    wide = len(matrix) <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / max(sqrt(float(np.einsum("ij,ij->", x, x))), 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = first * x + (third * gram + fifth * (gram @ gram)) @ x
    return x if wide else x.T


class Adafactor(Optimizer, frozen=True):
    """RMSProp that remembers a number for each input and each unit of a layer, where Adam remembers two a weight.

        b = t**beta2_decay,  R = (1 - b) * R + b * (mean of G**2 over units),  C likewise over inputs
        V = R C.T / mean(R),  U = G / sqrt(V),  U = U / max(1, rms(U) / threshold)
        D = rate * weight_decay * W + max(smallest, rms(W)) * min(rate, 1 / sqrt(t)) * U
        W = W - D,  of one weight w = w - d

    with G and W (inputs, units) of one layer, R (inputs,), C (units,), t = 1 in the first step. rms is the root of
    the mean square: steps are measured by the size of what they change. Biases, gammas and betas are vectors with a
    V of their own, V = (1 - b) * V + b * g**2.

    Note: as in PyTorch, whose rate is 0.01: V is kept above the precision squared, where the paper adds 1e-30 to
    G**2. The paper has no rate, and 0.01 in its place. Optax's `adafactor` scales otherwise.
    Reference: Shazeer and Stern, 2018, Adafactor: adaptive learning rates with sublinear memory cost, algorithm 4.
    """

    memory, by_block = 3, True  # R in the first places of a matrix, C likewise, t; of a vector V in the first
    lines = ("w = w - d",)

    beta2_decay: Annotated[float, Meta(ge=-10.0, le=0.0)] = -0.8
    smallest: Rate = 1e-3
    threshold: Annotated[float, Meta(ge=1.0, le=1e6)] = 1.0
    weight_decay: Rate = 0.0

    def update_blocks(
        self,
        blocks: tuple[Block, ...],
        parameters: Array,
        gradient: Array,
        slots: Array,
        rate: Array,
        change: Array,
    ) -> Ops:
        numbers, least = memory(slots[2]), float(np.finfo(parameters.dtype).eps)
        parts = [(one.view(parameters), one.view(gradient), one.view(change)) for one in blocks]
        spreads = [_spread(one, slots, slope, least) for one, (_, slope, _) in zip(blocks, parts, strict=True)]

        def step() -> None:
            t = count(numbers)
            share, most = t**self.beta2_decay, min(rate.item(), 1.0 / sqrt(t))
            for (values, slope, moved), spread in zip(parts, spreads, strict=True):
                np.divide(slope, np.sqrt(np.maximum(spread(share), least * least)), moved)
                size = max(self.smallest, _rms(values)) * most
                moved *= size / max(1.0, _rms(moved) / self.threshold)
                if self.weight_decay:
                    moved += rate.item() * self.weight_decay * values

        return step, partial(np.subtract, parameters, change, parameters)


def _spread(block: Block, slots: Array, slope: Array, least: float) -> Callable[[float], Array]:
    """What lets a share of a gradient's squares into the memory, and returns V in the shape of the block."""
    if len(block.shape) == 1:
        mean = block.view(slots[0])

        def of_vector(share: float) -> Array:
            np.add(mean, share * (slope * slope - mean), mean)
            return mean

        return of_vector
    inputs, units = block.shape
    rows = slots[0, block.offset : block.offset + inputs]
    columns = slots[1, block.offset : block.offset + units]

    def of_matrix(share: float) -> Array:
        np.add(rows, share * (np.einsum("iu,iu->i", slope, slope) / units - rows), rows)
        np.add(columns, share * (np.einsum("iu,iu->u", slope, slope) / inputs - columns), columns)
        return np.asarray(np.outer(rows, columns) / max(float(rows.mean()), least))

    return of_matrix


def _rms(values: Array) -> float:
    flat = values.ravel()
    return sqrt(float(flat.dot(flat)) / flat.size)
