"""The source of a kernel that trains one network in compiled code, written for one plan, and records each step."""

from nnsim.scenario.plan import Plan
from nnsim.training.fast.network_source import data_lines, head_of, row_lines
from nnsim.training.fast.update_source import corrections, filled, in_work, penalty, together, update
from nnsim.training.tape import Tape

KERNEL = """
T, k, alike = 1, 0, True


@njit(nogil=True, fastmath=FLAGS, error_model="numpy")
def train(p, s0, s1, inputs, targets, order, numbers, rates, d, pen, mask, scales, slopes, first, tape, work):
    size = {size}
    for j in range(4):
        h[j] = numbers[j]
    value, slope = kind(scales[0]), kind(scales[1])
    {constants}
    for step in range(rates.shape[0]):
        rate = rates[step]
        kept = tape[step]
{step}
"""

# A step whose rows all stand in one body; and one that goes through them a few at a time.
WHOLE = """{corrections}
{data}
{weights}
loss = ZERO
{rows}
{penalty}
{gradient}
{update}
{parameters}"""
PARTS = """{corrections}
{weights}
loss = ZERO
for j in range(size):
    g[j] = ZERO
for row in range(0, {width}, {count}):
    {data}
    {rows}
    {kept}
{gradients}
{penalty}
{gradient}
{update}
{parameters}"""


def rooms(size: int) -> dict[str, int]:
    """The arrays that the kernel works in, by name, with their numbers, for a network of so many parameters."""
    return {"g": size, "own": 1, "norm": 1, "h": 4}


def source_of(plan: Plan, tape: Tape, *, width: int) -> str:
    """The source of the kernel for steps of plans like this one, on batches of so many rows.

    Args: tape: whose rows it fills in as a trainer does.
    """
    network, dealt, parts = plan.network, not plan.batches.full, tape.parts
    count, every, last = together(plan, width), range(network.size), len(plan.network.layers) - 1
    whole = count == width
    constants = [f"slope{l} = kind(slopes[{l}])" for l in range(len(network.layers))]
    places = [str(row) if whole else f"row + {row}" for row in range(count)]
    data, rows = list[str](), list[str]()
    for row, place in enumerate(places):
        data += data_lines(plan, row, f"order[step, {place}]" if dealt else place)
        scored = [f"{'z' if plan.loss.from_logits else 'a'}{last}_{u}" for u in range(network.outputs)]
        rows += row_lines(plan, row)
        rows += [f"kept[{parts['scored'].start + u * width} + {place}] = {value}" for u, value in enumerate(scored)]
    if whole and not dealt:
        constants, data = [*constants, *data], []
    penalties: list[str] = []
    if plan.regularization.penalizes:
        for j in every:
            penalties += penalty(f"{j}", f"g{j}", f"w{j}")
            adds = "=" if j == 0 else "+="
            penalties.append(f"cost {adds} kind(mask[{j}]) * (pen[0] * abs(w{j}) + pen[1] / TWO * w{j} * w{j})")
        penalties.append(f"kept[{parts['penalty'].start}] = cost")
    rate = "rate * d[{}]" if plan.schedule.layer_rates else "rate"
    decays = bool(plan.regularization.weight_decay)
    steps = [update(plan, rate.format(j), f"{j}", f"{j}", f"g{j}", f"w{j}", decays=decays) for j in every]
    tracked = every if "parameters" in parts else ()
    step = filled(
        WHOLE if whole else PARTS,
        {
            "corrections": corrections(plan, "numbers[{}]"),
            "data": data,
            "weights": [f"w{j} = p[{j}]" for j in every],
            "rows": rows,
            "penalty": penalties,
            "gradient": [f"kept[{parts['gradient'].start + j}] = g{j}" for j in every],
            "update": [line for lines in steps for line in lines],
            "parameters": [f"kept[{parts['parameters'].start + j}] = p[{j}]" for j in tracked],
            "count": [str(count)],
            "width": [str(width)],
            "kept": [f"g[{j}] += g{j}" for j in every],
            "gradients": [f"g{j} = g[{j}]" for j in every],
        },
    )
    kernel = KERNEL.format(
        size=network.size,
        constants="\n    ".join(constants),
        step="\n".join(" " * 8 + line for line in step),
    )
    return head_of(plan) + in_work(kernel, rooms(network.size))
