"""Controls: every setting of a run as a person can change it, with its value and what is allowed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import floor, inf, log10
from typing import Any, Literal

import msgspec
from msgspec import Struct

from nnsim.components import Part, allowed_values, build_part, fields_of, installed_kinds, schema_of
from nnsim.nn.activations import ACTIVATIONS
from nnsim.nn.architecture import ModelSettings
from nnsim.scenario.plan import Plan
from nnsim.scenario.setting_keys import FAMILIES, kind_of
from nnsim.scenario.toml_text import toml

LONGEST = 200  # characters of a value that can still be edited in a line
SMALLEST = 1e-12  # but 0 that a number goes down to
FIRST = 1e-4  # what follows 0
MOST_BY_ONE = 64  # a whole number with no larger range than this goes by 1 all the way
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


class Range(Struct, frozen=True):
    """What a setting can take: one of some names, a truth value, a number between bounds; else it is typed."""

    kind: Literal["choice", "boolean", "integer", "number", "typed"] = "typed"
    choices: tuple[str, ...] = ()
    low: float = -inf
    high: float = inf
    open_low: bool = False  # whether `low` itself is not allowed
    open_high: bool = False
    optional: bool = False

    def next(self, value: Any, by: int, key: str = "") -> Any:
        """The value one step up (by 1) or down (-1), or the same; batch sizes go by powers of 2, seeds by 1."""
        if self.kind == "boolean" and isinstance(value, bool):
            return not value
        if self.kind == "choice" and value in self.choices:
            return self.choices[(self.choices.index(value) + by) % len(self.choices)]
        if self.kind not in ("integer", "number") or isinstance(value, bool):
            return value
        if value is None:
            return self._clip(1 if self.kind == "integer" else 0.01) if by > 0 else None
        if not isinstance(value, (int, float)):
            return value
        if self.kind == "integer":
            return self._clip(self._whole(int(value), by, key))
        share = self.low == 0.0 and self.high == 1.0 and (value == 0.0 or value >= 0.01)
        return self._clip(_share(value, by) if share else _ladder(value, by, self.low <= 0.0 and not self.open_low))

    def _whole(self, value: int, by: int, key: str) -> int:
        if key.endswith("batch_size"):  # powers of 2; 0 stands for all rows
            if by > 0:
                return 1 << value.bit_length()
            return 1 << (value - 1).bit_length() - 1 if value > 1 else 0
        if self.high - self.low <= MOST_BY_ONE or key.endswith("seed") or value + min(by, 0) < 10:
            return value + by
        return round(_ladder(value, by, True))

    def _clip(self, value: float) -> float:
        """The value, or the last that is allowed."""
        if value > self.high or (self.open_high and value >= self.high):
            return round(self.high - 1e-4, 12) if self.open_high else type(value)(self.high)
        if value < self.low or (self.open_low and value <= self.low):
            return SMALLEST if self.open_low and self.low == 0.0 else type(value)(self.low)
        return value


BOOLEAN = Range("boolean")
TYPED = Range()


class Control(Struct, frozen=True):
    """A setting: its dotted key, its value, as TOML writes it too, and what is allowed, in words and as a range."""

    key: str
    text: str
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
        *_part("averaging", plan.averaging),
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
    return tuple(one for one in found if len(one.text) <= LONGEST)


def named(found: Iterable[Control], text: str) -> list[Control]:
    """The settings whose key holds a word of a text; else those called so otherwise, or with such a kind."""
    everything, words = list(found), text.lower().split()
    if not words:
        return everything

    def holding(text_of: Callable[[Control], str], looked_for: Sequence[str]) -> list[Control]:
        return [one for one in everything if any(word in text_of(one) for word in looked_for)]

    def otherwise(one: Control) -> str:
        return f"{ALSO_CALLED.get(one.key, '')} {one.allowed if one.key.endswith('.kind') else ''}"

    for looked_for in (words, re.split(r"[\s_-]+", text.lower().strip())):
        if found := holding(lambda one: one.key, looked_for) or holding(otherwise, looked_for):
            return found
    return []


def _hidden(plan: Plan) -> Iterator[Control]:
    """The hidden layers, in the short form or in the long one."""
    if plan.model.layers:
        layers = list(plan.model.layers)
        yield Control("model.layers", toml(layers), "a list of layers, each with its kind", layers)
    else:
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
    return " ".join((struct.__doc__ or "").split("\n\n")[0].split())


def _field(struct: type[msgspec.Struct], name: str) -> str:
    return next(allowed_values(one.type) for one in fields_of(struct) if one.name == name)


def range_of(annotation: Any) -> Range:
    schema = schema_of(annotation)
    if "anyOf" in schema:
        some = [one for one in schema["anyOf"] if one.get("type") != "null"]
        optional = len(some) < len(schema["anyOf"])
        # Of several forms it can have, the one that a key can walk.
        schema = next((one for one in some if one.get("type") != "object"), some[0])
    else:
        optional = False
    if "enum" in schema and all(isinstance(one, str) for one in schema["enum"]):
        return Range("choice", tuple(schema["enum"]), optional=optional)
    kind = schema.get("type")
    if kind == "boolean":
        return Range("boolean", optional=optional)
    if kind not in ("integer", "number"):
        return Range(optional=optional)
    low, high = schema.get("minimum"), schema.get("maximum")
    return Range(
        kind,
        low=schema.get("exclusiveMinimum", -inf) if low is None else low,
        high=schema.get("exclusiveMaximum", inf) if high is None else high,
        open_low="exclusiveMinimum" in schema,
        open_high="exclusiveMaximum" in schema,
        optional=optional,
    )


def _ladder(value: float, by: int, to_zero: bool) -> float:
    """The next of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... up or down; 0 below the smallest; mirrored below 0."""
    if value < 0.0:
        return 0.0 - _ladder(-value, -by, True)
    if value == 0.0:
        return by * FIRST
    exponent = floor(log10(value))
    rungs = [float(f"{one}e{power}") for power in range(exponent - 1, exponent + 2) for one in (1, 2, 5)]
    if by > 0:
        return next(one for one in rungs if one > value * (1.0 + 1e-9))
    below = [one for one in rungs if one < value * (1.0 - 1e-9)][-1]
    return 0.0 if to_zero and below < (FIRST if value >= FIRST else SMALLEST) else below


def _share(value: float, by: int) -> float:
    """By 0.05 up to 0.8; from there on the distance from 1 halves as 0.2, 0.1, 0.05, 0.02, ..."""
    if value > 0.8 + 1e-9 or (by > 0 and value >= 0.8 - 1e-9):
        rest = 1.0 - value
        if rest < 1e-9:
            return 1.0 if by > 0 else 0.9999
        further = _ladder(round(rest, 12), -by, False)
        return round(1.0 - further, 12) if further >= FIRST * (1 - 1e-9) else 1.0
    return round(floor(value / 0.05 + (1.0 + 1e-6 if by > 0 else -1e-6)) * 0.05, 12)
