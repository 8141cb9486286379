"""What of a recording is exported: which runs, and the step at which parameters are looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from nnsim.arrays import Array
from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.nn.layers import BatchNorm, Dense
from nnsim.replica import Replica
from nnsim.text import shown
from nnsim.timeline import Place, Timeline, find
from nnsim.training.trainer import Trainer


@dataclass(frozen=True)
class Chosen:
    """A run to export.

    Args: number: of the run in its recording, from 1. step: at which its parameters are looked at.
    """

    number: int
    timeline: Timeline
    step: int

    def trainer(self) -> Trainer:
        """The exact state at the step."""
        return Replica(self.timeline).at(self.step)


def choose(timelines: Sequence[Timeline], run: str | None, place: Place | None) -> list[Chosen]:
    """The runs to export: all, or the one of this name, variant or number; at a place, by default the end.

    Raises: NnsimError where there is no such run, or a run has no such place.
    """
    found = list(enumerate(timelines, start=1))
    if run is not None:
        for same in (
            [one for one in found if one[1].name == run],
            [one for one in found if one[1].variant == run],
            [one for one in found if str(one[0]) == run],
        ):
            if same:
                found = same
                break
        else:
            names = [one.name for one in timelines]
            listed = ", ".join(f"{number} ({name})" for number, name in enumerate(names[:20], start=1))
            raise NnsimError(f"--run {shown(run)}: there is no such run{nearest(run, names)} (allowed: {listed})")
        if len(found) > 1:
            listed = ", ".join(f"{number} ({one.name})" for number, one in found[:20])
            raise NnsimError(f"--run {shown(run)}: {len(found)} runs are called so (allowed: one of {listed})")
    return [
        Chosen(number, timeline, timeline.length if place is None else find(timeline, place).one())
        for number, timeline in found
    ]


def layer_arrays(trainer: Trainer) -> dict[str, Array]:
    """Everything that a network has learnt, by `LAYER.PART`.

    weights (inputs, units) and biases (units,) of a dense layer; gamma, beta, running_mean and running_variance,
    (units,) each, of a batch-normalization layer.
    """
    flat, found = trainer.parameters, dict[str, Array]()
    for layer in trainer.plan.network.trained:
        if isinstance(layer, Dense):
            found[f"{layer.name}.weights"] = layer.weights(flat).copy()
            biases = layer.biases(flat)
            if biases is not None:
                found[f"{layer.name}.biases"] = biases.copy()
        elif isinstance(layer, BatchNorm):
            parts = (*layer.view(flat), *layer.running(trainer.statistics))
            for name, part in zip(("gamma", "beta", "running_mean", "running_variance"), parts, strict=True):
                found[f"{layer.name}.{name}"] = part.copy()
    return found
