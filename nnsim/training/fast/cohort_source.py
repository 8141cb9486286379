"""The source of a kernel that trains many networks in compiled code, written for one plan; numba compiles it.

The innermost loop runs over the members of a tile, so that the processor computes several at once, and its body is
a few rows of the data, forwards and backwards, unit by unit; where the rows are few it is the whole step. Members
end each at its own step; a tile in which all have ended is left.
"""

from nnsim.scenario.plan import Plan
from nnsim.training.fast.network_source import data_lines, head_of, row_lines
from nnsim.training.fast.update_source import corrections, filled, in_work, penalty, squares, together, update

TILE = 64  # members that are computed together
GOING, TARGET, DIVERGED = range(3)

KERNEL = """
T = {tile}


@njit(nogil=True, fastmath=FLAGS, error_model="numpy")
def train(parameters, slots, inputs, targets, numbers, alike, rates, factors, penalties, mask, ends, goal, scales,
          slopes, first, steps, begin, finish, found, state, work, when, places):
    size = {size}
    several, sign = rates.shape[0] > 1, kind(goal[1])
    value, slope = kind(scales[0]), kind(scales[1])
    {constants}
    for tile in range(begin, finish, T):
        going = 0
        for k in range(T):
            place = min(tile + k, finish - 1)
            places[k] = place
            alive = tile + k < finish and state[0, place] == 0
            live[k] = ONE if alive else ZERO
            going += 1 if alive else 0
            best[k], when[k], end[k] = found[0, place], 0, ends[place]
            wanted[k] = sign * goal[0] if sign != ZERO and found[2, place] == 0 else -np.inf
            rate[k] = rates[0, place]
            for j in range(4):
                h[j * T + k] = numbers[j, place]
            for j in range(3):
                pen[j * T + k] = penalties[j, place]
            for j in range(size):
                p[j * T + k] = parameters[j, place]
                s0[j * T + k], s1[j * T + k] = slots[0, j, place], slots[1, j, place]
                d[j * T + k] = factors[j, place] if factors.shape[0] > 1 else ONE
        if going == 0:
            continue
        for step in range(steps):
            if several:
                for k in range(T):
                    rate[k] = rates[step, places[k]]
{step}
            happens = 0
            for k in range(T):
                happens |= bits(hits[k])
            if happens:
                for k in range(T):
                    if hits[k] != ZERO:
                        if sign * losses[k] < wanted[k]:
                            found[2, places[k]], wanted[k] = first + step + 1, -np.inf
                        ended = 2 if not fines[k] == ZERO else 1 if losses[k] <= end[k] else 0
                        if ended:
                            state[0, places[k]], state[1, places[k]], live[k] = ended, first + step + 1, ZERO
                            going -= 1
                if going == 0:
                    break
        for k in range(min(T, finish - tile)):
            if when[k] > 0:
                found[0, tile + k], found[1, tile + k] = best[k], first + when[k]
            for j in range(size):
                parameters[j, tile + k] = p[j * T + k]
                slots[0, j, tile + k], slots[1, j, tile + k] = s0[j * T + k], s1[j * T + k]
"""

# A step whose rows all stand in one body; and one that goes through them a few at a time.
WHOLE = """{corrections}
for k in range(T):
    {weights}
    loss = ZERO
    {rows}
    {watched}
    {update}"""
PARTS = """{corrections}
for k in range(T):
    losses[k] = ZERO
for j in range(size * T):
    g[j] = ZERO
for row in range(0, inputs.shape[0], {count}):
    {data}
    for k in range(T):
        {weights}
        loss = ZERO
        {rows}
        losses[k] += loss
        {kept}
for k in range(T):
    loss = losses[k]
    {gradients}
    {watched}
for j in range(size):
    for k in range(T):
        i = j * T + k
        {update}"""
WATCHED = """loss *= value
{norms}
alive = live[k] > ZERO
better = alive and loss < best[k]
best[k] = loss if better else best[k]
when[k] = step + 1 if better else when[k]
eventful = not (fine == ZERO) or loss <= end[k] or sign * loss < wanted[k]
hits[k] = live[k] if eventful else ZERO
losses[k], fines[k] = loss, fine"""


def rooms(size: int) -> dict[str, int]:
    """The arrays that the kernel works in, by name, with their numbers, for a network of so many parameters."""
    large, small = ("p", "g", "s0", "s1", "d"), ("own", "norm", "losses", "fines", "rate", "live", "best")
    found = dict.fromkeys(large, size * TILE) | dict.fromkeys((*small, "wanted", "end", "hits"), TILE)
    return found | {"h": 4 * TILE, "pen": 3 * TILE}


def source_of(plan: Plan, *, penalized: bool, layered: bool) -> str:
    """The source of the kernel for plans like this one.

    Args: penalized: whether there is l1, l2 or decay. layered: whether layers have rates of their own.
    """
    network, rows = plan.network, plan.batches.rows
    count, every = together(plan, rows), range(network.size)
    constants = [f"slope{l} = kind(slopes[{l}])" for l in range(len(network.layers))]
    norms = ["fine = loss * ZERO"]
    for layer in range(len(network.layers)):
        norms += [*squares(plan, layer), "fine += total * ZERO"]

    def step_of(j: str, i: str, g: str, w: str) -> list[str]:
        rate = f"rate[k] * live[k]{f' * d[{i}]' if layered else ''}"
        return [
            *(penalty(j, g, w) if penalized else []),
            *update(plan, rate, j, i, g, w, decays=penalized),
        ]

    parts = {
        "corrections": corrections(plan, "numbers[{}, places[k]]"),
        "weights": [f"w{j} = p[{j} * T + k]" for j in every],
        "rows": [line for row in range(count) for line in row_lines(plan, row)],
        "watched": filled(WATCHED, {"norms": norms}),
    }
    if count == rows:
        constants += [line for row in range(rows) for line in data_lines(plan, row, str(row))]
        parts["update"] = [line for j in every for line in step_of(f"{j}", f"{j} * T + k", f"g{j}", f"w{j}")]
        step = filled(WHOLE, parts)
    else:
        parts |= {
            "count": [str(count)],
            "data": [line for row in range(count) for line in data_lines(plan, row, f"row + {row}")],
            "kept": [f"g[{j} * T + k] += g{j}" for j in every],
            "gradients": [f"g{j} = g[{j} * T + k]" for j in every],
            "update": ["w = p[i]", *step_of("j", "i", "g[i]", "w")],
        }
        step = filled(PARTS, parts)
    kernel = KERNEL.format(
        tile=TILE,
        size=network.size,
        constants="\n    ".join(constants),
        step="\n".join(" " * 12 + line for line in step),
    )
    return head_of(plan) + in_work(kernel, rooms(network.size))
