"""A survey: the loss at every point of a grid over a plane of parameters, worked out a few points at a time."""

import numpy as np

from nnsim.analysis.planes import Plane
from nnsim.nn.arrays import Array, perform
from nnsim.nn.network import bind
from nnsim.scenario.plan import Plan
from nnsim.training.trainer import Trainer

COARSEST = 8  # points left out between two of the first round, and one less
MOST_WORK = 4_000_000  # multiplications at a point: above, an even part of the rows must do
AT_ONCE = 400_000  # numbers in one array while points are computed together


class Survey:
    """The loss on a grid of a plane, coarse points first, so that a picture is there early.

        C(centre + (x_j - x0) across + (y_i - y0) upwards)

    over all rows of the data set, in inference: it is the landscape of the whole data set, without penalties.
    """

    def __init__(
        self,
        trainer: Trainer,
        plane: Plane,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        columns: int,
        rows: int,
    ) -> None:
        """Args: trainer: whose plan, scaling and running statistics are used; it is not changed."""
        plan = trainer.plan
        self.plan, self.plane, self.x_range, self.y_range = plan, plane, x_range, y_range
        self._x, self._y = np.linspace(*x_range, columns), np.linspace(*y_range, rows)
        self._losses = np.full((rows, columns), np.nan)
        self._known = np.zeros((rows, columns), dtype=bool)
        row, column = (one.ravel() for one in np.indices((rows, columns)))
        level = np.zeros(rows * columns, dtype=np.int64)
        stride = 2
        while stride <= COARSEST:
            level += (row % stride == 0) & (column % stride == 0)
            stride *= 2
        order = np.argsort(-level, kind="stable")
        self._order = np.stack((row[order], column[order]), axis=1)
        self.done = 0
        every = max(1, -(-plan.network.size * plan.examples.rows // MOST_WORK))
        inputs = plan.examples.inputs[::every]
        self.rows = len(inputs)
        self._features = trainer.prepare(inputs).T
        self._targets = plan.examples.targets[::every].T
        self._flat = np.zeros(plan.network.size)
        self._network = None
        if len(plan.network.layers) != len(plan.network.stack):
            statistics = trainer.statistics.astype(np.float64)
            self._network = bind(
                plan.network, plan.loss, self._flat, self._flat.copy(), self.rows, statistics=statistics
            )
            self._network.inputs[...] = self._features
            self._network.targets[...] = self._targets

    @property
    def size(self) -> int:
        return len(self._order)

    @property
    def finished(self) -> bool:
        return self.done == self.size

    @property
    def work(self) -> int:
        return self.size * self.plan.network.size * self.rows

    def advance(self, points: int) -> int:
        """Compute the next points.  Returns: how many there were left, at most that many."""
        chosen = self._order[self.done : self.done + points]
        widest = max(self.plan.network.inputs, *(layer.units for layer in self.plan.network.layers)) + 1
        chunk = max(1, AT_ONCE // (widest * self.rows))
        for start in range(0, len(chosen), chunk):
            row, column = chosen[start : start + chunk].T
            self._losses[row, column] = self._at(self.plane.at(self._x[column], self._y[row]))
            self._known[row, column] = True
        self.done += len(chosen)
        return len(chosen)

    def _at(self, parameters: Array) -> Array:
        with np.errstate(all="ignore"):
            if self._network is None:
                return batched_losses(self.plan, self._features, self._targets, parameters)
            losses = np.empty(len(parameters))
            for index, flat in enumerate(parameters):
                np.copyto(self._flat, flat)
                perform(self._network.forward)
                losses[index] = self._network.value()
            return losses

    @property
    def losses(self) -> Array:
        """The grid so far, (rows, columns), row 0 at the low end of y; what is not known has a neighbour's loss."""
        losses, known = self._losses.copy(), self._known.copy()
        row, column = np.indices(losses.shape)
        stride = 2
        while stride <= COARSEST and not known.all():
            from_row, from_column = row // stride * stride, column // stride * stride
            there = self._known[from_row, from_column] & ~known
            losses[there] = self._losses[from_row, from_column][there]
            known |= there
            stride *= 2
        return losses


def batched_losses(plan: Plan, features: Array, targets: Array, parameters: Array) -> Array:
    """Losses, (n,), of dense layers with features (features, rows) for parameters (n, parameters)."""
    a = z = np.broadcast_to(features, (len(parameters), *features.shape))
    for layer in plan.network.layers:
        z = np.matmul(layer.weights(parameters).transpose(0, 2, 1), a)  # (n, units, rows)
        if layer.bias:
            z += layer.view(parameters)[:, layer.inputs, :, None]
        a = np.empty_like(z)
        perform(layer.activation.forward(z, a))
    return plan.loss.values(z if plan.loss.from_logits else a, np.broadcast_to(targets, a.shape))


def has_surface(plan: Plan) -> bool:
    return plan.network.size == 2
