"""What every run has, whichever program trained it: figures over its steps, and what happened at them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from msgspec import Struct

from nnsim.nn.arrays import Array
from nnsim.scenario.setting_keys import setting_text
from nnsim.timeline.series import Series
from nnsim.timeline.timeline import Mark, name_of_step, name_step
from nnsim.training.records import Stop

GRADIENT = "gradient:"  # before the name of a layer


def name_at(origin: str, name: str) -> str:
    """What a run is called beside those of other places: with its origin, unless that is its name."""
    return f"{origin}: {name}" if origin and origin != name else name


class RunLog(Protocol):
    """The figures of a run; a timeline has a plan as well, by which its steps are trained."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings in which it may differ from other runs."""

    def named(self, settings: Iterable[str]) -> str:
        """What the run is called with some of its settings."""

    @property
    def series(self) -> Mapping[str, Series]:
        """Figures by name, such as `loss`, `validation_loss`, `learning_rate` or `gradient:layer1`."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers whose gradients are recorded."""

    @property
    def steps_per_epoch(self) -> int: ...

    @property
    def unit(self) -> str:
        """What `steps_per_epoch` steps are called: "epoch", or "step" where nothing tells how long an epoch is."""

    @property
    def length(self) -> int: ...

    @property
    def marks(self) -> Sequence[Mark]: ...

    @property
    def stop(self) -> Stop | None: ...

    def mark(self, step: int, name: str) -> None:
        """Names a step anew, or removes its name.  Raises: NnsimError where another step has the name."""

    def marked(self, step: int) -> str:
        """The name that a person has given a step, or nothing."""

    def record(self, step: int) -> dict[str, float]:
        """The figures at a step by name, each the newest."""


class LoggedHistogram(Struct, frozen=True):
    """How values are distributed at a step: `counts` (bins,) between `edges` (bins + 1,)."""

    step: int
    edges: Array
    counts: Array


@dataclass(eq=False)
class ImportedLog:
    """The figures of a run of another program: there is no plan, and no step can be trained again.

    Args: series: stepped ones, or of each epoch with its steps as stride; `wall_time` holds seconds. source: which
    program or format it comes from. originals: what that calls a figure, by our name. remarks: what there is to
    say of the log, such as where it ends, in sentences.
    """

    name: str
    series: Mapping[str, Series]
    steps_per_epoch: int = 1  # 1 where nothing says it
    settings: Mapping[str, Any] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    stop: Stop | None = None
    unit: str = "epoch"
    source: str = ""
    originals: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    histograms: Mapping[str, Sequence[LoggedHistogram]] = field(default_factory=dict)

    def named(self, settings: Iterable[str]) -> str:
        return " · ".join([self.name, *(f"{key} {setting_text(self.settings[key])}" for key in settings)])

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(name.removeprefix(GRADIENT) for name in self.series if name.startswith(GRADIENT))

    @property
    def length(self) -> int:
        return max((one.step_at(len(one) - 1) for one in self.series.values() if len(one)), default=0)

    @property
    def counts_from_0(self) -> bool:
        """Whether its program calls the first epoch 0: with 12 of them the last is 11 then."""
        series = [one for one in self.series.values() if len(one)]
        alone = self.unit == "epoch" and self.steps_per_epoch == 1
        return alone and any(one.step_at(0) == 0 for one in series)

    def mark(self, step: int, name: str) -> None:
        name_step(self.marks, step, name)

    def marked(self, step: int) -> str:
        return name_of_step(self.marks, step)

    def record(self, step: int) -> dict[str, float]:
        found = {name: series.at_step(step) for name, series in self.series.items()}
        return {name: value for name, value in found.items() if value is not None}
