"""The narrator: what is happening in a run, in one sentence, from its timeline and a step of it alone.

Figures of a trend are read at steps a thirty-second of the way apart, so that a sentence does not flicker.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.diagnosis import signs
from nnsim.narration.trend_of_points import trend_of_points
from nnsim.text import count
from nnsim.text.number_format import percent, rounded
from nnsim.timeline import Cursor, RunLog, Timeline

FLAT = 0.01  # relative change of the loss over the last half of the way that is none
GONE = 0.5  # part of the first loss above which a flat one is a plateau, not an end
MOSTLY = 0.7  # share of the rows from which on a class is an answer to all of them


class Narration(Struct, frozen=True):
    """A sentence, and the kinds of its findings, such as "falling"; equal kinds tell the same story."""

    text: str
    kinds: tuple[str, ...]


def of_step(log: RunLog) -> str:
    """What stands before a figure that a step measures, where that is of a batch and not of all training rows."""
    return "" if not isinstance(log, Timeline) or log.plan.batches.full else "batch "


def reported_step(step: int) -> int:
    """The step whose figures stand for this one: at most a thirty-second of the way back."""
    return step - step % _apart(step)


def next_reported(step: int) -> int:
    """The next step whose figures are reported."""
    return reported_step(step) + _apart(step)


def _apart(step: int) -> int:
    return 1 << max(0, step.bit_length() - 6)


def narrate(log: RunLog, at: Cursor | int) -> Narration:
    """What is happening after so many steps of a run, or in a phase of the next one."""
    at = min(Cursor(at) if isinstance(at, int) else at, Cursor(log.length))
    step = at.step
    stop = log.stop if log.stop is not None and step >= log.length else None
    if stop is not None and stop.reason == "diverged":
        return Narration(f"Diverged: {stop.message}.", ("diverged",))
    if at.known("loss") == 0 or "loss" not in log.series:
        return Narration("Nothing is trained yet: the parameters are those of the start.", ("start",))
    if log.series["loss"].stepped and not log.series["loss"].count_at(step):
        return Narration("No loss is logged up to here.", ("start",))
    findings = list(_findings(log, at))
    text = "; ".join(sentence for _, sentence in findings)
    return Narration(text[:1].upper() + text[1:] + ".", tuple(kind for kind, _ in findings))


def _findings(log: RunLog, at: Cursor) -> Iterator[tuple[str, str]]:
    step, here = at.step, reported_step(at.known("loss"))
    trend, sentence = trend_of_points(log, step) if log.series["loss"].stepped else _trend(log, here)
    rows = of_step(log)
    measured = f"mean {rows}" if rows and trend != "start" else rows
    yield trend, sentence.replace("loss", f"{measured}loss", 1)
    answers = _answers(log, here, trend)
    solved = answers is not None and answers[0] == "all right"
    # Where nothing is left to learn, gradients are small because they should be.
    if (
        trend != "settled"
        and not solved
        and (finding := _gradients(log, reported_step(at.known("gradient")), trend)) is not None
    ):
        yield finding
    if (finding := _overfitting(log, here, trend)) is not None:
        yield finding
    if answers is not None:
        yield answers
    if log.stop is not None and step >= log.length:
        if log.stop.reason == "epochs":
            yield "end", log.stop.message
        elif log.stop.reason == "target":
            yield "target", f"the target is reached: {log.stop.message}"
        elif log.stop.reason == "early-stopping":
            yield "early stop", log.stop.message
        elif log.stop.reason == "interrupted":
            yield "stopped", "the run was stopped here"
    if (changed := _changed(log, step)) is not None:
        yield "changed", changed


# ---------------------------------------------------------------------- the loss


def _mean(log: RunLog, figure: str, first: int, last: int) -> float:
    """The mean of a figure over the steps after `first` up to `last`."""
    series = log.series[figure]
    values = series.values(series.count_at(first), series.count_at(last))
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else math.nan


def _trend(log: RunLog, step: int) -> tuple[str, str]:
    """Whether the loss falls, rises or stays, compared over two neighbouring stretches of the last quarter."""
    per_epoch = log.steps_per_epoch
    series = log.series["loss"]
    if step < 2 * per_epoch:
        loss = series.at_step(step)
        return "start", f"the loss starts at {rounded(loss if loss is not None else math.nan)}"
    stretch = max(step / 8 / per_epoch, 1.0)  # epochs
    now, before, half = _levels(log, step, stretch)
    first = _mean(log, "loss", 0, per_epoch)
    level = f"loss {rounded(now if per_epoch > 1 else float(series.at_step(step) or 0.0))}"
    if not now > 0 or not before > 0:
        return "solved", f"{level}: nothing is left of it"
    if step >= 16 * per_epoch and abs(now / half - 1) < FLAT:
        since = _epochs(step - step // 2, per_epoch)
        kind, words = ("plateau", "on a plateau") if now > GONE * first else ("settled", "settled")
        return kind, f"loss {rounded(now, 3)}, {words}: less than 1 % of change in the last {since}"
    if per_epoch > 1 and abs(math.log(now / before)) < signs.noise(log, step, stretch):
        return "steady", f"loss {rounded(now)}, steady: it changes only by chance"
    change = math.log(now / before) / stretch  # an epoch
    trained = step // per_epoch
    if abs(change) * step / per_epoch < FLAT:
        return "steady", f"loss {rounded(now, 3)}, steady"
    if now < before:
        return "falling", f"{level}, falling {_pace(change, trained)}"
    if (times := signs.diverges(log, step, now)) is not None:
        pace = f"rising {_pace(change, trained)} and {rounded(times)} times its lowest"
        return "diverging", f"{level}, {pace}: diverging"
    return "rising", f"{level}, rising {_pace(change, trained)}"


def _levels(log: RunLog, step: int, stretch: float) -> tuple[float, float, float]:
    """Mean losses of the last stretch of epochs, of the one before, and half way; mixed between two lengths."""
    per_epoch = log.steps_per_epoch
    whole = int(stretch)
    halves = {step // 2, (step + 1) // 2}

    def levels(window: int) -> npt.NDArray[np.float64]:
        half = sum(_mean(log, "loss", max(one - window, 0), one) for one in halves) / len(halves)
        now, before = (_mean(log, "loss", step - i * window, step - (i - 1) * window) for i in (1, 2))
        return np.array([now, before, half])

    mixed = levels(whole * per_epoch)
    if part := stretch - whole:
        mixed = (1 - part) * mixed + part * levels((whole + 1) * per_epoch)
    now, before, half = mixed.tolist()
    return now, before, half


def _pace(change: float, trained: int) -> str:
    """A relative change an epoch, in a unit of at most `trained` epochs in which it is about 1 to 10 %."""
    epochs = 1
    while abs(math.expm1(change * epochs)) < 0.01 and 10 * epochs <= trained:
        epochs *= 10
    share = abs(math.expm1(change * epochs))
    small = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7)
    large = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95)
    steps = [*small, *large, *([100] if change > 0 else [])]  # coarse, so that a sentence does not flicker
    percent = min(steps, key=lambda one: abs(math.log(one / (100 * share))))
    unit = "an epoch" if epochs == 1 else f"in {epochs:,} epochs"
    if share > 1.2:
        return f"{rounded(1 + share)} times {unit}"
    return f"about {percent} % {unit}"


def _epochs(steps: int, per_epoch: int) -> str:
    epochs = steps / per_epoch
    size = 10.0 ** max(0, math.floor(math.log10(max(epochs, 1))))
    whole = int(max(1, epochs // size * size))
    return count(whole, "epoch")


# ---------------------------------------------------------------------- gradients


def _gradients(log: RunLog, step: int, trend: str) -> tuple[str, str] | None:
    """Whether a gradient is too small or too large to train with, or one layer's far smaller than another's.

    While the loss falls, a small gradient does its work, and one that grows has not yet done harm.
    """
    norms = signs.gradient_norms(log, step)
    if not norms:
        return None
    low, high = min(norms, key=norms.__getitem__), max(norms, key=norms.__getitem__)
    called = {layer: layer.replace("layer", "layer ") for layer in norms}
    if signs.explodes(log, high, norms[high]):
        return "exploding", f"{called[high]}'s gradient is {rounded(norms[high])}: exploding"
    if signs.answers_nothing(log, norms):
        return "dead", "no gradient gets back: the units answer 0 to every row"
    if norms[high] < signs.VANISHING:
        return "flat", f"no layer's gradient is above {rounded(norms[high])}: a minimum, or a flat place"
    if trend == "falling":
        return None
    if norms[low] < signs.VANISHING:
        return "vanishing", f"{called[low]}'s gradient is {rounded(norms[low])}: vanishing"
    if low != high and norms[high] / norms[low] >= signs.UNEVEN:
        times = float(f"{norms[high] / norms[low]:.1g}")
        beside = f"{times:,.0f} times smaller than {called[high]}'s"
        return "vanishing", f"{called[low]}'s gradient is {beside}: vanishing"
    return None


# ---------------------------------------------------------------------- answers


def _overfitting(log: RunLog, step: int, trend: str) -> tuple[str, str] | None:
    """Whether the validation loss has been rising since its lowest, while the training loss went on falling."""
    found = None if trend in ("rising", "diverging") else signs.overfits(log, step)
    if found is None:
        return None
    above = float(f"{100 * (found.now / found.lowest - 1):.1g}")
    return "overfitting", (
        f"validation loss {rounded(found.now)}, about {above:,.0f} % above its lowest near "
        f"{log.unit} {found.epoch:,}: overfitting"
    )


def _answers(log: RunLog, step: int, trend: str) -> tuple[str, str] | None:
    """How many answers are wrong, where an answer can be; with mini-batches about, over the last epochs."""
    series = log.series.get("accuracy")
    if series is None or not isinstance(log, Timeline):  # of how many rows, another program does not say
        return None
    plan = log.plan
    full, per_epoch = plan.batches.full, log.steps_per_epoch
    window = max(step // 16, per_epoch)
    accuracy = series.at_step(step) if full else _mean(log, "accuracy", max(step - window, 0), step)
    if accuracy is None or not math.isfinite(accuracy):
        return None
    rows, of = plan.batches.rows, "" if full else "in the last batches "
    wrong = rows - round(accuracy * rows)
    if wrong == 0:
        return "all right", f"all {rows:,} answers are right" if full else f"{of}nearly all answers are right"
    if wrong == 1 and full:
        # On a plateau answers sit on the fence: which side each falls on is no story.
        return "some wrong" if trend == "plateau" else "1 wrong", f"1 of {rows:,} answers is wrong"
    always = _as_always(log, accuracy)
    if rows > 20 or not full:  # a share that stands for a while
        share = float(f"{100 * (1 - accuracy):.1g}")
        return "some wrong", f"{of}about {share:g} % of the answers are wrong{always}"
    return "some wrong", f"{wrong} of {rows} answers are wrong"


def _as_always(timeline: Timeline, accuracy: float) -> str:
    """What there is to say of answers that are as good as one and the same answer to every row."""
    known, near = signs.most_frequent(timeline.plan), 0.01 if timeline.plan.batches.full else 0.03
    if known is None or known[1] < MOSTLY or abs(accuracy - known[1]) > near:
        return ""
    return f", as many as if every answer were {known[0]!r}, which alone is {percent(known[1])} right"


def _changed(log: RunLog, step: int) -> str | None:
    marks = [one for one in log.marks if one.kind == "changed" and one.step <= step]
    if not marks or step - marks[-1].step > max(marks[-1].step // 8, 8 * log.steps_per_epoch):
        return None
    epoch = marks[-1].step // log.steps_per_epoch + 1  # of the first step that was made with it
    return f"{marks[-1].text} since epoch {epoch:,}"


URGENT = {"diverged", "diverging", "changed", "target", "early stop", "end", "stopped"}  # what is said at once


class Teller:
    """Tells a run as it grows: a sentence where the story has changed, and at epochs 1, 10, 100, ...

    It reads the ends of epochs, so that it says at most one sentence an epoch, and believes a change when it has
    seen it twice: what goes up and down by chance is no story. What it says follows from the timeline alone,
    however often it is asked.
    """

    def __init__(self, timeline: RunLog, step: int = 0) -> None:
        """Args: step: the story up to here is known already."""
        self._timeline = timeline
        self._kinds: tuple[str, ...] = ()
        self._doubted: tuple[str, ...] = ()  # what was seen once
        self._reported_at = step
        self._next = self._step_after(step)

    def _step_after(self, step: int) -> int:
        """The next step to read: the end of an epoch."""
        per_epoch = self._timeline.steps_per_epoch
        return min(-(-next_reported(step) // per_epoch) * per_epoch, _next_round(step, per_epoch))

    def news(self) -> Iterator[tuple[int, Narration]]:
        """What there is to tell of the steps that were added since the last time, each with its step."""
        timeline = self._timeline
        while self._next <= timeline.length:
            step = self._next
            self._next = self._step_after(step)
            narration = narrate(timeline, step)
            changed = narration.kinds != self._kinds
            believed = narration.kinds == self._doubted or URGENT.intersection(narration.kinds)
            self._doubted = narration.kinds
            epoch, rest = divmod(step, timeline.steps_per_epoch)
            if (changed and believed) or (rest == 0 and str(epoch).strip("0") == "1"):
                self._kinds, self._reported_at = narration.kinds, step
                yield step, narration

    def ending(self) -> Iterator[tuple[int, Narration]]:
        """The rest, up to the last step, which is always reported."""
        yield from self.news()
        step = self._timeline.length
        narration = narrate(self._timeline, step)
        if step != self._reported_at or narration.kinds != self._kinds:
            self._kinds, self._reported_at = narration.kinds, step
            yield step, narration


def _next_round(step: int, per_epoch: int) -> int:
    epoch = 1
    while epoch * per_epoch <= step:
        epoch *= 10
    return epoch * per_epoch
