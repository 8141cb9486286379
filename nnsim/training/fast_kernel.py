"""The source of a kernel that trains many networks in compiled code, written for one plan; numba compiles it.

The innermost loop runs over the members of a tile, so that the processor computes several at once, and its body is
one row of the data, forwards and backwards, unit by unit. Members end each at its own step; a tile in which all
have ended is left. Sums keep their order; products and sums may be fused.
"""

from nnsim.nn.activations import Activation, LeakyReLU, Linear, ReLU, Sigmoid, Softmax, Tanh
from nnsim.nn.losses import MSE, BinaryCrossEntropy, SoftmaxCrossEntropy
from nnsim.optim.adaptive import Adam
from nnsim.optim.sgd import SGD, Momentum
from nnsim.scenario.plan import Plan

TILE = 64  # members that are computed together
LARGEST = 400  # parameters: the body of the loop grows with them
GOING, TARGET, DIVERGED = range(3)

HEAD = '''"""Written by nnsim for one network; compiled once, and read again from then on."""
import numpy as np
from numba import njit
from numba.core import types
from numba.extending import intrinsic
from llvmlite import ir

T = {tile}
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

KERNEL = """
@njit(cache={cache}, nogil=True, fastmath=FLAGS, error_model="numpy")
def train(parameters, slots, inputs, targets, numbers, rates, factors, penalties, mask, ends, goal, scales, slopes,
          first, steps, found, state):
    size, members = parameters.shape
    p, g = np.empty(size * T, kind), np.empty(size * T, kind)
    s0, s1 = np.empty(size * T, kind), np.empty(size * T, kind)
    d, own, norm = np.empty(size * T, kind), np.empty(T, kind), np.empty(T, kind)
    losses, rate, fine = np.empty(T, kind), np.empty(T, kind), np.empty(T, kind)
    best, when, end = np.empty(T, kind), np.empty(T, np.int64), np.empty(T, kind)
    live, places = np.empty(T, kind), np.empty(T, np.int64)
    h, pen = np.empty(4 * T, kind), np.empty(3 * T, kind)
    own_factors, several = factors.shape[0] > 1, rates.shape[0] > 1
    value, slope = kind(scales[0]), kind(scales[1])
    {constants}
    for tile in range(0, members, T):
        going = 0
        for k in range(T):
            place = min(tile + k, members - 1)
            places[k] = place
            alive = tile + k < members and state[0, place] == 0
            live[k] = ONE if alive else ZERO
            going += 1 if alive else 0
            best[k], when[k], end[k] = found[0, place], int(found[1, place]), ends[place]
            for j in range(4):
                h[j * T + k] = numbers[j, place]
            for j in range(3):
                pen[j * T + k] = penalties[j, place]
            for j in range(size):
                p[j * T + k] = parameters[j, place]
                s0[j * T + k], s1[j * T + k] = slots[0, j, place], slots[1, j, place]
                d[j * T + k] = factors[j, place] if own_factors else ONE
        if going == 0:
            continue
        for step in range(steps):
            number_ = first + step + 1
            for k in range(T):
                losses[k] = ZERO
                rate[k] = rates[step if several else 0, places[k]] * live[k]
            for j in range(size * T):
                g[j] = ZERO
            for r in range(inputs.shape[0]):
                {rows}
                for k in range(T):
{body}
            for k in range(T):
                losses[k] *= value
                fine[k] = losses[k] * ZERO
{norms}
            events = ZERO
            for k in range(T):
                better = live[k] > ZERO and losses[k] < best[k]
                best[k] = losses[k] if better else best[k]
                when[k] = number_ if better else when[k]
                happens = not (fine[k] == ZERO) or losses[k] <= end[k]
                events += live[k] if happens else ZERO
            if goal[1] != 0.0:
                for k in range(T):
                    if live[k] > ZERO and found[2, places[k]] == 0.0 and goal[1] * losses[k] < goal[1] * goal[0]:
                        found[2, places[k]] = number_
            if events > ZERO:
                for k in range(T):
                    if live[k] > ZERO:
                        ended = 0
                        if not (fine[k] == ZERO):
                            ended = 2
                        elif losses[k] <= end[k]:
                            ended = 1
                        if ended:
                            state[0, places[k]], state[1, places[k]], live[k] = ended, number_, ZERO
                            going -= 1
{update}
            if going == 0:
                break
        for k in range(min(T, members - tile)):
            found[0, tile + k], found[1, tile + k] = best[k], when[k]
            for j in range(size):
                parameters[j, tile + k] = p[j * T + k]
                slots[0, j, tile + k], slots[1, j, tile + k] = s0[j * T + k], s1[j * T + k]
"""

UPDATE = """            if {penalized}:
                for j in range(size):
                    m = kind(mask[j])
                    for k in range(T):
                        w = p[j * T + k]
                        sign = ONE if w > ZERO else (-ONE if w < ZERO else ZERO)
                        g[j * T + k] += m * (pen[T + k] * w + pen[k] * sign)
{corrections}
            for j in range(size):
                m = kind(mask[j])
                for k in range(T):
                    i = j * T + k
                    w = p[i]
                    own_rate = rate[k] * d[i]
{step}"""
STEPS = {
    "sgd": "change = own_rate * g[i]",
    "momentum": "s = h[k] * s0[i] + g[i]\ns0[i] = s\nchange = own_rate * s",
    "nesterov": "s = h[k] * s0[i] + g[i]\ns0[i] = s\nchange = own_rate * (g[i] + h[k] * s)",
    "adam": (
        "s, v = h[k] * s0[i] + g[i], h[T + k] * s1[i] + g[i] * g[i]\ns0[i], s1[i] = s, v\n"
        "change = own_rate * norm[k] * s / (np.sqrt(v) + h[2 * T + k] * own[k]) + own_rate * h[3 * T + k] * w"
    ),
}
CORRECTIONS = """            for k in range(T):
                own[k] = np.sqrt((1.0 - np.float64(h[T + k]) ** number_) / (1.0 - h[T + k]))
                norm[k] = (1.0 - h[k]) / (1.0 - np.float64(h[k]) ** number_) * own[k]
"""


def source_of(plan: Plan, *, penalized: bool, cache: bool) -> str:
    """The source of the kernel for plans like this one.  Args: penalized: whether there is l1, l2 or decay."""
    single = plan.train.precision == "float32"
    head = HEAD.format(
        tile=TILE,
        kind=plan.train.precision,
        bits=32 if single else 64,
        real="FloatType" if single else "DoubleType",
        exponential=EXPONENTIAL32 if single else EXPONENTIAL64,
    )
    layers = plan.network.layers
    reads = [f"x{i} = inputs[r, {i}]" for i in range(layers[0].inputs)]
    reads += [f"y{u} = targets[r, {u}]" for u in range(layers[-1].units)]
    norms: list[str] = []
    for layer in layers:
        terms = [f"g[{layer.offset + j} * T + k]" for j in range(layer.size)]
        norms += ["            for k in range(T):", "                total = ZERO"]
        norms += [f"                total += {one} * {one}" for one in terms]
        norms.append("                fine[k] += total * ZERO")
    name = {SGD: "sgd", Momentum: "momentum"}.get(type(plan.optimizer), "nesterov")
    name = "adam" if isinstance(plan.optimizer, Adam) else name
    step = [
        *STEPS[name].split("\n"),
        "p[i] = w - change" + (" - own_rate * m * pen[2 * T + k] * w" if penalized else ""),
    ]
    update = UPDATE.format(
        penalized=penalized,
        corrections=CORRECTIONS if name == "adam" else "",
        step="\n".join(" " * 20 + one for one in step),
    )
    constants = [f"slope{l} = kind(slopes[{l}])" for l in range(len(layers))]
    kernel = KERNEL.format(
        cache=cache,
        constants="\n    ".join(constants),
        rows="\n                ".join(reads),
        body="\n".join(" " * 20 + one for one in _row(plan)),
        norms="\n".join(norms),
        update=update,
    )
    return head + kernel


def _row(plan: Plan) -> list[str]:
    """One row of the data, forwards and backwards, for one member."""
    lines: list[str] = []
    layers = plan.network.layers
    for l, layer in enumerate(layers):
        for u in range(layer.units):
            terms = [
                f"{f'x{i}' if l == 0 else f'a{l - 1}_{i}'} * {_weight(layer.offset, i, u, layer.units)}"
                for i in range(layer.inputs)
            ]
            bias = [_weight(layer.offset, layer.inputs, u, layer.units)] if layer.bias else []
            lines.append(f"z{l}_{u} = {' + '.join([*bias, *terms])}")
            lines += _activation(layer.activation, l, u)
    lines += _loss(plan, len(layers) - 1, layers[-1].units)
    for l in range(len(layers) - 1, -1, -1):
        layer = layers[l]
        for i in range(layer.inputs):
            for u in range(layer.units):
                value = f"x{i}" if l == 0 else f"a{l - 1}_{i}"
                lines.append(f"g[{layer.offset + i * layer.units + u} * T + k] += {value} * d{l}_{u}")
            if l > 0:
                terms = [f"{_weight(layer.offset, i, u, layer.units)} * d{l}_{u}" for u in range(layer.units)]
                lines.append(f"d{l - 1}_{i} = ({' + '.join(terms)}){_slope(layers[l - 1].activation, l - 1, i)}")
        if layer.bias:
            lines += [
                f"g[{layer.offset + layer.inputs * layer.units + u} * T + k] += d{l}_{u}"
                for u in range(layer.units)
            ]
    return lines


def _weight(offset: int, row: int, unit: int, units: int) -> str:
    return f"p[{offset + row * units + unit} * T + k]"


def _activation(activation: Activation, l: int, u: int) -> list[str]:
    """a = f(z). What is not a number stays none: exp alone would hold it between its bounds."""
    z, a = f"z{l}_{u}", f"a{l}_{u}"
    if isinstance(activation, Sigmoid):
        return [f"{a} = ONE / (ONE + exp(-{z})) + ({z} - {z})"]
    if isinstance(activation, Tanh):
        return [
            f"t = exp(-TWO * abs({z}))",
            "t = (ONE - t) / (ONE + t)",
            f"{a} = (-t if {z} < ZERO else t) + ({z} - {z})",
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


def _loss(plan: Plan, l: int, units: int) -> list[str]:
    """Adds the row's part of the loss, and finds dC/dz of the last layer."""
    lines: list[str] = []
    if isinstance(plan.loss, SoftmaxCrossEntropy):
        lines.append(f"top = z{l}_0")
        lines += [f"top = z{l}_{u} if z{l}_{u} > top else top" for u in range(1, units)]
        lines += [f"e{u} = exp(z{l}_{u} - top) + (z{l}_{u} - z{l}_{u})" for u in range(units)]
        lines.append(f"total = {' + '.join(f'e{u}' for u in range(units))}")
        true = " + ".join(f"y{u} * z{l}_{u}" for u in range(units))
        lines.append(f"losses[k] += np.log(total) + top - ({true})")
        return lines + [f"d{l}_{u} = (e{u} / total - y{u}) * slope" for u in range(units)]
    for u in range(units):
        z, a = f"z{l}_{u}", f"a{l}_{u}"
        if isinstance(plan.loss, BinaryCrossEntropy):
            lines.append(f"losses[k] += np.log1p(exp(-abs({z}))) + ({z} if {z} > ZERO else ZERO) - y{u} * {z}")
            lines += [f"losses[k] += {z} - {z}", f"d{l}_{u} = ({a} - y{u}) * slope"]
        else:
            assert isinstance(plan.loss, MSE), "others are trained by NumPy"
            lines += [f"e = {a} - y{u}", "losses[k] += e * e"]
            lines.append(f"d{l}_{u} = e * slope{_slope(plan.network.layers[l].activation, l, u)}")
    return lines
