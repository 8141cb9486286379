"""Clipping and averages of the weights in a program: what stands before and behind an optimizer's step."""

from collections.abc import Callable, Mapping

from nnsim.export.programs.program import number, piece_of
from nnsim.optim import averaging, clipping
from nnsim.scenario.plan import Plan

GLOBAL_NORM = """
length = np.sqrt(sum(np.sum(g * g) for g in gradients))
gradients = [g * min(limit / (length + 1e-6), 1) for g in gradients]
"""
LAYER_NORM = """
clipped = []
for layer in {layers}:
    length = np.sqrt(sum(np.sum(g * g) for g in layer))
    clipped += [g * min(limit / (length + 1e-6), 1) for g in layer]
gradients = clipped
"""
CLIPPINGS: Mapping[type[clipping.Clipping], str] = {
    clipping.GlobalNorm: GLOBAL_NORM,
    clipping.LayerNorm: LAYER_NORM,
    clipping.NoClipping: "",
    clipping.Value: "gradients = [np.clip(g, -limit, limit) for g in gradients]",
}


def _exponential(one: averaging.ExponentialAverage, steps_per_epoch: int) -> list[str]:
    return [
        f"share = 1.0 if step == 1 else {number(1.0 - one.decay)}",
        "for average, weights in zip(averages, parameters):",
        "    average += share * (weights - average)",
    ]


def _stochastic(one: averaging.StochasticAverage, steps_per_epoch: int) -> list[str]:
    first = max(one.start, 1)
    due = f"epoch >= {first}" + (f" and (epoch - {first}) % {one.every} == 0" if one.every > 1 else "")
    count = f"(epoch - {first}){f' // {one.every}' if one.every > 1 else ''} + 1"
    return [
        f"epoch, rest = divmod(step, {steps_per_epoch})",
        f"if rest == 0 and {due}:",
        "    for average, weights in zip(averages, parameters):",
        f"        average += (weights - average) / ({count})",
    ]


# The lines that bring an average of the weights up to date.
AVERAGINGS: Mapping[type[averaging.Averaging], Callable[..., list[str]]] = {
    averaging.ExponentialAverage: _exponential,
    averaging.NoAveraging: lambda one, steps_per_epoch: [],
    averaging.StochasticAverage: _stochastic,
}


def clipping_lines(plan: Plan, layers: list[list[str]]) -> list[str]:
    """The lines that shorten the gradients.  Args: layers: the names of those of each layer."""
    text = piece_of(CLIPPINGS, plan.clipping, "clipping").strip("\n")
    own = ", ".join(f"[{', '.join(one)}]" for one in layers)
    return text.replace("{layers}", f"({own},)" if len(layers) == 1 else f"({own})").split("\n") if text else []


def averaging_lines(plan: Plan) -> list[str]:
    """The lines that bring the average of the weights up to date behind an update."""
    return piece_of(AVERAGINGS, plan.averaging, "averaging")(plan.averaging, plan.steps_per_epoch)
