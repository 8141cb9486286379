"""Sharpness: how much the loss bends where it bends most."""

from dataclasses import dataclass

import numpy as np

from nnsim.errors import NnsimError
from nnsim.nn.arrays import Array
from nnsim.nn.hessian import largest_eigenvalue, why_no_hessian
from nnsim.training.epoch_figures import hessian_of
from nnsim.training.inference import Inference

EVERY_ROW = 1_000_000


@dataclass(frozen=True)
class Sharpness:
    """The largest eigenvalue of the Hessian of what a run minimizes, over all its training rows."""

    value: float
    direction: Array  # (parameters,): the eigenvector, of length 1
    products: int  # that it took


def sharpness(trained: Inference, *, tolerance: float = 1e-7, most: int = 2000) -> Sharpness:
    """Finds it by power iteration on exact Hessian-vector products.

    Args: tolerance: the last relative change at which it stops. most: products.
    Raises: NnsimError where second derivatives are not known.
    Reference: Pearlmutter, 1994; Cohen et al., 2021, Gradient descent on neural networks typically occurs at the
    edge of stability, section 2.
    """
    if reason := why_no_hessian(trained.plan.network, trained.plan.loss):
        raise NnsimError(reason)
    start = np.random.default_rng(0).normal(size=trained.parameters.size)
    found = largest_eigenvalue(hessian_of(trained, EVERY_ROW).at(), start, tolerance=tolerance, most=most)
    return Sharpness(found.value, found.vector, found.products)
