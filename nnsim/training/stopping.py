"""Endings: why a run stops where it does, and the sentence about it."""

import numpy as np

from nnsim.nn.arrays import Array
from nnsim.scenario.plan import LARGE_INPUTS, Plan
from nnsim.training.records import Records, Stop


def ended_among(plan: Plan, records: Records, finite: bool) -> Stop | None:
    """Where these steps end the run: a figure that is not finite (unless `finite`), or a loss low enough."""
    if not finite:
        row = min(int(np.argmin(one)) for one in map(np.isfinite, _judged(records)) if not one.all())
        return Stop("diverged", records.first + row, _diverged(plan, records, row))
    if plan.train.target_loss is not None:
        reached = records.steps["loss"] <= plan.train.target_loss
        if reached.any():
            row = int(np.argmax(reached))
            return Stop("target", records.first + row, f"loss reached {plan.train.target_loss:g}")
    return None


def stopped_early(plan: Plan, step: int, memory: Array) -> Stop | None:
    """Whether early stopping ends the run at a step, by the memory of its rule."""
    rule = plan.early_stopping
    if rule is None or not rule.over(memory):
        return None
    best, epochs = memory.item(0, 0), step // plan.steps_per_epoch
    back = f"; the weights of epoch {epochs - rule.patience:,} are back" if rule.restore_best else ""
    message = f"no lower validation loss than {best:.6g} in {rule.patience:,} epochs{back}"
    return Stop("early-stopping", step, message)


def guesses_tried(plan: Plan, step: int) -> Stop | None:
    """Whether a search has come to the end of its guesses before that of the epochs."""
    if not plan.steps <= step < plan.train.epochs * plan.steps_per_epoch:
        return None
    return Stop("epochs", step, f"all {plan.steps:,} guesses are tried")


def all_trained(plan: Plan, step: int, loss: float) -> Stop:
    """The end of the plan, with the loss after its last update."""
    if np.isfinite(loss):
        return Stop("epochs", step, f"all {plan.train.epochs:,} epochs are trained")
    message = (
        f"loss is not finite after the last update (step {step:,}): {_scaling(plan)}try a smaller learning rate"
    )
    return Stop("diverged", step, message)


def _judged(records: Records) -> list[Array]:
    return [column for name, column in records.steps.items() if name == "loss" or name.startswith("gradient:")]


def _diverged(plan: Plan, records: Records, row: int) -> str:
    step = records.first + row
    epoch = (step - 1) // plan.steps_per_epoch + 1
    figure = next(name for name, column in records.steps.items() if not np.isfinite(column[row]))
    name = figure.replace("gradient:", "the gradient of ")
    rate = records.steps["learning_rate"][row] if "learning_rate" in records.steps else None
    advice = "try a smaller range of guesses" if rate is None else f"try a smaller learning rate than {rate:g}"
    value = records.steps[figure][row]
    where = f"{name} became {value} in epoch {epoch:,} (step {step:,})"
    return f"{where}: {_scaling(plan)}{advice}, or smaller initial weights"


def _scaling(plan: Plan) -> str:
    """The first advice where the inputs are large: with such, no rate is both safe and quick."""
    if plan.input_size <= LARGE_INPUTS:
        return ""
    return f"the inputs are not scaled (up to {plan.input_size:.3g}): try data.standardize = true first; else "
