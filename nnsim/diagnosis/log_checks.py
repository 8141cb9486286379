"""What is wrong with a run of another program, as far as its figures alone tell."""

import math

import numpy as np

from nnsim.diagnosis import signs
from nnsim.diagnosis.diagnosis import LEAST, MOST, Diagnosis
from nnsim.diagnosis.finding import Finding
from nnsim.text.number_format import rounded
from nnsim.timeline import RunLog, Series

FEWEST = 8  # points below which nothing is judged
STILL_FALLING = 0.05  # relative change of the loss from the last eighth but one to the last
JUMPS = 0.5  # relative change from one point to the next that is half of all, where the loss does not fall


def diagnose_log(log: RunLog) -> Diagnosis:
    """Judges a run by its figures: there is no plan to try again, and no state to look into."""
    loss = log.series.get("loss") or log.series.get("validation_loss")
    if loss is None or len(loss) < FEWEST:
        return Diagnosis(())
    found = [*_not_finite(log, loss), *_gradients(log), *_overfitting(log)]
    if not found:
        found = [*_rate(log, loss), *_unfinished(log, loss)]
    told = sorted((one for one in found if one.confidence >= LEAST), key=lambda one: -one.confidence)
    return Diagnosis(tuple(told[:MOST]))


def _epoch(log: RunLog, step: int) -> int:
    return step // log.steps_per_epoch


def _not_finite(log: RunLog, loss: Series) -> list[Finding]:
    values = loss.values(0, len(loss))
    bad = np.flatnonzero(~np.isfinite(values))
    if not len(bad):
        return []
    first = int(bad[0])
    step = loss.step_at(first)
    before = values[:first][np.isfinite(values[:first])]
    grew = len(before) > 1 and before[-1] > 2.0 * before.min()
    norms = [
        (name, series.at_step(step - 1))
        for name in log.layers
        if (series := log.series.get(f"gradient:{name}")) is not None and series.count_at(step - 1)
    ]
    exploded = [
        name for name, norm in norms if norm is not None and (not math.isfinite(norm) or norm > signs.EXPLODING)
    ]
    again = f", and again at {len(bad) - 1} other points" if len(bad) > 1 else ""
    evidence = f"the {loss.name.replace('_', ' ')} is {values[first]:g} at step {step:,}{again}"
    if exploded:
        evidence += f"; the gradient of {exploded[0]} had grown beyond {signs.EXPLODING:g} before"
        return [Finding("exploding-gradients", 0.9, evidence, _epoch(log, step))]
    return [Finding("rate-too-high", 0.85 if grew else 0.6, evidence, _epoch(log, step))]


def _gradients(log: RunLog) -> list[Finding]:
    found = []
    for layer, word in signs.verdicts(log, log.length).items():
        norm = signs.gradient_norms(log, log.length)[layer]
        fault = "vanishing-gradients" if word == "vanishing" else "exploding-gradients"
        found.append(Finding(fault, 0.8, f"the gradient of {layer} is {rounded(norm)} at the end", None))
    return found[:1]


def _overfitting(log: RunLog) -> list[Finding]:
    over = signs.overfits(log, log.length)
    if over is None:
        return []
    evidence = (
        f"the validation loss is {rounded(over.now)}, {100 * (over.now / over.lowest - 1):.0f} % above its lowest "
        f"near {log.unit} {over.epoch:,}, while the training loss went on falling"
    )
    return [Finding("overfitting", 0.9, evidence, over.epoch)]


def _eighths(loss: Series) -> tuple[float, float, float, float]:
    """Mean losses of the first eighth of the points, of the lowest, of the last but one and of the last."""
    values = loss.values(0, len(loss))
    means = [float(part.mean()) for part in np.array_split(values, 8)]
    return means[0], min(means), means[-2], means[-1]


def _rate(log: RunLog, loss: Series) -> list[Finding]:
    first, lowest, _, last = _eighths(loss)
    values = loss.values(0, len(loss))
    if last > signs.DIVERGED * lowest and last > first > 0:
        low = int(np.argmin(values))
        evidence = f"the loss has grown from {rounded(lowest)} to {rounded(last)}"
        return [Finding("rate-too-high", 0.85, evidence, _epoch(log, loss.step_at(low)))]
    steps = np.abs(np.diff(values)) / np.maximum(np.abs(values[1:]), 1e-12)
    if last > 0.9 * first and float(np.median(steps)) > JUMPS:
        evidence = (
            f"the loss jumps by {100 * float(np.median(steps)):.0f} % from one point to the next and does not fall"
        )
        return [Finding("rate-too-high", 0.7, evidence, 0)]
    return []


def _unfinished(log: RunLog, loss: Series) -> list[Finding]:
    first, _, before, last = _eighths(loss)
    if not 0 < last < first or not before > 0 or last > (1 - STILL_FALLING) * before:
        return []
    share = 100 * (1 - last / before)
    evidence = (
        f"the loss is {rounded(last)} at the end and has fallen by {share:.0f} % over the last eighth of the log"
    )
    return [Finding("too-few-epochs", 0.7, evidence, None)]
