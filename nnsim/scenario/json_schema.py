"""The JSON Schema of scenario files, made from the structures by which they are read, for editors and for tools.

Each kind of part is a definition of its own, told apart by `kind`; a part may also be its kind alone, as text. What
only shows when a scenario is read whole, such as the names of layers in a lesson, a schema cannot say.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from nnsim.components import Part, installed_kinds
from nnsim.nn.architecture import LAYERS, ModelSettings
from nnsim.optim.regularization import EarlyStopping, Regularization
from nnsim.scenario.faults import FaultTable
from nnsim.scenario.lesson_schema import CHOICES, GOES_WITH, MOST_PARTS, ClaimTable, LessonTable, PartTable
from nnsim.scenario.lesson_stage import LESSON, MOST_SHOWN, MarkTable
from nnsim.scenario.plan import RandomSettings, TrainSettings
from nnsim.scenario.schema import PANES, ScenarioTable, SurfaceSettings, Sweep, VariantTable
from nnsim.scenario.setting_keys import DEFAULT_KINDS, FAMILIES, SETTINGS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "A scenario of nnsim"
# Tables that hold no parts; those of a family are definitions of their own.
TABLES: tuple[type[msgspec.Struct], ...] = (
    *(ScenarioTable, VariantTable, FaultTable, Sweep, SurfaceSettings, LessonTable, PartTable, ClaimTable),
    *(MarkTable, ModelSettings, TrainSettings, RandomSettings, Regularization, EarlyStopping),
)
# Families by the names of their definitions; `model.output` has the activations, too.
PARTS: Mapping[str, Mapping[str, type[Part]]] = {
    **{key.removeprefix("model."): family for key, family in FAMILIES.items() if key != "model.output"},
    "layer": LAYERS,
}

Schema = dict[str, Any]


def scenario_schema() -> Schema:
    """The schema of a scenario file, in the dialect of draft 2020-12."""
    definitions = _definitions(TABLES)
    for name, family in PARTS.items():
        definitions |= _family(name, family)
    for definition, fields in _held().items():
        for key, schema in fields.items():
            known = definitions[definition]["properties"][key]
            definitions[definition]["properties"][key] = {**schema, **_bounds(known)}
    _add_page_rules(definitions[PartTable.__name__])
    top = definitions.pop(ScenarioTable.__name__)
    return {"$schema": DIALECT, **top, "title": TITLE, "$defs": dict(sorted(definitions.items()))}


def _definitions(structs: Iterable[type[msgspec.Struct]]) -> dict[str, Schema]:
    _, found = msgspec.json.schema_components(list(structs), ref_template="#/$defs/{name}")
    return {name: _told_short(_without_null(one)) for name, one in found.items()}


def _family(name: str, family: Mapping[str, type[Part]]) -> dict[str, Schema]:
    """A definition for each kind, and one for the family: a kind as text, or a table with `kind`."""
    found: dict[str, Schema] = {}
    for kind, part in family.items():
        described = _definitions([part])[part.__name__]
        required = [*([] if kind == DEFAULT_KINDS.get(name) else ["kind"]), *described.get("required", ())]
        found[f"{name}.{kind}"] = {
            **described,
            "title": kind,
            "properties": {"kind": {"const": kind}, **described["properties"]},
            "required": required,
        }
    others = installed_kinds(family)
    own = {"type": "object", "properties": {"kind": {"enum": others}}, "required": ["kind"]}
    found[name] = {
        "oneOf": [
            {"enum": [*family, *others]},
            *(_ref(f"{name}.{kind}") for kind in family),
            *([own] if others else []),
        ]
    }
    return found


def _held() -> dict[str, dict[str, Schema]]:
    """What stands in fields that hold parts or tables, by definition and key."""
    pages = {"type": "array", "items": _ref(PartTable.__name__), "maxItems": MOST_PARTS}
    sweep = _ref(Sweep.__name__)
    shown = {"enum": [one for one in PANES if one != LESSON]}
    settings = {"type": "object", "propertyNames": {"pattern": rf"^({'|'.join(SETTINGS)})(\.[^.]+)*$"}}
    activation, initializer, layers = _ref("activation"), _ref("initializer"), _list_of(_ref("layer"))
    return {
        ScenarioTable.__name__: {
            **{key: _ref(key) for key in FAMILIES if "." not in key},
            "regularization": _ref(Regularization.__name__),
            "model": _ref(ModelSettings.__name__),
            "train": _ref(TrainSettings.__name__),
            "random": _ref(RandomSettings.__name__),
            "surface": _ref(SurfaceSettings.__name__),
            "sweep": {"anyOf": [sweep, _list_of(_axis())]},
            "variants": _list_of(_ref(VariantTable.__name__)),
            "faults": _list_of(_ref(FaultTable.__name__)),
            "lesson": {"anyOf": [_ref(LessonTable.__name__), pages]},
        },
        VariantTable.__name__: {"set": settings},
        FaultTable.__name__: {"set": settings, "solution": settings},
        ClaimTable.__name__: {"set": settings},
        TrainSettings.__name__: {"early_stopping": {"anyOf": [{"type": "boolean"}, _ref(EarlyStopping.__name__)]}},
        ModelSettings.__name__: {
            "activation": {"anyOf": [activation, _list_of(activation)]},
            "output": activation,
            "initializer": initializer,
            "output_initializer": initializer,
            "layers": layers,
        },
        "layer.dense": {"activation": activation, "initializer": initializer},
        "layer.convolution": {"activation": activation, "initializer": initializer},
        "layer.batch-norm": {"activation": activation},
        "layer.layer-norm": {"activation": activation},
        "layer.residual": {"activation": activation, "layers": layers},
        PartTable.__name__: {
            "claims": _list_of(_ref(ClaimTable.__name__)),
            "mark": _ref(MarkTable.__name__),
            "show": {"type": "array", "items": shown, "maxItems": MOST_SHOWN, "uniqueItems": True},
            "choices": {"type": "array", "minItems": CHOICES[0], "maxItems": CHOICES[1], "uniqueItems": True},
        },
    }


def _axis() -> Schema:
    """An axis of a map, as `nnsim.scenario.sweep_axes` reads it: a list of values, or a stretch with its scale."""
    number = {"type": "number"}
    return {
        "type": "object",
        "properties": {
            "key": {"type": "string", "minLength": 1},
            "values": {"type": "array", "minItems": 1},
            "from": number,
            "to": number,
            "count": {"type": "integer", "minimum": 1},
            "scale": {"enum": ["log", "linear", "values"]},
        },
        "required": ["key"],
        "oneOf": [{"required": ["values"]}, {"required": ["from", "to", "count"]}],
        "additionalProperties": False,
    }


def _add_page_rules(page: Schema) -> None:
    """What of a page goes together: at most one task, and with each task what belongs to it."""
    page["dependentRequired"] = {**{key: [needs] for key, needs in GOES_WITH.items()}, "ask": ["answer", "at"]}
    tasks = ("when", "ask", "goal")
    page["anyOf"] = [{"required": [key]} for key in ("text", *tasks)]
    page["allOf"] = [
        *({"not": {"required": [one, other]}} for one, other in (tasks[:2], tasks[1:], (tasks[0], tasks[2]))),
        {
            "if": {"required": ["ask"]},
            "then": {"oneOf": [{"required": ["choices"]}, {"required": ["tolerance"]}]},
        },
    ]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _bounds(known: Schema) -> Schema:
    """What msgspec says of a field beside its type: the default, and how many entries it may have."""
    return {
        key: value
        for key, value in known.items()
        if key in ("default", "minItems", "maxItems", "minProperties", "maxProperties") and value is not None
    }


def _without_null(schema: Any) -> Any:
    """A schema without null, which TOML does not have: a setting that is not there is left out."""
    if isinstance(schema, list | tuple):
        return [_without_null(one) for one in schema if one != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    found = {key: _without_null(one) for key, one in schema.items() if not (key == "default" and one is None)}
    alternatives = found.get("anyOf", [])
    if len(alternatives) == 1:
        return {**alternatives[0], **{key: one for key, one in found.items() if key != "anyOf"}}
    return found


def _told_short(schema: Schema) -> Schema:
    """A definition with the first sentence of its description alone."""
    if "description" not in schema:
        return schema
    first = schema["description"].split("\n\n")[0]
    return {**schema, "description": " ".join(first.split())}
