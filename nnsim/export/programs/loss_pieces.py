"""Losses in a program: the lines that find the loss, and those that find its slope."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nnsim.export.programs.program import number, piece_of
from nnsim.nn import benchmark_functions as functions
from nnsim.nn import losses as nn


@dataclass(frozen=True)
class LossPiece:
    """A loss as source text.

    Args: value: lines that end with `loss = ...`, from {a} the outputs, {z} their logits and {y} the targets.
    slope: lines that write {d}, which is dC/da, or dC/dz where the loss is found from logits. define: functions
    that they call.
    """

    value: tuple[str, ...]
    slope: tuple[str, ...]
    define: str = ""


def _mse(loss: nn.MSE) -> LossPiece:
    value, slope = {
        "mean": ("np.mean(({a} - {y}) ** 2)", "2 * ({a} - {y}) / {a}.size"),
        "half-mean": ("np.mean(({a} - {y}) ** 2) / 2", "({a} - {y}) / {a}.size"),
        "half-sum": ("np.sum(({a} - {y}) ** 2) / 2", "{a} - {y}"),
        "sum": ("np.sum(({a} - {y}) ** 2)", "2 * ({a} - {y})"),
    }[loss.reduction]
    return LossPiece((f"loss = {value}",), (f"{{d}} = {slope}",))


def _mae(loss: nn.MAE) -> LossPiece:
    return LossPiece(("loss = np.mean(np.abs({a} - {y}))",), ("{d} = np.sign({a} - {y}) / {a}.size",))


def _huber(loss: nn.Huber) -> LossPiece:
    far = number(loss.threshold)
    return LossPiece(
        (
            "error = np.abs({a} - {y})",
            f"within = np.minimum(error, {far})",
            "loss = np.mean(within * (error - within / 2))",
        ),
        (f"{{d}} = np.clip({{a}} - {{y}}, -{far}, {far}) / {{a}}.size",),
    )


def _binary_cross_entropy(loss: nn.BinaryCrossEntropy) -> LossPiece:
    if loss.positive_weight == 1.0 and not loss.smoothing:
        value = "loss = np.mean(np.logaddexp({z}, 0) - {y} * {z})"
        return LossPiece((value,), ("{d} = ({a} - {y}) / {a}.size",))
    weight, rest, half = number(loss.positive_weight), number(1.0 - loss.smoothing), number(0.5 * loss.smoothing)
    yes = f"yes = {weight} * ({{y}} * {rest} + {half})  # smoothed, and counted for more"
    no = f"no = 1 - ({{y}} * {rest} + {half})"
    value = "loss = np.mean(no * np.logaddexp({z}, 0) + yes * np.logaddexp(-{z}, 0))"
    return LossPiece((yes, no, value), ("{d} = ({a} * (no + yes) - yes) / {a}.size",))


def _focal(loss: nn.Focal) -> LossPiece:
    weight, rest, focus = number(loss.positive_weight), number(1.0 - loss.positive_weight), number(loss.focus)
    return LossPiece(
        (
            "not_yes, not_no = np.logaddexp(-{z}, 0), np.logaddexp({z}, 0)  # -log(a), -log(1 - a)",
            f"yes = {weight} * {{y}} * np.exp(-{focus} * not_no)",
            f"no = {rest} * (1 - {{y}}) * np.exp(-{focus} * not_yes)",
            "loss = np.mean(yes * not_yes + no * not_no)",
        ),
        (
            f"up = yes * (-{focus} * {{a}} * not_yes - (1 - {{a}}))",
            f"{{d}} = (up + no * ({{a}} + {focus} * (1 - {{a}}) * not_no)) / {{a}}.size",
        ),
    )


def _hinge(loss: nn.Hinge) -> LossPiece:
    sign = "sign = 2 * {y} - 1  # 1 for a yes, -1 for a no"
    value = "loss = np.mean(np.maximum(1 - sign * {z}, 0))"
    return LossPiece((sign, value), ("{d} = -sign * (sign * {z} < 1) / {z}.size",))


def _softmax_cross_entropy(loss: nn.SoftmaxCrossEntropy) -> LossPiece:
    shifted = "s = {z} - {z}.max(axis=1, keepdims=True)"
    if not loss.smoothing and not loss.weights:
        value = "loss = np.mean(np.log(np.exp(s).sum(axis=1)) - np.sum({y} * s, axis=1))"
        return LossPiece((shifted, value), ("{d} = ({a} - {y}) / len({a})",))
    weights = f"np.array([{', '.join(map(number, loss.weights))}], {{z}}.dtype) * " if loss.weights else ""
    smooth = f"{{y}} * {number(1.0 - loss.smoothing)} + {number(loss.smoothing)} / {{y}}.shape[1]"
    return LossPiece(
        (
            f"weighted, count = {weights}({smooth}), np.sum({weights}{{y}})",
            shifted,
            "each = np.log(np.exp(s).sum(axis=1)) * weighted.sum(axis=1) - np.sum(weighted * s, axis=1)",
            "loss = np.sum(each) / count",
        ),
        ("{d} = ({a} * weighted.sum(axis=1, keepdims=True) - weighted) / count",),
    )


def _function(height: str, across: str, upwards: str) -> Callable[[nn.Loss], LossPiece]:
    """The piece of a function of two outputs x and y, with its partial derivatives."""
    define = f"""
def height(x, y):
    return {height}


def height_slope(x, y):
    return np.stack([{across}, {upwards}], axis=1)
"""
    return lambda loss: LossPiece(
        ("loss = np.mean(height(*{a}.T))",), ("{d} = height_slope(*{a}.T) / len({a})",), define
    )


LOSSES: Mapping[type[nn.Loss], Callable[..., LossPiece]] = {
    nn.BinaryCrossEntropy: _binary_cross_entropy,
    nn.Focal: _focal,
    nn.Hinge: _hinge,
    nn.Huber: _huber,
    nn.MAE: _mae,
    nn.MSE: _mse,
    nn.SoftmaxCrossEntropy: _softmax_cross_entropy,
    functions.Beale: _function(
        "(1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2",
        "2 * sum((c - x + x * y**k) * (y**k - 1) for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)))",
        "2 * sum((c - x + x * y**k) * x * k * y ** (k - 1) for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)))",
    ),
    functions.Himmelblau: _function(
        "(x * x + y - 11) ** 2 + (x + y * y - 7) ** 2",
        "4 * x * (x * x + y - 11) + 2 * (x + y * y - 7)",
        "2 * (x * x + y - 11) + 4 * y * (x + y * y - 7)",
    ),
    functions.Ravine: _function("(x * x + 50 * y * y) / 2", "x", "50 * y"),
    functions.Rosenbrock: _function(
        "(1 - x) ** 2 + 100 * (y - x * x) ** 2",
        "2 * (x - 1) - 400 * x * (y - x * x)",
        "200 * (y - x * x)",
    ),
    functions.Saddle: _function("x * x / 2 - y * y / 2 + y**4 / 4", "x", "y**3 - y"),
}


def loss_piece(loss: nn.Loss) -> LossPiece:
    """The piece of a loss, with its settings put in.  Raises: NnsimError where there is none."""
    return piece_of(LOSSES, loss, "loss")(loss)
