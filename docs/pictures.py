"""The pictures of the documents, and the page that shows those of the panes."""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tour
from camera import Camera, camera, lights, opened, show_alone
from scenes import SCENES, SIZES, WORKBENCHES, Scene, Typed, on

from nnsim.terminal.keymap import written
from screens.capture.svg import svg
from screens.pane_catalog import about
from screens.themes import THEMES

FOLDER = Path(__file__).parent / "screens"
SIZE = SIZES[1]
THEMED = ("xor-plateau", on(1000))  # the scenario that is shown in every theme
PLAIN = "plain"  # without colours, in ASCII
PAGE_HEAD = """# The panes

Made by `make docs` from real sessions, as all pictures here. Each pane has the screen to itself, as after `z`;
below it the same at 80x24 and at 200x50. `p` puts any of them into any slot.
"""


def _write(found: Camera, name: str) -> None:
    path = FOLDER / f"{name}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(svg(found.strips(), f"nnsim: {path.stem}"), "utf-8")
    print(path.relative_to(FOLDER.parent.parent))


async def _home() -> None:
    async with camera(None, SIZE) as found:
        await found.press("down", "down", "down")
        _write(found, "home")


async def _workbench(scenario: str, keys: Sequence[str]) -> None:
    async with camera(opened(scenario), SIZE) as found:
        await found.press(*keys)
        _write(found, scenario)


async def _themes(plain: bool) -> None:
    async with camera(opened(THEMED[0]), SIZE) as found:
        await found.press(*THEMED[1])
        for name in [PLAIN] if plain else THEMES:
            if not plain:
                found.app.theme = name
                await found.settled()
            _write(found, f"themes/{name}")


async def _pane(scene: Scene) -> None:
    async with camera(opened(scene.scenario, scene.variant), SIZES[0]) as found:
        await found.press(*scene.keys)
        await show_alone(found, scene.pane, scene.then)
        for size in SIZES:
            await found.resize(size)
            _write(found, _name(scene, size))


def _name(scene: Scene, size: tuple[int, int]) -> str:
    return f"panes/{scene.name}-{size[0]}x{size[1]}"


def page() -> str:
    """docs/screens/README.md."""
    parts = [PAGE_HEAD]
    for scene in SCENES:
        title, told = about(scene.pane)[:2]
        first = scene == next(one for one in SCENES if one.pane == scene.pane)
        if first:
            parts.append(f"## {title}\n\n*{told[0].upper()}{told[1:]}.*\n")
        opening = f"nnsim open {scene.scenario}" + (f" --variant {scene.variant}" if scene.variant else "")
        then = f", then {_keys(scene.then)}" if scene.then else ""
        parts.append(f"{scene.told} (`{opening}`: {_keys(scene.keys)}{then}).\n")
        small, middle, large = (_name(scene, size) for size in SIZES)
        parts.append(f"![{title} at 120x40]({middle}.svg)\n")
        parts.append(
            f'<img src="{small}.svg" width="49%" alt="{title} at 80x24"> '
            f'<img src="{large}.svg" width="49%" alt="{title} at 200x50">\n'
        )
    parts.append(
        "## Themes\n\n`T` changes the theme. Whatever a colour says is said by a marker, a label or a dash too, "
        "down to a terminal\nwithout colours (`NO_COLOR`) and with nothing but ASCII.\n"
    )
    parts += [f"### {name}\n\n![The theme {name}](themes/{name}.svg)\n" for name in [*THEMES, PLAIN]]
    return "\n".join(parts)


def _keys(keys: Sequence[str]) -> str:
    """Keys as they are read."""
    return " ".join(f"`{key if isinstance(key, Typed) else written(key)}`" for key in keys)


def write(only: Sequence[str] = ()) -> None:
    """Write docs/screens.  Args: only: names of scenarios and scenes; none for all."""
    wanted = set(only)

    def asked(name: str) -> bool:
        return not wanted or name in wanted

    with tempfile.TemporaryDirectory() as empty, lights():
        for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = empty
        if asked("home"):
            asyncio.run(_home())
        for scenario, keys in WORKBENCHES.items():
            if asked(scenario):
                asyncio.run(_workbench(scenario, keys))
        if asked("themes"):
            asyncio.run(_themes(plain=False))
            with lights(NO_COLOR="1", LC_ALL="C"):
                asyncio.run(_themes(plain=True))
        for scene in SCENES:
            if asked(scene.name):
                asyncio.run(_pane(scene))
    (FOLDER / "README.md").write_text(page(), "utf-8")


def write_tour() -> None:
    """Write docs/screens/tour.svg."""
    with tempfile.TemporaryDirectory() as empty, lights(XDG_CONFIG_HOME=empty, XDG_STATE_HOME=empty):
        film = asyncio.run(tour.shot())
    (FOLDER / "tour.svg").write_text(tour.movie(film), "utf-8")
    print("docs/screens/tour.svg")
