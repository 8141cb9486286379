"""`nnsim run --seeds N`: many seeds of one variant, and how far apart they end."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from nnsim.analysis.many_seeds import ManySeeds, SeedResult
from nnsim.analysis.scoring import PartScore
from nnsim.cli.output import complain, say, say_json
from nnsim.cli.progress_line import terminal_progress
from nnsim.cli.run import ending_signals
from nnsim.cli.task_options import TaskOptions
from nnsim.text import columns, count
from nnsim.timeline.run import slices

FIGURES = ("loss", "accuracy", "r2", "mean_absolute_error")
PLACES = {"least": 0.0, "quartile1": 0.25, "median": 0.5, "quartile3": 0.75, "largest": 1.0}


def run_seeds(options: TaskOptions, epochs: int | None, number: int, as_json: bool) -> int:
    """Trains many seeds and reports the spread of their losses.  Returns: the exit status.  Raises: NnsimError."""
    task = options.task(epochs)
    study = ManySeeds(task.scenario, options.variant, task.settings, count=number)
    task = task.told(study.plan)
    progress = terminal_progress()
    with ending_signals() as caught:
        began = time.perf_counter()
        for _ in slices(study.advance, lambda: study.finished):
            progress.report(study.done, number, noun="seeds")
            if caught:
                break
        wall_s = time.perf_counter() - began
        progress.clear()
        result = as_object(study, wall_s) | task.as_object
        if as_json:
            say_json(result)
        else:
            say("\n".join([*task.notice, as_text(study, result)]))
    if not study.finished:
        return 128 + caught[0]
    if all(one.stop_reason == "diverged" for one in study.results):
        complain(f"{study.plan.scenario}: all {count(number, 'seed')} diverged: try a smaller learning rate")
        return 1
    return 0


def as_object(study: ManySeeds, wall_s: float) -> dict[str, Any]:
    """The result as JSON holds it: figures are those after the last step, null where they are not finite."""
    results = study.results
    losses = np.array([one.loss for one in results if one.loss is not None])
    ranked = sorted((one for one in results if one.loss is not None), key=lambda one: (one.loss, one.seed))
    judged = [one for one in results if one.solved is not None]
    return {
        "scenario": study.plan.scenario,
        "variant": study.plan.variant,
        "first_seed": study.seeds[0],
        "seeds": len(study.seeds),
        "finished": len(results),
        "epochs": study.plan.train.epochs,
        "parameters": study.plan.network.size,
        "solved": sum(one.solved is True for one in judged) if judged else None,
        "solved_means": _solved_means(study),
        "diverged": sum(one.stop_reason == "diverged" for one in results),
        "loss": _spread(losses),
        "best": ranked[0].seed if ranked else None,
        "worst": ranked[-1].seed if ranked else None,
        "scores": _score_spreads(results),
        "results": [asdict(one) for one in results],
        "wall_s": round(wall_s, 6),
    }


def _spread(losses: Any) -> dict[str, float] | None:
    if not len(losses):
        return None
    return {"mean": float(losses.mean())} | {
        name: float(np.quantile(losses, share)) for name, share in PLACES.items()
    }


def _score_spreads(results: Sequence[SeedResult]) -> list[dict[str, Any]]:
    """How the figures of each part of the rows spread over the seeds, where there are several parts."""
    found: dict[str, list[PartScore]] = {}
    for one in results:
        for score in one.scores:
            found.setdefault(score.part, []).append(score)
    return [
        {"part": part, "rows": scores[0].rows} | {name: _spread(_known(scores, name)) for name in FIGURES}
        for part, scores in found.items()
    ]


def _known(scores: Sequence[PartScore], name: str) -> Any:
    values = (getattr(one, name) for one in scores)
    return np.array([one for one in values if one is not None])


def _solved_means(study: ManySeeds) -> str | None:
    if study.plan.train.target_loss is not None:
        return f"loss reached {study.plan.train.target_loss:g}"
    return "every row is answered right" if study.plan.accuracy_applies else None


def as_text(study: ManySeeds, result: dict[str, Any]) -> str:
    finished, wall_s = len(study.results), result["wall_s"]
    first, last = study.seeds[0], study.seeds[-1]
    seeds = f"seed {first}" if first == last else f"seeds {first} to {last}"
    speed = f", {finished / wall_s:,.3g} seeds/s" if wall_s > 0 else ""
    whole = "" if study.finished else f" of {len(study.seeds):,}: stopped by hand"
    facts: list[tuple[str, ...]] = [
        (
            "trained",
            f"{count(finished, 'seed')}{whole}, {count(result['epochs'], 'epoch')} each, {wall_s:.2f} s{speed}",
        ),
        ("parameters", f"{result['parameters']:,}"),
    ]
    if finished and result["solved"] is not None:
        facts.append(("solved", f"{result['solved']:,} of {finished:,} ({result['solved_means']})"))
    if finished:
        facts.append(("diverged", f"{result['diverged']:,} of {finished:,}"))
    loss = result["loss"]
    if loss is not None:
        facts += [
            ("loss", f"mean {loss['mean']:.6g} after the last step"),
            ("quartiles", "  ".join(f"{loss[name]:.6g}" for name in ("quartile1", "median", "quartile3"))),
        ]
        by_seed = {one.seed: one for one in study.results}
        facts += [(name, _described(by_seed[result[name]])) for name in ("best", "worst")]
    facts += [(one["part"], _told(one)) for one in result["scores"] if len(result["scores"]) > 1]
    head = f"{study.plan.scenario}, variant {study.plan.variant}, {seeds}"
    return "\n".join([head, *("  " + line for line in columns(facts))])


def _told(score: dict[str, Any]) -> str:
    """The figures of a part of the rows, each by its median and its extremes."""
    told = []
    for name, word in (("loss", "loss"), ("accuracy", "accuracy"), ("r2", "R²")):
        if (spread := score[name]) is not None and not (name == "r2" and score["accuracy"] is not None):
            form = ".1%" if name == "accuracy" else ".4g"
            median, least, largest = (f"{spread[place]:{form}}" for place in ("median", "least", "largest"))
            told.append(f"{word} {median} ({least} to {largest})")
    return f"{count(score['rows'], 'row')}: median {', '.join(told)}"


def _described(one: SeedResult) -> str:
    accuracy = "" if one.accuracy is None else f", accuracy {one.accuracy:.1%}"
    return f"loss {one.loss:.6g}{accuracy} with seed {one.seed}"
