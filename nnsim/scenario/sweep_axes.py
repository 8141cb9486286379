"""Axes: which values a setting takes in a sweep, as a person writes them.

schedule.rate=0.001:100:log:64      64 values, each the same factor above the one before
schedule.rate=0:1:linear:11         11 values, evenly apart
model.hidden=[2],[4],[8]            values as in TOML, so that brackets protect commas
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from msgspec import Struct

from nnsim.errors import ScenarioError
from nnsim.scenario.setting_keys import SETTINGS, full_key, parse_value
from nnsim.text import quote

Scale = Literal["log", "linear", "values"]
MAX_VALUES = 65_536
MAX_TEXT = 100_000  # characters
FORMS = "KEY=FROM:TO:log:COUNT, KEY=FROM:TO:linear:COUNT or KEY=A,B,C"
OPENING, CLOSING, QUOTES = "[{", "]}", "\"'"
SEED = "random.seed"


class SweepAxis(Struct, frozen=True):
    """A setting and the values that it takes, in their order; scale: how they are spread."""

    key: str
    values: tuple[Any, ...]
    scale: Scale = "values"

    def __len__(self) -> int:
        return len(self.values)

    @property
    def name(self) -> str:
        """The setting without its table: `rate`."""
        return self.key.rsplit(".", 1)[-1]

    @property
    def setting(self) -> str:
        """Its whole key, where a person wrote a short one."""
        return full_key(self.key)

    @property
    def numeric(self) -> bool:
        return all(isinstance(one, int | float) and not isinstance(one, bool) for one in self.values)

    def places(self) -> list[float]:
        """Where the values lie on a picture's axis, from 0 to 1: on their scale, or evenly where they have none."""
        if not self.numeric or len(self.values) < 2:
            return [place / max(len(self.values) - 1, 1) for place in range(len(self.values))]
        log = self.scale == "log"
        found = [math.log(one) if log else float(one) for one in self.values]
        span = found[-1] - found[0]
        return [(one - found[0]) / span if span else 0.0 for one in found]

    def as_object(self) -> dict[str, Any]:
        return {"key": self.key, "scale": self.scale, "values": list(self.values)}

    @classmethod
    def from_object(cls, table: Mapping[str, Any]) -> "SweepAxis":
        """That of a file or a scenario: with `values`, or with `from`, `to`, `count` and a `scale`.

        Raises: ScenarioError naming what is missing or not allowed.
        """
        key = table.get("key")
        if not isinstance(key, str) or not key:
            raise ScenarioError("sweep.key: is missing (allowed: a setting such as schedule.rate)")
        if "values" in table:
            values = table["values"]
            if not isinstance(values, Sequence) or isinstance(values, str) or not values:
                raise ScenarioError(f"sweep.values: {quote(values)} is no list of values")
            scale = table.get("scale", "values")
            if scale not in ("log", "linear", "values"):
                raise ScenarioError(f"sweep.scale: {quote(scale)} is not known (allowed: log, linear)")
            return _checked(cls(key, tuple(values), scale), f"sweep over {key}")
        ends = [table.get("from"), table.get("to"), table.get("scale", "linear"), table.get("count")]
        return _spread(key, ends, f"sweep over {key}")


def parse_axis(text: str) -> SweepAxis:
    """Reads what stands behind `--over`.  Raises: ScenarioError naming what is wrong and what is allowed."""
    key, equals, rest = text.partition("=")
    key, rest = key.strip(), rest.strip()
    if not equals or not key or not rest:
        raise ScenarioError(f"--over {quote(text)}: is no range of a setting (allowed: {FORMS})")
    if len(text) > MAX_TEXT:
        raise ScenarioError(f"--over {quote(key)}: is too long (allowed: {MAX_TEXT:,} characters)")
    if full_key(key).split(".")[0] not in SETTINGS:
        raise ScenarioError(
            f"--over {quote(key)}: is no setting (allowed: one of {', '.join(SETTINGS)}, with its key)"
        )
    parts = rest.split(":")
    if len(parts) == 4 and parts[2].strip().lower() in ("log", "linear"):
        ends: list[Any] = [parse_value(one.strip()) for one in parts]
        ends[2] = parts[2].strip().lower()
        return _spread(key, ends, f"--over {key}")
    if len(parts) > 1 and not any(one in rest for one in OPENING + QUOTES):
        raise ScenarioError(f"--over {quote(text)}: is no range of a setting (allowed: {FORMS})")
    return _checked(SweepAxis(key, tuple(parse_value(one) for one in _cut(rest, key))), f"--over {key}")


def spread_axis(key: str, first: float, last: float, scale: str, count: int) -> SweepAxis:
    """So many values between two ends.  Raises: ScenarioError."""
    return _spread(key, [first, last, scale, count], f"sweep over {key}")


def _cut(text: str, key: str) -> list[str]:
    """The parts between commas that stand in no bracket and no quotation."""
    parts, depth, quoted = [""], 0, ""
    for sign in text:
        if quoted:
            quoted = "" if sign == quoted else quoted
        elif sign in QUOTES:
            quoted = sign
        elif sign in OPENING:
            depth += 1
        elif sign in CLOSING:
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += sign
    found = [one.strip() for one in parts]
    if not all(found):
        raise ScenarioError(f"--over {key}: a value is missing between two commas (allowed: {FORMS})")
    return found


def _spread(key: str, ends: Sequence[Any], where: str) -> SweepAxis:
    first, last, scale, count = ends
    for value in (first, last):
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise ScenarioError(f"{where}: {quote(value)} is no number (allowed: {FORMS})")
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_VALUES:
        raise ScenarioError(f"{where}: {quote(count)} is no count of values (allowed: 1 to {MAX_VALUES:,})")
    if scale == "log":
        if first <= 0 or last <= 0:
            raise ScenarioError(f"{where}: a log range needs ends above 0, not {first:g} and {last:g}")
        values = np.geomspace(first, last, count).tolist()
    elif scale == "linear":
        values = np.linspace(first, last, count).tolist()
    else:
        raise ScenarioError(f"{where}: {quote(scale)} is no scale (allowed: log, linear)")
    if isinstance(first, int) and isinstance(last, int) and all(one.is_integer() for one in values):
        values = [int(one) for one in values]  # a seed, a number of epochs
    return _checked(SweepAxis(key, tuple(values), scale), where)


def _checked(axis: SweepAxis, where: str) -> SweepAxis:
    if len(axis) > MAX_VALUES:
        raise ScenarioError(f"{where}: {len(axis):,} values are too many (allowed: {MAX_VALUES:,})")
    seen = [repr(one) for one in axis.values]
    if len(set(seen)) < len(seen):
        twice = next(one for one in seen if seen.count(one) > 1)
        raise ScenarioError(f"{where}: {quote(twice)} is there more than once (allowed: different values)")
    return axis
