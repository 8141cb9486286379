"""The exact answer of a linear model, by ordinary least squares, and which learning rates lead to it."""

from dataclasses import dataclass

import numpy as np

from nnsim.nn.activations import Linear
from nnsim.nn.arrays import Array
from nnsim.nn.losses import MSE
from nnsim.scenario.plan import Plan


@dataclass(frozen=True)
class LeastSquares:
    """The lowest point of the bowl, and how the bowl curves around it, alike for all outputs."""

    parameters: Array  # (parameters,), as the trainer lays them out
    loss: float  # at these parameters
    curvatures: Array  # (weight rows,): eigenvalues of the Hessian, smallest first
    directions: Array  # (weight rows, weight rows): the direction of each as a column


def least_squares(plan: Plan) -> LeastSquares | None:
    """Solve a linear model exactly.

        minimize C(W) = s |A W - Y|**2,   H = 2 s A.T A

    with A the inputs (and a column of ones for the bias) and s the reduction's factor: 1/n, 1/(2n) or 1/2.

    Returns: None where the model has hidden layers, an activation that is not linear, or another loss than MSE.
    Note: where the columns of A depend on each other there are many lowest points; this is the one nearest to 0.
    Reference: Golub and Van Loan, 2013, Matrix Computations, section 5.3.
    """
    loss, (layer, *further) = plan.loss, plan.network.layers
    if further or not isinstance(layer.activation, Linear) or not isinstance(loss, MSE):
        return None
    inputs, targets = plan.examples.inputs, plan.examples.targets
    a = np.hstack([inputs, np.ones((len(inputs), 1))]) if layer.bias else inputs
    weights = np.linalg.lstsq(a, targets, rcond=None)[0]  # (rows of the weights, outputs)
    error = (a @ weights - targets).T[None]
    scale = {"mean": 1.0 / targets.size, "half-mean": 0.5 / targets.size, "half-sum": 0.5}[loss.reduction]
    curvatures, directions = np.linalg.eigh(2.0 * scale * a.T @ a)
    return LeastSquares(
        parameters=weights.reshape(-1),
        loss=float(loss.values(error, np.zeros_like(error))[0]),
        curvatures=curvatures,
        directions=directions,
    )
