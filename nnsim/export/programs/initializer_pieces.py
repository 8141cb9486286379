"""Initial weights in a program: the call of the random generator that nnsim itself makes."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nnsim.export.programs.program import assigned, number, piece_of
from nnsim.nn import initializers as nn

ORTHOGONAL = """
def orthogonal(numbers, gain):
    tall = numbers if numbers.shape[0] >= numbers.shape[1] else numbers.T
    q, r = np.linalg.qr(tall)
    q = gain * q * np.where(np.diag(r) < 0, -1, 1)
    return q if numbers.shape[0] >= numbers.shape[1] else q.T
"""


def _scaled(rule: nn.Scaled, size: str, inputs: int, units: int) -> str:
    count = {nn.Xavier: f"2 / ({inputs} + {units})", nn.He: f"2 / {inputs}", nn.LeCun: f"1 / {inputs}"}[type(rule)]
    if rule.distribution == "uniform":
        bound = f"np.sqrt(3 * {count.replace('2 /', '2.0 /')})"
        exact = number(float(np.sqrt(3.0 * rule.variance(inputs, units))))
        return f"rng.uniform(-{exact}, {exact}, {size})  # {bound}"
    return f"rng.normal(0, np.sqrt({count}), {size})"


def _uniform(rule: nn.Uniform, size: str, inputs: int, units: int) -> str:
    return f"rng.uniform({number(rule.low)}, {number(rule.high)}, {size})"


# An expression for weights of shape `size`, in source text, of a layer with so many inputs and units.
INITIALIZERS: Mapping[type[nn.Initializer], Callable[..., str]] = {
    nn.ConstantWeights: lambda rule, size, inputs, units: f"np.full({size}, {number(rule.value)})",
    nn.GivenWeights: lambda rule, size, inputs, units: f"given.reshape({size})",
    nn.He: _scaled,
    nn.LeCun: _scaled,
    nn.Normal: lambda rule, size, inputs, units: f"rng.normal(0, {number(rule.deviation)}, {size})",
    nn.Orthogonal: lambda rule, size, inputs, units: f"orthogonal(rng.normal(0, 1, {size}), {number(rule.gain)})",
    nn.Uniform: _uniform,
    nn.Xavier: _scaled,
    nn.Zeros: lambda rule, size, inputs, units: f"np.zeros({size})",
}
DRAWS = (nn.He, nn.LeCun, nn.Normal, nn.Orthogonal, nn.Uniform, nn.Xavier)


def weight_lines(
    names: Sequence[str], rule: nn.Initializer, shape: tuple[int, int], fans: tuple[int, int], bias: str
) -> list[str]:
    """The lines that draw the weights (inputs, units) of a layer.

    Args: names: of the weights, and of the biases where they stand on the same line. fans: how many units lead into
    a unit, and how many it leads to. bias: the expression of the biases.
    """
    inputs, units = shape
    turned = rule.layout == "out-in"
    size = f"({units}, {inputs})" if turned else f"({inputs}, {units})"
    code, _, comment = piece_of(INITIALIZERS, rule, "model.initializer")(rule, size, *fans).partition("  #")
    first = assigned("given", np.array(rule.values), ", dtype=float") if isinstance(rule, nn.GivenWeights) else []
    values = [f"{code}{'.T' if turned else ''}", *([bias] if bias else [])]
    return [*first, f"{', '.join(names)} = {', '.join(values)}{'  #' + comment if comment else ''}"]
