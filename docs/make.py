"""Makes what the documents show: the pictures of the screens, the tables of README.md, the pages of methods.

python docs/make.py            all of it
python docs/make.py tables     the tables and the pages alone
"""

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

import family_pictures
import method_pages
import msgspec
from textual.binding import Binding

from nnsim import catalog, lesson, plan, scenario
from nnsim.controls import toml
from nnsim.nn.architecture import ModelSettings
from nnsim.parts import allowed_values
from nnsim.scenario import read_scenario
from nnsim.session import Session
from nnsim.settings import FAMILIES
from screens.app import NnsimApp
from screens.dialogs import KEY_NAMES
from screens.workbench import Workbench

ROOT = Path(__file__).resolve().parent.parent
SIZE = (120, 40)
# What is pressed before each picture is taken.
SCENES = {
    "xor": [*"1000", "right"],
    "xor-plateau": [*"1000", "right"],
    "parity-4bit": [*"3000", "right"],
    "linear-regression": [*"30", "right"],
    "random-search-vs-gradient-descent": ["V", *"1500", "right"],
    # A scenario for each family of methods.
    "playground-spiral": [*"250", "right"],
    "cross-validation": ["V", *"60", "right"],
    "vanishing-gradients": [*"300", "right"],
    "activations": [*"300", "right"],
    "initialization": ["V", *"300", "right"],
    "losses": ["V", *"400", "right"],
    "optimizer-race-rosenbrock": ["V", *"400", "right"],
    "optimizer-race": ["V", *"150", "right"],
    "needle-in-a-haystack": ["V", *"40", "right"],
    "learning-rate-schedules": ["V", *"50", "right"],
    "exploding-gradients": ["V", *"400", "right"],
    "regularization": ["V", *"200", "right"],
    "learning-rate-finder": ["V", *"3", "right"],
}


def keys_table() -> str:
    """The keys of the workbench, as Markdown."""
    rows = ["| key | what it does |", "| --- | --- |"]
    for binding in Workbench.BINDINGS:
        assert isinstance(binding, Binding)
        if not binding.show:
            continue
        key = binding.key.split(",")[0]
        rows.append(f"| `{KEY_NAMES.get(key, key)}` | {binding.description} |")
    rows.insert(3, "| `25 →` | a number before a key repeats it |")
    return "\n".join(rows)


def scenarios_table() -> str:
    """The scenarios, as Markdown."""
    rows = ["| scenario | what it shows |", "| --- | --- |"]
    rows += [f"| `{entry.name}` | {entry.summary} |" for entry in catalog.entries()]
    return "\n".join(rows)


def struct_table(struct: type[msgspec.Struct], prefix: str = "") -> str:
    """The keys of a table of a scenario, as Markdown.  Args: prefix: what stands before a key behind `--set`."""
    rows = ["| key | allowed | if left out |", "| --- | --- | --- |"]
    for field in msgspec.structs.fields(struct):
        value = "" if field.default is msgspec.NODEFAULT else toml(field.default)
        default = "*has to be there*" if field.required else f"`{value}`" if value else ""
        family = FAMILIES.get(prefix + field.encode_name)
        kinds = f"a part: {', '.join(sorted(family))}" if family else ""
        rows.append(f"| `{field.encode_name}` | {kinds or allowed_values(field.type)} | {default} |")
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
        "top": scenario._Top,
        "model": ModelSettings,
        "train": plan.TrainSettings,
        "random": plan.RandomSettings,
        "variants": scenario.VariantTable,
        "sweep": scenario.Sweep,
        "surface": scenario.SurfaceSettings,
        "lesson": lesson.PartTable,
    }
    return filled(
        text, {name: struct_table(struct, "" if name == "top" else f"{name}.") for name, struct in structs.items()}
    )


async def settled(app: NnsimApp, pilot: object) -> None:
    """Wait until the cursor is where it was sent and the screen shows it."""
    for _ in range(100_000):
        await pilot.pause()  # type: ignore[attr-defined]
        screen = app.screen
        if not isinstance(screen, Workbench) or (screen.session.arrived and screen.session.lagging() is None):
            break
    await pilot.pause(0.3)  # type: ignore[attr-defined]


async def picture(app: NnsimApp, keys: list[str], path: Path) -> None:
    """Press keys in an app without a terminal, and write what it shows."""
    async with app.run_test(size=SIZE) as pilot:
        await settled(app, pilot)
        await pilot.press(*keys)
        await settled(app, pilot)
        svg = app.export_screenshot()
    # The picture uses the reader's own monospaced font: nothing is fetched to show it.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S)
    svg = svg.replace(
        "font-family: Fira Code, monospace", "font-family: DejaVu Sans Mono, Menlo, Consolas, monospace"
    )
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")
    print(path.relative_to(ROOT))


def pictures() -> None:
    """Write docs/screens/*.svg."""
    os.environ |= {"COLORTERM": "truecolor", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with tempfile.TemporaryDirectory() as empty:
        for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = empty
        asyncio.run(picture(NnsimApp(), ["down", "down", "down"], ROOT / "docs/screens/home.svg"))
    for name, keys in SCENES.items():
        session = Session.of_scenario(read_scenario(catalog.find(name)))
        asyncio.run(picture(NnsimApp(session), keys, ROOT / f"docs/screens/{name}.svg"))


def main() -> None:
    """Write tables and pages, and the pictures unless the tables alone are asked for."""
    for name, made in (("README.md", readme), ("docs/scenarios.md", scenario_reference)):
        path = ROOT / name
        path.write_text(made(path.read_text("utf-8")), "utf-8")
    method_pages.write()
    if sys.argv[1:] != ["tables"]:
        pictures()
        family_pictures.write()


if __name__ == "__main__":
    main()
