"""`nnsim gradcheck`: backpropagation compared with central differences."""

import math

from nnsim.cli.output import say, say_json
from nnsim.cli.progress_line import terminal_progress
from nnsim.cli.task_options import TaskOptions
from nnsim.errors import NnsimError
from nnsim.scenario.plan import Plan
from nnsim.text import columns, count
from nnsim.text.number_format import finite


def check_gradients(options: TaskOptions, tolerance: float, as_json: bool) -> int:
    """Checks backpropagation against central differences.  Returns: the exit status.  Raises: NnsimError."""
    from nnsim.analysis.gradient_check import GradientCheck, check_gradient

    if not 0.0 < tolerance < math.inf:
        raise NnsimError(f"--tolerance {tolerance:g}: is no tolerance (allowed: above 0)")
    task = options.task()
    of = task.scenario
    names = [one.name for one in of.variants] if options.variant is None else [options.variant]
    plans = [of.plan(name, task.settings) for name in names]
    checks: dict[str, tuple[Plan, GradientCheck]] = {}
    with terminal_progress() as progress:
        for plan in plans:
            progress.report(len(checks), len(plans), noun="variants")
            checks[plan.variant] = (plan, check_gradient(plan, tolerance))
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
                        "largest": finite(check.largest),
                        "layers": [
                            {"name": one.name, "parameters": one.parameters, "largest": finite(one.largest)}
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
        verdict = "ok" if check.passed else "WRONG"
        lines += [
            f"{name}: {verdict} ({count(plan.network.size, 'parameter')}, {count(check.rows, 'row')}, "
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
