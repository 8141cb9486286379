"""Parts: the named, exchangeable pieces of a training run (activations, losses, optimizers, schedules, ...).

A part is a frozen structure of settings. A scenario names it by its kind, as in `{kind = "cosine", rate = 0.1}`.
"""

import difflib
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

import msgspec
from msgspec import Meta

from nnsim.errors import ScenarioError
from nnsim.text import clean_line, quote

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Rate = Annotated[float, Meta(ge=0.0, le=1e6)]
Fraction = Annotated[float, Meta(ge=0.0, le=1.0)]
Real = Annotated[float, Meta(ge=-1e12, le=1e12)]
Positive = Annotated[float, Meta(gt=0.0, le=1e12)]
Count = Annotated[int, Meta(ge=1, le=100_000_000)]
Span = Annotated[int, Meta(ge=0, le=100_000_000)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named piece of a run; see the families in `nnsim.nn`, `nnsim.optim` and `nnsim.data`.

    `group` is where a package names parts of its own as entry points: "nnsim.losses" and so on; empty where there
    are none. Such a part is loaded only when a scenario names its kind, and a scenario names kinds, never code.
    """

    group: ClassVar[str] = ""


P = TypeVar("P", bound=Part)


def nearest(name: str, allowed: list[str]) -> str:
    """`, did you mean 'xor'?` where one of the allowed names is near, else nothing."""
    close = difflib.get_close_matches(name[:100], allowed, n=1, cutoff=0.5)
    return f", did you mean {close[0]!r}?" if close else ""


def build_part(family: Mapping[str, type[P]], value: object, key: str, default: str = "") -> P:
    """Builds a part from a kind, or a table with `kind` (by default `default`).  Raises: ScenarioError."""
    table = {"kind": value} if isinstance(value, str) else value
    if default and isinstance(table, Mapping) and _fits(family[default], table):
        table = {"kind": default, **table}
    if default and isinstance(table, Mapping) and not _fits(family[default], table):
        known = [field.encode_name for field in fields_of(family[default])]
        for unknown in (one for one in table if one not in known):
            if near := nearest(str(unknown), known):
                raise ScenarioError(
                    f"{key}.{unknown}: is no setting of {default}{near} (allowed: {', '.join(known)};"
                    f" kind = one of {', '.join(sorted(family))})"
                )
    if not isinstance(table, Mapping) or "kind" not in table:
        raise ScenarioError(f"{key}: {quote(value)} names no kind; allowed: {', '.join(sorted(family))}")
    kind = table["kind"]
    if not isinstance(kind, str):
        raise ScenarioError(f"{key}.kind: {quote(kind)} is not known (allowed: {', '.join(sorted(family))})")
    struct = family.get(kind) or installed_part(family, kind, key)
    if struct is None:
        allowed = sorted({*family, *installed_kinds(family)})
        raise ScenarioError(
            f"{key}.kind: {quote(kind)} is not known{nearest(kind, allowed)} (allowed: {', '.join(allowed)})"
        )
    settings = {name: setting for name, setting in table.items() if name != "kind"}
    return build_struct(struct, settings, key)


def _fits(struct: type[Part], table: Mapping[str, Any]) -> bool:
    return "kind" in table or {field.encode_name for field in fields_of(struct)}.issuperset(table)


@lru_cache(maxsize=64)  # panes and dialogs ask with every picture, and looking takes milliseconds
def _entries(group: str, path: tuple[str, ...]) -> "tuple[EntryPoint, ...]":
    from importlib import metadata  # some ten milliseconds, which most runs have no need to spend

    return tuple(metadata.entry_points(group=group)) if group else ()


def installed_kinds(family: Mapping[str, type[Part]]) -> list[str]:
    """The kinds that installed packages add to a family; none of the packages is loaded."""
    group = next(iter(family.values())).group
    return sorted({clean_line(one.name, 40) for one in _entries(group, tuple(sys.path))} - family.keys())


def installed_name(part: type[Part]) -> str:
    """By what kind an installed package names a part of its own that is loaded already."""
    for one in _entries(part.group, tuple(sys.path)):
        if getattr(sys.modules.get(one.module), one.attr, None) is part:
            return clean_line(one.name, 40)
    return part.__name__.lower()


def installed_part(family: Mapping[str, type[P]], kind: str, key: str) -> type[P] | None:
    """The part of this kind from an installed package, or None.  Raises: ScenarioError where it is faulty."""
    member = next(iter(family.values()))
    base = next(one for one in member.__mro__ if Part in one.__bases__)
    found = [one for one in _entries(member.group, tuple(sys.path)) if one.name == kind]
    if not found:
        return None
    if len(found) > 1:
        owners = ", ".join(sorted(clean_line(one.dist.name if one.dist else "?", 40) for one in found))
        raise ScenarioError(f"{key}.kind: {quote(kind)} is named by {len(found)} packages: {owners} (allowed: one)")
    try:
        loaded = found[0].load()
    except Exception as error:  # loading runs code of another package, which may raise anything
        reason = f"{type(error).__name__}: {clean_line(str(error))}"
        raise ScenarioError(f"{key}.kind: {quote(kind)} cannot be loaded: {reason}") from None
    if not (isinstance(loaded, type) and issubclass(loaded, base)):
        raise ScenarioError(f"{key}.kind: {quote(kind)} from {quote(found[0].value)} is no {base.__name__}")
    part: type[P] = loaded  # type: ignore[assignment]  # its base is checked above, which types cannot follow
    return part


S = TypeVar("S", bound=msgspec.Struct)


@lru_cache(maxsize=256)  # read from annotations, which takes longer than all the rest of a scenario's checks
def fields_of(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(struct)


def build_struct(struct: type[S], table: Mapping[str, Any], key: str) -> S:
    """Convert a table to a structure; what does not fit is named with its key, value and range."""
    fields = fields_of(struct)
    names = [field.encode_name for field in fields]
    prefix = f"{key}." if key else ""
    for name in table:
        if name not in names:
            wrong = quote(name)[1:-1]
            allowed = ", ".join(names) or "nothing"
            raise ScenarioError(f"{prefix}{wrong}: unknown key{nearest(wrong, names)} (allowed: {allowed})")
    for field in fields:
        if field.required and field.encode_name not in table:
            raise ScenarioError(f"{prefix}{field.encode_name}: is missing (allowed: {allowed_values(field.type)})")
    for field in fields:
        if field.encode_name in table:
            value = table[field.encode_name]
            try:
                msgspec.convert(value, field.type)
            except msgspec.ValidationError:
                where, allowed = f"{prefix}{field.encode_name}", allowed_values(field.type)
                raise ScenarioError(f"{where}: {quote(value)} is not allowed (allowed: {allowed})") from None
    return msgspec.convert(table, struct)


def allowed_values(annotation: Any) -> str:
    """What a field takes, in words, from its type and range."""
    return _describe(schema_of(annotation))


def schema_of(annotation: Any) -> dict[str, Any]:
    """The JSON schema of a field, as it stands at the end of its references."""
    schema = msgspec.json.schema(annotation)
    while "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _describe(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_describe(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    names = {
        "integer": "a whole number",
        "number": "a number",
        "string": "text",
        "boolean": "true or false",
        "object": "a table",
        "null": "nothing",
    }
    kind = schema.get("type", "anything")
    if kind == "array":
        size = _size(schema.get("minItems", 0), schema.get("maxItems"))
        if isinstance(schema.get("prefixItems"), list):
            return f"a list of {size} entries, {', '.join(_describe(one) for one in schema['prefixItems'])}"
        inner = _describe(schema["items"]) if isinstance(schema.get("items"), Mapping) else "a value"
        return f"a list{f' of {size} entries' if size else ''}, each {inner}"
    if kind == "object" and "maxProperties" in schema:
        return f"a table of {_size(schema.get('minProperties', 0), schema['maxProperties'])} entries"
    if kind == "string":
        size = _size(schema.get("minLength", 0), schema.get("maxLength"))
        return f"text{f' of {size} characters' if size else ''}"
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    size = " ".join(f"{word} {_number(schema[key])}" for key, word in words.items() if key in schema)
    return f"{names.get(kind, kind)}{' ' + size if size else ''}"


def _size(low: int, high: int | None) -> str:
    if high is None:
        return f"{low:,} or more" if low else ""
    if low == high:
        return f"{low:,}"
    return f"{low:,} to {high:,}" if low else f"at most {high:,}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
