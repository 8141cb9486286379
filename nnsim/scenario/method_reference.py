"""The methods by family, as they are explained: in the terminal by `nnsim explain`, in docs/methods by the page.

All that is said of a method is its docstring and the types of its settings, so that code and documents are one.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from nnsim.analysis.gradient_check import check_gradient
from nnsim.analysis.lr_finder import RULES, find_rate
from nnsim.components import allowed_values, installed_kinds, installed_part, nearest
from nnsim.data.datasets import DATA_SOURCES
from nnsim.data.examples import DataSource
from nnsim.data.features import Scaling
from nnsim.data.splits import Split
from nnsim.errors import NnsimError
from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.architecture import LAYERS
from nnsim.nn.benchmark_functions import FUNCTIONS
from nnsim.nn.initializers import INITIALIZERS, Initializer
from nnsim.nn.layers import BatchNorm, Convolution, Dense, Dropout, LayerNormalization, Pooling, Residual
from nnsim.nn.losses import LOSSES
from nnsim.optim.averaging import AVERAGINGS
from nnsim.optim.clipping import CLIPPINGS
from nnsim.optim.optimizers import OPTIMIZERS, SOLVERS
from nnsim.optim.regularization import EarlyStopping, Regularization
from nnsim.optim.schedule_base import Schedule
from nnsim.optim.schedules import SCHEDULES
from nnsim.scenario.setting_keys import FAMILIES
from nnsim.text import quote

# Families whose members have settings in common: said once, for the family.
_COMMON: dict[str, type[msgspec.Struct]] = {"data": DataSource, "initializers": Initializer, "schedules": Schedule}
_LAYERS = {
    "batch-norm": BatchNorm,
    "convolution": Convolution,
    "dense": Dense,
    "dropout": Dropout,
    "layer-norm": LayerNormalization,
    "pooling": Pooling,
    "residual": Residual,
}


@dataclass(frozen=True)
class Setting:
    """A setting of a method: its name, what it takes, and what it is where a scenario says nothing."""

    name: str
    allowed: str
    default: str


@dataclass(frozen=True)
class Method:
    """One method: its name in a scenario, its docstring, its settings."""

    name: str
    family: str
    text: str
    settings: tuple[Setting, ...] = ()

    @property
    def sentence(self) -> str:
        """The first sentence of its docstring."""
        return " ".join(self.text.partition("\n\n")[0].split())


@dataclass(frozen=True)
class Family:
    """Methods that can stand for each other, and the key under which a scenario names one."""

    name: str
    title: str
    key: str
    methods: tuple[Method, ...]
    text: str = ""  # what holds for all of them
    settings: tuple[Setting, ...] = ()


def families() -> tuple[Family, ...]:
    """All families, in the order of a scenario."""
    return (
        _family("data", "Data", "data", DATA_SOURCES),
        _single(
            "splits", "Splits and scaling", "train, data.standardize", {"split": Split, "standardize": Scaling}
        ),
        Family(
            "layers",
            "Layers",
            "model.layers",
            tuple(Method(kind, "layers", _text(_LAYERS[kind]), _settings(LAYERS[kind])) for kind in LAYERS),
        ),
        _family("activations", "Activations", "model.activation, model.output", ACTIVATIONS),
        _family("initializers", "Initializers", "model.initializer", INITIALIZERS),
        _family("losses", "Losses", "loss", LOSSES),
        _family("functions", "Functions of two parameters", "loss", FUNCTIONS),
        _family("optimizers", "Optimizers", "optimizer", OPTIMIZERS),
        _family("solvers", "Solvers", "solver", SOLVERS),
        _family("schedules", "Learning-rate schedules", "schedule", SCHEDULES),
        _family("clipping", "Gradient clipping", "clipping", CLIPPINGS),
        _family("averaging", "Averages of the weights", "averaging", AVERAGINGS),
        _single(
            "regularization",
            "Regularization",
            "regularization, train.early_stopping",
            {"regularization": Regularization, "early-stopping": EarlyStopping},
        ),
        _single(
            "analysis",
            "Analysis",
            "nnsim lr-find, nnsim gradcheck",
            {"lr-find": find_rate, **RULES, "gradcheck": check_gradient},
        ),
    )


def _family(name: str, title: str, key: str, parts: Mapping[str, type[msgspec.Struct]]) -> Family:
    """Methods with settings of their own; what they share, with the same default, stands with the family."""
    common = _COMMON.get(name)
    shared = _settings(common) if common else ()
    methods = tuple(
        Method(kind, name, _text(part), tuple(one for one in _settings(part) if one not in shared))
        for kind, part in parts.items()
    )
    return Family(name, title, key, methods, _text(common) if common else "", shared)


def _single(name: str, title: str, key: str, parts: Mapping[str, Any]) -> Family:
    methods = []
    for one, part in parts.items():
        is_struct = isinstance(part, type) and issubclass(part, msgspec.Struct)
        methods.append(Method(one, name, _text(part), _settings(part) if is_struct else ()))
    return Family(name, title, key, tuple(methods))


def _text(part: Any) -> str:
    return inspect.getdoc(part) or ""


def _settings(part: type[msgspec.Struct]) -> tuple[Setting, ...]:
    return tuple(
        Setting(one.encode_name, allowed_values(one.type), _default(one)) for one in msgspec.structs.fields(part)
    )


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "to be given"
    value = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        value = list(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def find(name: str) -> tuple[Family | Method, ...]:
    """A family, or methods of several families, by name.  Raises: NnsimError naming the nearest name."""
    if found := called(name):
        return found
    raise NnsimError(f"nothing is called {quote(name)}{nearest(name.lower(), names())} (nnsim explain lists all)")


def called(name: str) -> tuple[Family | Method, ...]:
    """What goes by a name: a family, or methods of several families; empty where nothing does."""
    wanted = _plain(name)
    everything = families()
    found = [one for one in everything if wanted in (_plain(one.name), _plain(one.name.removesuffix("s")))]
    if found and not any(wanted == _plain(one.name) for family in found for one in family.methods):
        return tuple(found)
    methods = [one for family in everything for one in family.methods if wanted == _plain(one.name)]
    return tuple(methods or _installed(wanted, everything))


def names() -> list[str]:
    """The names of all families and methods."""
    return sorted({name for family in families() for name in (family.name, *(one.name for one in family.methods))})


def _installed(wanted: str, everything: tuple[Family, ...]) -> list[Method]:
    """What installed packages call by a name; only these are loaded."""
    found = []
    for key, parts in FAMILIES.items():
        if key == "model.output":  # the activations once more
            continue
        family = next(one for one in everything if key in one.key.split(", "))
        for kind in installed_kinds(parts):
            if _plain(kind) == wanted and (part := installed_part(parts, kind, key)):
                found.append(Method(kind, family.name, _text(part), _settings(part)))
    return found


def _plain(name: str) -> str:
    """Without what people write differently: AMSGrad, leaky_relu, L-BFGS."""
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")
