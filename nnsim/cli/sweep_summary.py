"""The summary of a sweep, to read."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.scenario.setting_keys import setting_text
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.results import RANKED, Ranked, Ranking, ranking
from nnsim.sweep.setting_importance import Importances
from nnsim.sweep.study import Study
from nnsim.sweep.task import RESTS
from nnsim.text import columns, count
from nnsim.text.number_format import number, percent


def as_text(study: Study, table: OutcomeTable, wall_s: float) -> str:
    """A summary: how many were trained, and which settings ended best."""
    known = int(np.count_nonzero(table.known))

    def column(name: str) -> npt.NDArray[Any]:
        """A figure of the runs that are there; all figures at once would be the whole table a second time."""
        return table.rows[name][table.known]

    shape = " x ".join(f"{len(one):,} {one.name}" for one in study.grid.axes)
    seeds = "" if study.grid.seeds is None else f", {count(len(study.grid.seeds), 'seed')} each"
    whole = "" if known == len(study.grid) else f" of {len(study.grid):,}: stopped before the end"
    head = f"{study.plan.scenario}, variant {study.plan.variant}: {shape or 'one setting'}{seeds}"
    time_taken = f", {wall_s:.2f} s, {known / wall_s:,.3g} runs/s" if wall_s > 0 else ""
    facts: list[tuple[str, ...]] = [("trained", f"{count(known, 'run')}{whole}{time_taken}")]
    if study.kernel == "fast":
        facts.append(("kernel", "compiled by numba; NumPy where that lacks something"))
    diverged = int((column("diverged_at") > 0).sum())
    facts.append(("diverged", f"{diverged:,} of {known:,}"))
    if study.goal is not None and known:
        epochs_to = column("epochs_to")
        reached = epochs_to > 0
        first = f", the soonest after {count(int(epochs_to[reached].min()), 'epoch')}" if reached.any() else ""
        facts.append(("reached", f"{int(reached.sum()):,} of {known:,} ({study.goal.text}){first}"))
    if study.halving is not None:
        facts += _halving(study, table)
    if study.marks and known:
        facts.append(("rounding", f"{int((column('rounding') == RESTS).sum()):,} of {known:,} rest on rounding"))
    lines = [head, *("  " + line for line in columns(facts))]
    found = ranking(study, table)
    if found.best:
        lines.append(f"best by {RANKED[found.figure]}:")
        lines += ["  " + line for line in columns([_cells(one) for one in found.best])]
        lines.append(_answer(found))
    return "\n".join(lines)


def _answer(found: Ranking) -> str:
    """Which settings to take, in words, how far others are from them, and where to look further."""
    best = found.best[0]
    seeds = len(best.values)
    over = f", the mean of {seeds:,} seeds" if seeds > 1 else ""
    lines = [f"the answer: {_settings(best)}, with a {RANKED[found.figure]} of {number(best.mean)}{over}"]
    if seeds > 1 and found.others:
        others = count(found.others, "other combination")
        some = f"{found.as_good:,} of {others} do" if found.as_good else f"none of {others} does"
        lines.append(f"{some} as well, within what seeds differ by")
    if best.at_ends:
        lines.append(f"{' and '.join(best.at_ends)} stands at an end of its range: the best may lie beyond")
    return "\n".join(lines)


def _settings(one: Ranked) -> str:
    return ", ".join(f"{key} = {_shown(value)}" for key, value in one.settings.items()) or "as it is"


def _halving(study: Study, table: OutcomeTable) -> list[tuple[str, ...]]:
    """What was stopped when, and what that saved."""
    saving = table.saving
    rungs = ", ".join(f"{one.runs:,} to epoch {one.epochs:,}" for one in study.rungs)
    saved = f"{saving.trained:,} epochs of runs instead of {saving.without:,} ({percent(saving.share)} saved)"
    return [("halving", f"one in {study.halving} goes on: {rungs}"), ("", saved)]


def _cells(one: Ranked) -> tuple[str, ...]:
    """A row of the best: settings, mean figure, its spread over seeds, and how many answers are right."""
    values = one.values
    spread = "" if len(values) < 2 else f"({number(float(values.min()))} to {number(float(values.max()))})"
    right = ""
    if np.isfinite(one.accuracy).all():
        right = f"{percent(float(one.accuracy.mean()))} right"
    elif np.isfinite(one.r2).all():
        right = f"R² {number(float(one.r2.mean()))}"
    return _settings(one), number(one.mean), spread, right


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, float) else setting_text(value)


def importance_text(found: Importances, figure_name: str) -> str:
    """How much each setting decides, to read."""
    head = f"share of the variance of the {figure_name} that a setting has a part in:"
    rows: list[tuple[str, ...]] = [
        (one.key, percent(one.share), f"± {percent(one.spread)}") for one in found.settings
    ]
    seen = f"a forest on {found.combinations:,} combinations"
    tail = f"{seen} explains {percent(found.explained)} of what it has not seen"
    return "\n".join([head, *("  " + line for line in columns(rows)), tail])
