"""Makes what the documents show: the pictures of the screens, the tables of README.md, the pages of methods.

python docs/make.py                   all of it
python docs/make.py tables            the tables and the pages alone
python docs/make.py pictures [NAME]   these and the pictures, or those of some scenarios and scenes
python docs/make.py tour              these and the recorded tour
python docs/make.py pages [NAME]      every page of every lesson at two sizes, and sheets of them, to be looked at:
                                      in build/pages, not in the documents
"""

import re
import sys
from pathlib import Path

import family_pictures
import lesson_pages
import method_pages
import msgspec
import pictures
from meanings import MEANINGS

from nnsim.components import allowed_values
from nnsim.nn.architecture import ModelSettings
from nnsim.scenario import catalog, faults, lesson_schema, plan, schema
from nnsim.scenario.setting_keys import FAMILIES
from nnsim.scenario.toml_text import toml
from nnsim.terminal.keymap import WORKBENCH

ROOT = Path(__file__).resolve().parent.parent


def keys_table() -> str:
    """The keys of the workbench, as Markdown."""
    rows = ["| key | what it does |", "| --- | --- |"]
    rows += [f"| `{one.name}` | {one.does} |" for one in WORKBENCH if one.listed]
    return "\n".join(rows)


def scenarios_table() -> str:
    """The scenarios, as Markdown."""
    rows = ["| scenario | what it shows |", "| --- | --- |"]
    rows += [f"| `{entry.name}` | {entry.summary} |" for entry in catalog.entries()]
    return "\n".join(rows)


def struct_table(struct: type[msgspec.Struct], name: str) -> str:
    """The keys of a table of a scenario, as Markdown, each with its meaning.  Args: name: of the table, or top."""
    prefix, meanings = "" if name == "top" else f"{name}.", dict(MEANINGS[name])
    rows = ["| key | meaning | allowed | if left out |", "| --- | --- | --- | --- |"]
    for field in msgspec.structs.fields(struct):
        value = "" if field.default is msgspec.NODEFAULT else toml(field.default)
        default = "*has to be there*" if field.required else f"`{value}`" if value else ""
        family = FAMILIES.get(prefix + field.encode_name.removeprefix("output_"))  # an initializer likewise
        kinds = f"a part: {', '.join(sorted(family))}" if family else ""
        meaning, allowed = meanings.pop(field.encode_name), kinds or allowed_values(field.type)
        rows.append(f"| `{field.encode_name}` | {meaning} | {allowed} | {default} |")
    assert not meanings, f"{name} has no {', '.join(meanings)}"
    return "\n".join(rows)


def filled(text: str, tables: dict[str, str]) -> str:
    """A document with its tables made anew: each stands between a comment with its name and one that says end."""
    for name, table in tables.items():
        pattern = rf"(<!-- {name} -->\n)[^<]*(<!-- end -->)"
        text, count = re.subn(pattern, lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)
        assert count == 1, f"there is no place for the table of {name}"
    return text


def readme(text: str) -> str:
    """README.md with its tables made anew."""
    return filled(text, {"keys": keys_table(), "scenarios": scenarios_table()})


def scenario_reference(text: str) -> str:
    """docs/scenarios.md with its tables made anew."""
    structs = {
        "top": schema.ScenarioTable,
        "model": ModelSettings,
        "train": plan.TrainSettings,
        "random": plan.RandomSettings,
        "variants": schema.VariantTable,
        "sweep": schema.Sweep,
        "surface": schema.SurfaceSettings,
        "faults": faults.FaultTable,
        "lesson": lesson_schema.PartTable,
    }
    return filled(text, {name: struct_table(struct, name) for name, struct in structs.items()})


def clinic(text: str) -> str:
    """docs/clinic.md with its list of clinics made anew."""
    rows = ["| clinic | what it is | the faults that it knows |", "| --- | --- | --- |"]
    for entry in catalog.entries():
        known = [one.name for one in catalog.read(entry.name).faults]
        if known:
            rows.append(f"| `{entry.name}` | {entry.summary} | {', '.join(sorted(known))} |")
    return filled(text, {"clinics": "\n".join(rows)})


def main() -> None:
    """Write what is asked for: tables and pages always."""
    documents = (("README.md", readme), ("docs/scenarios.md", scenario_reference), ("docs/clinic.md", clinic))
    for name, made in documents:
        path = ROOT / name
        path.write_text(made(path.read_text("utf-8")), "utf-8")
    method_pages.write()
    what, *names = sys.argv[1:] or [""]
    if what in ("", "pictures"):
        pictures.write(names)
        family_pictures.write()
    if what in ("", "tour"):
        pictures.write_tour()
    if what == "pages":
        lesson_pages.write(ROOT / "build" / "pages", names)


if __name__ == "__main__":
    main()
