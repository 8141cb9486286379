"""Schedules in a program: the learning rate as a function of p, the epochs or steps that are done."""

from collections.abc import Callable, Mapping

from nnsim.export.programs.program import number, piece_of
from nnsim.optim import schedules as optim
from nnsim.optim.schedule_base import Schedule

PLATEAU = "plateau"


def _cosine(schedule: optim.Cosine, part: str) -> str:
    low, span = number(schedule.minimum), number(schedule.rate - schedule.minimum)
    wave = f"{span} * 0.5 * (1 + np.cos(np.pi * {part}))"
    return f"{low} + {wave}" if schedule.minimum else wave


def _warmup_cosine(schedule: optim.WarmupCosine, total: int) -> list[str]:
    rest = max(schedule.epochs - schedule.warmup, 1) if schedule.epochs else total
    return [f"return {_cosine(schedule, f'min(p / {rest}, 1)')}"]


def _multi_step(schedule: optim.MultiStep, total: int) -> list[str]:
    passed = f"sum(milestone <= p for milestone in {list(schedule.milestones)})"
    return [f"return {number(schedule.rate)} * {number(schedule.drop)} ** {passed}"]


def _restarts(schedule: optim.WarmRestarts, total: int) -> list[str]:
    low, span = number(schedule.minimum), number(schedule.rate - schedule.minimum)
    wave = f"return {low} + {span} * 0.5 * (1 + np.cos(np.pi * p / length))"
    if schedule.growth == 1:
        return [f"p, length = p % {schedule.first}, {schedule.first}", wave]
    again = ["while p >= length:", f"    p, length = p - length, length * {schedule.growth}"]
    return [f"length = {schedule.first}", *again, wave]


def _one_cycle(schedule: optim.OneCycle, total: int) -> list[str]:
    top, end = schedule.rise * total - 1.0, max(total - 1.0, 1.0)
    start = schedule.rate / schedule.start_divisor
    low = start / schedule.end_divisor
    rising = f"min(max(p / {number(top)}, 0), 1)" if top > 0.0 else "1"
    falling = f"min(max((p - {number(top)}) / {number(max(end - top, 1.0))}, 0), 1)"
    curved = ["part = 0.5 * (1 - np.cos(np.pi * part))"] if schedule.shape == "cosine" else []
    rate = number(schedule.rate)
    return [
        f"part = {rising} if p <= {number(top)} else {falling}",
        *curved,
        f"if p <= {number(top)}:",
        f"    return {number(start)} + {number(schedule.rate - start)} * part",
        f"return {rate} + {number(low - schedule.rate)} * part",
    ]


def _range_test(schedule: optim.RangeTest, total: int) -> list[str]:
    last = max((schedule.length or total) - 1, 1)
    part = f"min(max((p - {schedule.begin}) / {last}, 0), 1)"
    return [f"return {number(schedule.rate)} * {number(schedule.end / schedule.rate)} ** {part}"]


def _stable(schedule: optim.WarmupStableDecay, total: int) -> list[str]:
    stable = (1.0 - schedule.decay) * total
    left = {"linear": "1 - q", "cosine": "0.5 * (1 + np.cos(np.pi * q))", "sqrt": "1 - np.sqrt(q)"}[schedule.shape]
    span = number(schedule.rate - schedule.minimum)
    return [
        f"q = min(max((p - {number(stable)}) / {number(max(total - stable, 1e-9))}, 0), 1)",
        f"return {number(schedule.minimum)} + {span} * ({left})",
    ]


def _cyclic(schedule: optim.Cyclic, total: int) -> list[str]:
    up, down = schedule.up, schedule.down or schedule.up
    span, shrink = number(schedule.rate - schedule.low), number(schedule.shrink)
    return [
        f"cycle, place = divmod(p, {up + down})",
        f"height = place / {up} if place <= {up} else ({up + down} - place) / {down}",
        f"return {number(schedule.low)} + {span} * height * {shrink} ** cycle",
    ]


def _inverse_sqrt(schedule: optim.InverseSqrt, total: int) -> list[str]:
    scale = schedule.timescale or schedule.warmup or 1
    return [f"return {number(schedule.rate)} * np.sqrt({scale} / ({scale} + p))"]


# The lines of a function's body that return the rate at `p`, of a run so long.
SCHEDULES: Mapping[type[Schedule], Callable[..., list[str]]] = {
    optim.Constant: lambda one, total: [f"return {number(one.rate)}"],
    optim.Cosine: lambda one, total: [f"return {_cosine(one, f'min(p / {one.epochs or total}, 1)')}"],
    optim.Cyclic: _cyclic,
    optim.Exponential: lambda one, total: [f"return {number(one.rate)} * {number(one.decay)} ** p"],
    optim.InverseSqrt: _inverse_sqrt,
    optim.MultiStep: _multi_step,
    optim.OneCycle: _one_cycle,
    optim.Polynomial: lambda one, total: [
        f"return {number(one.rate)} * max(1 - p / {one.epochs or total}, 0) ** {number(one.power)}"
    ],
    optim.RangeTest: _range_test,
    optim.ReduceOnPlateau: lambda one, total: [
        f"return max({number(one.rate)} * {PLATEAU}['factor'], {number(min(one.minimum, one.rate))})"
    ],
    optim.StepDecay: lambda one, total: [f"return {number(one.rate)} * {number(one.drop)} ** (p // {one.every})"],
    optim.WarmRestarts: _restarts,
    optim.WarmupCosine: _warmup_cosine,
    optim.WarmupStableDecay: _stable,
}


def schedule_lines(schedule: Schedule, name: str, epochs: int, steps_per_epoch: int) -> list[str]:
    """The lines of a function of that name; none where the rate is the same all along."""
    whole = epochs * steps_per_epoch if schedule.by == "step" else epochs
    warmup = schedule.warmup
    body = piece_of(SCHEDULES, schedule, "schedule")(schedule, max(whole - warmup, 1))
    if fixed(schedule):
        return []
    unit = "steps" if schedule.by == "step" else "epochs"
    head = [f"def {name}(p):  # the rate after p {unit}"]
    if warmup:
        start = number(schedule.warmup_start)
        rising = f"{start} + {number(1.0 - schedule.warmup_start)} * (p / {warmup})"
        head += [
            f"    if p < {warmup}:",
            f"        return {name}({warmup}) * ({rising})",
            f"    p = p - {warmup}",
        ]
    return [*head, *(f"    {one}" for one in body)]


def fixed(schedule: Schedule) -> bool:
    """Whether the rate is one number."""
    return isinstance(schedule, optim.Constant) and not schedule.warmup


def plateau_lines(schedule: optim.ReduceOnPlateau, judged: str) -> list[str]:
    """The lines that watch a loss, and lower the factor of the rate when it has stopped falling."""
    one = PLATEAU
    low = number(min(schedule.minimum, schedule.rate))
    rate, drop = number(schedule.rate), number(schedule.drop)
    return [
        f"if {judged} < {one}['best'] * {number(1.0 - schedule.threshold)}:",
        f"    {one}['best'], {one}['bad'] = {judged}, 0",
        "else:",
        f"    {one}['bad'] += 1",
        f"if {one}['pause']:",
        f"    {one}['pause'], {one}['bad'] = {one}['pause'] - 1, 0",
        f"if {one}['bad'] > {schedule.patience}:",
        f"    lower = max({rate} * {one}['factor'] * {drop}, {low})",
        f"    if max({rate} * {one}['factor'], {low}) - lower > 1e-8:",
        f"        {one}['factor'] *= {drop}",
        f"    {one}['pause'], {one}['bad'] = {schedule.cooldown}, 0",
    ]
