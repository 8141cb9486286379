"""Signs of faults in the figures of a run alone, as far as it has got: what a narrator may speak of at once.

A figure of one batch, or of one epoch's validation, is high or low by chance; so means are compared with means, and
a difference has to be larger than what the same figures vary by from one epoch to the next.
"""

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from nnsim.nn.activations import ReLU
from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.timeline import RunLog, Series, Timeline

DIVERGED = 4.0  # times its lowest mean of an epoch that a rising loss has reached
RISEN = 1.15  # times its lowest mean that a validation loss has reached
VARIED = 2.0  # standard errors that a rise is larger than
FEWEST = 16  # validations below which none has a trend
VANISHING, EXPLODING = 1e-7, 100.0
UNEVEN = 100.0  # times that one layer's gradient is larger than another's
GROWN = 10.0  # times that a gradient has to have grown since the first epochs to be called exploding


class Overfit(Struct, frozen=True):
    """A validation loss that has risen: its mean now, its lowest mean, and the epoch near which that was."""

    now: float
    lowest: float
    epoch: int


def epoch_means(log: RunLog, figure: str, step: int) -> Array:
    """The mean of a figure over each whole epoch up to a step, (epochs,)."""
    series = log.series[figure]
    if series.stepped:
        return _means_of_points(series, log.steps_per_epoch, step)
    per_epoch = max(log.steps_per_epoch // series.stride, 1)
    epochs = step // log.steps_per_epoch
    return np.asarray(series.values(0, epochs * per_epoch).reshape(epochs, per_epoch).mean(axis=1))


def _means_of_points(series: Series, per_epoch: int, step: int) -> Array:
    """The mean of the points in each epoch that has any, up to a step, (epochs,)."""
    count = series.count_at(step)
    values = series.values(0, count)
    if per_epoch == 1 or not count:
        return values
    epochs = series.steps_at(np.arange(count)) // per_epoch
    _, first = np.unique(epochs, return_index=True)
    return np.asarray(np.add.reduceat(values, first) / np.diff([*first, count]))


def means_before(log: RunLog, figure: str, ends: Series, count: int) -> Array:
    """The mean of a figure behind each of the first points of another one but the first, (count,).

    Where there is none in between, the one before stands for it.
    """
    series = log.series[figure]
    places = np.array([series.count_at(ends.step_at(sample)) for sample in range(count)])
    sums = np.concatenate(([0.0], np.cumsum(np.nan_to_num(series.values(0, int(places[-1]) if count else 0)))))
    starts = np.concatenate(([0], places[:-1]))
    starts = np.where(starts == places, np.maximum(starts - 1, 0), starts)
    return np.asarray((sums[places] - sums[starts]) / np.maximum(places - starts, 1))


def noise(log: RunLog, step: int, stretch: float) -> float:
    """What the logarithms of two neighbouring means of the loss over so many epochs may differ by, by chance.

    Twice the standard error that follows from how far an epoch lies off the line through its neighbours.
    """
    means = epoch_means(log, "loss", step)[-max(8, int(4 * stretch)) :]
    if len(means) < 5 or not (means > 0).all():
        return 0.0
    bends = np.diff(np.log(means), 2)  # of independent values, 6 times their variance
    single = float(np.median(np.abs(bends))) * 1.4826 / math.sqrt(6.0)
    return VARIED * single * math.sqrt(2.0 / max(stretch, 1.0))


def diverges(log: RunLog, step: int, now: float) -> float | None:
    """How many times the lowest mean loss of an epoch the loss is, where it has grown far beyond its start too.

    Args: now: the mean loss of the last stretch of epochs.
    """
    means = epoch_means(log, "loss", step)
    means = means[np.isfinite(means)]
    if len(means) < 2 or not now > DIVERGED * means.min() or not now > means[0]:
        return None
    return float(now / means.min())


def overfits(log: RunLog, step: int) -> Overfit | None:
    """Whether the validation loss has been rising since its lowest, while the training loss went on falling."""
    series = log.series.get("validation_loss")
    count = 0 if series is None else series.count_at(step)
    if series is None or count < FEWEST or "loss" not in log.series:
        return None
    values = series.values(0, count)
    if not np.isfinite(values).all():
        return None
    width = max(4, count // 24)
    smooth = np.convolve(values, np.ones(width) / width, mode="valid")
    place = int(smooth.argmin())
    now, lowest = float(smooth[-1]), float(smooth[place])
    if now < RISEN * lowest or place > len(smooth) - 1 - width:
        return None
    # What neighbouring epochs differ by, which is noise and no trend, of two means of so many epochs.
    doubt = float(np.diff(values).std()) * math.sqrt(1.0 / width)
    if now - lowest < VARIED * doubt:
        return None
    stepped = series.stepped and "loss" in log.series
    training = means_before(log, "loss", series, count) if stepped else epoch_means(log, "loss", step)
    before, after = training[place : place + width].mean(), training[-width:].mean()
    middle = place + width // 2
    epoch = series.step_at(middle) // log.steps_per_epoch if series.stepped else middle + 1
    return Overfit(now, lowest, epoch) if after < before else None


def gradient_norms(log: RunLog, step: int) -> dict[str, float]:
    """The norm of each layer's gradient at a step, where it is a number."""
    norms = {}
    for layer in log.layers:
        series = log.series.get(f"gradient:{layer}")
        norm = None if series is None else series.at_step(step)
        if norm is not None and math.isfinite(norm):
            norms[layer] = norm
    return norms


def explodes(log: RunLog, layer: str, norm: float) -> bool:
    """Whether a layer's gradient is large because it has grown, not because inputs or losses are large."""
    series = log.series[f"gradient:{layer}"]
    early = series.values(0, min(len(series), max(1, 2 * log.steps_per_epoch)))
    early = early[np.isfinite(early)]
    return norm > EXPLODING and bool(len(early)) and norm > GROWN * float(np.median(early))


def verdicts(log: RunLog, step: int) -> dict[str, str]:
    """A word for each layer whose gradient training cannot live with, "vanishing" or "exploding".

    A gradient is small at a minimum, too; so it vanishes only where another layer's does not.
    """
    norms = gradient_norms(log, step)
    largest = max(norms.values(), default=0.0)
    return {
        layer: "exploding" if explodes(log, layer, norm) else "vanishing"
        for layer, norm in norms.items()
        if norm < VANISHING <= largest / UNEVEN or explodes(log, layer, norm)
    }


def answers_nothing(log: RunLog, norms: Mapping[str, float]) -> bool:
    """Whether no gradient gets through units that can die: they answer 0 to every row."""
    layers = log.plan.network.layers if isinstance(log, Timeline) else ()
    dying = any(isinstance(layer.activation, ReLU) for layer in layers)
    return dying and bool(norms) and all(norm == 0.0 for norm in norms.values())


def most_frequent(plan: Plan) -> tuple[str, float] | None:
    """The class that most training rows belong to, where there are two or more, and its share of all rows."""
    labels, names = plan.examples.labels, plan.examples.classes
    if labels is None or not len(names):
        return None
    counts = np.bincount(labels, minlength=len(names))
    return names[int(counts.argmax())], float(counts.max() / counts.sum())
