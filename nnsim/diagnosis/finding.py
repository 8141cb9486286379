"""A finding: the name of a fault, since when, how sure, the evidence in figures, and settings to try."""

from dataclasses import dataclass
from typing import Any

from msgspec import Struct

FAULTS = {
    "rate-too-high": "steps are so long that the loss jumps about, or grows",
    "rate-too-low": "steps are so short that the run would take many times as long",
    "too-few-epochs": "the run ends while it is still learning",
    "vanishing-gradients": "the gradient of the first layers is so small that they hardly learn",
    "exploding-gradients": "the gradient grows from layer to layer until steps are useless",
    "dead-units": "units answer 0 to every row, and so learn nothing any more",
    "saturated-units": "units stand at the flat ends of their activation, where the gradient is almost 0",
    "symmetric-units": "units of a layer are all alike, and stay so",
    "no-bias": "units have no biases, so that their sums are 0 where the inputs are",
    "output-out-of-range": "targets lie where the output cannot get",
    "wrong-loss": "the loss does not suit what is to be learned",
    "unscaled-inputs": "inputs are large, or of very different size",
    "labels-unrelated": "the targets have nothing to do with the inputs",
    "imbalanced-classes": "one class is so rare that it is never answered",
    "constant-target": "every row has the same target",
    "leakage": "a column gives the answer away",
    "duplicated-rows": "the same rows are trained on and judged by",
    "overfitting": "what is learned holds for the training rows only",
    "underfitting": "the network is too small, or held too tight, for what is to be learned",
}


class Remedy(Struct, frozen=True):
    """A setting to try, as `--set` and the key `e` take it."""

    key: str
    value: Any


@dataclass(frozen=True)
class Finding:
    """One fault of a run.

    Args: fault: one of `FAULTS`. since_epoch: the epoch from which on it shows; None where the data or the plan
    alone show it. confidence: from 0 to 1. evidence: a sentence with the figures that it rests on.
    """

    fault: str
    confidence: float
    evidence: str
    since_epoch: int | None = None
    remedies: tuple[Remedy, ...] = ()

    @property
    def meaning(self) -> str:
        """What the fault is, in half a sentence."""
        return FAULTS[self.fault]

    def __post_init__(self) -> None:
        assert self.fault in FAULTS, self.fault
        object.__setattr__(self, "confidence", float(self.confidence))
