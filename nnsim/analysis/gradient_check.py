"""The gradient check: backpropagation against central differences, for every parameter."""

from dataclasses import dataclass, replace

import msgspec
import numpy as np

from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource
from nnsim.optim.gradient_descent import FiniteDifferences, GradientDescent, Solver
from nnsim.scenario.plan import Plan, TrainSettings
from nnsim.training.trainer import Trainer

TOLERANCE = 1e-6  # largest relative difference that passes
STEPS = (1e-5, 1e-6, 1e-7)
MOST_PARAMETERS = 20_000  # each costs two forward passes
MOST_ROWS = 64
SHAKE = 0.01


@dataclass(frozen=True)
class LayerCheck:
    """One layer with parameters: the largest relative difference, and where it is, counted from 0 in the layer."""

    name: str
    parameters: int
    largest: float
    place: int


@dataclass(frozen=True)
class GradientCheck:
    """The largest relative difference of each layer, and what it took to find them."""

    layers: tuple[LayerCheck, ...]
    rows: int
    loss: float
    forward_passes: int  # of the differences; backpropagation costs about 3
    tolerance: float

    @property
    def largest(self) -> float:
        return max(one.largest for one in self.layers)

    @property
    def passed(self) -> bool:
        return self.largest <= self.tolerance


def check_gradient(plan: Plan, tolerance: float = TOLERANCE) -> GradientCheck:
    """Compare the gradient that backpropagation finds with differences of the loss, over the first batch of a run.

        d_i = (C(w + h e_i) - C(w - h e_i)) / (2 h)
        r_i = |g_i - d_i| / max(|g_i|, |d_i|, floor),  floor = 4 eps |C| / (h tolerance)

    in float64 whatever the plan's precision, at the initial parameters moved by 0.01 N(0, 1), because at the start
    itself zeros may stand on a kink. Where r_i is above the tolerance, h = 1e-5 gives way to 1e-6 and 1e-7, and the
    smallest r_i counts: a kink of ReLU or of the absolute error that lies between w - h and w + h shows as a false
    alarm, and such a place is left by a smaller h; a wrong gradient is wrong for every h.

    Args: plan: any; a solver without a gradient is left aside, a batch cut to 64 rows.
    Raises: ScenarioError where the model has more than 20,000 parameters.
    Note: the floor is what rounding of the loss alone can do: eps |C| / h. Dropout silences the same units in all
    passes. Penalties are added to both sides as they are.
    Reference: Nocedal and Wright, 2006, Numerical optimization, equation 8.7.
    """
    size = plan.network.size
    if size > MOST_PARAMETERS:
        raise ScenarioError(
            f"model: {size:,} parameters are too many to try one by one (allowed: {MOST_PARAMETERS:,})"
        )
    rows = min(plan.batches.size, MOST_ROWS)
    train = msgspec.structs.replace(plan.train, precision="float64", batch_size=rows)
    exact, loss = _gradient(plan, GradientDescent(), train)
    relative, passes = np.full(size, np.inf), 0
    for step in STEPS:
        tried = _gradient(plan, FiniteDifferences(step=step), train)[0]
        passes += 2 * size
        floor = 4.0 * np.finfo(np.float64).eps * abs(loss) / (step * tolerance)
        scale = np.maximum(np.maximum(np.abs(exact), np.abs(tried)), max(floor, np.finfo(np.float64).tiny))
        with np.errstate(all="ignore"):
            found = np.abs(exact - tried) / scale
        relative = np.fmin(relative, np.where(np.isfinite(found), found, np.inf))
        if (relative <= tolerance).all():
            break
    layers = []
    for layer in plan.network.trained:
        part = relative[layer.offset : layer.offset + layer.size]
        layers.append(LayerCheck(layer.name, layer.size, float(part.max()), int(part.argmax())))
    return GradientCheck(tuple(layers), rows, loss, passes, tolerance)


def _gradient(plan: Plan, solver: Solver, train: TrainSettings) -> tuple[Array, float]:
    """The gradient of the first step, (parameters,), as a solver finds it, and the loss there."""
    trainer = Trainer(replace(plan, solver=solver, train=train, early_stopping=None))
    shake: RandomSource = np.random.default_rng(0)
    start = trainer.checkpoint()
    trainer.restore(replace(start, parameters=start.parameters + shake.normal(0.0, SHAKE, start.parameters.shape)))
    network = trainer.enter("forward")
    loss = network.value()
    for phase in ("loss", "backward"):
        trainer.enter(phase)
    return trainer.gradient.copy(), loss
