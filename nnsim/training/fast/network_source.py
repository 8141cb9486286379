"""The lines of a compiled kernel that take one row of the data through a network, forwards and backwards.

They are written unit by unit, for one plan. Sums keep the order of the rows; products and sums may be fused.
"""

from nnsim.nn.activations import Activation, LeakyReLU, Linear, ReLU, Sigmoid, Softmax, Tanh
from nnsim.nn.layers import Dense
from nnsim.nn.losses import MSE, BinaryCrossEntropy, SoftmaxCrossEntropy
from nnsim.scenario.plan import Plan

HEAD = '''"""Written by nnsim for one network; compiled once, and read again from then on."""
import numpy as np
from numba import njit
from numba.core import types
from numba.extending import intrinsic
from llvmlite import ir

kind = np.{kind}
ZERO, ONE, TWO = kind(0), kind(1), kind(2)
FLAGS = {{"contract", "nsz"}}


@intrinsic
def bits(context, value):
    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType({bits}))
    return types.int{bits}(types.{kind}), generate


@intrinsic
def number(context, value):
    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.{real}())
    return types.{kind}(types.int{bits}), generate

{exponential}
'''

# exp by powers of two and a polynomial, within 2.1 units in the last place; what would overflow is held.
EXPONENTIAL64 = """
LOW, HIGH, LOG2E, MAGIC = -708.0, 709.0, 1.4426950408889634, 6755399441055744.0


@njit(inline="always", fastmath=FLAGS)
def exp(x):
    x = LOW if x < LOW else x
    x = HIGH if x > HIGH else x
    shifted = x * LOG2E + MAGIC
    n = shifted - MAGIC
    r = (x - n * 0.693145751953125) - n * 1.4286068203094172321215e-6
    p = 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return number(bits(p) + (bits(shifted) << 52))
"""
EXPONENTIAL32 = """
f = np.float32
LOW, HIGH, LOG2E, MAGIC = f(-87.3), f(88.3), f(1.44269504088896341), f(12582912.0)
H, L = f(0.693359375), f(-2.12194440e-4)
C0, C1, C2 = f(1.9875691500e-4), f(1.3981999507e-3), f(8.3334519073e-3)
C3, C4, C5 = f(4.1665795894e-2), f(1.6666665459e-1), f(5.0000001201e-1)


@njit(inline="always", fastmath=FLAGS)
def exp(x):
    x = LOW if x < LOW else x
    x = HIGH if x > HIGH else x
    shifted = x * LOG2E + MAGIC
    n = shifted - MAGIC
    r = (x - n * H) - n * L
    p = C0
    p = p * r + C1
    p = p * r + C2
    p = p * r + C3
    p = p * r + C4
    p = p * r + C5
    p = p * (r * r) + r + ONE
    return number(bits(p) + (bits(shifted) << 23))
"""


def head_of(plan: Plan) -> str:
    """What stands before a kernel: the type of its numbers, and exp."""
    single = plan.train.precision == "float32"
    return HEAD.format(
        kind=plan.train.precision,
        bits=32 if single else 64,
        real="FloatType" if single else "DoubleType",
        exponential=EXPONENTIAL32 if single else EXPONENTIAL64,
    )


def row_lines(plan: Plan, row: int) -> list[str]:
    """A row, forwards and backwards, for one network: from x{row}_{input}, y{row}_{output} and the weights w{j}.

    Adds to `loss`; the first row makes the gradient g{j}, and others add to it. z and a of each unit stay.
    """
    lines: list[str] = []
    layers = plan.network.layers
    last = len(layers) - 1

    def entering(l: int, i: int) -> str:
        return f"x{row}_{i}" if l == 0 else f"a{l - 1}_{i}"

    for l, layer in enumerate(layers):
        for u in range(layer.units):
            terms = [f"{entering(l, i)} * {_weight(layer, i, u)}" for i in range(layer.inputs)]
            bias = [_weight(layer, layer.inputs, u)] if layer.bias else []
            lines += [f"z{l}_{u} = {' + '.join([*bias, *terms])}", *_activation(layer.activation, l, u)]
    lines += _loss(plan, last, layers[last].units, row)
    adds = "=" if row == 0 else "+="
    for l in range(last, -1, -1):
        layer = layers[l]
        for i in range(layer.inputs):
            for u in range(layer.units):
                lines.append(f"{_weight(layer, i, u, 'g')} {adds} {entering(l, i)} * d{l}_{u}")
            if l > 0:
                terms = [f"{_weight(layer, i, u)} * d{l}_{u}" for u in range(layer.units)]
                lines.append(f"d{l - 1}_{i} = ({' + '.join(terms)}){_slope(layers[l - 1].activation, l - 1, i)}")
        if layer.bias:
            lines += [f"{_weight(layer, layer.inputs, u, 'g')} {adds} d{l}_{u}" for u in range(layer.units)]
    return lines


def data_lines(plan: Plan, row: int, place: str) -> list[str]:
    """Reads x{row}_{input} and y{row}_{output} from a place among the rows."""
    found = [f"x{row}_{i} = inputs[{place}, {i}]" for i in range(plan.network.inputs)]
    return found + [f"y{row}_{u} = targets[{place}, {u}]" for u in range(plan.network.outputs)]


def _weight(layer: Dense, row: int, unit: int, name: str = "w") -> str:
    return f"{name}{layer.offset + row * layer.units + unit}"


def _activation(activation: Activation, l: int, u: int) -> list[str]:
    """a = f(z). What is not a number stays none, as the bits of exp have it."""
    z, a = f"z{l}_{u}", f"a{l}_{u}"
    if isinstance(activation, Sigmoid):
        return [f"{a} = ONE / (ONE + exp(-{z}))"]
    if isinstance(activation, Tanh):
        return [
            f"t = exp(-TWO * abs({z}))",
            "t = (ONE - t) / (ONE + t)",
            f"{a} = -t if {z} < ZERO else t",
        ]
    if isinstance(activation, ReLU):
        return [f"{a} = ZERO * {z} if {z} < ZERO else {z}"]
    if isinstance(activation, LeakyReLU):
        return [f"{a} = {z} if {z} > ZERO else {z} * slope{l}"]
    assert isinstance(activation, Linear | Softmax), "others are trained by NumPy"
    return [f"{a} = {z}"]


def _slope(activation: Activation, l: int, u: int) -> str:
    """What dC/da is multiplied with to become dC/dz."""
    a, z = f"a{l}_{u}", f"z{l}_{u}"
    if isinstance(activation, Sigmoid):
        return f" * ({a} * (ONE - {a}))"
    if isinstance(activation, Tanh):
        return f" * (ONE - {a} * {a})"
    if isinstance(activation, ReLU):
        return f" * (ONE if {z} > ZERO else ZERO)"
    if isinstance(activation, LeakyReLU):
        return f" * (ONE if {z} > ZERO else slope{l})"
    return ""


def _loss(plan: Plan, l: int, units: int, row: int) -> list[str]:
    """Adds the row's part to `loss`, and finds dC/dz of the last layer."""
    lines: list[str] = []
    if isinstance(plan.loss, SoftmaxCrossEntropy):
        lines.append(f"top = z{l}_0")
        lines += [f"top = z{l}_{u} if z{l}_{u} > top else top" for u in range(1, units)]
        lines += [f"e{u} = exp(z{l}_{u} - top)" for u in range(units)]
        lines.append(f"total = {' + '.join(f'e{u}' for u in range(units))}")
        true = " + ".join(f"y{row}_{u} * z{l}_{u}" for u in range(units))
        lines.append(f"loss += np.log(total) + top - ({true})")
        return lines + [f"d{l}_{u} = (e{u} / total - y{row}_{u}) * slope" for u in range(units)]
    for u in range(units):
        z, a, y = f"z{l}_{u}", f"a{l}_{u}", f"y{row}_{u}"
        if isinstance(plan.loss, BinaryCrossEntropy):
            lines.append(f"loss += np.log1p(exp(-abs({z}))) + ({z} if {z} > ZERO else ZERO) - {y} * {z}")
            lines.append(f"d{l}_{u} = ({a} - {y}) * slope")
        else:
            assert isinstance(plan.loss, MSE), "others are trained by NumPy"
            lines += [f"e = {a} - {y}", "loss += e * e"]
            lines.append(f"d{l}_{u} = e * slope{_slope(plan.network.layers[l].activation, l, u)}")
    return lines
