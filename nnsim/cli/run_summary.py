"""The result of a run, as JSON and as a summary to read."""

from typing import Any

import numpy as np

from nnsim.analysis.scoring import Answers, judge, part_loss, parts
from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.scenario.scenario import sweep_settings
from nnsim.text import columns, count
from nnsim.text.number_format import finite
from nnsim.timeline import Timeline
from nnsim.timeline.run import Run
from nnsim.training.fast.support import kernel_name
from nnsim.training.records import Evaluation
from nnsim.training.trainer import Trainer

MOST_PREDICTIONS = 100  # rows of the data set above which JSON leaves them out
MOST_ROWS = 16  # of the table in the summary
MOST_COLUMNS = 8


def as_object(run: Run, wall_s: float) -> dict[str, Any]:
    """The result for JSON, null where a number is not finite; `predictions_in_units` are unscaled."""
    timeline, plan = run.timeline, run.timeline.plan
    evaluation = run.trainer.evaluate()
    record = timeline.record(timeline.length) if timeline.length else {}
    return {
        "scenario": timeline.scenario.name,
        "variant": timeline.variant,
        "seed": plan.seed,
        "epochs": timeline.length // timeline.steps_per_epoch,
        "steps": timeline.length,
        "parameters": plan.network.size,
        "forward_passes": timeline.forward_passes(timeline.length),
        "loss": finite(evaluation.loss),
        "accuracy": None if evaluation.accuracy is None else finite(evaluation.accuracy),
        "scores": [
            _score_object(name, judge(plan, evaluation, rows), part_loss(run.trainer, evaluation, name))
            for name, rows in parts(run.trainer)
        ],
        "gradient_norms": {name: finite(record.get(f"gradient:{name}")) for name in timeline.layers},
        "learning_rate": finite(record.get("learning_rate")),
        "predictions": _predictions(evaluation.predictions),
        "predictions_in_units": None
        if plan.examples.scaling is None
        else _predictions(plan.examples.scaling.undone(evaluation.predictions)),
        "stop_reason": timeline.stop.reason if timeline.stop else None,
        "wall_s": round(wall_s, 6),
        **({"kernel": kernel_name()} if run.trainer.fast else {}),
    }


def _score_object(name: str, answers: Answers, loss: float) -> dict[str, Any]:
    """What one part of the rows says; what only classes have is null where there are none."""
    scores = answers.scores
    return {
        "part": name,
        "rows": answers.rows,
        "loss": finite(loss),
        "accuracy": None if answers.right is None else answers.right / answers.rows,
        "classes": list(answers.names) if scores else None,
        "confusion": None if answers.confusion is None else answers.confusion.tolist(),
        "precision": scores.precision.tolist() if scores else None,
        "recall": scores.recall.tolist() if scores else None,
        "f1": scores.f1.tolist() if scores else None,
        "r2": finite(answers.r2),
        "mean_absolute_error": finite(answers.mean_absolute),
        "mean_absolute_error_in_units": None
        if answers.mean_absolute_in_units is None
        else [finite(one) for one in answers.mean_absolute_in_units],
    }


def _in_units(plan: Plan, answers: Answers) -> str:
    """The mean absolute error of each target as the data have it, where the network knows it scaled."""
    if answers.mean_absolute_in_units is None:
        return ""
    named = zip(answers.mean_absolute_in_units, plan.examples.target_names, strict=True)
    return f", that is {', '.join(f'{error:.4g} in {name}' for error, name in named)}"


def _score_text(plan: Plan, answers: Answers) -> str:
    figures = [] if answers.right is None else [f"{answers.right / answers.rows:.1%} right"]
    figures += [f"F1 {answers.scores.macro_f1:.4f}"] if answers.scores else [f"R² {answers.r2:.4g}"]
    figures.append(f"mean absolute error {answers.mean_absolute:.4g}{_in_units(plan, answers)}")
    return f"{count(answers.rows, 'row')}: {', '.join(figures)}"


def _predictions(predictions: Array) -> list[Any] | None:
    if len(predictions) > MOST_PREDICTIONS:
        return None
    rows = [[finite(value) for value in row] for row in predictions.tolist()]
    return [row[0] for row in rows] if predictions.shape[1] == 1 else rows


def as_text(run: Run, wall_s: float) -> str:
    timeline, plan, stop = run.timeline, run.timeline.plan, run.timeline.stop
    evaluation = run.trainer.evaluate()
    epochs = timeline.length // timeline.steps_per_epoch
    speed = f", {epochs / wall_s:,.0f} epochs/s" if wall_s > 0 else ""
    facts: list[tuple[str, ...]] = [
        ("stopped", f"{stop.reason}: {stop.message}" if stop else ""),
        ("trained", f"{count(epochs, 'epoch')}, {count(timeline.length, 'step')}, {wall_s:.2f} s{speed}"),
        ("parameters", f"{plan.network.size:,}"),
        ("forward passes", f"{timeline.forward_passes(timeline.length):,} (a backward pass counts as two)"),
        ("loss", f"{evaluation.loss:.8g} after the last step{_in_last_step(timeline)}"),
    ]
    if run.trainer.fast:
        facts.insert(2, ("kernel", f"compiled by {kernel_name()}"))
    if evaluation.accuracy is not None:
        facts.append(("accuracy", f"{evaluation.accuracy:.1%} of {count(len(run.trainer.inputs), 'row')}"))
    found = list(parts(run.trainer))
    if len(found) > 1 or plan.examples.rows > MOST_ROWS:  # else the table below says it all
        facts += [(name, _score_text(plan, judge(plan, evaluation, rows))) for name, rows in found]
    facts += _of_last_step(timeline)
    head = f"{timeline.scenario.name}, variant {timeline.variant}, seed {plan.seed}"
    runs = len(timeline.scenario.variants) * len(sweep_settings(timeline.scenario))
    if runs > 1:
        sweep = timeline.scenario.sweep
        head += f" (one of {runs} runs: --variant NAME{f', --set {sweep.key}=VALUE' if sweep else ''} for another)"
    lines = [head, *("  " + line for line in columns(facts))]
    return "\n".join([*lines, *_table(plan, evaluation, run.trainer)])


def _in_last_step(timeline: Timeline) -> str:
    """The loss that the curves end with: measured in the last step, before its update."""
    loss = timeline.record(timeline.length).get("loss") if timeline.length else None
    return "" if loss is None else f" ({loss:.8g} in it, before its update)"


def _of_last_step(timeline: Timeline) -> list[tuple[str, ...]]:
    record = timeline.record(timeline.length) if timeline.length else {}
    facts: list[tuple[str, ...]] = []
    if "validation_loss" in record:
        facts.append(("validation loss", f"{record['validation_loss']:.8g}"))
    if "validation_accuracy" in record:
        facts.append(("validation accuracy", f"{record['validation_accuracy']:.1%}"))
    norms = [f"{name} {record[key]:.4g}" for name in timeline.layers if (key := f"gradient:{name}") in record]
    if norms:
        facts.append(("gradient norms", ", ".join(norms)))
    if "learning_rate" in record:
        facts.append(("learning rate", f"{record['learning_rate']:g}"))
    return facts


def _table(plan: Plan, evaluation: Evaluation, trainer: Trainer) -> list[str]:
    examples, predictions, targets = plan.examples, evaluation.predictions, plan.examples.targets
    if examples.scaling is not None:
        predictions, targets = examples.scaling.undone(predictions), examples.scaling.undone(targets)
    width = len(examples.input_names) + 2 * len(examples.target_names)
    if examples.rows > MOST_ROWS or width > MOST_COLUMNS:
        return []
    right = evaluation.right
    names = examples.target_names
    if len(examples.classes) == 2 and len(names) == 1:  # 1 is the second of them
        names = (f"{names[0]}={examples.classes[1]}",)
    head = [*examples.input_names, *names, *(f"predicted {name}" for name in names)]
    rows: list[tuple[str, ...]] = [(*head, "")]
    for row in range(examples.rows):
        known = np.concatenate([examples.inputs[row], targets[row]])
        answers = (f"{value:.8f}" if abs(value) < 1e6 else f"{value:.8g}" for value in predictions[row])
        verdict = "wrong" if right is not None and not right[row] else ""
        rows.append((*(f"{value:g}" for value in known), *answers, verdict))
    return ["", *("  " + line for line in columns(rows))]
