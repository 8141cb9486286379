"""Data that are drawn by a rule: a program draws them by the same calls; all others it writes out."""

from collections.abc import Callable, Mapping

from nnsim.data import playground
from nnsim.data.datasets import Parity
from nnsim.data.examples import DataSource
from nnsim.export.programs.program import number


def _noise(one: playground.Points, low: str, high: str) -> str:
    """The points, each off by noise; without any the numbers are not needed, for the stream ends here."""
    return f"X + {number(one.noise)} * rng.uniform({low}, {high}, ({one.n}, 2))" if one.noise else "X"


def _blurred(one: playground.Points) -> list[str]:
    return [f"blurred = {_noise(one, '-5.0', '5.0')}"] if one.noise else []


def _columns(one: playground.Points) -> str:
    """The two columns that decide the class of a point, as arguments."""
    name = "blurred" if one.noise else "X"
    return f"{name}[:, :1], {name}[:, 1:]"


def _circle(one: playground.Circle) -> list[str]:
    inside, n = one.n // 2, one.n
    return [
        f"r = np.concatenate([rng.uniform(0.0, 2.5, {inside}), rng.uniform(3.5, 5.0, {n - inside})])",
        f"angle = rng.uniform(0.0, 2 * np.pi, {n})",
        "X = np.stack([r * np.sin(angle), r * np.cos(angle)], axis=1)",
        *_blurred(one),
        f"y = (np.hypot({_columns(one)}) < 2.5).astype(float)",
    ]


def _xor(one: playground.Xor) -> list[str]:
    return [
        f"X = rng.uniform(-5.0, 5.0, ({one.n}, 2))",
        "X = X + np.where(X > 0, 0.3, -0.3)",
        *_blurred(one),
        f"y = (np.multiply({_columns(one)}) >= 0).astype(float)",
    ]


def _gauss(one: playground.Gauss) -> list[str]:
    first, n = one.n // 2, one.n
    return [
        f"y = (np.arange({n}) < {first}).astype(float)[:, None]",
        f"X = rng.normal(0.0, np.sqrt({number(0.5 + 7.0 * one.noise)}), ({n}, 2)) + np.where(y > 0, 2.0, -2.0)",
    ]


def _spiral(one: playground.Spiral) -> list[str]:
    first, second = one.n // 2, one.n - one.n // 2
    return [
        f"y = (np.arange({one.n}) < {first}).astype(float)[:, None]",
        f"along = np.concatenate([np.arange(m) / m for m in ({first}, {second})])[:, None]",
        "angle = 1.75 * 2.0 * np.pi * along + np.where(y > 0, 0.0, np.pi)",
        "X = 5.0 * along * np.concatenate([np.sin(angle), np.cos(angle)], axis=1)",
        *([f"X = {_noise(one, '-1.0', '1.0')}"] if one.noise else []),
    ]


def _plane(one: playground.SlantedPlane) -> list[str]:
    return [
        f"X = rng.uniform(-6.0, 6.0, ({one.n}, 2))",
        f"y = np.clip(({_noise(one, '-6.0', '6.0')}).sum(axis=1, keepdims=True) / 10.0, -1.0, 1.0)",
    ]


def _polynomial(one: playground.PolynomialPoints) -> list[str]:
    coefficients = ", ".join(number(value) for value in one.coefficients)
    return [
        f"X = np.linspace({number(one.low)}, {number(one.high)}, {one.n})[:, None]",
        f"y = np.polynomial.polynomial.polyval(X, [{coefficients}])",
        f"y = y + rng.normal(0.0, {number(one.noise)}, {one.n})[:, None]",
    ]


def _parity(one: Parity) -> list[str]:
    return [
        f"X = (np.arange({2**one.bits})[:, None] >> np.arange({one.bits})[::-1] & 1).astype(float)",
        "y = X.sum(axis=1, keepdims=True) % 2",
    ]


# The lines that make inputs X and targets y, of 0 and 1 where they are classes.
DATA_SOURCES: Mapping[type[DataSource], Callable[..., list[str]]] = {
    Parity: _parity,
    playground.Circle: _circle,
    playground.Gauss: _gauss,
    playground.PolynomialPoints: _polynomial,
    playground.SlantedPlane: _plane,
    playground.Spiral: _spiral,
    playground.Xor: _xor,
}
DRAWN = tuple(one for one in DATA_SOURCES if one is not Parity)


def drawn_lines(data: DataSource, seed: int) -> list[str]:
    """The lines that draw a data set; none where it has no rule of its own."""
    if type(data) not in DATA_SOURCES:
        return []
    chosen = seed if data.seed is None else data.seed
    generator = [f"rng = np.random.default_rng([{chosen}, 3])"] if type(data) in DRAWN else []
    return [*generator, *DATA_SOURCES[type(data)](data)]
