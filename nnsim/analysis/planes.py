"""Planes through the space of all parameters: two directions from a centre, along which the loss is drawn."""

import numpy as np
from msgspec import Struct

from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource
from nnsim.nn.layers import Convolution, Dense
from nnsim.nn.network import Network
from nnsim.scenario.plan import Plan
from nnsim.training.trainer import Trainer


class Plane(Struct, frozen=True):
    """The points centre + (x - x0) across + (y - y0) upwards."""

    centre: Array  # (parameters,)
    across: Array  # (parameters,)
    upwards: Array  # (parameters,)
    origin: tuple[float, float] = (0.0, 0.0)  # (x0, y0), what the axes read at the centre
    names: tuple[str, str] = ("across", "upwards")  # of the axes
    shares: tuple[float, float] | None = None  # of a path's variation that the directions hold

    def at(self, x: Array, y: Array) -> Array:
        """The parameters (n, parameters) at coordinates (n,) and (n,)."""
        right, up = x - self.origin[0], y - self.origin[1]
        return np.asarray(self.centre + right[:, None] * self.across + up[:, None] * self.upwards)

    def along(self, vectors: Array) -> Array:
        """The nearest vectors in the plane, (n, 2), to vectors (n, parameters); NaN where these are not finite."""
        both = np.stack((self.across, self.upwards))
        # A direction of nothing but zeros shows nothing of a vector; the pseudo-inverse has 0 for it.
        with np.errstate(all="ignore"):
            return np.asarray(vectors @ both.T @ np.linalg.pinv(both @ both.T))

    def coordinates(self, parameters: Array) -> Array:
        """Where the shadows of points (n, parameters) fall, (n, 2)."""
        with np.errstate(all="ignore"):
            return np.asarray(self.along(parameters - self.centre) + np.asarray(self.origin))


def chosen_plane(network: Network, centre: Array, first: int, second: int, names: tuple[str, str]) -> Plane:
    """The plane of two parameters, by their index in the flat vector; its axes read their values."""
    across, upwards = np.zeros(network.size), np.zeros(network.size)
    across[first] = upwards[second] = 1.0
    return Plane(centre.copy(), across, upwards, (centre.item(first), centre.item(second)), names)


def random_plane(network: Network, centre: Array, *, rng: RandomSource) -> Plane:
    """Two random directions, each unit's part as long as the weights that lead into the unit.

        d_u = n_u |w_u| / |n_u|,   n_u drawn from a normal distribution,   for each unit u; 0 for all but weights

    Without it, a network whose weights are large would look flat, and one whose weights are small rugged, though
    both may compute the same.

    Reference: Li, Xu, Taylor, Studer and Goldstein, 2018, Visualizing the loss landscape of neural nets, section 4,
    "filter normalization".
    """
    directions = []
    for _ in range(2):
        direction = np.zeros(network.size)
        for layer in network.weighted:
            drawn, weights = rng.normal(0.0, 1.0, layer.weight_shape), layer.weights(centre)
            length = np.sqrt((drawn**2).sum(axis=0))
            layer.weights(direction)[...] = drawn * (np.sqrt((weights**2).sum(axis=0)) / length)
        directions.append(direction)
    return Plane(
        centre.copy(), directions[0], directions[1], (0.0, 0.0), ("1st random direction", "2nd random direction")
    )


def path_plane(centre: Array, walked: Array) -> Plane | None:
    """The two directions in which a path varies most, as seen from its last point: principal components.

        X_i = w_i - w_n;   the eigenvectors of X.T X with the two largest eigenvalues

    Args: centre: the last point, (parameters,). walked: the points before it, (n, parameters).
    Returns: None where the path has no two directions.
    Reference: Li et al., 2018, section 7.
    """
    offsets = walked - centre
    if len(offsets) < 2 or not np.isfinite(offsets).all():
        return None
    values, vectors = np.linalg.eigh(offsets @ offsets.T)  # (n, n): n is small where parameters are many
    first, second = values[-1], values[-2]
    if not second > 1e-12 * first:
        return None
    directions = [vectors[:, -i] @ offsets / np.sqrt(values[-i]) for i in (1, 2)]
    shares = values[-1] / values.sum(), values[-2] / values.sum()
    names = "1st direction", "2nd direction"
    return Plane(centre.copy(), directions[0], directions[1], (0.0, 0.0), names, shares)


def parameter_name(plan: Plan, index: int) -> str:
    """What a parameter is called: its layer, and where it leads from and to, counted from 1."""
    for layer in plan.network.trained:
        if not layer.offset <= index < layer.offset + layer.size:
            continue
        if not isinstance(layer, Dense | Convolution):
            row, unit = divmod(index - layer.offset, layer.units)
            return f"{layer.name} {('gamma', 'beta')[row]}({unit + 1})"
        inputs, units = layer.weight_shape
        row, unit = divmod(index - layer.offset, units)
        if row == inputs:
            return f"{layer.name} b({unit + 1})"
        return f"{layer.name} w({row + 1},{unit + 1})"
    raise ValueError(f"there is no parameter {index} among {plan.network.size}")


def pushes(trainer: Trainer, phase: int) -> tuple[Array, list[tuple[str, str, Array]]] | None:
    """Where the last step began, (parameters,), and a name, a letter and a vector for each of what moved it.

    Args: phase: of the next step; 3 gives that step's gradient.  Returns: None where no gradient is known.
    """
    optimizer, ended = trainer.plan.optimizer, phase == 0 and trainer.step > 0
    if not trainer.plan.solver.uses_gradient or not (ended or phase == 3):
        return None
    found = [("downhill", "g", -trainer.gradient)]
    if not ended:
        return trainer.parameters.copy(), found
    momentum = optimizer.momentum_of(trainer.slots)
    found += [("momentum", "m", -momentum)] if momentum is not None else []
    return trainer.parameters + trainer.change, [*found, ("step", "s", -trainer.change)]
