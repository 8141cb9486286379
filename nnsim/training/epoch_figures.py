"""Figures that are taken at the end of each epoch: of validation, of averaged weights, of sharpness.

Sharpness is how much the loss bends where it bends most. It is measured roughly while a run is trained, and
exactly where it is asked for.
"""

import numpy as np
from msgspec import Struct

from nnsim.errors import NnsimError
from nnsim.nn.arrays import Array
from nnsim.nn.hessian import Hessian, largest_eigenvalue, why_no_hessian
from nnsim.training.inference import Inference

# Of sharpness: rows that are looked at, products with the Hessian, and how far they may be from their limit. Each
# epoch goes on from the direction of the last one, so that few are enough.
MOST_ROWS, MOST_PRODUCTS, CLOSE = 2048, 24, 1e-4
EVERY_ROW = 1_000_000


def take_figures(trained: Inference, averaged: Array, measured: Array) -> dict[str, float]:
    """The figures of the epoch that has just ended.

    Args: averaged: the average of the weights and its counts, (2 or no rows, parameters). measured: the direction
    in which the loss has bent most, (1 or no rows, parameters), which is brought up to date.
    """
    found: dict[str, float] = {}
    if trained.validation is not None:
        found["validation_loss"], accuracy = trained.judge(*trained.validation)
        if trained.plan.accuracy_applies:
            found["validation_accuracy"] = float(accuracy or 0.0)
    if len(averaged):
        kept = trained.parameters.copy()
        np.copyto(trained.parameters, averaged[0])
        found["averaged_loss"] = trained.judge(trained.inputs, trained.targets)[0]
        if trained.validation is not None:
            found["averaged_validation_loss"] = trained.judge(*trained.validation)[0]
        np.copyto(trained.parameters, kept)
    if len(measured):
        found["sharpness"] = _sharpness(trained, measured[0])
    return found


def _sharpness(trained: Inference, direction: Array) -> float:
    """The largest eigenvalue of the Hessian, by power iteration from a direction, (parameters,), and into it."""
    hessian = hessian_of(trained, MOST_ROWS)
    start = direction if direction.any() else np.random.default_rng(0).normal(size=direction.size)
    if not np.isfinite(trained.parameters).all():
        return float("nan")
    found = largest_eigenvalue(hessian.at(), start.astype(np.float64), tolerance=CLOSE, most=MOST_PRODUCTS)
    direction[...] = found.vector
    return found.value


def hessian_of(trained: Inference, most_rows: int) -> Hessian:
    """The Hessian of what a run minimizes, its L2 penalty included, over its first training rows."""
    plan, rows = trained.plan, min(len(trained.inputs), most_rows)
    network = trained.bound_for(rows)
    network.inputs[...], network.targets[...] = trained.inputs[:rows].T, trained.targets[:rows].T
    ridge = plan.regularization.l2 * plan.regularization.mask(plan.network)
    return Hessian(network, trained.parameters, ridge)


class Sharpness(Struct, frozen=True):
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
