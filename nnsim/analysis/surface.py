"""The loss as a landscape over the parameters, and the path that a run walks on it."""

from dataclasses import dataclass

import numpy as np

from nnsim.arrays import Array, perform
from nnsim.errors import ScenarioError
from nnsim.scenario.plan import Plan
from nnsim.timeline import Timeline
from nnsim.training.trainer import Trainer

CELLS_AT_ONCE = 2_000_000  # numbers in one array while a landscape is computed: 16 MB


@dataclass(frozen=True)
class Surface:
    """The loss on a grid of two parameters.

    `across` (columns,) holds values of the first parameter, `upwards` (rows,) of the second, `losses` (rows,
    columns) the loss at each pair: `losses[i, j]` belongs to (`across[j]`, `upwards[i]`).
    """

    across: Array
    upwards: Array
    losses: Array


def losses_at(plan: Plan, parameters: Array) -> Array:
    """Loss over all rows of the data set for many settings of all parameters at once.

        C(w_k),  k = 1 .. n

    Args: parameters: (n, parameters), each row a flat vector as the trainer keeps it.
    Returns: (n,); infinite or NaN where the arithmetic overflows.
    Raises: ScenarioError where the rows do not have the plan's number of parameters.
    Note: rows set apart for validation count too, and batches do not matter: it is the landscape of the whole data
    set, which a run on batches sees only from the side.
    """
    size = plan.network.size
    if parameters.ndim != 2 or parameters.shape[1] != size:
        raise ScenarioError(f"parameters: shape {parameters.shape} (allowed: (n, {size}))")
    widest = max(plan.network.inputs, *(layer.units for layer in plan.network.layers)) + 1
    chunk = max(1, CELLS_AT_ONCE // (widest * plan.examples.rows))
    if len(plan.network.layers) != len(plan.network.stack):
        raise ScenarioError("model.layers: other layers than dense ones have no such landscape (allowed: dense)")
    features = Trainer(plan).prepare(plan.examples.inputs).T  # (features, rows)
    losses = np.empty(len(parameters))
    with np.errstate(all="ignore"):
        for start in range(0, len(parameters), chunk):
            part = parameters[start : start + chunk]
            losses[start : start + chunk] = batched_losses(plan, features, plan.examples.targets.T, part)
    return losses


def batched_losses(plan: Plan, features: Array, targets: Array, parameters: Array) -> Array:
    """Loss of a plan's dense layers for settings (n, parameters) of all parameters in one go, (n,).

    Args: features (features, rows), targets (outputs, rows).
    """
    a = z = np.broadcast_to(features, (len(parameters), *features.shape))
    for layer in plan.network.layers:
        z = np.matmul(layer.weights(parameters).transpose(0, 2, 1), a)  # (n, units, rows)
        if layer.bias:
            z += layer.view(parameters)[:, layer.inputs, :, None]
        a = np.empty_like(z)
        perform(layer.activation.forward(z, a))
    return plan.loss.values(z if plan.loss.from_logits else a, np.broadcast_to(targets, a.shape))


def has_surface(plan: Plan) -> bool:
    """Whether a plan's model has two parameters, so that its loss can be drawn as a landscape."""
    return plan.network.size == 2


def loss_surface(
    plan: Plan, across: tuple[float, float], upwards: tuple[float, float], columns: int, rows: int
) -> Surface:
    """The loss of a model with two parameters, on an even grid.

    Args: across, upwards: from and to of the first and the second parameter (of a line: slope, intercept), both
    ends included. columns, rows: how many values of each.
    Returns: the grid, `losses` (rows, columns).
    Raises: ScenarioError where the model has more or fewer parameters than two.
    """
    if not has_surface(plan):
        raise ScenarioError(f"the loss surface needs a model of 2 parameters; this one has {plan.network.size:,}")
    first, second = np.linspace(*across, columns), np.linspace(*upwards, rows)
    grid = np.stack(np.meshgrid(first, second), axis=-1)  # (rows, columns, 2)
    return Surface(first, second, losses_at(plan, grid.reshape(-1, 2)).reshape(rows, columns))


def path(timeline: Timeline, step: int, points: int) -> Array:
    """The way of a run over the surface, from its start to a step, in few enough points to draw.

    Args: step: steps done. points: how many steps at most are picked out, evenly; start and end are always among
    them.
    Returns: (n, 2), n at most points + 2: the parameters at the start and after the picked steps.
    """
    names = [f"parameter:{index + 1}" for index in range(timeline.plan.network.size)]
    start = timeline.checkpoints.before(0).parameters[None, :]
    if not all(name in timeline.series for name in names):
        return start
    columns = [timeline.series[name] for name in names]
    last = min(step, *(len(column) for column in columns))
    if last < 1:
        return start
    steps = np.unique(np.rint(np.linspace(1, last, min(last, max(points, 1) + 1))).astype(np.int64))
    walked = np.array([[column.at_step(int(one)) for column in columns] for one in steps], dtype=np.float64)
    return np.concatenate((start, walked))
