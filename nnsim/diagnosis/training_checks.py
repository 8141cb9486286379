"""What experiments show: rates, epochs, biases, scales, losses and sizes that would have done better."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnsim.diagnosis.case import Case
from nnsim.diagnosis.data_checks import input_scales
from nnsim.diagnosis.experiments import Experiments, Outcome, compared
from nnsim.diagnosis.finding import Finding, Remedy
from nnsim.nn.activations import Sigmoid, Softmax
from nnsim.nn.arrays import Array
from nnsim.scenario.setting_keys import kind_of

LARGE, UNEVEN = 12.0, 100.0  # of inputs: far from 0, in deviations of what training expects; of different size
FEW = 40  # rows, too few to set any apart
LUCK = 2.1  # standard errors beyond which a difference between rows is no chance


def gained(outcome: Outcome | None) -> float:
    """How much better an experiment did: the part of what was left that it explains, 0 where it did no better."""
    return 0.0 if outcome is None else outcome.gain


class TrainingChecks:
    """The checks that train beside the run; each experiment is made once, whoever asks."""

    def __init__(self, case: Case, experiments: Experiments) -> None:
        self.case, self.experiments = case, experiments

    # ------------------------------------------------------------------ rates

    def _rate(self) -> float | None:
        rate = getattr(self.case.plan.schedule, "rate", None)
        return float(rate) if rate and self.case.plan.solver.uses_gradient else None

    def at_rate(self, factor: float) -> Outcome | None:
        """The run with another rate."""
        rate = self._rate()
        return None if rate is None else self.experiments.outcome({"schedule.rate": float(f"{rate * factor:.3g}")})

    def rate_too_high(self) -> Iterator[Finding]:
        """A tenth, or a hundredth, of the rate leaves markedly less to learn."""
        rate = self._rate()
        if rate is None:
            return
        tried = {factor: self.at_rate(factor) for factor in (0.1, 0.01 if self.case.diverged else 0.3)}
        if self.case.diverged and not any(map(gained, tried.values())):
            tried[0.0001] = self.at_rate(0.0001)
        best = max(tried, key=lambda one: gained(tried[one]))
        outcome = tried[best]
        if outcome is None or not outcome.better:
            return
        restless = self._restlessness()
        if not self.case.diverged and outcome.gain < 0.5 and restless < 0.2:
            return
        confidence = min(0.97, 0.55 + 0.3 * outcome.gain + (0.2 if self.case.diverged else min(0.2, restless)))
        value = float(f"{rate * best:.2g}")
        evidence = f"with a rate of {value:g} in place of {rate:g}, {compared(outcome)}"
        if self.case.diverged:
            evidence += (
                "; the loss grew until it was no number any more" if self.case.timeline.stop else "; the loss grew"
            )
        yield Finding(
            "rate-too-high", confidence, evidence, self._when_restless(), (Remedy("schedule.rate", value),)
        )

    def rate_too_low(self) -> Iterator[Finding]:
        """Ten or a hundred times the rate leaves markedly less to learn in as many epochs."""
        rate = self._rate()
        if rate is None or self.case.diverged:
            return
        tried = {10.0: self.at_rate(10.0)}
        for factor in (100.0, 1000.0):  # on, while it is no worse
            last = tried[factor / 10]
            if last is None or last.diverged or last.training.unexplained > last.own_training.unexplained + 0.01:
                break
            tried[factor] = self.at_rate(factor)
        best = max(tried, key=lambda one: gained(tried[one]))
        outcome = tried[best]
        if outcome is None or outcome.gain < 0.35:
            return
        value = float(f"{rate * best:.2g}")
        evidence = f"with a rate of {value:g} in place of {rate:g}, {compared(outcome)}"
        # Ten times the rate helps a run that is merely short, too; a hundred times helps where it is to blame.
        confidence = 0.55 + 0.4 * outcome.gain if best > 10 else 0.52 + 0.2 * outcome.gain
        yield Finding("rate-too-low", min(0.95, confidence), evidence, 0, (Remedy("schedule.rate", value),))

    def _restlessness(self) -> float:
        """How much of the movement of the last half's losses goes up: near 0 for a fall, 0.5 for noise; by size."""
        losses = self.case.losses[len(self.case.losses) // 2 :]
        if len(losses) < 6 or not np.isfinite(losses).all():
            return 1.0 if self.case.diverged else 0.0
        moves = np.diff(np.log(np.maximum(losses, 1e-300)))
        size = float(np.abs(moves).mean())
        up = float(moves[moves > 0].sum() / max(np.abs(moves).sum(), 1e-300))
        return min(1.0, 10 * size) * up

    def _when_restless(self) -> int:
        losses = self.case.losses
        rises = (
            np.flatnonzero(np.diff(losses) > 0.05 * np.abs(losses[:-1])) if len(losses) > 1 else np.zeros(0, int)
        )
        return int(rises[0]) + 1 if len(rises) else 0

    # ------------------------------------------------------------------ epochs

    def too_few_epochs(self) -> Iterator[Finding]:
        """As many epochs again leave markedly less to learn."""
        case = self.case
        if case.diverged or case.epochs < 1:
            return
        outcome = self.experiments.longer(case.epochs)
        if outcome is None:
            return
        stop = case.timeline.stop
        early = stop is not None and stop.reason in ("early-stopping", "target")
        # What stops early says that the rows set apart gain nothing more: by them alone it is judged.
        if not (outcome.generalizes_better or (outcome.better and not early)):
            for times in (9, 99) if early else (9,):
                further = self.experiments.longer(times * case.epochs)
                if further is not None and further.generalizes_better and (further.gain > 0.5 or early):
                    outcome = further
                    break
            else:
                return
        gain = max(outcome.gain, 0.3)
        ended = f"the run stopped early at epoch {case.epochs:,}" if early else f"after {outcome.epochs:,} epochs"
        evidence = f"{ended}: {compared(outcome)}"
        remedies: tuple[Remedy, ...] = (Remedy("train.epochs", 5 * case.epochs),)
        if early:
            remedies = (Remedy("train.early_stopping", False), *remedies)
        yield Finding("too-few-epochs", min(0.93, 0.6 + 0.4 * gain), evidence, case.epochs, remedies)

    # ------------------------------------------------------------------ the model

    def no_bias(self) -> Iterator[Finding]:
        """The same network with biases does markedly better."""
        if self.case.plan.model.bias or not self.case.has_data:
            return
        outcome = self.experiments.outcome({"model.bias": True})
        if outcome is not None and outcome.better:
            evidence = f"with biases, {compared(outcome)}"
            yield Finding(
                "no-bias", min(0.97, 0.7 + 0.3 * outcome.gain), evidence, None, (Remedy("model.bias", True),)
            )

    def unscaled_inputs(self) -> Iterator[Finding]:
        """Inputs that are large, or of different size, and with which scaled ones do markedly better."""
        case = self.case
        large, uneven = input_scales(case.inputs)
        small = large < 0.02
        if case.plan.data.standardize or not (large > LARGE or uneven > UNEVEN or small):
            return
        outcome = self.experiments.outcome({"data.standardize": True})
        if outcome is None or not (outcome.better or outcome.generalizes_better):
            rate = self._rate()
            if rate is None or not case.diverged:
                return
            outcome = self.experiments.outcome({"data.standardize": True, "schedule.rate": 0.1 * rate})
            if outcome is None or not outcome.better:
                return
        size = f"their largest root mean square is {large:.3g}"
        size += f", columns differ {uneven:,.3g} times" if uneven > 2 else ""
        evidence = f"inputs are not scaled ({size}); standardized, {compared(outcome)}"
        yield Finding(
            "unscaled-inputs",
            min(0.98, 0.8 + 0.2 * outcome.gain),
            evidence,
            None,
            (Remedy("data.standardize", True),),
        )

    def wrong_loss(self) -> Iterator[Finding]:
        """Classes that are learned by a loss for numbers, or numbers by one for classes."""
        case, plan = self.case, self.case.plan
        change = self._usual_loss()
        if change is None:
            return
        outcome = self.experiments.outcome(change)
        if outcome is None or not (outcome.better or outcome.generalizes_better):
            return
        if len(case.targets) < 20 and outcome.gain < 0.6:
            return
        classes = case.classes is not None
        what = f"{kind_of(plan.loss)} of {kind_of(plan.output)} outputs"
        usual = " and ".join(str(value) for value in change.values())
        evidence = f"{what} for {'classes' if classes else 'numbers'}; with {usual}, {compared(outcome)}"
        remedies = tuple(Remedy(key, value) for key, value in change.items())
        yield Finding("wrong-loss", min(0.95, 0.7 + 0.25 * max(outcome.gain, 0.3)), evidence, None, remedies)

    def _usual_loss(self) -> dict[str, Any] | None:
        """The loss, with its output, that is usual for such targets; None where it is used already."""
        plan, loss = self.case.plan, kind_of(self.case.plan.loss)
        if not self.case.has_data:
            return None
        if self.case.classes is None:
            return (
                None
                if loss in ("mse", "mae", "huber") and not _summed(plan)
                else {"loss.kind": "mse", "loss.reduction": "mean"}
            )
        if plan.examples.one_hot or len(plan.examples.classes) > 2:
            usual = {"loss.kind": "softmax-cross-entropy", "model.output": "softmax"}
            fits = loss == "softmax-cross-entropy" and isinstance(plan.output, Softmax)
            return None if fits or loss == "hinge" else usual
        shares = loss == "focal" or "cross-entropy" in loss
        if loss == "hinge" or (shares and isinstance(plan.output, Sigmoid | Softmax)):
            return None
        return {"loss.kind": "binary-cross-entropy", "model.output": "sigmoid"}

    def underfitting(self) -> Iterator[Finding]:
        """A larger network, or one without penalties, does markedly better, also on rows set apart for that."""
        case, plan = self.case, self.case.plan
        if case.training.learned or case.diverged or not case.has_data or not plan.solver.uses_gradient:
            return
        few = case.validation is None and len(case.targets) < FEW
        if few and case.classes is None and case.training.r2 > 0.3:
            return  # a larger network finds any few numbers, and nothing is set apart to say what that is worth
        apart: dict[str, Any] = {"train.validation": 0.25} if case.validation is None and not few else {}
        loose = self._looser()
        tried: list[tuple[str, dict[str, Any], tuple[Remedy, ...]]] = []
        if loose:
            remedies = tuple(Remedy(key, value) for key, value in loose.items())
            tried.append(("without penalties and dropout", loose, remedies))
        units = self._larger()
        if units is not None:
            tried.append(
                (f"with hidden layers of {units}", {"model.hidden": units}, (Remedy("model.hidden", units),))
            )
        base = self.experiments.outcome(apart) if apart else None
        for words, change, remedies in tried:
            outcome = self.experiments.outcome({**change, **apart})
            if outcome is None or outcome.diverged:
                continue
            before = (
                (base.training, base.validation)
                if base is not None
                else (outcome.own_training, outcome.own_validation)
            )
            if not outcome.training.better_than(before[0]):
                continue
            if (
                outcome.validation is not None
                and before[1] is not None
                and not outcome.validation.better_than(before[1])
            ):
                continue
            evidence = f"{words}, {compared(outcome)}"
            yield Finding(
                "underfitting",
                0.6 + 0.3 * max(0.0, 1 - outcome.training.unexplained / max(before[0].unexplained, 1e-9)),
                evidence,
                None,
                remedies,
            )
            return

    def _looser(self) -> dict[str, Any]:
        """The settings that would hold the network less tight."""
        given = self.case.plan.regularization
        loose: dict[str, Any] = {}
        for key in ("l1", "l2", "weight_decay"):
            if getattr(given, key):
                loose[f"regularization.{key}"] = 0.0
        return loose

    def _larger(self) -> list[int] | None:
        model = self.case.plan.model
        if getattr(model, "layers", None):
            return None
        hidden = list(model.hidden)
        return [4 * units for units in hidden] if hidden else [16]

    # ------------------------------------------------------------------ generalization

    def overfitting(self) -> Iterator[Finding]:
        """Rows set apart were answered better before, or are answered far worse than those trained on.

        The epoch with which the end is compared is chosen by half of the rows and judged by the other half: the
        lowest of many validation losses is low by luck.
        """
        case = self.case
        if case.validation is None or case.diverged or case.epochs < 4:
            return
        rising = self._rising()
        gap = self._gap()
        if rising is None and gap is None:
            return
        evidence, since, confidence = rising if rising is not None else gap  # type: ignore[misc]
        if rising is not None and gap is not None:
            confidence = min(0.97, confidence + 0.1)
            evidence = f"{rising[0]}; {gap[0]}"
        remedies = (Remedy("regularization.l2", 0.01), Remedy("train.early_stopping", True))
        yield Finding("overfitting", confidence, evidence, since, remedies)

    def _rising(self) -> tuple[str, int, float] | None:
        case = self.case
        losses = case.validation_losses
        if len(losses) < 8 or not np.isfinite(losses).all():
            return None
        width = max(1, len(losses) // 10)
        smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
        best = int(smooth.argmin()) + width // 2 + 1
        if best >= len(losses) - width or smooth[-1] < 1.25 * smooth.min():
            return None
        before, after = self._row_errors(best), self._row_errors(case.epochs)
        half = np.arange(len(before)) % 2 == 0
        worse = [(after - before)[rows] for rows in (half, ~half)]
        doubt = [one.std() / np.sqrt(max(len(one), 1)) for one in worse]
        sure = min(one.mean() / max(error, 1e-300) for one, error in zip(worse, doubt, strict=True))
        together = (after - before).mean() / max((after - before).std() / np.sqrt(len(after)), 1e-300)
        trained = case.losses[best - 1], case.losses[-1]
        if sure < 0.5 or together < LUCK or not trained[1] < 0.95 * trained[0]:
            return None
        above = losses[-width:].mean() / smooth.min() - 1
        if case.validation_at(best).r2 - case.validation_at(case.epochs).r2 < 0.05:
            return None
        evidence = (
            f"the validation loss was lowest near epoch {best:,} and has risen by {above:.0%} since, while the "
            "training loss fell"
        )
        return evidence, best, min(0.95, 0.65 + 0.3 * min(1.0, above))

    def _row_errors(self, epoch: int) -> Any:
        case = self.case
        trainer = case.at(min(epoch * case.timeline.steps_per_epoch, case.timeline.length))
        assert trainer.validation is not None
        features, targets = trainer.validation
        outputs = trainer.answers(features)[0].T
        return np.square(outputs - targets).sum(axis=1)

    def _gap(self) -> tuple[str, int, float] | None:
        case = self.case
        assert case.validation is not None
        trainer = case.at(case.timeline.length)
        assert trainer.validation is not None
        outputs = trainer.answers(trainer.inputs)[0].T
        inside = np.square(outputs - trainer.targets).sum(axis=1)
        outside = self._row_errors(case.epochs)
        luck = LUCK if _risen(case.validation_losses) < 1.5 else 0.6 * LUCK  # two weak signs are a strong one
        doubt = np.hypot(inside.std() / np.sqrt(len(inside)), outside.std() / np.sqrt(len(outside)))
        ratio = outside.mean() / max(inside.mean(), 1e-300)
        training, validation = case.training, case.validation
        lost = training.r2 - validation.r2
        if (
            training.accuracy is not None
            and validation.accuracy is not None
            and training.accuracy < validation.accuracy + 0.1
        ):
            return None
        if ratio < 2.5 or lost < 0.2 or outside.mean() - inside.mean() < luck * doubt:
            return None
        evidence = (
            f"{training.r2:.0%} of the training rows' variance is explained, and {max(validation.r2, -9.99):.0%} "
            "of that of the rows set apart"
        )
        return evidence, int(case.validation_losses.argmin()) + 1, min(0.93, 0.6 + 0.3 * min(1.0, lost))


def _risen(losses: Array) -> float:
    """How many times its lowest a smoothed loss is at its end."""
    width = max(1, len(losses) // 10)
    smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
    return float(smooth[-1] / max(smooth.min(), 1e-300))


def _summed(plan: Any) -> bool:
    """Whether the loss adds up over the rows, so that the rate depends on how many there are."""
    return getattr(plan.loss, "reduction", "mean") in ("sum", "half-sum")
