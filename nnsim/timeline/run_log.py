"""What every run has, whichever program trained it: figures over its steps, and what happened at them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nnsim.scenario.setting_keys import setting_text
from nnsim.timeline.series import Series
from nnsim.timeline.timeline import Mark
from nnsim.training.records import Stop

GRADIENT = "gradient:"  # before the name of a layer


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
    def length(self) -> int: ...

    @property
    def marks(self) -> Sequence[Mark]: ...

    @property
    def stop(self) -> Stop | None: ...


@dataclass(frozen=True)
class ImportedLog:
    """The figures of a run of another program: there is no plan, and no step can be trained again."""

    name: str
    series: Mapping[str, Series]  # of each epoch with its steps as stride; `wall_time` holds seconds
    steps_per_epoch: int = 1  # 1 where nothing says it
    settings: Mapping[str, Any] = field(default_factory=dict)
    marks: Sequence[Mark] = ()
    stop: Stop | None = None

    def named(self, settings: Iterable[str]) -> str:
        return " · ".join([self.name, *(f"{key} {setting_text(self.settings[key])}" for key in settings)])

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(name.removeprefix(GRADIENT) for name in self.series if name.startswith(GRADIENT))

    @property
    def length(self) -> int:
        return max((len(one) * one.stride for one in self.series.values()), default=0)
