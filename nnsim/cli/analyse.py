"""`nnsim lr-find` and `nnsim gradcheck`: what a scenario can be asked without training it."""

import math
import time
from typing import Any

from nnsim.cli.output import columns, say, say_json
from nnsim.cli.progress_line import Progress
from nnsim.cli.request import Asked
from nnsim.errors import NnsimError
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import Scenario
from nnsim.text import count


def find_learning_rate(asked: Asked, low: float, high: float, steps: int, as_json: bool) -> int:
    """Say which learning rates the finder suggests for a variant. Returns: the exit status.

    Raises: NnsimError where the scenario or a setting is wrong, or there is no rate to find.
    """
    from nnsim.analysis.lr_finder import find_rate
    from nnsim.training.trainer import Trainer

    task = asked.task()
    of = task.scenario
    plan = of.plan(asked.variant, task.settings)
    sweep = find_rate(Trainer(plan), low=low, high=high, steps=steps)
    if as_json:
        say_json(
            {
                "scenario": of.name,
                "variant": plan.variant,
                "seed": plan.seed,
                "suggestions": sweep.suggestions,
                "diverged": sweep.diverged,
                "rates": sweep.rates.tolist(),
                "losses": sweep.losses.tolist(),
                "smoothed": sweep.smoothed.tolist(),
            }
        )
        return 0
    ended = "broke off, for the loss grew, at" if sweep.diverged else "reached"
    last = f"{sweep.rates[-1]:.3g}" if len(sweep.rates) else f"{low:.3g}"
    lines = [
        f"{of.name}, variant {plan.variant}, seed {plan.seed}",
        f"  {count(len(sweep.rates), 'step')} from {low:.3g}; {ended} {last}",
    ]
    if len(sweep.losses):
        place = int(sweep.smoothed.argmin())
        lines.append(f"  lowest smoothed loss {sweep.smoothed[place]:.4g} at {sweep.rates[place]:.3g}")
    rows: list[tuple[str, ...]] = [
        (name, "-" if rate is None else f"{rate:.3g}", _ABOUT[name]) for name, rate in sweep.suggestions.items()
    ]
    if None in sweep.suggestions.values():
        rows.append(("", "", "too few steps before the loss grew for every rule: begin lower, or take more steps"))
    say("\n".join([*lines, "", *("  " + line for line in columns(rows))]))
    return 0


_ABOUT = {
    "valley": "half way down the longest valley",
    "slide": "where the slope levels off, coming from the right",
    "steep": "where the loss falls fastest",
    "minimum/10": "a tenth of the rate with the lowest loss",
}


def check_gradients(asked: Asked, tolerance: float, as_json: bool) -> int:
    """Check backpropagation against central differences. Returns: the exit status, 1 where a gradient is off.

    Raises: NnsimError where the scenario or a setting is wrong, or a model too large.
    """
    from nnsim.analysis.gradient_check import GradientCheck, check_gradient
    from nnsim.cli.run import progress_line

    if not 0.0 < tolerance < math.inf:
        raise NnsimError(f"--tolerance {tolerance:g}: is no tolerance (allowed: above 0)")
    task = asked.task()
    of = task.scenario
    plans = _plans(of, asked.variant, task.settings)
    checks: dict[str, tuple[Plan, GradientCheck]] = {}
    progress, began = progress_line(), time.perf_counter()
    for plan in plans:
        if progress is not None:
            elapsed = time.perf_counter() - began
            progress.show(Progress(len(checks), len(plans), None, elapsed, "variants"))
        checks[plan.variant] = (plan, check_gradient(plan, tolerance))
    if progress is not None:
        progress.clear()
    passed = all(check.passed for _, check in checks.values())
    if as_json:
        say_json(
            {
                "scenario": of.name,
                "tolerance": tolerance,
                "passed": passed,
                "variants": [
                    {
                        "variant": name,
                        "parameters": plan.network.size,
                        "rows": check.rows,
                        "forward_passes": check.forward_passes,
                        "largest": _finite(check.largest),
                        "layers": [
                            {"name": one.name, "parameters": one.parameters, "largest": _finite(one.largest)}
                            for one in check.layers
                        ],
                    }
                    for name, (plan, check) in checks.items()
                ],
            }
        )
        return 0 if passed else 1
    lines = [f"{of.name}: backpropagation against central differences, tolerance {tolerance:g}"]
    for name, (plan, check) in checks.items():
        told = "ok" if check.passed else "WRONG"
        lines += [
            f"{name}: {told} ({count(plan.network.size, 'parameter')}, {count(check.rows, 'row')}, "
            f"{check.forward_passes:,} forward passes)"
        ]
        cells: list[tuple[str, ...]] = [
            (
                one.name,
                count(one.parameters, "parameter"),
                f"{one.largest:.2g}",
                _place(one.largest, one.place, tolerance),
            )
            for one in check.layers
        ]
        lines += ["  " + line for line in columns(cells)]
    say("\n".join(lines))
    return 0 if passed else 1


def _place(largest: float, place: int, tolerance: float) -> str:
    return f"off at its parameter {place + 1:,}" if largest > tolerance else ""


def _finite(value: float) -> float | None:
    return value if value < float("inf") else None


def _plans(scenario: Scenario, variant: str | None, settings: dict[str, Any]) -> list[Plan]:
    names = [one.name for one in scenario.variants] if variant is None else [variant]
    return [scenario.plan(name, settings) for name in names]
