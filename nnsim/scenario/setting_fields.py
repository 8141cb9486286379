"""Controls: every setting of a run as a person can change it, with its value and what is allowed."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from nnsim.components import Part, allowed_values, build_part, fields_of, installed_kinds
from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.architecture import ModelSettings
from nnsim.ranges import BOOLEAN, TYPED, Range, range_of
from nnsim.scenario.plan import Plan
from nnsim.scenario.settings import FAMILIES, kind_of

LONGEST = 200  # characters of a value that can still be edited in a line


# What else a setting is called, or looked for by.
ALSO_CALLED = {
    "schedule.rate": "learning rate lr eta step size alpha",
    "train.epochs": "iterations passes longer",
    "train.batch_size": "minibatch mini-batch",
    "model.hidden": "layers units neurons width depth architecture",
    "random.seed": "luck start weights",
    "regularization.l1": "lasso penalty sparse",
    "regularization.l2": "ridge penalty",
}


@dataclass(frozen=True)
class Control:
    """A setting: its dotted key, its value, as TOML writes it too, and what is allowed, in words and as a range."""

    key: str
    shown: str
    allowed: str
    value: Any = None
    range: Range = TYPED
    about: str = ""  # what it belongs to, in a sentence


def controls(plan: Plan) -> tuple[Control, ...]:
    """The settings of a plan, family by family, those that apply live first."""
    found = [
        *_part("schedule", plan.schedule),
        *_part("optimizer", plan.optimizer),
        *_part("clipping", plan.clipping),
        *_struct("regularization", plan.regularization, type(plan.regularization)),
        *_struct("train", plan.train, type(plan.train)),
        *_part("solver", plan.solver),
        *_hidden(plan),
        Control("model.bias", toml(plan.model.bias), _field(ModelSettings, "bias"), plan.model.bias, BOOLEAN),
        *_part("model.output", plan.output),
        *_part("model.initializer", plan.initializer),
        *_part("loss", plan.loss),
        *_struct("random", plan.random, type(plan.random)),
        *_part("data", plan.data),
    ]
    return tuple(one for one in found if len(one.shown) <= LONGEST)


def named(found: Iterable[Control], text: str) -> list[Control]:
    """The settings whose key holds a word of a text; else those called so otherwise, or with such a kind."""
    everything, words = list(found), text.lower().split()
    if not words:
        return everything

    def holding(told: Callable[[Control], str]) -> list[Control]:
        return [one for one in everything if any(word in told(one) for word in words)]

    def otherwise(one: Control) -> str:
        return f"{ALSO_CALLED.get(one.key, '')} {one.allowed if one.key.endswith('.kind') else ''}"

    return holding(lambda one: one.key) or holding(otherwise)


def _hidden(plan: Plan) -> Iterator[Control]:
    """The hidden layers in the short form; the long form is too long for a line."""
    if not plan.model.layers:
        hidden = list(plan.model.hidden)
        yield Control("model.hidden", toml(hidden), _field(ModelSettings, "hidden"), hidden)
    if isinstance(plan.model.activation, list):
        kinds = ", ".join(sorted(ACTIVATIONS))
        yield Control("model.activation", toml(plan.model.activation), f"a list, each one of {kinds}")
    else:
        yield from _part("model.activation", build_part(ACTIVATIONS, plan.model.activation, "model.activation"))


def _part(key: str, part: Part) -> Iterator[Control]:
    family: Mapping[str, type[Part]] = FAMILIES[key]
    kind = kind_of(part)
    kinds = tuple(sorted({*family, *installed_kinds(family)}))
    yield Control(f"{key}.kind", toml(kind), ", ".join(kinds), kind, Range("choice", kinds), _about(type(part)))
    yield from _struct(key, part, type(part))


def _struct(key: str, value: msgspec.Struct, struct: type[msgspec.Struct]) -> Iterator[Control]:
    for field in fields_of(struct):
        now = getattr(value, field.name)
        allowed, within = allowed_values(field.type), range_of(field.type)
        yield Control(f"{key}.{field.encode_name}", toml(now), allowed, now, within, _about(struct))


def _about(struct: type[msgspec.Struct]) -> str:
    """The first sentence of what a structure says of itself."""
    return " ".join((struct.__doc__ or "").split("\n\n")[0].split())


def _field(struct: type[msgspec.Struct], name: str) -> str:
    return next(allowed_values(one.type) for one in fields_of(struct) if one.name == name)


def toml(value: Any) -> str:
    """A value as TOML writes it; what is not set is an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
