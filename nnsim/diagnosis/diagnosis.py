"""The diagnosis of a run: every check, and which of its findings explain which others."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from nnsim.diagnosis import data_checks, network_checks
from nnsim.diagnosis.case import Case
from nnsim.diagnosis.experiments import Experiments
from nnsim.diagnosis.finding import Finding
from nnsim.diagnosis.training_checks import TrainingChecks
from nnsim.timeline import Timeline

LEAST = 0.5  # confidence of a finding that is told
MOST = 3  # findings that are told


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a run, most likely cause first; nothing where nothing is."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        return not self.findings


def diagnose(timeline: Timeline, look: Callable[[], None] = lambda: None) -> Diagnosis:
    """Judge a run that is trained as far as it goes.

    Looks at the data, the states and the figures of the run, and trains the same run with one thing changed beside
    it: at most as long as twice the run and some seconds.

    Args: look: called every few milliseconds while it trains; what it raises ends the diagnosis.
    """
    case = Case(timeline)
    if not case.has_data or not timeline.length:
        return Diagnosis(())
    found = list(data_checks.constant_target(case))
    if found:
        return Diagnosis(tuple(found))
    experiments = Experiments(case, look)
    training = TrainingChecks(case, experiments)
    for check in (data_checks.leakage, data_checks.duplicated_rows, data_checks.imbalanced_classes):
        found += check(case)
    found += network_checks.output_out_of_range(case)
    found += data_checks.labels_unrelated(case)
    unrelated = any(one.fault == "labels-unrelated" for one in found)
    found += training.overfitting()
    if not case.training.learned and not unrelated and case.plan.solver.uses_gradient:
        found += network_checks.symmetric_units(case, experiments)
        found += training.unscaled_inputs()
        found += training.no_bias()
        found += training.wrong_loss()
        found += training.rate_too_high()
        found += training.rate_too_low()
        found += training.too_few_epochs()
        found += network_checks.dead_units(case, experiments)
        found += network_checks.saturated_units(case)
        found += network_checks.vanishing_gradients(case)
        found += network_checks.exploding_gradients(case)
        if not found:
            found += training.underfitting()
    elif case.validation is not None and not case.validation.learned and not found:
        found += training.too_few_epochs()
    return Diagnosis(tuple(_ranked(found)))


_SLOW = ("rate-too-low", "too-few-epochs", "underfitting")
_STUCK = ("vanishing-gradients", "saturated-units", "dead-units")
# What a fault brings with it. Where the cause is found, its consequences are no findings of their own, and its
# symptoms come behind it.
CONSEQUENCES = {
    "leakage": ("overfitting", "rate-too-high", *_SLOW),
    "duplicated-rows": _SLOW,
    "imbalanced-classes": (*_SLOW, "wrong-loss", "labels-unrelated"),
    "labels-unrelated": ("overfitting", *_SLOW),
    "output-out-of-range": (*_SLOW, *_STUCK, "wrong-loss", "rate-too-high"),
    "symmetric-units": (*_SLOW, *_STUCK),
    "unscaled-inputs": (*_SLOW, "vanishing-gradients", "wrong-loss"),
    "no-bias": (*_SLOW,),
    "rate-too-high": ("too-few-epochs", "underfitting"),
    "exploding-gradients": (*_SLOW, "vanishing-gradients"),
}
SYMPTOMS = {
    "unscaled-inputs": ("rate-too-high", "exploding-gradients", "saturated-units", "dead-units"),
    "rate-too-high": _STUCK,
    "exploding-gradients": ("rate-too-high", *_STUCK),
    "vanishing-gradients": _SLOW,
    "saturated-units": _SLOW,
    "dead-units": _SLOW,
    "rate-too-low": ("too-few-epochs",),
}
SURE = 0.75  # confidence of a cause that explains others


def _ranked(found: list[Finding]) -> list[Finding]:
    sure = {one.fault for one in found if one.confidence >= SURE}
    explained = {effect for cause in sure for effect in CONSEQUENCES.get(cause, ())}
    behind = {effect for cause in sure for effect in SYMPTOMS.get(cause, ())}
    ranked = [
        replace(one, confidence=min(one.confidence, 0.6)) if one.fault in behind else one
        for one in found
        if one.fault not in explained and one.confidence >= LEAST
    ]
    return sorted(ranked, key=lambda one: -one.confidence)[:MOST]
