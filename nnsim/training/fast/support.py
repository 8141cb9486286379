"""What compiled kernels have, and the settings of a plan as the numbers that they take."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from nnsim.errors import NnsimError, ScenarioError
from nnsim.nn.activations import LeakyReLU, Linear, ReLU, Sigmoid, Softmax, Tanh
from nnsim.nn.arrays import Array
from nnsim.nn.losses import MSE, BinaryCrossEntropy, SoftmaxCrossEntropy
from nnsim.nn.network import Dense
from nnsim.optim.adaptive import Adam, AdamW
from nnsim.optim.clipping import NoClipping
from nnsim.optim.gradient_descent import GradientDescent
from nnsim.optim.sgd import SGD, Momentum, Nesterov, Optimizer
from nnsim.scenario.plan import Plan

NAME = "numba"
LARGEST = 400  # parameters: the body of a kernel's loop grows with them
ACTIVATIONS = (Linear, Sigmoid, Tanh, ReLU, LeakyReLU)
OPTIMIZERS = (SGD, Momentum, Nesterov, Adam, AdamW)


def require_fast() -> None:
    """Refuses compiled code where numba is missing.  Raises: NnsimError with the command that installs it."""
    if not installed():
        raise NnsimError("--kernel fast: needs numba (pip install 'nnsim[fast]'); allowed without it: numpy")


def installed() -> bool:
    """Whether there is numba here."""
    return find_spec(NAME) is not None


def kernel_name() -> str:
    """What trains, as recordings name it: its version decides the last bits."""
    from importlib.metadata import version  # which takes longer than a run of a few steps

    return f"{NAME} {version(NAME)}"


def check_kernel(plan: Plan) -> None:
    """Raises: ScenarioError where compiled code has not what a plan asks for."""
    if reason := missing(plan):
        raise ScenarioError(f"--kernel fast: compiled code does not support {reason} (allowed: --kernel numpy)")


def missing(plan: Plan) -> str:
    """What of a plan compiled kernels have not; empty where they train it."""
    activations = [type(one.activation) for one in plan.network.layers]
    output_known = isinstance(plan.output, Softmax) and isinstance(plan.loss, SoftmaxCrossEntropy)
    reasons = {
        "layers that are not dense": not all(type(one) is Dense for one in plan.network.stack),
        "its activation": not all(one in ACTIVATIONS for one in activations[:-1])
        or not (activations[-1] in ACTIVATIONS or output_known),
        "its loss": not _knows_loss(plan),
        "its solver": type(plan.solver) is not GradientDescent,
        "its optimizer": type(plan.optimizer) not in OPTIMIZERS,
        "its clipping": type(plan.clipping) is not NoClipping,
        "an average of its weights": plan.averaging.on,
        "a bound on its weights": plan.regularization.max_norm is not None,
        f"{plan.network.size:,} parameters, but {LARGEST} at most": plan.network.size > LARGEST,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _knows_loss(plan: Plan) -> bool:
    loss = plan.loss
    if isinstance(loss, BinaryCrossEntropy):
        return type(loss) is BinaryCrossEntropy and not loss.smoothing and loss.positive_weight == 1.0
    if isinstance(loss, SoftmaxCrossEntropy):
        return type(loss) is SoftmaxCrossEntropy and not loss.smoothing and not loss.weights
    return type(loss) is MSE


def scales(plan: Plan, rows: int) -> Array:
    """What the loss of one of so many rows, and its slope, are multiplied with."""
    outputs = plan.network.outputs
    if isinstance(plan.loss, MSE):
        scale = plan.loss.scale(rows * outputs)
        return np.array([scale, 2.0 * scale])
    return np.full(2, 1.0 / rows if isinstance(plan.loss, SoftmaxCrossEntropy) else 1.0 / (rows * outputs))


def slopes(plan: Plan) -> Array:
    """The settings of activations that have one, (layers,)."""
    return np.array([float(getattr(one.activation, "slope", 0.0)) for one in plan.network.layers])


def optimizer_numbers(optimizer: Optimizer) -> list[Any]:
    """The optimizer's settings, four: betas, epsilon and decay, or the momentum."""
    names = ("beta1", "beta2", "epsilon", "weight_decay") if isinstance(optimizer, Adam) else ("momentum",)
    found = [getattr(optimizer, name, 0.0) for name in names]
    return [*found, *(0.0,) * (4 - len(found))]
