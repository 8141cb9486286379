"""The pieces of methods: each method of nnsim has one in the table of its family, or a reason why it has none."""

from collections.abc import Mapping
from typing import TypeVar

from nnsim.components import Part
from nnsim.errors import NnsimError
from nnsim.scenario.setting_keys import kind_of

P = TypeVar("P")

# Methods that no plain program is written for, by class name, and why.
REASONS: dict[str, str] = {}


def piece_of(table: Mapping[type, P], part: Part, family: str) -> P:
    """The piece of a method.  Raises: NnsimError that names the method and says why it has none."""
    found = table.get(type(part))
    if found is None:
        reason = REASONS.get(type(part).__name__, "a package of its own defines it")
        known = ", ".join(sorted(one.__name__ for one in table))
        raise NnsimError(f"{family} {kind_of(part)}: has no lines in a plain program: {reason} (allowed: {known})")
    return found
