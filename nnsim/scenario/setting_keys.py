"""Settings by dotted key: changing one in a scenario's table, and listing those that a run has.

`model.hidden`, `schedule.rate`: the same key works in a variant's `set`, behind `--set`, and in the workbench.
"""

import copy
import tomllib
from collections.abc import Mapping
from typing import Any

from nnsim.components import Part, fields_of, installed_name, installed_part, nearest
from nnsim.data.datasets import DATA_SOURCES
from nnsim.errors import ScenarioError
from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.architecture import ModelSettings
from nnsim.nn.benchmark_functions import ALL_LOSSES
from nnsim.nn.initializers import INITIALIZERS
from nnsim.optim.averaging import AVERAGINGS
from nnsim.optim.clipping import CLIPPINGS
from nnsim.optim.optimizers import OPTIMIZERS, SOLVERS
from nnsim.optim.schedules import SCHEDULES
from nnsim.scenario.toml_text import check_value
from nnsim.text import quote

# Where a scenario's table names a part, and of which family.
FAMILIES: dict[str, Mapping[str, type[Part]]] = {
    "averaging": AVERAGINGS,
    "clipping": CLIPPINGS,
    "data": DATA_SOURCES,
    "loss": ALL_LOSSES,
    "model.activation": ACTIVATIONS,
    "model.initializer": INITIALIZERS,
    "model.output": ACTIVATIONS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "solver": SOLVERS,
}

# The kind of each part that a scenario need not name.
DEFAULT_KINDS = {
    "averaging": "none",
    "clipping": "none",
    "loss": "mse",
    "model.activation": ModelSettings().activation,
    "model.initializer": ModelSettings().initializer,
    "model.output": ModelSettings().output,
    "optimizer": "sgd",
    "schedule": "constant",
    "solver": "gradient-descent",
}


# The tables of a scenario that decide a run; the others describe it.
SETTINGS = (
    *("averaging", "clipping", "data", "loss", "model", "optimizer"),
    *("random", "regularization", "schedule", "solver", "train"),
)


def kind_of(part: Part) -> str:
    for family in FAMILIES.values():
        for name, made in family.items():
            if made is type(part):
                return name
    return installed_name(type(part))


def setting_text(value: object, limit: int = 40) -> str:
    """A value for a name or a sentence; of a long one its size."""
    text = str(value)
    if len(text) <= limit:
        return text
    if isinstance(value, Mapping):
        rows = next((one for one in value.values() if isinstance(one, list)), None)
        kind = str(value.get("kind", "table"))
        return kind if rows is None else f"{kind} of {len(rows):,} rows"
    return f"list of {len(value):,}" if isinstance(value, list) else f"{text[: limit - 1]}…"


def is_live(key: str) -> bool:
    """Whether a change of this setting applies between two steps; any other starts the run again."""
    live = ("schedule.", "optimizer.", "clipping.", "regularization.")
    return key in ("train.epochs", "train.target_loss") or key.startswith(live)


def parse_setting(text: str) -> tuple[str, Any]:
    """Reads `key.path=value`, as TOML or a bare word.  Raises: ScenarioError without a key or a value."""
    key, equals, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if not equals or not key or not value:
        raise ScenarioError(f"--set {quote(text)}: is no setting (allowed: key.path=value)")
    if len(value) > 10_000:
        raise ScenarioError(f"--set {quote(key)}: the value is too long (allowed: 10,000 characters)")
    return key, parse_value(value)


def parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def with_settings(table: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a table with settings changed; a part of another kind keeps the settings that both have."""
    changed = dict(table)  # only what is on the way to a changed setting is copied: a data set can be large
    for key, value in settings.items():
        check_value(value, key)
        _set(changed, key, copy.deepcopy(value))
    return changed


def merged(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with changes behind them, in place of those they replace: `data` replaces `data.noise`, too."""
    others = {
        key: value
        for key, value in settings.items()
        if key not in changes and not any(key.startswith(f"{whole}.") for whole in changes)
    }
    return {**others, **changes}


def full_key(key: str) -> str:
    """A setting's whole key: `initializer.deviation` is short for `model.initializer.deviation`."""
    return f"model.{key}" if key.split(".", maxsplit=1)[0] == "initializer" else key


def _set(table: dict[str, Any], key: str, value: Any) -> None:
    names = full_key(key).split(".")
    if not all(names) or len(names) > 6:
        raise ScenarioError(f"{quote(key)[1:-1]}: is no key (allowed: names joined by dots)")
    if names[0] not in SETTINGS:
        raise ScenarioError(
            f"{quote(key)[1:-1]}: is no setting{nearest(names[0], list(SETTINGS))} (allowed: {', '.join(SETTINGS)})"
        )
    place = table
    for depth, name in enumerate(names[:-1], start=1):
        path = ".".join(names[:depth])
        inner = place.get(name, DEFAULT_KINDS.get(path, {}))
        if isinstance(inner, str) and path in FAMILIES:
            inner = {"kind": inner}
        if not isinstance(inner, dict):
            raise ScenarioError(f"{key}: {path} holds no settings of its own")
        place[name] = dict(inner)
        place = place[name]
    family = FAMILIES.get(".".join(names[:-1]), {})
    made = None
    if family and names[-1] == "kind" and isinstance(value, str):
        made = family.get(value) or installed_part(family, value, ".".join(names[:-1]))
    if made is not None:
        fields = {field.encode_name for field in fields_of(made)}
        for other in [name for name in place if name not in fields]:
            del place[other]
    if value is None:  # TOML knows no such value: an optional setting is taken away
        place.pop(names[-1], None)
    else:
        place[names[-1]] = value
