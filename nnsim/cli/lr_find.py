"""`nnsim lr-find`: the learning rates that a short run whose rate grows suggests."""

from nnsim.cli.output import say, say_json
from nnsim.cli.task_options import TaskOptions
from nnsim.text import columns, count


def find_learning_rate(options: TaskOptions, low: float, high: float, steps: int, as_json: bool) -> int:
    """Prints the learning rates that the finder suggests.  Returns: the exit status.  Raises: NnsimError."""
    from nnsim.analysis.lr_finder import find_rate
    from nnsim.training.trainer import Trainer

    task = options.task()
    of = task.scenario
    plan = of.plan(options.variant, task.settings)
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
