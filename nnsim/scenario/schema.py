"""The schema of a scenario file: which tables and texts it has, and how large they may be."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from nnsim.scenario.faults import MOST_FAULTS
from nnsim.scenario.setting_keys import DEFAULT_KINDS

PANES = (
    *("loss", "gradients", "schedule", "predictions", "lesson", "arrays", "surface", "hill", "best", "gap"),
    *("network", "decision", "data"),
    *(
        "arithmetic",
        "weights",
        "metrics",
        "predicted",
        "importance",
        "narrator",
        "diagnosis",
        "sharpness",
        "code",
        "runs",
        "figures",
    ),
)

DEFAULT_PANES = ("loss", "gradients", "predictions", "lesson", "schedule", "arrays")

Name = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9][A-Za-z0-9 ._+-]*$")]
Line = Annotated[str, Meta(min_length=1, max_length=200)]


class SurfaceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the plane of a two-parameter model the surface pane shows: slope across, intercept upwards."""

    slope: tuple[float, float] = (-2.0, 4.0)
    intercept: tuple[float, float] = (-6.0, 8.0)


class VariantTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way of solving the task: a name, a sentence, and the settings that differ."""

    name: Name
    summary: Annotated[str, Meta(max_length=200)] = ""
    set: Annotated[dict[str, Any], Meta(max_length=64)] = {}


class Sweep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every variant once for each of these values of one setting."""

    key: Line
    values: Annotated[list[Any], Meta(min_length=1, max_length=32)]

    def name_of(self, value: object) -> str:
        """What a run with this value is called: `degree 5`."""
        return f"{self.key.rsplit('.', 1)[-1]} {value}"


class ScenarioTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario file, as far as it is known before its parts are built."""

    title: Line
    summary: Line
    data: Any
    format: Literal[1] = 1
    order: Annotated[int, Meta(ge=0, le=10_000)] = 1000  # place in the list of scenarios
    group: Annotated[str, Meta(max_length=40)] = ""  # heading there
    personal: bool = False  # whether every student has numbers of their own
    panes: Annotated[tuple[Literal[PANES], ...], Meta(min_length=1, max_length=len(PANES))] = DEFAULT_PANES  # type: ignore[valid-type]
    loss: Any = DEFAULT_KINDS["loss"]
    optimizer: Any = DEFAULT_KINDS["optimizer"]
    schedule: Any = DEFAULT_KINDS["schedule"]
    solver: Any = DEFAULT_KINDS["solver"]
    clipping: Any = DEFAULT_KINDS["clipping"]
    regularization: dict[str, Any] = {}
    averaging: Any = DEFAULT_KINDS["averaging"]
    model: dict[str, Any] = {}
    train: dict[str, Any] = {}
    random: dict[str, Any] = {}
    surface: dict[str, Any] = {}
    sweep: dict[str, Any] | list[dict[str, Any]] = {}
    variants: Annotated[list[dict[str, Any]], Meta(max_length=32)] = []
    faults: Annotated[list[dict[str, Any]], Meta(max_length=MOST_FAULTS)] = []
    lesson: dict[str, Any] | list[dict[str, Any]] = {}
