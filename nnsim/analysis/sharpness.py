"""Sharpness: how much the loss bends where it bends most, and the whole Hessian of a small network."""

from dataclasses import dataclass

import numpy as np

from nnsim.errors import NnsimError
from nnsim.nn.arrays import Array
from nnsim.nn.hessian import largest_eigenvalue, why_no_hessian
from nnsim.training.epoch_figures import hessian_of
from nnsim.training.inference import Inference

MOST_PARAMETERS = 2000  # of a Hessian that is written out: as many products, and so many numbers squared
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
    _check(trained)
    start = np.random.default_rng(0).normal(size=trained.parameters.size)
    found = largest_eigenvalue(hessian_of(trained, EVERY_ROW).at(), start, tolerance=tolerance, most=most)
    return Sharpness(found.value, found.vector, found.products)


def whole_hessian(trained: Inference) -> Array:
    """The Hessian, (parameters, parameters), a product for each column.  Raises: NnsimError where it is large."""
    _check(trained)
    size = trained.parameters.size
    if size > MOST_PARAMETERS:
        raise NnsimError(f"{size:,} parameters: the Hessian is too large (allowed: {MOST_PARAMETERS:,})")
    product = hessian_of(trained, EVERY_ROW).at()
    return np.array([product(one) for one in np.eye(size)])


def _check(trained: Inference) -> None:
    if reason := why_no_hessian(trained.plan.network, trained.plan.loss):
        raise NnsimError(reason)
