"""The lines of compiled kernels around the rows: gradient norms, penalties, and the step of each weight."""

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from nnsim.optim.adaptive import Adam
from nnsim.optim.sgd import SGD, Momentum
from nnsim.scenario.plan import Plan

UNROLLED = 96  # parameters times rows that one body holds: beyond, registers run out, and compiling takes longer

# In terms of the weight, its gradient, its place in arrays and in the network, which are filled in.
PENALTY = """sign_ = ONE if {w} > ZERO else (-ONE if {w} < ZERO else ZERO)
{g} += kind(mask[{j}]) * (pen[T + k] * {w} + pen[k] * sign_)"""
STEPS = {
    "sgd": "p[{i}] = {w} - {rate} * {g}{decay}",
    "momentum": "s = h[k] * s0[{i}] + {g}\ns0[{i}] = s\np[{i}] = {w} - {rate} * s{decay}",
    "nesterov": "s = h[k] * s0[{i}] + {g}\ns0[{i}] = s\np[{i}] = {w} - {rate} * ({g} + h[k] * s){decay}",
    "adam": (
        "s, v = h[k] * s0[{i}] + {g}, h[T + k] * s1[{i}] + {g} * {g}\ns0[{i}], s1[{i}] = s, v\n"
        "change = {rate} * norm[k] * s / (np.sqrt(v) + h[2 * T + k] * own[k]) + {rate} * h[3 * T + k] * {w}\n"
        "p[{i}] = {w} - change{decay}"
    ),
}
CORRECTIONS = """for k in range(1 if alike else T):
    own[k] = np.sqrt((1.0 - {beta2} ** (first + step + 1)) / (1.0 - {beta2}))
    norm[k] = (1.0 - {beta1}) / (1.0 - {beta1} ** (first + step + 1)) * own[k]
if alike:
    for k in range(T):
        own[k], norm[k] = own[0], norm[0]"""


def together(plan: Plan, rows: int) -> int:
    """How many of so many rows stand in one body: a number that divides them."""
    most = min(rows, max(1, UNROLLED // plan.network.size))
    return next(one for one in range(most, 0, -1) if rows % one == 0)


def squares(plan: Plan, layer: int) -> list[str]:
    """Adds up the squares of a layer's gradient g{j} in `total`."""
    its = plan.network.layers[layer]
    terms = [f"g{its.offset + j} * g{its.offset + j}" for j in range(its.size)]
    return [f"total = {terms[0]}", *(f"total += {one}" for one in terms[1:])]


def in_work(source: str, rooms: Mapping[str, int]) -> str:
    """Lays the arrays of these names and sizes behind each other in one, `work`, which is passed to the kernel.

    A kernel that asks for no memory needs nothing of numba to run; and with one array and fixed places in it the
    compiler knows that none lies over another.
    """
    places = dict(zip(rooms, accumulate([0, *rooms.values()]), strict=False))
    return re.sub(rf"\b({'|'.join(rooms)})\[", lambda found: f"work[{places[found[1]]} + ", source)


def corrections(plan: Plan, number: str) -> list[str]:
    """What holds for all weights in a step: how far Adam's means are from being full.

    Args: number: how a setting of the optimizer is read, in float64, with its place to be filled in.
    """
    if not isinstance(plan.optimizer, Adam):
        return []
    return CORRECTIONS.format(beta1=number.format(0), beta2=number.format(1)).split("\n")


def penalty(j: str, g: str, w: str) -> list[str]:
    """Adds the slope of l1 and l2 to the gradient of a weight."""
    return PENALTY.format(j=j, g=g, w=w).split("\n")


def update(plan: Plan, rate: str, j: str, i: str, g: str, w: str, *, decays: bool) -> list[str]:
    """The optimizer's step of one weight.

    Args: rate, g, w: its learning rate, gradient and value. j, i: its place in the network, and in the arrays.
    """
    name = {SGD: "sgd", Momentum: "momentum"}.get(type(plan.optimizer), "nesterov")
    name = "adam" if isinstance(plan.optimizer, Adam) else name
    decay = f" - {rate} * kind(mask[{j}]) * pen[2 * T + k] * {w}" if decays else ""
    return STEPS[name].format(i=i, g=g, w=w, rate=rate, decay=decay).split("\n")


def filled(template: str, parts: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines of a template, with lines in place of each name that stands alone, as deep as it stands."""
    found: list[str] = []
    for line in template.split("\n"):
        name = line.strip()
        if name.startswith("{") and name.endswith("}"):
            deep = line[: len(line) - len(line.lstrip())]
            found += [deep + one for one in parts[name[1:-1]]]
        else:
            found.append(line.format(**{key: value[0] for key, value in parts.items() if len(value) == 1}))
    return found
